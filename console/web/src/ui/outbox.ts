/**
 * What a guard's phone still has to say: kept until the server took it, in order, over reloads and dead spots. Each person has a
 * queue of their own: what one guard kept on a shared phone is never sent in the name of the next.
 */

export interface Letter {
  /** The address; a second letter to the same one replaces nothing and is not written. */
  path: string;
  body: Record<string, unknown>;
  /** Not sent before (ms), so that a place may still be added. */
  notBefore: number;
}

export interface Keep {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  readonly length: number;
  key(index: number): string | null;
}

/** `sent`: taken. `later`: the network or the server is away, ask again. `never`: refused for good. */
export type Outcome = "sent" | "later" | "never";

const KEY = "lianqin.outbox";
/** Where a person's letters are kept. */
export const keyOf = (owner: string): string => `${KEY}.${owner}`;

/** How many letters of others wait on this phone, for whom nobody but they can send them. */
export function ofOthers(keep: Keep, owner: string): number {
  let count = 0;
  for (let n = 0; n < keep.length; n += 1) {
    const key = keep.key(n);
    if (key?.startsWith(`${KEY}.`) && key !== keyOf(owner)) count += Outbox.read(keep.getItem(key)).length;
  }
  return count;
}

export class Outbox {
  private letters: Letter[];
  private busy = false;
  /** The address of the letter that is on its way. */
  sending = "";

  /** `key`: where it is kept, apart from other outboxes (`keyOf`). */
  constructor(
    private readonly keep: Keep,
    private readonly key: string,
  ) {
    this.letters = Outbox.read(keep.getItem(key));
  }

  static read(text: string | null): Letter[] {
    try {
      const read: unknown = JSON.parse(text ?? "[]");
      return Array.isArray(read) ? (read as Letter[]) : [];
    } catch {
      return [];
    }
  }

  get size(): number {
    return this.letters.length;
  }

  get all(): readonly Letter[] {
    return this.letters;
  }

  get paths(): string[] {
    return this.letters.map((one) => one.path);
  }

  has(path: string): boolean {
    return this.letters.some((one) => one.path === path);
  }

  /** False when one to this address waits already: the first press counts. */
  write(path: string, body: Record<string, unknown>, notBefore = 0): boolean {
    if (this.has(path)) return false;
    this.letters.push({ path, body, notBefore });
    this.save();
    return true;
  }

  /** Add to a letter that was not sent yet, and let it go now. */
  amend(path: string, more: Record<string, unknown>): void {
    const letter = this.letters.find((one) => one.path === path);
    if (!letter) return;
    letter.body = { ...letter.body, ...more };
    letter.notBefore = 0;
    this.save();
  }

  /** Take back what was not sent; false: it is on its way, or gone. */
  drop(path: string): boolean {
    if (!this.has(path) || this.sending === path) return false;
    this.letters = this.letters.filter((one) => one.path !== path);
    this.save();
    return true;
  }

  /** Send what may be sent, first one first; the first that must wait ends it. */
  async flush(send: (letter: Letter) => Promise<Outcome>, now: number): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      for (const letter of [...this.letters]) {
        if (letter.notBefore > now || !this.letters.includes(letter)) continue;
        this.sending = letter.path;
        if ((await send(letter)) === "later") return;
        this.letters = this.letters.filter((one) => one !== letter);
        this.save();
      }
    } finally {
      this.sending = "";
      this.busy = false;
    }
  }

  private save(): void {
    if (this.letters.length === 0) this.keep.removeItem(this.key);
    else this.keep.setItem(this.key, JSON.stringify(this.letters));
  }
}
