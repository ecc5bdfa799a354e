/** What the log-in answers when a password is not all, and who is in once the second step is done. */
import { post, setCsrf } from "@/api/client";
import type { EnteredAnswer, SetUpStepAnswer } from "@/api/schema";

export type Setup = SetUpStepAnswer;
export type Step = { step: "code"; until: number } | Setup;

type Entered = EnteredAnswer;

export async function sendCode(code: string): Promise<void> {
  setCsrf((await post<Entered>("/login/code", { code })).csrf);
}

/** Returns the recovery codes, which no later answer holds. */
export async function confirmSetup(code: string, password: string): Promise<string[]> {
  const entered = await post<Entered>("/enrol/confirm", { code, new_password: password });
  setCsrf(entered.csrf);
  return entered.recovery_codes;
}

/** In groups of four, as people read long rows of letters. */
export const spaced = (text: string): string => text.replace(/(.{4})(?=.)/g, "$1 ");
