/** That canaries were drawn here, told to the server: in batches, by lengths of time alone. This page's clock may be wrong. */
import { post } from "@/api/client";

export interface Drawn {
  id: string;
  /** The server's own moment, given back. */
  pushed_at: number;
  /** By the page's counter (ms, `performance.now`). */
  heard: number;
  drawn: number;
}
export interface Told {
  id: string;
  pushed_at: number;
  drawn_ms: number;
  told_ms: number;
}

const AT_ONCE = 20;
/** Older ones say nothing any more (ms): the page or its network slept. */
const STALE = 60_000;

export class Drawings {
  private waiting: Drawn[] = [];
  private sending = false;

  constructor(
    private readonly send: (drawn: Told[]) => Promise<unknown> = (drawn) => post("/canary/drawn", { drawn }),
    private readonly counter: () => number = () => performance.now(),
  ) {}

  add(drawn: Drawn): void {
    this.waiting.push(drawn);
  }

  /** Tell what waits; what is not taken is told with the next call, with the time that it waited. */
  async flush(): Promise<void> {
    const at = this.counter();
    this.waiting = this.waiting.filter((one) => at - one.heard < STALE).slice(-AT_ONCE);
    if (this.sending || this.waiting.length === 0) return;
    this.sending = true;
    const batch = [...this.waiting];
    try {
      await this.send(batch.map((one) => ({ id: one.id, pushed_at: one.pushed_at, drawn_ms: one.drawn - one.heard, told_ms: this.counter() - one.heard })));
      this.waiting = this.waiting.filter((one) => !batch.includes(one));
    } catch {
      // the next beat of the push tries again
    } finally {
      this.sending = false;
    }
  }
}
