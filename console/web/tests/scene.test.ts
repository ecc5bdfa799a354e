import { describe, expect, it } from "vitest";

import { mercatorX, mercatorY, scaleOf } from "../src/map/scene";

describe("what stands on the map", () => {
  it("Mercator runs from 0 in the far north over the equator's half to 1", () => {
    expect(mercatorY(0)).toBeCloseTo(0.5, 12);
    expect(mercatorY(85.0511287798)).toBeCloseTo(0, 9);
    expect(mercatorY(-85.0511287798)).toBeCloseTo(1, 9);
  });
  it("two corners place everything between them", () => {
    const scale = scaleOf({ lon: 119.19, lat: 34.01, x: 0, y: 0 }, { lon: 119.21, lat: 33.99, x: 1000, y: 1200 });
    expect(scale.ax * mercatorX(119.2) + scale.bx).toBeCloseTo(500, 6);
    expect(scale.ay * mercatorY(33.99) + scale.by).toBeCloseTo(1200, 6);
    const middle = scale.ay * mercatorY(34) + scale.by;
    expect(middle).toBeGreaterThan(599.9);
    expect(middle).toBeLessThan(600.1);
    expect(middle).not.toBe(600);
  });
});
