import { describe, expect, it } from "vitest";

import { nextAt } from "@/handing/handing";

/** 2026-09-21 22:13:20 at the county's clock. */
const NOW = 1_790_000_000;

describe("The time of a promise", () => {
  it.each([
    ["22:14", 40],
    ["22:13", 24 * 3600 - 20],
    ["00:00", 6400],
    ["08:30", 6400 + 8.5 * 3600],
    ["24:00", null],
    ["", null],
  ])("%s is the next one by the county's clock", (text, ahead) => {
    expect(nextAt(text, NOW)).toBe(ahead === null ? null : NOW + ahead);
  });
});
