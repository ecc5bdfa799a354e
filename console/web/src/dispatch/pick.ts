import type { Candidate } from "@/api/types";
import type { PairAnswer } from "@/api/schema";

/** The rule of two there and now: so many go together; `under_way` are sent already. */
export type Pair = PairAnswer;

/** `ids` with the guard added, or without where he was chosen already. */
export const toggled = (ids: readonly string[], id: string): string[] => (ids.includes(id) ? ids.filter((one) => one !== id) : [...ids, id]);

/** Whom the one act calls: those chosen, in the order in which they were; else whom the rule still asks for, the nearest first. */
export function wanted(candidates: readonly Candidate[], picked: readonly string[], pair: Pair | null): Candidate[] {
  const free = candidates.filter((one) => one.allowed);
  if (picked.length > 0) return picked.flatMap((id) => free.filter((one) => one.guard_id === id));
  const lacks = pair ? pair.guards - pair.under_way : 0;
  return lacks > 1 ? free.slice(0, lacks) : [];
}

/** The digit of a key, however Shift or the layout writes it; null: no digit. */
export function digitOf(code: string): number | null {
  const found = /^(?:Digit|Numpad)([1-9])$/.exec(code);
  return found ? Number(found[1]) : null;
}
