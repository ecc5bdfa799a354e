/** What the guard's phone still has to say: kept until the server took it, in order, over reloads and dead spots. */

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
}

/** `sent`: taken. `later`: the network or the server is away, ask again. `never`: refused for good. */
export type Outcome = "sent" | "later" | "never";

const KEY = "lianqin.outbox";

export class Outbox {
  private letters: Letter[];
  private sending = false;

  constructor(private readonly keep: Keep) {
    this.letters = Outbox.read(keep.getItem(KEY));
  }

  private static read(text: string | null): Letter[] {
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

  /** Send what may be sent, first one first; the first that must wait ends it. */
  async flush(send: (letter: Letter) => Promise<Outcome>, now: number): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    try {
      for (const letter of [...this.letters]) {
        if (letter.notBefore > now) continue;
        if ((await send(letter)) === "later") return;
        this.letters = this.letters.filter((one) => one !== letter);
        this.save();
      }
    } finally {
      this.sending = false;
    }
  }

  private save(): void {
    this.keep.setItem(KEY, JSON.stringify(this.letters));
  }
}
