/** What the console's API answers (`docs/api.md`), as far as the page uses it. Times: epoch seconds; places: WGS-84. */

import type { Place } from "@/map/geo";
import type { BaseMap } from "@/map/base";
import type { TrackPath } from "@/desk/boxes";

export type Role = "operator" | "leader" | "officer" | "company" | "guard" | "sysadmin" | "secadmin" | "auditor";

export interface Named {
  id: string;
  name: string;
  name_en?: string | null;
}

export interface Account {
  id: string;
  username: string;
  name: string;
  role: Role;
  unit_id: string | null;
  guard_id: string | null;
}

export interface Settings {
  escalation_seconds: number[];
  /** Without key or pointer for so long an operator is idle. */
  desk_idle_seconds?: number;
  idle_exit_minutes: number;
  /** To answer a point call, from the receipt of its delivery. A phone may keep a session from before it was told. */
  call_answer_seconds?: number;
  second_factor: string | boolean;
  stale_fix: number;
  demo: boolean;
  /** The county's base map; a phone may keep a session from before there was one. */
  map?: BaseMap | null;
  /** Metres a second, straight: what "about n minutes" is worked out by. */
  walking_mps?: number;
}

export interface Me {
  /** This session is a bound phone's. */
  phone?: boolean;
  /** Characters that this account's password needs. */
  least_password?: number;
  account: Account;
  csrf: string;
  permissions: string[];
  now: number;
  settings: Settings;
}

export interface Listed<T> {
  items: T[];
  next: string | null;
}

export interface CameraBrief extends Named {
  lon: number | null;
  lat: number | null;
  bearing: number | null;
  fov: number | null;
  range_m: number | null;
  area_id: string | null;
}

export interface MapCamera extends CameraBrief {
  state: string;
  state_reason: string;
}

export interface Checkpoint extends Named {
  lon: number;
  lat: number;
  radius_m: number;
}

export interface Area extends Named {
  polygon: Place[];
  key_area: boolean;
  checkpoints: Checkpoint[];
}

export interface Unit extends Named {
  kind: string;
}

/** GeoJSON with lines and polygons; `properties.kind` may tell road from building or water. */
export interface StreetMap {
  type: "FeatureCollection";
  features: { type: "Feature"; geometry: { type: string; coordinates: unknown }; properties: Record<string, unknown> | null }[];
}

export interface MapOf {
  areas: Area[];
  cameras: MapCamera[];
  streets: StreetMap;
  units: (Unit & { service_area: unknown })[];
}

export interface GuardPlace {
  guard_id: string;
  name: string;
  unit_id: string;
  shift_id: string | null;
  area_id: string | null;
  lon: number;
  lat: number;
  at: number;
  received_at: number;
  accuracy_m: number | null;
  speed_mps: number | null;
  battery_pct: number | null;
  inside: boolean | null;
  /** What is wrong with the place; see `trails/doubts.ts` for those that nothing may rest on. */
  doubts?: string[];
  system?: string | null;
  off_m?: number | null;
  /** The device spoke at rest up to then: the place holds, as of `at`. */
  still_until?: number | null;
  clock_off_s?: number | null;
  clock_corrected?: boolean;
}

export interface Step {
  at: number;
  key: string;
  values: Record<string, unknown>;
}

export interface Guard {
  id: string;
  name: string;
  unit_id: string;
  unit?: Unit;
  default_area_id?: string | null;
  phone?: string;
  call_sign?: string;
  cert_valid_until?: string | null;
  notice_signed?: boolean;
}

export interface Dispatch {
  id: string;
  incident_id: string;
  guard_id: string;
  state: string;
  called_by: string;
  called_at: number;
  lon: number;
  lat: number;
  place_name: string;
  instruction: string;
  distance_m: number | null;
  accepted_at: number | null;
  refused_code: string;
  refused_reason: string;
  review: "upheld" | "dismissed" | null;
  review_note: string;
  arrived_at: number | null;
  done_at: number | null;
  done_note: string;
  /** The guard's own word of being there, and how far the phone said it was; `arrived_at` alone is proved. */
  said_at?: number | null;
  said_off_m?: number | null;
  /** Pictures that the guard took at the task; `at` by the phone's clock. */
  pictures?: { id: string; at: number; received_at: number; media_at: number | null; words: string; media_state: "coming" | "here" | "purged" | "none" }[];
  guard?: Guard;
  unit?: Unit;
}

export interface Incident {
  id: string;
  alert_id: string;
  situation: string;
  priority: number;
  lon: number | null;
  lat: number | null;
  place_name: string;
  /** Empty where camera and zone have no English names. */
  place_name_en: string;
  state: "open" | "handled" | "closed" | "withdrawn";
  opened_at: number;
  opened_by: string;
  handled_at: number | null;
  closed_at: number | null;
  closed_by: string | null;
  note: string;
  dispatches: Dispatch[];
  timeline: Step[];
}

export type AlertState = "new" | "confirmed" | "false" | "ignored";

export interface Alert {
  id: string;
  seq: number;
  camera_id: string;
  zone_id: string;
  zone_name: string;
  zone_points: Place[];
  situation: string;
  method: number;
  kind: number;
  priority: number;
  score: number;
  captured_at: number;
  received_at: number;
  model: string;
  rule_version: string;
  snapshot: string | null;
  snapshot_error: string | null;
  clip_error: string | null;
  clip_from: number | null;
  clip_seconds: number | null;
  codec: string | null;
  merged_tracks: number;
  state: AlertState;
  judged_by: string | null;
  judged_at: number | null;
  judge_reason: string;
  incident_id: string | null;
  camera: CameraBrief;
  waiting_s: number;
  escalation: number;
  clip_state: "pending" | "ready" | "missing" | "needs_transcode";
  /** `bounds` (95 %) null: too few were judged for the share to say anything. */
  precision: { confirmed: number; false: number; share: number | null; bounds: readonly [number, number] | null };
  incident: Incident | null;
  /** Who has it at a desk now. */
  held_by: { account_id: string; name: string; since: number; until: number } | null;
  hold: { reason: string; held_by: string; held_at: number } | null;
  keep_until: number;
  purged_at: number | null;
  certificate: number | null;
  timeline: Step[];
  tracks?: TrackPath[];
  /** Of a device alert. */
  outages: Outage[];
  /** To whom it was escalated, in order. */
  escalations?: Escalated[];
  /** What its zone asks of the operator. */
  instruction: string;
  /** The shelf that it rests on now: it stands in no queue. */
  shelf: ShelfRow | null;
  /** Its receipt, or when it came back from a shelf. */
  waits_from: number;
}

/** An alert that waited through a step stands on somebody's list. */
export interface Escalated {
  id: string;
  step: number;
  seat: "second" | "leader";
  at: number;
  taken_by: string | null;
  taken_at: number | null;
}

/** Alerts of a camera, a zone or a kind there that rest; the counts stand in the list of shelves. */
export interface ShelfRow {
  id: string;
  camera_id: string;
  zone_id: string;
  zone_name: string;
  situation: string;
  reason: string;
  shelved_by: string;
  from_at: number;
  until_at: number;
  ended_at: number | null;
  ended_by: string | null;
}

export interface Shelf extends ShelfRow {
  running: boolean;
  camera: Pick<Named, "name" | "name_en">;
  zone: Pick<Named, "name" | "name_en"> | null;
  alerts: number;
  /** Of them unjudged, and the most urgent of these. */
  waiting: number;
  priority: number | null;
  last_at: number | null;
}

/** Why an alarm was false; in the order of the keys. */
export interface FalseReason {
  id: string;
  name: string;
  name_en: string;
  enabled: boolean;
}

/** A camera was blind, or still is. */
export interface Outage {
  camera_id: string;
  name: string;
  name_en: string;
  reason: string;
  detail: string;
  from_at: number;
  to_at: number | null;
}

export interface Candidate {
  guard_id: string;
  name: string;
  /** Of who is on shift. */
  phone: string;
  call_sign: string;
  unit_name: string;
  unit_kind: string;
  shift_id: string | null;
  distance_m: number | null;
  walking_s: number | null;
  fix_age_s: number | null;
  stale: boolean;
  battery_pct: number | null;
  allowed: boolean;
  reason_key: string | null;
  reason_values: Record<string, unknown>;
}

export interface PointCall {
  id: string;
  draw_id: string | null;
  reason: string;
  guard_id: string;
  shift_id: string;
  unit_id: string;
  called_by: string;
  called_by_id?: string;
  called_at: number;
  sign_of_life_at: number | null;
  receipt_at: number | null;
  answered_at: number | null;
  answer_received_at: number | null;
  answer_by: string | null;
  answer_lon: number | null;
  answer_lat: number | null;
  answer_accuracy_m: number | null;
  verdict: string | null;
  verdict_reason: string;
  verdict_at: number | null;
  evidence: Record<string, unknown>;
  review: string | null;
  reviewed_by: string | null;
  reviewed_at: number | null;
  review_note: string;
  guard: Guard;
  unit?: Unit;
  draw?: { id: string; at: number; size: number; reason: string; drawn_by: string } | null;
}

export interface Draw {
  id: string;
  at: number;
  drawn_by: string;
  reason: string;
  size: number;
  seed: string;
  pool: unknown[];
  excluded: unknown[];
  chosen: unknown[];
  /** Its number and hash in the chain of draws. */
  seq: number;
  hash: string | null;
  point_calls?: PointCall[];
}

export interface Shift {
  id: string;
  guard_id: string;
  unit_id: string;
  area_id: string;
  opened_at: number;
  opened_by: string;
  due_end_at: number;
  closed_at: number | null;
  closed_how: string;
  closed_note: string;
  overdue_at: number;
  closed_by: string | null;
  guard?: Guard;
  area_name?: string;
  area_name_en?: string;
}

export interface ScoreTotal {
  points: number;
  out_of: number;
  share: number | null;
}

export interface ScoreLine {
  id: string;
  line: string;
  name: string;
  name_en: string;
  points: number;
  out_of: number;
  numerator: number;
  denominator: number;
  unit: string;
  reason: string;
  evidence: Record<string, unknown>;
  reversed: boolean;
}

export interface ShiftScore {
  shift: Shift;
  total: ScoreTotal;
  provisional: boolean;
  rule_version: string;
  lines: ScoreLine[];
  history: Record<string, unknown>[];
}
