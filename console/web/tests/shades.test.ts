import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { legend, shades, speedOf, TONES, type TrailFix } from "../src/map/trail";

const fix = (at: number, more: Partial<TrailFix> = {}): TrailFix => ({ at, lon: 119.2 + at / 100_000, lat: 34, accuracy_m: 8, speed_mps: 1.2, doubts: [], ...more });

describe("a trail in tones", () => {
  const hour = Array.from({ length: 11 }, (_, n) => fix(n * 10));

  it("by time goes from the first tone to the last, in order, without a hole", () => {
    const found = shades(hour, [], "time", Infinity);
    expect(found.map((one) => one.tone)).toEqual([0, 1, 2, 3, 4]);
    for (const [n, one] of found.entries()) if (n > 0) expect(one.line[0]).toEqual(found[n - 1]?.line.slice(-1)[0]);
    expect(found.every((one) => one.passed)).toBe(true);
  });
  it.each([[0, 0], [1.9, 0], [2, 1], [6, 1], [7, 2], [19, 2], [20, 3], [40, 4], [120, 4]])("at %d km/h has tone %d", (kmh, tone) => {
    expect(shades([fix(0), fix(10, { speed_mps: kmh / 3.6 + 1e-9 })], [], "speed", Infinity)[0]?.tone).toBe(tone);
  });
  it("reckons the speed from the way where the device says none", () => {
    expect(speedOf(fix(0, { speed_mps: null }), fix(10, { speed_mps: null }))).toBeCloseTo(3.32, 1);
    expect(speedOf(fix(5, { speed_mps: null }), fix(5, { speed_mps: null }))).toBe(0);
  });
  it("parts what the replay has passed from the rest", () => {
    const found = shades(hour, [], "speed", 50);
    expect(found.map((one) => [one.passed, one.line.length])).toEqual([[true, 6], [false, 6]]);
  });
  it("draws nothing across a gap, and nothing to a doubted fix", () => {
    const found = shades(hour, [{ from_at: 40, to_at: 50 }], "speed", Infinity);
    expect(found.map((one) => one.line.length)).toEqual([5, 6]);
    const doubted = hour.map((one) => (one.at === 30 ? { ...one, doubts: ["jump"], lat: 40 } : one));
    expect(shades(doubted, [], "speed", Infinity).flatMap((one) => one.line).every(([, lat]) => lat === 34)).toBe(true);
  });
  it("of no fix or one is nothing", () => {
    expect(shades([], [], "time", 0)).toEqual([]);
    expect(shades([fix(0)], [], "time", 0)).toEqual([]);
  });
  it("has a legend with as many steps as tones", () => {
    expect(legend(hour, "time")).toEqual([0, 20, 40, 60, 80]);
    expect(legend(hour, "speed")).toHaveLength(TONES);
  });
});

describe("the tones", () => {
  const css = readFileSync(new URL("../src/app/tokens.css", import.meta.url), "utf-8");
  const channel = (value: number): number => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const light = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((n) => channel(parseInt(hex.slice(n, n + 2), 16) / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const themes = css.split('[data-theme="light"] {').map((part) => Object.fromEntries([...part.matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g)].map(([, name, hex]) => [name, hex])));
  const contrast = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);

  it.each([["dark", 0], ["light", 1]])("are told apart by lightness alone, and from the map, in the %s theme", (_, theme) => {
    const of = themes[theme as number] ?? {};
    const tones = Array.from({ length: TONES }, (_, tone) => light(of[`tone-${tone}`] ?? ""));
    for (const one of tones) expect(contrast(one, light(of.map ?? ""))).toBeGreaterThan(3);
    const steps = tones.slice(1).map((one, n) => Math.sign(one - (tones[n] ?? 0)));
    expect(new Set(steps).size).toBe(1);
    for (const [n, one] of tones.slice(1).entries()) expect(contrast(one, tones[n] ?? 0)).toBeGreaterThan(1.15);
  });
});
