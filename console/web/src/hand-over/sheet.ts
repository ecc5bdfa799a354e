/** The command room's hand-over sheet as `GET /api/hand-over-sheet` gives it. */

import type { Seal } from "@/audit/audit";
import type { CameraBrief, Named, Role, Unit } from "@/types";

/** The oldest ones, and how many there are in all. */
export interface Cut<T> {
  count: number;
  items: T[];
}
export interface SheetGuard {
  id: string;
  name: string;
  unit: Unit | null;
}
export interface OpenAlert {
  id: string;
  situation: string;
  priority: number;
  captured_at: number;
  zone_name: string;
  camera: CameraBrief;
}
export interface OpenIncident {
  id: string;
  situation: string;
  priority: number;
  place_name: string;
  opened_at: number;
  state: string;
  sent: { guard: SheetGuard; state: string; called_at: number }[];
}
export interface OpenSos {
  id: string;
  state: string;
  raised_at: number;
  taken_by: string;
  taken_at: number | null;
  guard: SheetGuard;
}
export interface RunningCall {
  id: string;
  guard: SheetGuard;
  called_at: number;
  answered_at: number | null;
}
export interface LostCamera extends Named {
  reason: string;
  since: number;
}
export interface OnShift extends Named {
  on_shift: number;
  on_break: number;
}
export interface MissingGuard {
  id: string;
  guard: SheetGuard;
  area: Named | null;
  post: Named | null;
  missing_since: number;
  ends_at: number;
}
export interface ShortArea {
  id: string;
  area: Named;
  needed: number;
  on_shift: number;
}
/** `since`: rows that no seal covers; `late`: none of the last hour covers them. */
export interface SealNow {
  chain: Seal["chain"];
  seal: Seal | null;
  since: number;
  late: boolean;
}
export interface HandOver {
  at: number;
  from_at: number;
  printed_by: string;
  role: Role;
  place: Pick<Named, "name" | "name_en"> | null;
  alerts: {
    open: number;
    by_priority: Record<string, number>;
    oldest: OpenAlert | null;
    judged: Record<string, number>;
    false_reasons: Record<string, number>;
  };
  incidents: Cut<OpenIncident>;
  sos: Cut<OpenSos>;
  point_calls: Cut<RunningCall>;
  cameras: Cut<LostCamera> & { told: boolean };
  units: Cut<OnShift> & { on_shift: number };
  missing: Cut<MissingGuard>;
  short: Cut<ShortArea>;
  seals: SealNow[];
}

/** A seal as it is typed from paper: `audit:48211:9f0c 41d2 …`. */
export const typed = (one: Seal): string => `${one.chain}:${one.seq}:${(one.hash.match(/.{1,4}/g) ?? []).join(" ")}`;
