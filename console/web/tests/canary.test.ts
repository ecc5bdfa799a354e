import { describe, expect, it } from "vitest";

import { seconds, silentFor, worst, type Line, type Worker } from "@/canary/canary";
import { Drawings, type Told } from "@/canary/drawn";

const SPAN = { count: 0, shown: 0, total: null, stored: null, steps: { published: null, received: null, pushed: null, shown: null } };
const newest = (total: number | null, stored = 0.1): Worker["newest"] => ({ captured_at: 90, total, stored, within: 0.01, pages: 1, steps: { ...SPAN.steps, published: 0.1, received: 0.1 } });
const worker = (more: Partial<Worker>): Worker => ({ worker: "w1", alive: true, state: "good", heard_at: 95, newest: newest(0.3), hour: SPAN, day: SPAN, ...more });
const line = (...workers: Worker[]): Line => ({ now: 100, limit: 2, silent: 30, hour: SPAN, day: SPAN, workers, faults: [] });

describe("what pages tell of canaries", () => {
  it("tells lengths of time by its own counter, and again with the time that it waited", async () => {
    let at = 1000;
    let away = true;
    const told: Told[][] = [];
    const drawings = new Drawings((drawn) => (told.push(drawn), away ? Promise.reject(new Error("away")) : Promise.resolve()), () => at);
    drawings.add({ id: "cn-1", pushed_at: 50, heard: 900, drawn: 950 });
    await drawings.flush();
    at = 3000;
    away = false;
    await drawings.flush();
    await drawings.flush();
    expect(told).toEqual([[{ id: "cn-1", pushed_at: 50, drawn_ms: 50, told_ms: 100 }], [{ id: "cn-1", pushed_at: 50, drawn_ms: 50, told_ms: 2100 }]]);
  });
  it("tells nothing of a minute ago, and twenty at once at most", async () => {
    const told: Told[][] = [];
    const drawings = new Drawings((drawn) => Promise.resolve(told.push(drawn)), () => 70_000);
    drawings.add({ id: "old", pushed_at: 1, heard: 5000, drawn: 5001 });
    for (let n = 0; n < 25; n++) drawings.add({ id: `cn-${n}`, pushed_at: 1, heard: 69_000, drawn: 69_001 });
    await drawings.flush();
    await drawings.flush();
    expect(told.map((one) => one.map((each) => each.id))).toEqual([Array.from({ length: 20 }, (_, n) => `cn-${n + 5}`)]);
  });
});

describe("the leader's number", () => {
  it.each([
    [0.081, "0.08 s"],
    [1.24, "1.2 s"],
    [34.4, "34 s"],
    [null, "–"],
  ])("says %s as %s", (value, said) => expect(seconds(value)).toBe(said));
  it.each([
    ["heard just now", worker({}), null],
    ["nothing for longer than allowed", worker({ heard_at: 60 }), 40],
    ["said to be silent by the server", worker({ heard_at: 80, state: "silent" }), 20],
    ["ended", worker({ heard_at: 10, alive: false, state: "gone" }), null],
    ["never heard and just begun", worker({ heard_at: null, newest: null }), null],
    ["never heard and silent", worker({ heard_at: null, newest: null, state: "silent" }), 30],
  ])("%s", (_, one, seconds_) => expect(silentFor(one, line(one), 100)).toBe(seconds_));
  it("is that of the slowest worker that lives", () => {
    const slow = worker({ worker: "w2", newest: newest(null, 1.5) });
    expect(worst(line(worker({}), slow, worker({ worker: "w3", alive: false, newest: newest(9) })))).toBe(slow);
    expect(worst(line())).toBeNull();
  });
});
