import { describe, expect, it } from "vitest";

import { roundsTold, type TrailPlan } from "../src/trails/trail";

type State = TrailPlan["rounds"][number]["points"][number]["state"];
const plan = (rounds: State[][]): TrailPlan => ({
  required_s: 3600, risk: "orange", mode: "four_colour",
  rounds: rounds.map((states, n) => ({
    from_at: n * 3600, to_at: (n + 1) * 3600, excused_s: 0, whole: states.every((one) => one === "visited"), points: states.map((state, id) => ({ checkpoint_id: `p${id}`, state, at: null, distance_m: null, fix_id: null })),
  })),
}); // prettier-ignore

describe("the rounds of a shift", () => {
  it.each<[State[][], number, number]>([
    [[["visited"], ...Array.from({ length: 7 }, (): State[] => ["missed"])], 1, 8], [[["beyond"], ["visited"], ["running"]], 1, 1],
    [[["visited", "missed"], ["unknown", "excused"]], 0, 2], [[["running"], ["running", "visited"], ["beyond", "visited"]], 0, 0], [[], 0, 0],
  ])("%j are counted where they ended and lie in the look", (rounds, n, all) => {
    expect(roundsTold(plan(rounds))).toEqual({ n, all });
  });
});
