import { describe, expect, it } from "vitest";

import { offset, towards, viewSector } from "../src/map/geo";
import { drifts, fixAt, pieces, stretches, type TrailFix } from "../src/map/trail";

const fix = (at: number): TrailFix => ({ at, lon: at / 1000, lat: 34, accuracy_m: 8, speed_mps: 1, doubts: [] });

describe("a trail", () => {
  const fixes = [0, 15, 30, 200, 215].map(fix);

  it("is cut at its gaps, which are drawn across", () => {
    const cut = pieces(fixes, [{ from_at: 30, to_at: 200 }]);
    expect(cut.lines.map((line) => line.length)).toEqual([3, 2]);
    expect(cut.across).toEqual([[[0.03, 34], [0.2, 34]]]);
  });
  it("does not run through a fix that is doubted", () => {
    const odd = fixes.map((one, n) => (n === 1 ? { ...one, lat: 40, doubts: ["jump"] } : one));
    expect(pieces(odd, []).lines).toEqual([[[0, 34], [0.03, 34], [0.2, 34], [0.215, 34]]]);
  });
  it("without gaps is one line", () => {
    expect(pieces(fixes, []).lines).toHaveLength(1);
    expect(pieces([], []).lines).toEqual([]);
  });
  it.each([[-5, 0], [0, 0], [14.9, 0], [15, 15], [100, 30], [999, 215]])("at %d stands on the fix of %d", (at, of) => {
    expect(fixAt(fixes, at)?.at).toBe(of);
  });
});

describe("what a guard reads of doubts", () => {
  const doubted = (...of: string[][]): TrailFix[] => of.map((doubts, n) => ({ ...fix(n * 15), doubts }));
  const CASES: [what: string, fixes: TrailFix[], told: [number, number][]][] = [
    ["nothing without any", doubted([], []), []],
    ["one line for one fix", doubted([], ["jump"], []), [[15, 15]]],
    ["one line for one time, whatever the kinds", doubted(["jump"], ["teleport", "inaccurate"], ["frozen"]), [[0, 30]]],
    ["a line for each time", doubted(["jump"], [], ["at_rest"], ["at_rest"]), [[0, 0], [30, 45]]],
  ];
  it.each(CASES)("is %s", (_, fixes, told) => {
    expect(drifts(fixes)).toEqual(told.map(([from_at, to_at]) => ({ from_at, to_at })));
  });
});

describe("a camera's view", () => {
  it("opens from the camera around its bearing", () => {
    const ring = viewSector([119.2, 34], 90, 60, 100);
    expect(ring[0]).toEqual([119.2, 34]);
    expect(ring[ring.length - 1]).toEqual([119.2, 34]);
    const middle = ring[Math.floor(ring.length / 2)];
    expect(middle?.[0]).toBeGreaterThan(119.201);
    expect(Math.abs((middle?.[1] ?? 0) - 34)).toBeLessThan(1e-4);
  });
  it("knows north and east", () => {
    expect(offset([119.2, 34], 0, 111_195.08)[1]).toBeCloseTo(35, 6);
    expect(offset([119.2, 34], 90, 1000)[1]).toBeCloseTo(34, 6);
  });
  it.each([0, 37, 90, 180, 271, 359])("finds the way back from %d°", (bearing) => {
    const found = towards([119.2, 34], offset([119.2, 34], bearing, 80));
    expect(found.bearing).toBeCloseTo(bearing, 3);
    expect(found.metres).toBeCloseTo(80, 3);
  });
});

describe("stretches of doubt", () => {
  const of = (at: number, doubts: string[], system?: string, off_m?: number) => ({
    at, lon: 119.2, lat: 34, accuracy_m: 10, speed_mps: 1, doubts, ...(system ? { system } : {}), ...(off_m ? { off_m } : {}),
  }); // prettier-ignore

  it("are one line for fixes that follow one another", () => {
    const found = stretches([of(1, []), of(2, ["wrong_coord_sys"], "gcj02", 518), of(3, ["wrong_coord_sys", "frozen"], "gcj02", 521), of(4, ["frozen"]), of(5, []), of(6, ["frozen"])]);
    expect(found).toEqual([
      { kind: "wrong_coord_sys", from_at: 2, to_at: 3, n: 2, system: "gcj02", off_m: 521 },
      { kind: "frozen", from_at: 3, to_at: 4, n: 2, system: "", off_m: 0 },
      { kind: "frozen", from_at: 6, to_at: 6, n: 1, system: "", off_m: 0 },
    ]);
  });

  it("keep two systems apart", () => {
    expect(stretches([of(1, ["wrong_coord_sys"], "gcj02", 500), of(2, ["wrong_coord_sys"], "bd09", 1300)])).toHaveLength(2);
  });
});
