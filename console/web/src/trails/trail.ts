/** What a registered look at a trail answers. */

import type { Span, TrailFix } from "@/map/trail";
import type { Guard, MapOf } from "@/api/types";
import type { CameraReportAnswer, RoundPlanAnswer, VisitAnswer } from "@/api/schema";

export type TrailVisit = VisitAnswer;

export type TrailPlan = RoundPlanAnswer;

/** How many rounds were complete, of those that ended and lie in the look. */
export function roundsTold(plan: TrailPlan): { n: number; all: number } {
  const told = plan.rounds.filter((one) => one.points.every((each) => each.state !== "running" && each.state !== "beyond"));
  return { n: told.filter((one) => one.whole).length, all: told.length };
}

/** A camera reported somebody in its view while the guard's fix lay in it. */
export type CameraReport = CameraReportAnswer;

export interface TrailShift {
  id: string;
  area_id: string;
  area_name: string;
  area_name_en: string;
  opened_at: number;
  due_end_at: number;
  closed_at: number | null;
  facts: { confirmed_s: number; outside_s: number; unknown_s: number; break_s: number; checkpoints: string[] };
  /** None in a coarse look. */
  plan: TrailPlan | null;
}

export interface Trail {
  /** For who may not see the map: streets, and the areas of these shifts. */
  map: MapOf | null;
  /** A fix a minute, not judged: the look is longer than two days. */
  coarse: boolean;
  look_id: string;
  purpose: string;
  /** As it is registered: a spot check's number was made by the machine. */
  case_ref: string;
  guard: Guard;
  shift_ids: string[];
  shifts: TrailShift[];
  fixes: TrailFix[];
  visits: TrailVisit[];
  gaps: Span[];
  /** The place of a fix that holds by signs of life at rest: from the fix's own time on. */
  rests?: (Span & { lon: number; lat: number })[];
  /** The platform itself received nothing: no gap of the guard's. */
  silences?: Span[];
  stops: { from_at: number; to_at: number; lon?: number; lat?: number }[];
}
