import { expect, test } from "vitest";

import { Steps } from "@/cameras/drawing";

test("each step goes back by one, a drag as a whole", () => {
  const steps = new Steps();
  expect(steps.back()).toBeNull();
  steps.note("[]", false);
  steps.note("[[0,0]]", false);
  steps.note("[[0,0],[1,1]]", true);
  steps.note("[[0,0],[1,0.9]]", true);
  steps.note("[[0,0],[1,0.8]]", false);
  expect([steps.back(), steps.back(), steps.back(), steps.back()]).toEqual([[[0, 0], [1, 0.8]], [[0, 0], [1, 1]], [[0, 0]], []]);
  expect(steps.any).toBe(false);
});
test("two drags are two steps", () => {
  const steps = new Steps();
  steps.note("[[0,0]]", true);
  steps.note("[[0.1,0]]", true);
  steps.dropped();
  steps.note("[[0.5,0]]", true);
  expect([steps.back(), steps.back(), steps.back()]).toEqual([[[0.5, 0]], [[0, 0]], null]);
});
