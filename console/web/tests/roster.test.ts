import { describe, expect, it } from "vitest";

import { beginOn, dragged, dropped, midnight, movable, scrollBy } from "../src/duty/move";

const DAY = 86_400;
/** 2026-11-28 00:00 in the county. */
const SATURDAY = Date.parse("2026-11-28T00:00:00+08:00") / 1000;
const at = (text: string): number => Date.parse(`2026-${text}:00+08:00`) / 1000;
const entry = (begins: string, state = "planned") => ({ guard_id: "G1", begins_at: at(begins), state });

describe("an entry moved to another day", () => {
  it.each([["11-28T00:00", SATURDAY], ["11-28T23:59", SATURDAY], ["11-29T00:00", SATURDAY + DAY], ["11-28T07:59", SATURDAY]])("%s is of the county's day", (moment, day) => {
    expect(midnight(at(moment))).toBe(day);
  });
  it.each([["11-28T08:00", "11-30T00:00", "11-30T08:00"], ["11-28T22:30", "12-01T23:00", "12-01T22:30"], ["12-01T00:00", "11-28T12:00", "11-28T00:00"], ["11-28T07:00", "11-28T20:00", "11-28T07:00"]])(
    "%s goes to the day of %s: %s",
    (begins, day, then) => expect(beginOn(entry(begins), at(day))).toBe(at(then)),
  );
});

describe("an entry dropped", () => {
  const one = entry("11-28T08:00");
  it.each([
    ["on its own cell", "G1", SATURDAY, null],
    ["beside the table", undefined, NaN, null],
    ["on a head", "G2", NaN, null],
    ["on another day", "G1", SATURDAY + DAY, { guard_id: "G1", begins_at: at("11-29T08:00") }],
    ["on another guard", "G2", SATURDAY, { guard_id: "G2", begins_at: at("11-28T08:00") }],
    ["on both", "G2", SATURDAY - DAY, { guard_id: "G2", begins_at: at("11-27T08:00") }],
  ])("%s", (_, guard, day, wanted) => expect(dropped(one, guard, day)).toEqual(wanted));
});

describe("what may be moved", () => {
  it.each([
    ["planned", "11-28T08:00", true], ["planned", "11-28T07:00", false], ["planned", "11-28T06:00", false], ["present", "11-28T08:00", false],
    ["excused", "11-28T08:00", false], ["cancelled", "11-28T08:00", false], ["ended", "11-28T08:00", false],
  ])("%s from %s: %s", (state, begins, may) => expect(movable(entry(begins, state), at("11-28T07:00"))).toBe(may));
});

describe("a pressed pointer", () => {
  it.each([[0, 0, false], [3, 3, false], [6, 0, true], [-5, 5, true]])("gone by %d, %d drags: %s", (x, y, drags) => expect(dragged(x, y)).toBe(drags));
  it.each([[400, 0], [48, 0], [8, -40], [752, 0], [790, 38]])("at %d of 800 scrolls by %d", (y, by) => expect(scrollBy(y, 800)).toBe(by));
});
