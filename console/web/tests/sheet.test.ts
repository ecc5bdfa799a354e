import { describe, expect, it } from "vitest";

import { paperOf, visitsOf, waysOf } from "../src/checks/sheet";

describe("a map on paper", () => {
  const shown: [number, number][] = [[119.2, 34], [119.21, 34.005]];
  const paper = paperOf(shown, 680, 330);

  it("holds everything that must be seen, north up", () => {
    for (const place of shown) {
      const { x, y } = paper.spot(place);
      expect(x).toBeGreaterThan(0);
      expect(x).toBeLessThan(680);
      expect(y).toBeGreaterThan(0);
      expect(y).toBeLessThan(330);
    }
    expect(paper.spot([119.2, 34.005]).y).toBeLessThan(paper.spot([119.2, 34]).y);
  });
  it("has the same scale both ways, and tells it", () => {
    const east = paper.spot([119.2 + 100 / (111_195.08 * Math.cos((34.0025 * Math.PI) / 180)), 34]).x - paper.spot([119.2, 34]).x;
    const north = paper.spot([119.2, 34]).y - paper.spot([119.2, 34 + 100 / 111_195.08]).y;
    expect(east).toBeCloseTo(north, 6);
    expect(paper.scale.length / paper.scale.metres).toBeCloseTo(north / 100, 6);
  });
  it.each([[[]], [[[119.2, 34] as [number, number]]]])("of nothing or one place is still a map: %j", (places) => {
    const one = paperOf(places, 680, 330);
    expect(one.path([[119.2, 34]])).toMatch(/^M-?\d+\.\d -?\d+\.\d$/);
  });
  it("leaves out what lies beside it", () => {
    expect(paper.holds([[119.205, 34.002], [119.3, 34.1]])).toBe(true);
    expect(paper.holds([[119.3, 34.1], [119.31, 34.1]])).toBe(false);
  });
  it("draws streets of both kinds of lines and no point", () => {
    const feature = (geometry: GeoJSON.Geometry): GeoJSON.Feature => ({ type: "Feature", properties: {}, geometry });
    expect(waysOf({ type: "FeatureCollection", features: [
      feature({ type: "LineString", coordinates: [[1, 2], [3, 4]] }), feature({ type: "MultiLineString", coordinates: [[[5, 6]], [[7, 8]]] }),
      feature({ type: "Point", coordinates: [9, 9] }),
    ] })).toEqual([[[1, 2], [3, 4]], [[5, 6]], [[7, 8]]]);
    expect(waysOf(null)).toEqual([]);
  });
});

describe("a point on the sheet", () => {
  const at = (checkpoint_id: string, state: string) => ({ checkpoint_id, state });
  it.each([
    { what: "visited in one round", visits: [], rounds: [at("p", "missed"), at("p", "visited")], state: "visited" },
    { what: "visited by the record", visits: [{ checkpoint_id: "p" }], rounds: [at("p", "unknown")], state: "visited" },
    { what: "missed in each round", visits: [], rounds: [at("p", "missed"), at("p", "missed")], state: "missed" },
    { what: "missed once, without a place once", visits: [], rounds: [at("p", "missed"), at("p", "unknown")], state: "unknown" },
    { what: "of another point alone", visits: [], rounds: [at("q", "missed")], state: "unknown" },
    { what: "excused", visits: [], rounds: [at("p", "excused")], state: "unknown" },
  ])("is never missed where it is not known: $what", ({ visits, rounds, state }) => {
    expect(visitsOf(visits, rounds)("p")).toBe(state);
  });
});
