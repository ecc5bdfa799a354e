/** Sends what waits: the words first, which a poor line carries, then the picture or voice. Each step may come twice. */

import { Problem } from "@/api/client";
import type { KeptReport, ReportKeep } from "@/phone/kept-reports";

export interface ReportLine {
  /** The words, in the owner's name. */
  say(one: KeptReport): Promise<void>;
  attach(one: KeptReport, bytes: ArrayBuffer): Promise<void>;
}

/** Away, busy, logged out, somebody else's session: asked again later. Everything else is the server's last word. */
export const isForLater = (error: unknown): boolean =>
  !(error instanceof Problem) || error.status === 0 || error.status >= 500 || error.status === 401 || error.status === 403 || error.status === 408 || error.status === 429;

async function deliver(keep: ReportKeep, line: ReportLine, one: KeptReport, now: number): Promise<void> {
  if (one.saidAt === null) {
    await line.say(one);
    one.saidAt = now;
    await keep.put(one);
  }
  if (one.bytes) await line.attach(one, one.bytes);
  await keep.remove(one.id);
}

/** The owner's, oldest first; the first that must wait ends it. True when something was taken. */
export async function sendAll(keep: ReportKeep, line: ReportLine, owner: string, now: number, sentence: (error: unknown) => string): Promise<boolean> {
  let taken = false;
  for (const one of (await keep.all()).filter((kept) => kept.owner === owner && !kept.refused && kept.notBefore <= now).sort((a, b) => a.at - b.at)) {
    try {
      await deliver(keep, line, one, now);
      taken = true;
    } catch (error) {
      if (isForLater(error)) return taken;
      one.refused = sentence(error);
      await keep.put(one);
    }
  }
  return taken;
}
