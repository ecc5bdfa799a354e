import { describe, expect, it } from "vitest";

import { lookOf, lookWhy, trailLink } from "../src/trails/link";

describe("the way to a trail", () => {
  it("carries purpose, case, time and whence, so that nothing is typed twice", () => {
    const look = { guard_id: "G1", purpose: "point_call" as const, case: "pc-1", at: 1790000000, within: 900, back: "/point-calls?call=pc-1" };
    const link = trailLink(look) as { query: Record<string, string> };
    expect(lookOf(link.query)).toEqual(look);
  });
  it("leaves out what nobody said", () => {
    expect(trailLink({ guard_id: "G1" })).toEqual({ name: "trails", query: { guard_id: "G1" } });
    expect(lookOf({})).toEqual({ guard_id: "", within: 1800 });
  });
  it.each(["//elsewhere.example", "/\\elsewhere.example", "https://elsewhere.example", "javascript:alert(1)", ""])("goes back to no other house: %s", (back) => {
    expect(lookOf({ guard_id: "G1", back }).back).toBeUndefined();
  });
  it.each([["curiosity", undefined], ["own", undefined], ["case", "case"]])("knows the purpose %s or none", (purpose, known) => {
    expect(lookOf({ purpose }).purpose).toBe(known);
  });
  it.each(["-5", "x", "0", "Infinity"])("takes no nonsense for a moment: %s", (at) => {
    expect(lookOf({ at }).at).toBeUndefined();
  });
  it("asks for no more than is judged", () => {
    expect(lookOf({ within: "99999999" }).within).toBe(86_400);
  });
  it("goes on with the reason of a live look; a spot check's number stays with its guard", () => {
    expect(lookWhy("incident", "in-1")).toEqual({ purpose: "incident", case: "in-1" });
    expect(lookWhy("spot_check", "SC-20261128-001")).toEqual({ purpose: "spot_check" });
    expect(lookWhy("live_watch", "x")).toEqual({});
  });
});
