import { describe, expect, it } from "vitest";

import { APART_FROM, grouped, worldPx, type Point } from "../src/map/clusters";
import { apart, boxAround, LINE_PX, placed, type Box, type Wanted } from "../src/map/labels";

/** Points by pixels at a zoom, around a place in China. */
const at = (zoom: number, ...pixels: [number, number, boolean?][]): (Point & { n: number })[] =>
  pixels.map(([x, y, alone], n) => ({ x: 0.83 + x / worldPx(zoom), y: 0.4 + y / worldPx(zoom), n, ...(alone ? { alone } : {}) }));
const shapeOf = (points: (Point & { n: number })[], zoom: number): { singles: number[]; clusters: number[][] } => {
  const { singles, clusters } = grouped(points, zoom);
  return { singles: singles.map((one) => one.n), clusters: clusters.map((one) => one.members.map((member) => member.n).sort((a, b) => a - b)) };
};

describe("clusters", () => {
  it.each([
    ["three near each other are one when zoomed out", 12, [[0, 0], [30, 0], [0, 30]], [], [[0, 1, 2]]],
    ["two near each other stay two", 12, [[0, 0], [30, 0]], [0, 1], []],
    ["two upon each other are one", 12, [[0, 0], [5, 0], [200, 0]], [2], [[0, 1]]],
    ["three near each other stay three when zoomed in", 16, [[0, 0], [30, 0], [0, 30]], [0, 1, 2], []],
    ["two upon each other are one even then", 18, [[0, 0], [3, 3], [30, 0]], [2], [[0, 1]]],
    ["over the border of a cell too", 12, [[39.5, 39.5], [40.5, 40.5], [41, 39]], [], [[0, 1, 2]]],
    ["what is chosen is never part of one", 12, [[0, 0], [5, 0], [0, 5, true], [2, 2]], [2], [[0, 1, 3]]],
    ["nothing is nothing", 12, [], [], []],
  ] as [string, number, [number, number, boolean?][], number[], number[][]][])("%s", (_, zoom, pixels, singles, clusters) => {
    expect(shapeOf(at(zoom, ...pixels), zoom)).toEqual({ singles, clusters });
  });

  it("hold each of 4,800 points once, in their middle", () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const points = at(12, ...Array.from({ length: 4800 }, (): [number, number] => [random() * 1200, random() * 700]));
    const { singles, clusters } = grouped(points, 12);
    expect([...singles, ...clusters.flatMap((one) => one.members)].map((one) => one.n).sort((a, b) => a - b)).toEqual(points.map((one) => one.n));
    expect(clusters.length).toBeLessThan(900);
    for (const one of clusters) {
      expect(one.x).toBeCloseTo(one.members.reduce((sum, member) => sum + member.x, 0) / one.members.length, 12);
      for (const member of one.members) expect(Math.hypot(member.x - (one.members[0]?.x ?? 0), member.y - (one.members[0]?.y ?? 0)) * worldPx(12)).toBeLessThanOrEqual(40.001);
    }
  });

  it("fall apart when one looks closer", () => {
    const pixels: [number, number][] = [[0, 0], [20, 0], [0, 20]];
    const far = at(APART_FROM - 1, ...pixels);
    expect(shapeOf(far, APART_FROM - 1).clusters).toHaveLength(1);
    expect(shapeOf(far, APART_FROM).clusters).toHaveLength(0);
  });
});

describe("names", () => {
  const wanted = (x: number, y: number, rank = 1, reach = 7): Wanted => ({ x, y, reach, width: 60, rank });
  const free = (boxes: readonly Box[]): boolean => boxes.every((one, n) => boxes.slice(n + 1).every((two) => apart(one, two)));

  it("stand right of a sign that is alone", () => {
    expect(placed([wanted(100, 100)], [boxAround(100, 100, 5)])).toEqual([{ left: 111, right: 171, top: 92, bottom: 108 }]);
  });
  it("go left, below or above where right is taken", () => {
    const signs = [boxAround(100, 100, 5), boxAround(130, 100, 5)];
    expect(placed([wanted(100, 100)], signs)[0]?.right).toBe(89);
    expect(placed([wanted(100, 100)], [...signs, boxAround(70, 100, 5)])[0]?.top).toBe(108);
    expect(placed([wanted(100, 100)], [...signs, boxAround(70, 100, 5), boxAround(100, 120, 8)])[0]?.bottom).toBe(92);
    expect(placed([wanted(100, 100)], [...signs, boxAround(70, 100, 5), boxAround(100, 120, 8), boxAround(100, 80, 8)])).toEqual([null]);
  });
  it("cover neither one another nor a sign, however many stand together", () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const many = Array.from({ length: 120 }, () => wanted(random() * 700, random() * 300, Math.floor(random() * 4)));
    const signs = many.map((one) => boxAround(one.x, one.y, 5));
    const boxes = placed(many, signs).filter((box) => box !== null);
    expect(boxes.length).toBeGreaterThan(20);
    expect(free(boxes)).toBe(true);
    expect(boxes.every((box) => signs.every((sign) => apart(box, sign)))).toBe(true);
  });
  it("give way to the more pressing", () => {
    const two = [wanted(100, 100, 5, 0), wanted(110, 100, 0, 0)];
    expect(placed(two, [])).toEqual([null, { left: 80, right: 140, top: 100 - LINE_PX / 2, bottom: 100 + LINE_PX / 2 }]);
  });
});
