import { describe, expect, it } from "vitest";

import { Presence, TELL_MS } from "../src/ui/presence";

const MINUTE = 60_000;

describe("who is at the page", () => {
  it("is told to the server after an input, and not by time alone", () => {
    const one = new Presence(0);
    expect(one.due(1)).toBe(true);
    one.told(1);
    expect(one.due(60 * MINUTE)).toBe(false);
    one.touch(61 * MINUTE);
    expect(one.due(61 * MINUTE)).toBe(true);
  });
  it("is told no more often than needed", () => {
    const one = new Presence(0);
    one.told(10);
    one.touch(20);
    expect(one.due(21)).toBe(false);
    expect(one.due(10 + TELL_MS)).toBe(true);
  });
  it("has so long until the session ends, from the last input of any tab", () => {
    const one = new Presence(0);
    expect(one.left(14 * MINUTE, 900)).toBe(60);
    one.touch(10 * MINUTE);
    one.touch(5 * MINUTE);
    expect(one.left(14 * MINUTE, 900)).toBe(660);
    expect(one.left(26 * MINUTE, 900)).toBe(-60);
  });
});
