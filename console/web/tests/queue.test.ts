import { describe, expect, it } from "vitest";

import { byUrgency, escalation, escalationShare } from "../src/lib/queue";
import { countdown, elapsedShare, fromLocalInput, clock, dayClock, span } from "../src/lib/time";

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
  it.each([[0, "0:00"], [7.9, "0:07"], [61, "1:01"], [3723, "1:02:03"], [-4, "0:00"]])("of %d s are %s", (seconds, text) => {
    expect(span(seconds)).toBe(text);
  });
});
