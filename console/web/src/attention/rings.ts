/** What rang here, told to the server: in batches, again until it was taken. */
import { post } from "@/api/client";
import { newId } from "@/ui/ids";

export interface Rang {
  id: string;
  alert_id: string;
  at: number;
  why: "new" | "escalation";
  means: "sound" | "notification" | "blocked" | "muted";
  hidden: boolean;
}

const AT_ONCE = 50;
/** More wait nowhere: the oldest go. */
const MOST = 500;

export class Rings {
  private waiting: Rang[] = [];
  private sending = false;

  constructor(private readonly send: (rings: Rang[]) => Promise<unknown> = (rings) => post("/rings", { rings })) {}

  add(rang: Omit<Rang, "id">): void {
    this.waiting = [...this.waiting, { id: newId("rg"), ...rang }].slice(-MOST);
  }

  /** Send what waits; what is not taken waits for the next call. */
  async flush(): Promise<void> {
    if (this.sending || this.waiting.length === 0) return;
    this.sending = true;
    const batch = this.waiting.slice(0, AT_ONCE);
    try {
      await this.send(batch);
      const sent = new Set(batch.map((one) => one.id));
      this.waiting = this.waiting.filter((one) => !sent.has(one.id));
    } catch {
      // the next beat of the push tries again
    } finally {
      this.sending = false;
    }
  }
}
