/** Who is called when: pure, moments in seconds. */

export interface Open {
  id: string;
  priority: number;
  received_at: number;
}

/** An alert that is this old when a page first hears of it calls nobody there: the page has just been opened. */
export const FRESH_S = 60;
/** A priority 1 that nobody looked at sounds again so often. */
export const AGAIN_S = 5;
/** An escalation that nobody took. */
export const ESCALATED_AGAIN_S = 15;

/** Remembers what it told: of rows that are open now, those that are to call. `since`: when this page began to listen. */
export class News {
  private readonly known = new Set<string>();

  constructor(private readonly since: number) {}

  of<T extends Open>(open: readonly T[]): T[] {
    const fresh = open.filter((one) => !this.known.has(one.id) && one.received_at > this.since - FRESH_S);
    for (const one of open) this.known.add(one.id);
    return fresh.sort((a, b) => a.priority - b.priority || a.received_at - b.received_at);
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
  /** True once for each time that it is due; all sound together. */
  due(now: number): boolean {
    if (![...this.last.values()].some((at) => now - at >= this.everyS)) return false;
    for (const key of this.last.keys()) this.last.set(key, now);
    return true;
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
export function putBefore(open: readonly Open[], looked: ReadonlySet<string>, shown: string | null): string | null {
  const waiting = open.filter((one) => one.priority === 1 && !looked.has(one.id));
  if (waiting.some((one) => one.id === shown)) return null;
  return waiting[0]?.id ?? null;
}
