/** A guard's task and what the platform hears of the guard's tracker, as `/api/m/state` tells them. Epoch seconds, WGS-84. */

import type { Dispatch } from "@/api/types";
import type { CompanionAnswer } from "@/api/schema";

export type Companion = CompanionAnswer;

export interface Task extends Dispatch {
  situation: string | null;
  /** When it was seen. */
  since: number | null;
  others: Companion[];
  /** Of the guard's own, those that arrived. */
  pictures_here: number;
}

export interface Tracker {
  silent: boolean;
  fix_at: number | null;
  fix_received_at: number | null;
  heard_at: number | null;
  platform_since: number | null;
  lon: number | null;
  lat: number | null;
  accuracy_m: number | null;
}
