/** A button that does something only when it is held down: for a pointer and for a key, released early it does nothing. */

export const HOLD_MS = 2000;

export interface Ticks {
  now(): number;
  /** Calls again and again until the answer is called. */
  every(work: () => void, ms: number): () => void;
}

export class Hold {
  private from: number | null = null;
  private by = "";
  private end: (() => void) | null = null;

  constructor(
    private readonly ticks: Ticks,
    private readonly progressed: (share: number) => void,
    private readonly done: () => void,
    private readonly lasts = HOLD_MS,
  ) {}

  /** `by`: the pointer or key that holds it; a second one while it is held changes nothing. */
  press(by: string): void {
    if (this.from !== null) return;
    this.from = this.ticks.now();
    this.by = by;
    this.progressed(0);
    this.end = this.ticks.every(() => this.look(), 50);
  }

  /** Let go of, or lost: by who pressed, or by anybody when the page can't know. */
  release(by?: string): void {
    if (this.from === null || (by !== undefined && by !== this.by)) return;
    this.look();
    this.reset();
  }

  private look(): void {
    if (this.from === null) return;
    const share = Math.min(1, (this.ticks.now() - this.from) / this.lasts);
    this.progressed(share);
    if (share < 1) return;
    this.reset();
    this.done();
  }

  private reset(): void {
    this.end?.();
    this.end = null;
    this.from = null;
    this.progressed(0);
  }
}
