/** A stopped purge as `GET /api/sweeps` gives it; times are the database's clock, epoch seconds. */
import type { SweepStopAnswer } from "@/api/schema";
export type Stop = SweepStopAnswer;
/** With what would go now. */
export interface Looked extends Stop {
  count: number;
  oldest: number | null;
  newest: number | null;
  cameras: number;
  by_camera: { camera_id: string; count: number; name: string; name_en: string }[];
  looked_at: number;
}
