import { describe, expect, it } from "vitest";

import { lastAsked, onceAtATime } from "@/api/pages";

/** Work that ends when it is told to. */
function held(): { work: () => Promise<void>; end: () => Promise<void>; begun: () => number } {
  const ends: (() => void)[] = [];
  let begun = 0;
  return {
    work: () => new Promise<void>((done) => {
      begun += 1;
      ends.push(done);
    }),
    end: async () => {
      ends.shift()?.();
      await new Promise((then) => setTimeout(then));
    },
    begun: () => begun,
  }; // prettier-ignore
}

describe("work that changes ask for", () => {
  it("begins at once, and once more after however many that came meanwhile", async () => {
    const one = held();
    const ask = onceAtATime(one.work);
    ask();
    expect(one.begun()).toBe(1);
    for (let n = 0; n < 50; n += 1) ask();
    expect(one.begun()).toBe(1);
    await one.end();
    expect(one.begun()).toBe(2);
    await one.end();
    expect(one.begun()).toBe(2);
  });
  it("begins at once again when the last has ended", async () => {
    const one = held();
    const ask = onceAtATime(one.work);
    ask();
    await one.end();
    ask();
    expect(one.begun()).toBe(2);
  });
});

describe("an answer that comes after a later question was asked", () => {
  it("is told from the last one, in whichever order they come", () => {
    const begin = lastAsked();
    const first = begin();
    expect(first()).toBe(true);
    const second = begin();
    expect([first(), second()]).toEqual([false, true]);
    const third = begin();
    expect([first(), second(), third()]).toEqual([false, false, true]);
  });
});
