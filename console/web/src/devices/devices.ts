import type { Guard } from "@/api/types";

/** A registration that was refused. `terminal`: maker, model and id as it said them. */
export interface RefusedRegistration {
  at: number;
  why: "other_terminal" | "proved" | "window_closed";
  terminal: string;
}

/** What a terminal that registered came to; times in epoch seconds. */
export interface Registration {
  terminal: string | null;
  registered_at: number | null;
  proved_at: number | null;
  refused: number;
  events: RefusedRegistration[];
}

export interface Device {
  id: string;
  kind: string;
  terminal_no: string | null;
  coord_sys: string;
  enrolled_at: number | null;
  revoked_at: number | null;
  /** Taken off the times of its fixes, by the administrator's word. */
  clock_off_s: number;
  /** So far ahead its clock seems to be, steadily. */
  clock_seen_s: number | null;
  register_until: number | null;
  registration: Registration | null;
  guard: Guard;
}
