/** Whether guards can be called for an alert: it is confirmed and its incident goes on. */
import type { Alert } from "@/api/types";

export const takesCalls = (alert: Alert | null): boolean => alert?.state === "confirmed" && alert.incident !== null && alert.incident.state !== "closed";
