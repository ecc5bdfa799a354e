/**
 * The last answer of the server, and how long ago it was by the stopwatch of this page: so what is pressed without a network has a moment
 * that no clock of the phone decides. Kept in memory alone: a page that was loaded anew knows nothing of it.
 */

export interface Since {
  /** The server's token; empty: none was heard by this page. */
  contact: string;
  since_s: number | null;
  wall_since_s: number | null;
}

export class Contact {
  private token = "";
  private mono = 0;
  private wall = 0;

  /** `stopwatch`, `clock`: milliseconds. */
  constructor(
    private readonly stopwatch: () => number = () => performance.now(),
    private readonly clock: () => number = () => Date.now(),
  ) {}

  hear(token: string): void {
    this.token = token;
    this.mono = this.stopwatch();
    this.wall = this.clock();
  }

  forget(): void {
    this.token = "";
  }

  /** Seconds since; Infinity: nothing was heard. */
  get age(): number {
    return this.token ? (this.stopwatch() - this.mono) / 1000 : Infinity;
  }

  since(): Since {
    if (!this.token) return { contact: "", since_s: null, wall_since_s: null };
    return { contact: this.token, since_s: (this.stopwatch() - this.mono) / 1000, wall_since_s: (this.clock() - this.wall) / 1000 };
  }
}
