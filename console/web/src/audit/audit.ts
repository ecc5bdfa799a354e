/** The register as `GET /api/audit` gives it. */
import type { AuditRowAnswer, OddLookAnswer, SealLine } from "@/api/schema";

export type Row = AuditRowAnswer;
/** `kind:id` -> what people call it. */
export type Names = Record<string, string>;

/** Things that have a page of everything that happened about them. */
export const KINDS: readonly string[] = ["alert", "incident", "dispatch", "point_call", "shift", "guard", "camera", "account"];
export const PURPOSES = ["alert_judging", "incident", "point_call", "spot_check", "appeal", "complaint", "case", "maintenance", "own", "live_watch", "set_up", "duty"] as const;

export type Odd = OddLookAnswer;

/** A detail's ids of guards as names; everything else as it is. */
export function named(key: string, value: unknown, names: Names): unknown {
  const one = (id: unknown): unknown => (typeof id === "string" ? (names[`guard:${id}`] ? `${names[`guard:${id}`]} ${id}` : id) : id);
  if (!["guard", "to", "chosen"].includes(key)) return value;
  return Array.isArray(value) ? value.map(one) : one(value);
}

/** A chain's hash at a row, as `GET /api/audit/seals` gives it. */
export type Seal = SealLine;
