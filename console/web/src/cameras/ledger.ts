/** The watch ledger: a letter a minute, drawn as a strip. Pure. */

export type Kind = "watched" | "reduced" | "blind" | "off";

export interface Stretch {
  kind: Kind;
  /** Of a blind one. */
  reason: string;
  /** Minutes since midnight, `to` not included. */
  from: number;
  to: number;
}

export function kindOf(letter: string, legend: Record<string, string>): Kind {
  const said = legend[letter] ?? "untold";
  if (said === "watched" || said === "reduced") return said;
  return said === "off" || said === "untold" ? "off" : "blind";
}

/** Neighbouring minutes of the same letter as one stretch. */
export function stretches(line: string, legend: Record<string, string>): Stretch[] {
  const found: Stretch[] = [];
  for (let at = 0; at < line.length; ) {
    const letter = line.charAt(at);
    let end = at + 1;
    while (end < line.length && line.charAt(end) === letter) end++;
    const kind = kindOf(letter, legend);
    found.push({ kind, reason: kind === "blind" ? (legend[letter] ?? "") : "", from: at, to: end });
    at = end;
  }
  return found;
}

/** `07:05` */
export function minuteClock(minute: number): string {
  return `${String(Math.floor(minute / 60) % 24).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}
