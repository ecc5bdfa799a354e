/** Spot checks as the API answers them. */

import type { Guard } from "@/api/types";

export interface Suggestion {
  guard_id: string;
  guard: Guard;
  chosen_by: string;
  weight: number;
  reasons: { key: string; value: number }[];
}

export interface Suggested {
  day: string;
  quota: number;
  done: number;
  items: Suggestion[];
}

export interface SpotCheck {
  id: string;
  kind: "trail" | "on_site";
  guard_id: string;
  guard: Guard;
  officer_id: string;
  officer_name: string;
  chosen_by: string;
  case_ref: string;
  at: number;
  result: "in_order" | "remark";
  note: string;
  guard_signed_at: number | null;
  guard_refused_at: number | null;
  guard_note: string;
}

export interface StationComment {
  id: string;
  day: string;
  officer_name: string;
  unit_id: string | null;
  text: string;
  at: number;
}
