/** The sounds of the page: one speaker, and a pattern for each reason to call a person. Browsers hold sound back until the person
 * has clicked or typed; a speaker that is not `running` can't be heard. */

export interface Speaker {
  /** `running`: it can be heard. */
  readonly state: string;
  resume(): Promise<void>;
  /** Sound one tone of `hertz` from `after` seconds on for `seconds`. */
  tone(hertz: number, after: number, seconds: number): void;
}

export type Sound = "p1" | "p2" | "p3" | "escalation" | "refused";
type Tone = readonly [hertz: number, after: number, seconds: number];

/** They differ in number, length and direction, not in height alone: told apart in a noisy room. */
export const PATTERNS: Readonly<Record<Sound, readonly Tone[]>> = {
  p1: [[1047, 0, 0.12], [1319, 0.15, 0.12], [1047, 0.3, 0.12], [1319, 0.45, 0.12], [1047, 0.6, 0.12], [1319, 0.75, 0.12]],
  p2: [[784, 0, 0.2], [988, 0.28, 0.2]],
  p3: [[659, 0, 0.3]],
  escalation: [[988, 0, 0.3], [740, 0.36, 0.3], [554, 0.72, 0.5]],
  refused: [[185, 0, 0.16]],
}; // prettier-ignore

export const soundOf = (priority: number): Sound => (priority <= 1 ? "p1" : priority === 2 ? "p2" : "p3");

/** The browser's own speaker; null where it has none. `changed`: it may be heard now, or no longer. */
export function browserSpeaker(changed: () => void = () => undefined): Speaker | null {
  if (!("AudioContext" in window)) return null;
  const context = new AudioContext();
  context.onstatechange = changed;
  return {
    get state() {
      return context.state;
    },
    resume: () => context.resume(),
    tone(hertz, after, seconds) {
      const from = context.currentTime + after;
      const wave = context.createOscillator();
      const gain = context.createGain();
      wave.type = "square";
      wave.frequency.value = hertz;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(0.25, from + 0.02);
      gain.gain.setValueAtTime(0.25, from + seconds - 0.03);
      gain.gain.linearRampToValueAtTime(0, from + seconds);
      wave.connect(gain).connect(context.destination);
      wave.start(from);
      wave.stop(from + seconds);
    },
  };
}
