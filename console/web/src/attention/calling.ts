/** Who is called when: pure, moments in seconds. */
import { type Waiting, waitsFrom } from "@/desk/queue";

/** An alert that began to wait more than this before the page began to listen calls nobody there. */
export const FRESH_S = 60;
/** A priority 1 that nobody looked at sounds again so often. */
export const AGAIN_S = 5;
/** Seconds between the repeats of an escalation that nobody took. */
export const ESCALATED_AGAIN_S = 15;

/** Remembers what it told: of rows that are open now, those that are to call. What comes back from a shelf calls again; what was judged and
 * is open again calls nobody, for a person just had it. `since`: when this page began to listen. */
export class News {
  private readonly known = new Map<string, number>();

  constructor(private readonly since: number) {}

  of<T extends Waiting>(open: readonly T[]): T[] {
    const fresh = open.filter((one) => waitsFrom(one) > Math.max(this.since - FRESH_S, this.known.get(one.id) ?? -Infinity));
    for (const one of open) this.known.set(one.id, waitsFrom(one));
    return fresh.sort((a, b) => a.priority - b.priority || waitsFrom(a) - waitsFrom(b));
  }
}

/** What goes on sounding until somebody has seen it: by key, when it sounded last. */
export class Repeats {
  private readonly last = new Map<string, number>();

  constructor(private readonly everyS: number) {}

  begin(key: string, now: number): void {
    this.last.set(key, now);
  }
  /** Only these may still sound. */
  keep(keys: ReadonlySet<string>): void {
    for (const key of this.last.keys()) if (!keys.has(key)) this.last.delete(key);
  }
  end(key: string): void {
    this.last.delete(key);
  }
  has(key: string): boolean {
    return this.last.has(key);
  }
  /** Those that sound now, all together, once for each time that one is due. */
  due(now: number): string[] {
    if (![...this.last.values()].some((at) => now - at >= this.everyS)) return [];
    const keys = [...this.last.keys()];
    for (const key of keys) this.last.set(key, now);
    return keys;
  }
}

/** Is the person's hand away? A page that has just been opened was opened by a hand. */
export class Hand {
  private touchedAt: number;

  constructor(now: number) {
    this.touchedAt = now;
  }
  touch(now: number): void {
    this.touchedAt = Math.max(this.touchedAt, now);
  }
  idle(now: number, afterS: number): boolean {
    return now - this.touchedAt >= afterS;
  }
}

/**
 * The alert of priority 1 that is to be put before a person, and null where none is. `looked`: what he has seen; one that is
 * before him unseen stays there.
 */
export function putBefore(open: readonly Waiting[], looked: ReadonlySet<string>, shown: string | null): string | null {
  const waiting = open.filter((one) => one.priority === 1 && !looked.has(one.id));
  if (waiting.some((one) => one.id === shown)) return null;
  return waiting[0]?.id ?? null;
}
