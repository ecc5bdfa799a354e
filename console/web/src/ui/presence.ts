/** Is a person there? Key and pointer say so; a page that asks by itself is no person. Pure; moments in milliseconds. */

/** So often at most the server is told, and only after somebody touched the page. */
export const TELL_MS = 20_000;
/** Seconds before the end in which the page asks. */
export const ASK_S = 60;

export class Presence {
  private toldAt = -Infinity;

  constructor(private touchedAt: number) {}

  touch(now: number): void {
    this.touchedAt = Math.max(this.touchedAt, now);
  }

  /** Somebody touched the page since the server was last told, and that was long enough ago. */
  due(now: number): boolean {
    return this.touchedAt > this.toldAt && now - this.toldAt >= TELL_MS;
  }

  told(now: number): void {
    this.toldAt = now;
  }

  /** Seconds until the session is idle; 0 or less: it is. */
  left(now: number, limitS: number): number {
    return limitS - (now - this.touchedAt) / 1000;
  }
}
