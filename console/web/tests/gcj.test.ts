import { describe, expect, it } from "vitest";

import { towards, type Place } from "../src/map/geo";
import { AS_STORED, GCJ02, gcj02ToWgs84, inChina, shownFeatures, wgs84ToGcj02 } from "../src/map/gcj";
import POINTS from "./gcj-points.json";

/** Made from `lianqin.geo.wgs84_to_gcj02`; `tests/console/county/test_base_map.py` holds that it still says the same. */
const points = POINTS.map(([lon, lat, x, y]) => ({ wgs: [lon, lat] as Place, gcj: [x, y] as Place }));

describe("GCJ-02", () => {
  it.each(points)("shifts $wgs as the platform does", ({ wgs, gcj }) => {
    const [lon, lat] = wgs84ToGcj02(wgs);
    expect(lon).toBeCloseTo(gcj[0], 10);
    expect(lat).toBeCloseTo(gcj[1], 10);
  });
  it.each(points)("comes back to $wgs within a tenth of a metre", ({ wgs }) => {
    expect(towards(wgs, gcj02ToWgs84(wgs84ToGcj02(wgs))).metres).toBeLessThan(0.1);
  });
  it("shifts by hundreds of metres inside China and leaves the rest where it is", () => {
    const inside = points.filter(({ wgs }) => inChina(wgs));
    const outside = points.filter(({ wgs }) => !inChina(wgs));
    expect([inside.length, outside.length].every((n) => n >= 4)).toBe(true);
    for (const { wgs } of inside) expect(towards(wgs, wgs84ToGcj02(wgs)).metres).toBeGreaterThan(30);
    for (const { wgs } of outside) expect(wgs84ToGcj02(wgs)).toEqual(wgs);
  });
  it("shifts every corner of lines, rings and rings with holes, and leaves properties", () => {
    const [one, two, three] = points.map(({ wgs }) => wgs) as [Place, Place, Place];
    const shapes: GeoJSON.Geometry[] = [
      { type: "Point", coordinates: one },
      { type: "LineString", coordinates: [one, two] },
      { type: "Polygon", coordinates: [[one, two, three, one], [two, three, one, two]] },
      { type: "MultiPolygon", coordinates: [[[one, two, three, one]]] },
    ];
    const features = shapes.map((geometry): GeoJSON.Feature => ({ type: "Feature", properties: { id: geometry.type }, geometry }));
    const shown = shownFeatures(features, GCJ02);
    const flat = (of: unknown): number[] => (Array.isArray(of) ? of.flatMap(flat) : [of as number]);
    shown.forEach((feature, n) => {
      const before = flat((features[n]?.geometry as GeoJSON.Polygon).coordinates);
      const after = flat((feature.geometry as GeoJSON.Polygon).coordinates);
      expect(after).toHaveLength(before.length);
      for (let k = 0; k < before.length; k += 2) expect(after.slice(k, k + 2)).toEqual(wgs84ToGcj02([before[k] as number, before[k + 1] as number]));
      expect(feature.properties).toEqual(features[n]?.properties);
    });
    expect(shownFeatures(features, AS_STORED)).toEqual(features);
  });
});
