/** The register as `GET /api/audit` gives it. */

export interface Row {
  seq: number;
  at: number;
  actor_id: string;
  actor_name: string;
  role: string | null;
  action: string;
  object_kind: string;
  object_id: string;
  purpose: string | null;
  case_ref: string | null;
  detail: Record<string, unknown>;
}
/** `kind:id` -> what people call it. */
export type Names = Record<string, string>;

/** Things that have a page of everything that happened about them. */
export const KINDS: readonly string[] = ["alert", "incident", "dispatch", "point_call", "shift", "guard", "camera", "account"];
export const PURPOSES = ["alert_judging", "incident", "point_call", "spot_check", "appeal", "complaint", "case", "maintenance", "own", "live_watch", "set_up", "duty"] as const;

export interface Odd {
  rule: "many_of_one" | "at_night" | "one_case_for_many" | "no_check_after" | "many_exports";
  actor_id: string;
  actor_name: string;
  guard_ids: string[];
  case_ref: string;
  count: number;
  from_at: number;
  to_at: number;
  seqs: number[];
}

/** A detail's ids of guards as names; everything else as it is. */
export function named(key: string, value: unknown, names: Names): unknown {
  const one = (id: unknown): unknown => (typeof id === "string" ? (names[`guard:${id}`] ? `${names[`guard:${id}`]} ${id}` : id) : id);
  if (!["guard", "to", "chosen"].includes(key)) return value;
  return Array.isArray(value) ? value.map(one) : one(value);
}

/** A chain's hash at a row, as `GET /api/audit/seals` gives it. */
export interface Seal {
  number: number;
  chain: "audit" | "points" | "draws";
  kind: string;
  seq: number;
  hash: string;
  at: number;
}
