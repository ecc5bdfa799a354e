import { describe, expect, it } from "vitest";

import { boxAt, boxesAt, type TrackPoint } from "../src/desk/boxes";

const walk: TrackPoint[] = [
  [100, [0.1, 0.2, 0.2, 0.6], 0.9],
  [100.2, [0.2, 0.2, 0.3, 0.6], 0.5],
  [100.4, [0.4, 0.2, 0.5, 0.6], 0.7],
];

describe("a box between two points of its track", () => {
  const cases: [name: string, at: number, x1: number | null][] = [
    ["is that of the point at its time", 100, 0.1],
    ["lies half-way at half the time", 100.1, 0.15],
    ["follows each piece by itself", 100.3, 0.3],
    ["stays a moment after the last point", 100.6, 0.4],
    ["stands a moment before the first one", 99.8, 0.1],
    ["is gone later", 100.8, null],
    ["is not there earlier", 99.6, null],
  ];
  it.each(cases)("%s", (_, at, x1) => {
    const found = boxAt(walk, at);
    if (x1 === null) expect(found).toBeNull();
    else expect(found?.box[0]).toBeCloseTo(x1, 6);
  });

  it("is not drawn over a hole in its track", () => {
    const broken: TrackPoint[] = [[100, [0.1, 0.1, 0.2, 0.2], 0.9], [110, [0.8, 0.1, 0.9, 0.2], 0.9]]; // prettier-ignore
    expect(boxAt(broken, 105)).toBeNull();
    expect(boxAt(broken, 100.2)?.box[0]).toBe(0.1);
    expect(boxAt(broken, 109.9)?.box[0]).toBe(0.8);
  });

  it("has the score of the nearer point", () => {
    expect(boxAt(walk, 100.05)?.score).toBe(0.9);
    expect(boxAt(walk, 100.15)?.score).toBe(0.5);
  });

  it("of an empty track is none, and of a single point is that point", () => {
    expect(boxAt([], 100)).toBeNull();
    expect(boxAt(walk.slice(0, 1), 100.1)?.box).toEqual([0.1, 0.2, 0.2, 0.6]);
  });
});

describe("the boxes of one moment", () => {
  it("end with those that caused the alert, so that they lie on top", () => {
    const tracks = [
      { track_id: "a", label: "person", cause: true, points: walk },
      { track_id: "b", label: "dog", cause: false, points: walk },
      { track_id: "c", label: "person", cause: false, points: [[200, [0, 0, 1, 1], 1] as TrackPoint] },
    ];
    expect(boxesAt(tracks, 100.1).map((one) => one.track_id)).toEqual(["b", "a"]);
  });
});
