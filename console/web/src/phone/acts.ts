/** What a guard pressed without a network: as the phone keeps it, and as the server took it. */
import type { Letter } from "@/ui/outbox";
import type { Shift } from "@/api/types";
import type { ActAnswer } from "@/api/schema";

export type ActKind = "begin" | "break_begin" | "break_end" | "end";

/** As the server has it (`console.acts.acts.act_view`). Times are epoch seconds. */
export type ActTaken = ActAnswer;

/** Still on this phone. */
export interface ActKept {
  id: string;
  kind: ActKind;
  at: number;
  sending: boolean;
}

/** A shift may begin so long before its plan (seconds), as on the server. */
const EARLY_S = 3600;
export const ACT_PATH = "/m/acts?da=";
export const isAct = (letter: Letter): boolean => letter.path.startsWith(ACT_PATH);

export function keptActs(letters: readonly Letter[], sending: string): ActKept[] {
  return letters.filter(isAct).map((one) => ({
    id: String(one.body.id), kind: one.body.kind as ActKind, at: Number(one.body.claimed_at), sending: one.path === sending,
  })); // prettier-ignore
}

export interface Standing {
  /** The shift that runs, as far as this phone knows. */
  shift: Shift | null;
  /** Its begin is still on this phone. */
  pending: boolean;
  break: { from_at: number; kind: string } | null;
}

/** What the server said last, and what was pressed since. `coming`: what is planned, for the shift's due end and area. */
export function standing(
  shift: Shift | null,
  rest: Standing["break"],
  acts: readonly ActKept[],
  coming: { begins_at: number; ends_at: number; area_id: string; area_name: string; area_name_en: string } | null,
): Standing {
  const now: Standing = { shift, pending: false, break: shift ? rest : null };
  for (const act of acts) {
    if (act.kind === "begin" && !now.shift) {
      const plan = coming && act.at >= coming.begins_at - EARLY_S ? coming : null;
      now.pending = true;
      now.shift = {
        id: "", guard_id: "", unit_id: "", area_id: plan?.area_id ?? "", opened_at: act.at, opened_by: "", due_end_at: plan?.ends_at ?? act.at + 8 * 3600,
        closed_at: null, closed_how: "", closed_note: "", overdue_at: Infinity, closed_by: null, area_name: plan?.area_name ?? "", area_name_en: plan?.area_name_en ?? "",
      }; // prettier-ignore
    } else if (act.kind === "end") Object.assign(now, { shift: null, pending: false, break: null });
    else if (act.kind === "break_begin" && now.shift) now.break = { from_at: act.at, kind: "rest" };
    else if (act.kind === "break_end") now.break = null;
  }
  return now;
}
