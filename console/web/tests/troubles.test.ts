import { describe, expect, it } from "vitest";

import { troublesOf } from "@/cameras/troubles";

describe("what is wrong with cameras", () => {
  const of = (state: string, state_reason = "") => ({ state, state_reason });
  it.each([
    ["a camera that sees, or is switched off, is none", [of("ok"), of("disabled")], [0, 0, 0, 0]],
    ["no picture is offline", [of("fault", "silent"), of("unknown", "no_worker"), of("starting")], [3, 0, 0, 0]],
    ["a covered lens is none that is offline", [of("fault", "covered"), of("fault", "covered")], [0, 2, 0, 0]],
    ["a picture that does not show the view is neither", [of("fault", "black"), of("fault", "frozen"), of("fault", "moved")], [0, 0, 3, 0]],
    ["detection that does not keep up is our own", [of("fault", "behind"), of("fault", "refused")], [1, 0, 0, 1]],
  ])("%s", (_, cameras, [offline, covered, picture, behind]) => {
    expect(troublesOf(cameras)).toEqual({ offline, covered, picture, behind });
  });
});
