import type { Seat } from "@/seats/seat";
import type { Alert } from "@/api/types";

/**
 * The other person who has the alert now; null: nobody, or the reader himself. The alert tells it at once when it begins or ends, the
 * desks' beat that it goes on.
 */
export function holderOf(alert: Pick<Alert, "id" | "held_by">, others: readonly Seat[], reader: string | undefined, now: number): Pick<Seat, "account_id" | "name" | "since"> | null {
  const told = alert.held_by;
  const by = told && told.until > now ? told : others.find((one) => one.alert_id === alert.id && one.until > now);
  return by && by.account_id !== reader ? by : null;
}
