/** The sound of a call for help: two tones, again and again until it is stopped. Browsers hold sound back until the person
 * has clicked or typed; `silent` says so. */

import type { Speaker } from "@/ui/ring";

export type Every = (work: () => void, ms: number) => () => void;

export const REPEAT_MS = 2400;
const TONES = [[880, 0], [660, 0.3], [880, 0.6], [660, 0.9]] as const;
const TONE_S = 0.26;

export class Siren {
  private speaker: Speaker | null = null;
  private stop: (() => void) | null = null;

  constructor(
    private readonly make: () => Speaker | null,
    private readonly every: Every,
    private readonly changed: (silent: boolean) => void,
  ) {}

  /** After a click or a key: from now on the sound is allowed. */
  async arm(): Promise<void> {
    this.speaker ??= this.make();
    await this.speaker?.resume().catch(() => undefined);
    this.tell();
  }

  start(): void {
    if (this.stop) return;
    this.speaker ??= this.make();
    this.stop = this.every(() => this.beat(), REPEAT_MS);
    this.beat();
  }

  end(): void {
    this.stop?.();
    this.stop = null;
    this.changed(false);
  }

  private beat(): void {
    if (this.speaker?.state === "running") for (const [hertz, after] of TONES) this.speaker.tone(hertz, after, TONE_S);
    // A page in which somebody clicked before may sound without a new click; the promise of any other stays open.
    else void this.speaker?.resume().then(() => this.stop && this.tell(), () => undefined);
    this.tell();
  }

  private tell(): void {
    this.changed(this.stop !== null && this.speaker?.state !== "running");
  }
}
