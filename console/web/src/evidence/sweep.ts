/** A stopped purge as `GET /api/sweeps` gives it; times are the database's clock, epoch seconds. */
export interface Stop {
  number: number;
  kind: "evidence" | "reports" | "files" | "trails" | "quarantine";
  reason: "many" | "clocks" | "step";
  at: number;
  found: Record<string, number>;
  state: "open" | "held" | "go" | "done";
  decided_by: string | null;
  decided_at: number | null;
  note: string;
}
/** With what would go now. */
export interface Looked extends Stop {
  count: number;
  oldest: number | null;
  newest: number | null;
  cameras: number;
  by_camera: { camera_id: string; count: number; name: string; name_en: string }[];
  looked_at: number;
}
