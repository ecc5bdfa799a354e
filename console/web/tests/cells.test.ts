import { describe, expect, it } from "vitest";

import { cellAt, drawnAs, leftOutByHand, middleOf, ofArea } from "../src/map/cells";

const square = (cell: string, west: number, more: object = {}): GeoJSON.Feature => ({
  type: "Feature",
  properties: { cell, state: "due", ...more },
  geometry: { type: "Polygon", coordinates: [[[west, 0], [west + 1, 0], [west + 1, 1], [west, 1], [west, 0]]] },
});
const hand = (at: number): object => ({ state: "left_out", why: "鱼塘", by: "值班长", at });

describe("a place pressed on the map", () => {
  const all = [...ofArea("A1", [square("a", 0), square("b", 1)]), ...ofArea("A2", [square("c", 2)])];
  it.each([[0.5, 0.5, "a", "A1"], [1.01, 0.99, "b", "A1"], [2.5, 0.01, "c", "A2"], [3.5, 0.5, undefined, undefined], [0.5, 1.1, undefined, undefined], [-0.1, 0.5, undefined, undefined]])(
    "%d, %d lies in %s",
    (lon, lat, cell, area) => {
      const found = cellAt(all, lon, lat);
      expect([found?.cell, found?.area_id]).toEqual([cell, area]);
    },
  );
  it("is marked in the middle of its cell", () => {
    expect(middleOf(all, "b")).toEqual({ lon: 1.5, lat: 0.5 });
    expect(middleOf(all, "x")).toBeNull();
  });
});

describe("cells that don't count", () => {
  it("are listed where a person said so, the newest first", () => {
    const all = ofArea("A1", [square("a", 0, hand(5)), square("b", 1, { state: "left_out", why: "by_map", by: null, at: null }), square("c", 2, hand(9)), square("d", 3)]);
    expect(leftOutByHand(all).map((one) => one.cell)).toEqual(["c", "a"]);
  });
  it.each([["another state", { state: "covered" }, false], ["another reason", { why: "x" }, false], ["a longer wait alone", { since_s: 9 }, true]])("with %s look the same: %o", (_, more, same) => {
    expect(drawnAs([square("a", 0, more)]) === drawnAs([square("a", 0)])).toBe(same);
  });
});
