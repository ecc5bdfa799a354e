import { describe, expect, it } from "vitest";

import { csvOf } from "../src/lib/csv";
import { pressed, sorted } from "../src/lib/sort";

describe("a list as CSV", () => {
  it.each([
    ["plain", "plain"],
    [null, ""],
    [-1.5, "-1.5"],
    [true, "true"],
    ["a,b", '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ["two\nlines", '"two\nlines"'],
    ["=1+1", "'=1+1"],
    ["-2", "'-2"],
    ["@cmd", "'@cmd"],
  ])("writes %j as %s", (value, text) => {
    expect(csvOf(["h"], [[value]])).toBe(`h\r\n${text}\r\n`);
  });
});

describe("a sorted list", () => {
  const rows = [{ n: 2, s: "C10" }, { n: null, s: "C2" }, { n: 1, s: "" }, { n: 3, s: "C1" }];
  const of = (by: "n" | "s", down: boolean): unknown[] => sorted(rows, { by, down }, (row) => row[by]).map((row) => row[by]);
  it.each([
    ["n", false, [1, 2, 3, null]],
    ["n", true, [3, 2, 1, null]],
    ["s", false, ["C1", "C2", "C10", ""]],
    ["s", true, ["C10", "C2", "C1", ""]],
  ] as const)("by %s, downwards %s, has what is empty last", (by, down, wanted) => {
    expect(of(by, down)).toEqual(wanted);
  });
  it("stays as it came without a column, and is not the same list", () => {
    const same = sorted(rows, { by: "", down: false }, () => 0);
    expect(same).toEqual(rows);
    expect(same).not.toBe(rows);
  });
  it("goes up, down, and back by presses on one head", () => {
    const up = pressed({ by: "", down: false }, "n");
    const down = pressed(up, "n");
    expect([up, down, pressed(down, "n"), pressed(down, "s")]).toEqual([
      { by: "n", down: false }, { by: "n", down: true }, { by: "", down: false }, { by: "s", down: false },
    ]); // prettier-ignore
  });
});
