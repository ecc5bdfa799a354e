import { describe, expect, it } from "vitest";

import { byUrgency, escalation, escalationShare, misplaced, settle } from "../src/desk/queue";
import { countdown, elapsedShare, fromLocalInput, clock, dayClock, span, spoken } from "../src/ui/time";

const steps = [30, 60, 120];

describe("the queue", () => {
  it("has the highest priority first, the longest waiting first within one, and a fixed order otherwise", () => {
    const rows = [
      { id: "d", priority: 3, received_at: 10 },
      { id: "c", priority: 2, received_at: 50 },
      { id: "b", priority: 2, received_at: 40 },
      { id: "a", priority: 1, received_at: 90 },
      { id: "bb", priority: 2, received_at: 40 },
    ];
    const wanted = ["a", "b", "bb", "c", "d"];
    expect([...rows].sort(byUrgency).map((row) => row.id)).toEqual(wanted);
    expect([...rows].reverse().sort(byUrgency).map((row) => row.id)).toEqual(wanted);
  });

  it.each([[0, 0], [29.9, 0], [30, 1], [59.9, 1], [60, 2], [119, 2], [120, 3], [1e6, 3]])("after %d s stands on step %d", (waited, step) => {
    expect(escalation(waited, steps)).toBe(step);
  });

  it.each([[0, 0], [15, 1 / 6], [30, 1 / 3], [45, 0.5], [60, 2 / 3], [90, 5 / 6], [120, 1], [500, 1]])("fills its bar after %d s to %d", (waited, share) => {
    expect(escalationShare(waited, steps)).toBeCloseTo(share, 9);
  });
});

describe("a countdown", () => {
  it.each([[1000, 60], [1000.2, 60], [1001, 59], [1059.5, 1], [1060, 0], [1100, 0]])("of 60 s from 1000 shows at %d: %d", (now, left) => {
    expect(countdown(1000, 60, now)).toBe(left);
  });
  it("shows the share that is gone, bounded", () => {
    expect([990, 1000, 1030, 1060, 1090].map((now) => elapsedShare(1000, 60, now))).toEqual([0, 0, 0.5, 1, 1]);
  });
});

describe("times", () => {
  it("are told in Asia/Shanghai", () => {
    expect(dayClock(1_790_000_000)).toBe("2026-09-21 22:13:20");
    expect(clock(null)).toBe("–");
    expect(clock(1_789_999_200 - 22 * 3600)).toBe("00:00:00");
  });
  it("are read in Asia/Shanghai", () => {
    expect(fromLocalInput("2026-09-21T22:13:20")).toBe(1_790_000_000);
    expect(fromLocalInput("2026-09-21T22:13")).toBe(1_789_999_980);
    expect(fromLocalInput("")).toBeNull();
    expect(fromLocalInput("soon")).toBeNull();
  });
  it.each([
    [0, "seconds", { n: 0 }], [8.4, "seconds", { n: 8 }], [59.4, "seconds", { n: 59 }], [60, "minutes", { n: 1 }], [143, "minutes_seconds", { m: 2, s: 20 }],
    [238, "minutes", { n: 4 }], [597, "minutes", { n: 10 }], [840, "minutes", { n: 14 }], [3599, "hours_whole", { h: 1 }], [7500, "hours", { h: 2, m: 5 }], [-3, "seconds", { n: 0 }],
  ] as const)("of %d s are said as %s %o", (seconds, key, values) => {
    expect(spoken(seconds)).toEqual({ key, values });
  });
  it.each([[0, "0:00"], [7.9, "0:07"], [61, "1:01"], [3723, "1:02:03"], [-4, "0:00"]])("of %d s are %s", (seconds, text) => {
    expect(span(seconds)).toBe(text);
  });
});

describe("what stands under the operator's eyes", () => {
  const free = { chosen: null, pointed: false };
  it.each([
    ["nothing is chosen: by urgency", "b c", "a b c", free, "a b c"],
    ["a more urgent one goes below the chosen row", "b c", "a b c", { chosen: "b", pointed: false }, "b a c"],
    ["the chosen row and all above it stay", "b c d", "a b c d", { chosen: "c", pointed: false }, "b c a d"],
    ["a less urgent one takes its own place", "a c", "a b c", { chosen: "a", pointed: false }, "a b c"],
    ["no row moves under the pointer", "b d", "a b c d", { chosen: null, pointed: true }, "b d a c"],
    ["the pointer holds more than the choice", "b d", "a b d", { chosen: "b", pointed: true }, "b d a"],
    ["what is gone leaves", "a b c", "a c", { chosen: "c", pointed: false }, "a c"],
    ["even what is gone stays under the pointer", "a b c", "a c d", { chosen: "c", pointed: true }, "a b c d"],
    ["a chosen row that is gone holds nothing", "b c", "a c", { chosen: "b", pointed: false }, "a c"],
    ["an empty list fills by urgency", "", "a b", { chosen: null, pointed: true }, "a b"],
  ] as const)("%s", (_, order, sorted, held, wanted) => {
    const ids = (text: string): string[] => text.split(" ").filter(Boolean);
    expect(settle(ids(order), ids(sorted), held).join(" ")).toBe(wanted);
  });

  it.each([
    ["a b c", "a b c", 0],
    ["b a c", "a b c", 1],
    ["c d a b", "a b c d", 2],
    ["a gone b", "a b", 0],
    ["", "", 0],
  ])("of %s against %s %d wait below their place", (order, sorted, count) => {
    expect(misplaced(order.split(" "), sorted.split(" "))).toBe(count);
  });
});
