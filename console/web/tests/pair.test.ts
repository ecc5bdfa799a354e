import { describe, expect, it } from "vitest";

import { digitOf, toggled, wanted } from "@/dispatch/pick";
import type { Candidate } from "@/api/types";

const guard = (id: string, allowed = true): Candidate => ({ guard_id: id, name: id, allowed }) as Candidate;
const NEAREST = [guard("G1"), guard("G2"), guard("G3"), guard("G4", false)];
const pair = (under_way: number): { guards: number; name: string; name_en: string; under_way: number } => ({ guards: 2, name: "城东", name_en: "East", under_way });

describe("Who is called together", () => {
  it.each([
    ["nobody, where nothing asks for it", [], null, []],
    ["the nearest two at a key place at night", [], pair(0), ["G1", "G2"]],
    ["nobody more, where one goes already: the digit calls the second", [], pair(1), []],
    ["those chosen, in the order in which they were", ["G3", "G1"], pair(0), ["G3", "G1"]],
    ["nobody who may not go any more", ["G4", "G2"], null, ["G2"]],
  ])("%s", (_why, picked, of, ids) => {
    expect(wanted(NEAREST, picked, of).map((one) => one.guard_id)).toEqual(ids);
  });

  it("is chosen and left out by the same key", () => {
    expect(toggled(["G1"], "G2")).toEqual(["G1", "G2"]);
    expect(toggled(["G1", "G2"], "G1")).toEqual(["G2"]);
  });

  it.each([["Digit1", 1], ["Numpad9", 9], ["Digit0", null], ["KeyC", null]])("knows the digit of %s, whatever Shift makes of it", (code, digit) => {
    expect(digitOf(code)).toBe(digit);
  });
});
