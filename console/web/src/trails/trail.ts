/** What a registered look at a trail answers. */

import type { Span, TrailFix } from "@/lib/trail";
import type { Guard } from "@/types";

export interface TrailVisit {
  shift_id: string;
  checkpoint_id: string;
  first_at: number;
  last_at: number;
  distance_m: number;
}

export interface TrailShift {
  id: string;
  area_id: string;
  area_name: string;
  area_name_en: string;
  opened_at: number;
  due_end_at: number;
  closed_at: number | null;
  facts: { confirmed_s: number; outside_s: number; unknown_s: number; break_s: number; checkpoints: string[] };
}

export interface Trail {
  /** A fix a minute, not judged: the look is longer than two days. */
  coarse: boolean;
  look_id: string;
  guard: Guard;
  shift_ids: string[];
  shifts: TrailShift[];
  fixes: TrailFix[];
  visits: TrailVisit[];
  gaps: Span[];
  stops: { from_at: number; to_at: number; lon?: number; lat?: number }[];
}
