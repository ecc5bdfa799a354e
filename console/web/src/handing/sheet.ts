/** The command room's hand-over sheet as `GET /api/hand-over-sheet` gives it. */

import type { Seal } from "@/audit/audit";
import type { CameraBrief, Named } from "@/api/types";
import type { HandOverSheetAnswer, SheetGuardAnswer, SheetMissingAnswer, SheetPointCallAnswer, SheetSealAnswer, SheetShelfAnswer, SheetShortAnswer, SheetSosAnswer, SheetTaskAnswer } from "@/api/schema";

/** The oldest ones, and how many there are in all. */
export interface Cut<T> {
  count: number;
  items: T[];
}
export type SheetGuard = SheetGuardAnswer;
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
export type OpenSos = SheetSosAnswer;
export type SheetShelf = SheetShelfAnswer;
export interface SheetPromise {
  id: string;
  words: string;
  due_at: number;
  made_by: string;
  situation: string | null;
  place: Pick<Named, "name" | "name_en">;
}
export type SheetTask = SheetTaskAnswer;
export type RunningCall = SheetPointCallAnswer;
export interface LostCamera extends Named {
  reason: string;
  since: number;
}
export interface OnShift extends Named {
  on_shift: number;
  on_break: number;
}
export type MissingGuard = SheetMissingAnswer;
export type ShortArea = SheetShortAnswer;
/** `since`: rows that no seal covers; `late`: none of the last hour covers them. */
export type SealNow = SheetSealAnswer;
export type HandOver = HandOverSheetAnswer;

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
