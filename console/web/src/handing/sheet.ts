/** The command room's hand-over sheet as `GET /api/hand-over-sheet` gives it. */

import type { Seal } from "@/audit/audit";
import type { CameraBrief, Named, Role, Unit } from "@/api/types";

/** The oldest ones, and how many there are in all. */
export interface Cut<T> {
  count: number;
  items: T[];
}
export interface SheetGuard {
  id: string;
  name: string;
  call_sign: string;
  unit: Unit | null;
}
export interface OpenAlert {
  id: string;
  situation: string;
  priority: number;
  captured_at: number;
  zone: Pick<Named, "name" | "name_en">;
  camera: CameraBrief;
}
export interface OpenIncident {
  id: string;
  situation: string;
  priority: number;
  place_name: string;
  place_name_en: string;
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
export interface SheetShelf {
  id: string;
  camera: Pick<Named, "name" | "name_en">;
  zone: Pick<Named, "name" | "name_en">;
  situation: string;
  reason: string;
  shelved_by: string;
  until_at: number;
  alerts: number;
}
export interface SheetPromise {
  id: string;
  words: string;
  due_at: number;
  made_by: string;
  situation: string | null;
  place: Pick<Named, "name" | "name_en">;
}
export interface SheetTask {
  id: string;
  guard: SheetGuard;
  state: string;
  called_at: number;
  place_name: string;
  place_name_en: string;
  situation: string | null;
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
  /** What who hands over wrote last in this shift. */
  line: { note: string; given_at: number; taken_by: string; taken_at: number | null } | null;
  shelved: Cut<SheetShelf> & { alerts: number };
  promised: Cut<SheetPromise>;
  tasks: Cut<SheetTask>;
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

/** Its lists of a line or two each, and those that go on in one line. */
const ROWS = ["incidents", "shelved", "promised", "tasks", "sos", "point_calls", "cameras", "missing"] as const;
const LISTS = [...ROWS, "units", "short"] as const;
/** So many rows together have room on two sides of A4, each with a name as long as names are. */
const MOST_ROWS = 36;

/** The sheet as two sides hold it: where its lists are too long together, the longest are cut first. What is left out stays counted. */
export function onPaper(sheet: HandOver): HandOver {
  let most = Math.max(...LISTS.map((list) => sheet[list].items.length));
  const rows = (): number => ROWS.reduce((sum, list) => sum + Math.min(sheet[list].items.length, most), 0);
  while (most > 1 && rows() > MOST_ROWS) most -= 1;
  const cut = LISTS.map((list) => [list, { ...sheet[list], items: sheet[list].items.slice(0, most) }]);
  return Object.assign({ ...sheet }, Object.fromEntries(cut));
}
