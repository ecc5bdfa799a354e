import { describe, expect, it } from "vitest";

import { BOARD, faultOf, freeZoneId, rectOf, type CameraRow, type Point } from "@/cameras/camera";
import { kindOf, minuteClock, stretches } from "@/cameras/ledger";

const LEGEND = { w: "watched", r: "reduced", "-": "off", ".": "untold", c: "covered", n: "no_worker" };

describe("the watch ledger's strip", () => {
  it("joins neighbouring minutes of the same letter", () => {
    expect(stretches("--wwrccw.", LEGEND)).toEqual([
      { kind: "off", reason: "", from: 0, to: 2 },
      { kind: "watched", reason: "", from: 2, to: 4 },
      { kind: "reduced", reason: "", from: 4, to: 5 },
      { kind: "blind", reason: "covered", from: 5, to: 7 },
      { kind: "watched", reason: "", from: 7, to: 8 },
      { kind: "off", reason: "", from: 8, to: 9 },
    ]);
    expect(stretches("", LEGEND)).toEqual([]);
  });
  it.each([["w", "watched"], ["r", "reduced"], ["c", "blind"], ["n", "blind"], ["-", "off"], [".", "off"], ["?", "off"]])("%s is %s", (letter, kind) => {
    expect(kindOf(letter, LEGEND)).toBe(kind);
  });
  it.each([[0, "00:00"], [425, "07:05"], [1440, "00:00"]])("minute %i is %s", (minute, said) => {
    expect(minuteClock(minute)).toBe(said);
  });
});

describe("a zone that is drawn", () => {
  const square: Point[] = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]];
  it.each([
    ["intrusion", square, null],
    ["intrusion", square.slice(0, 2), "few"],
    ["intrusion", [square[0], square[2], square[1], square[3]], "crossing"],
    ["line_crossing", square.slice(0, 2), null],
    ["line_crossing", square, "two"],
    ["loitering", [], "few"],
  ])("%s %j: %s", (situation, points, fault) => {
    expect(faultOf(situation, points as Point[])).toBe(fault);
  });
  it("gets the first free id", () => {
    const camera = { id: "C1", zones: [{ id: "C1-z1" }, { id: "C1-z3" }] } as CameraRow;
    expect(freeZoneId(camera)).toBe("C1-z2");
  });
});

describe("a learned false place", () => {
  it("is drawn where it lies, with its label above", () => {
    expect(rectOf([0.1, 0.2, 0.3, 0.6])).toEqual({ x: 100, y: 112.5, width: expect.closeTo(200), height: expect.closeTo(225), label: 106.5 });
  });
  it("is cut off at the picture's edges, with its label within", () => {
    const { x, y, width, height, label } = rectOf([-0.1, -0.2, 1.2, 1.1]);
    expect([x, y, width, height]).toEqual([0, 0, BOARD.width, BOARD.height]);
    expect(label).toBeGreaterThan(0);
  });
});
