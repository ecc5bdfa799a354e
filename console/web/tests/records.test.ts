import { describe, expect, it } from "vitest";

import { stepped, stretchOf } from "../src/alarms/alarms";
import { filterOf, lastDays, ordered, parsed, sortOf, textOf, without } from "../src/alerts/record";
import { dayClock } from "../src/ui/time";

describe("the record's filter", () => {
  it("is what the address knows of it and nothing else", () => {
    expect(filterOf({ q: "gate", state: "false", other: "x", camera_id: ["a", "b"], zone_id: "" })).toEqual({ q: "gate", state: "false" });
  });

  it("comes back from a saved view as it was, in whatever order it was written", () => {
    const filter = { state: "false", q: "a b&c", sort: "waited", order: "up" };
    expect(parsed(textOf(filter))).toEqual(filter);
    expect(textOf({ q: "1", state: "new" })).toBe(textOf({ state: "new", q: "1" }));
  });

  it("begins with the newest, turns round at the head of time, and goes back to the newest", () => {
    expect(sortOf({})).toEqual({ by: "time", down: true });
    expect(ordered({ q: "x" }, { by: "", down: false })).toEqual({ q: "x", sort: "time", order: "up" });
    expect(ordered({ sort: "time", order: "up" }, { by: "time", down: true })).toEqual({});
    expect(ordered({}, { by: "waited", down: false })).toEqual({ sort: "waited", order: "up" });
    expect(ordered({ sort: "waited", order: "up" }, { by: "waited", down: true })).toEqual({ sort: "waited", order: "down" });
    expect(ordered({ sort: "waited", order: "down", q: "x" }, { by: "", down: false })).toEqual({ q: "x" });
  });

  it("leaves a part out", () => {
    expect(without({ q: "x", camera_id: "C" }, "camera_id")).toEqual({ q: "x" });
  });

  it("means local days by the last seven", () => {
    const { from_at, to_at } = lastDays(Date.parse("2026-11-25T23:30:00+08:00") / 1000, 7);
    expect([from_at, to_at].map((at) => dayClock(Number(at)))).toEqual(["2026-11-19 00:00:00", "2026-11-26 00:00:00"]);
  });
});

describe("the time of a budget", () => {
  it.each([
    ["day", "2026-11-25", "2026-11-25", "2026-11-26"],
    ["week", "2026-11-25", "2026-11-23", "2026-11-30"],
    ["week", "2026-11-23", "2026-11-23", "2026-11-30"],
    ["week", "2026-11-29", "2026-11-23", "2026-11-30"],
    ["month", "2026-11-25", "2026-11-01", "2026-12-01"],
    ["month", "2026-12-31", "2026-12-01", "2027-01-01"],
    ["month", "2028-02-01", "2028-02-01", "2028-03-01"],
  ] as const)("is the local %s in which %s lies", (period, of, from, to) => {
    const stretch = stretchOf(period, of);
    expect([stretch.from_at, stretch.to_at].map(dayClock)).toEqual([`${from} 00:00:00`, `${to} 00:00:00`]);
  });

  it.each([
    ["day", "2026-03-01", -1, "2026-02-28"],
    ["week", "2026-11-25", 1, "2026-11-30"],
    ["week", "2026-11-25", -1, "2026-11-22"],
    ["month", "2026-01-31", -1, "2025-12-31"],
    ["month", "2026-01-31", 1, "2026-02-01"],
  ] as const)("steps by a %s from %s", (period, of, by, to) => {
    expect(stepped(period, of, by)).toBe(to);
  });
});
