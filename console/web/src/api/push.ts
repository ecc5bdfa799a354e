/** The push stream: changes in order, a beat every second, resumed after a break from the last number heard. */

import type { GuardPlace } from "@/api/types";

export interface Change {
  seq: number;
  topic: string;
  id: string;
}

/** A worker's made picture came through: when it was sent here by the server's clock, and when it was heard by this page's counter (ms). */
export interface CanaryHeard {
  id: string;
  at: number;
  heard: number;
}

export interface Hearer {
  change(change: Change): void;
  canary(canary: CanaryHeard): void;
  beat(now: number, places: GuardPlace[]): void;
  /** Changes may have been missed: load everything again. */
  gap(): void;
  /** The stream could not be opened; asked on each failed try, so that an ended session is noticed. */
  failed(): void;
}

/** No beat for this long (ms): the connection counts as lost, whatever the socket says. */
const SILENCE = 4000;
const RETRY = 1500;

export class Push {
  private source: EventSource | null = null;
  private seq: number | null = null;
  private heardAt = Date.now();
  private watch = 0;
  private retry = 0;
  private retryAt = Infinity;

  constructor(private readonly hearer: Hearer) {}

  open(): void {
    this.heardAt = Date.now();
    this.connect();
    this.watch = window.setInterval(() => this.look(), 1000);
  }

  close(): void {
    window.clearInterval(this.watch);
    window.clearTimeout(this.retry);
    this.source?.close();
    this.source = null;
  }

  /** Milliseconds since anything was heard. */
  silentFor(): number {
    return Date.now() - this.heardAt;
  }

  /** Connect again where that is due: a page out of sight has slow timers, who calls this has none of them. */
  look(): void {
    if (this.retry !== 0 && Date.now() >= this.retryAt) this.connectAgain();
    if (this.source && this.silentFor() > SILENCE && this.retry === 0) this.again();
  }

  private again(): void {
    this.source?.close();
    if (this.retry) return;
    this.retryAt = Date.now() + RETRY;
    this.retry = window.setTimeout(() => this.connectAgain(), RETRY);
  }

  private connectAgain(): void {
    window.clearTimeout(this.retry);
    this.retry = 0;
    this.connect();
  }

  private connect(): void {
    this.source?.close();
    const source = new EventSource(this.seq === null ? "/api/push" : `/api/push?after=${this.seq}`);
    this.source = source;
    const heard = (name: string, then: (body: unknown) => void): void =>
      source.addEventListener(name, (event) => {
        if (source !== this.source) return;
        this.heardAt = Date.now();
        then(JSON.parse((event as MessageEvent<string>).data) as unknown);
      });
    heard("hello", (body) => {
      if (this.seq === null) {
        this.seq = (body as { seq: number }).seq;
        this.hearer.gap();
      }
    });
    heard("change", (body) => {
      const change = body as Change;
      if (this.seq !== null && change.seq <= this.seq) return;
      this.seq = change.seq;
      this.hearer.change(change);
    });
    heard("canary", (body) => {
      const { seq, id, at } = body as { seq: number; id: string; at: number };
      if (this.seq !== null && seq <= this.seq) return;
      this.seq = seq;
      this.hearer.canary({ id, at, heard: performance.now() });
    });
    heard("gap", () => {
      this.seq = null;
      this.hearer.gap();
    });
    heard("beat", (body) => {
      const beat = body as { now: number; places: GuardPlace[] };
      this.hearer.beat(beat.now, beat.places);
    });
    source.onerror = () => {
      if (source !== this.source) return;
      this.hearer.failed();
      this.again();
    };
  }
}
