import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchEffect } from "vue";

import { useLive } from "@/api/live";

const NOON = 1_790_000_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOON * 1000 + 130 });
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("EventSource", class {
    addEventListener(): void {}
    close(): void {}
  }); // prettier-ignore
  setActivePinia(createPinia());
});
afterEach(() => {
  useLive().stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("moves the time that pages show once a second, and never more than a quarter late", () => {
  const live = useLive();
  live.start(NOON + 60.13); // the server is a minute ahead
  const shown: number[] = [];
  watchEffect(() => shown.push(live.now), { flush: "sync" });
  for (let n = 0; n < 40; n += 1) {
    vi.advanceTimersByTime(100);
    expect(Math.floor(live.moment() - 0.25)).toBeLessThanOrEqual(Math.floor(live.now));
  }
  expect(shown.map(Math.floor)).toEqual([60, 61, 62, 63, 64].map((n) => NOON + n));
});

it("says within a second or so that the line is silent, and for how long", () => {
  const live = useLive();
  live.start(NOON + 0.13);
  vi.advanceTimersByTime(3_900);
  expect(live.lostSeconds).toBeNull();
  vi.advanceTimersByTime(1_300);
  expect(live.lostSeconds).toBeGreaterThanOrEqual(4);
});
