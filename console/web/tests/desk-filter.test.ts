import { describe, expect, it } from "vitest";

import { inOrder, narrowing, parsed, passes, sortOf, textOf, toggled, type DeskFilter } from "../src/desk/filter/filter";
import { byUrgency } from "../src/desk/queue";
import type { Alert } from "../src/api/types";

const alert = (id: string, more: Partial<Alert> = {}, area: string | null = "A1"): Alert =>
  ({ id, camera_id: "C01", zone_id: "z", situation: "intrusion", priority: 2, received_at: 1000, camera: { id: "C01", area_id: area }, ...more }) as unknown as Alert;
const units = (one: Alert): ReadonlySet<string> => new Set(one.camera.area_id === "A1" ? ["U1"] : []);

describe("the desk's filter", () => {
  it.each([
    [{}, true],
    [{ priority: "1,2" }, true],
    [{ priority: "1" }, false],
    [{ situation: "intrusion" }, true],
    [{ situation: "loitering" }, false],
    [{ area_id: "A1" }, true],
    [{ area_id: "A2" }, false],
    [{ camera_id: "C01" }, true],
    [{ camera_id: "C02" }, false],
    [{ unit_id: "U1" }, true],
    [{ unit_id: "U2" }, false],
    [{ older: "60" }, true],
    [{ older: "61" }, false],
    [{ newer: "61" }, true],
    [{ newer: "60" }, false],
    [{ priority: "2", newer: "900", area_id: "A2" }, false],
  ] as [DeskFilter, boolean][])("%j lets an alert of 60 s pass: %s", (filter, wanted) => {
    expect(passes(filter, alert("a"), 1060, units)).toBe(wanted);
  });
  it("looks at no age where none is given, and counts from the return off a shelf", () => {
    expect(passes({ older: "900" }, alert("a"), null, units)).toBe(true);
    expect(passes({ newer: "60" }, alert("a", { waits_from: 1050 }), 1060, units)).toBe(true);
  });
  it("has all four priorities as none, and each goes in and out", () => {
    expect(toggled({}, "3")).toEqual({ priority: "3" });
    expect(toggled({ priority: "3" }, "1")).toEqual({ priority: "1,3" });
    expect(toggled({ priority: "1,3" }, "3")).toEqual({ priority: "1" });
    expect(toggled({ priority: "1", sort: "newest" }, "1")).toEqual({ sort: "newest" });
    expect(toggled({ priority: "1,2,3" }, "4")).toEqual({});
  });
  it("comes back from its text, without what it doesn't know", () => {
    const filter: DeskFilter = { sort: "place", older: "300", priority: "1,2" };
    expect(parsed(textOf(filter))).toEqual(filter);
    expect(parsed("q=x&priority=1&alert=al-1")).toEqual({ priority: "1" });
    expect([narrowing(filter), sortOf(filter), sortOf(parsed("sort=colour"))]).toEqual([["priority", "older"], "place", "urgent"]);
  });
});

describe("the desk's order", () => {
  const rows = [
    alert("a", { priority: 1, received_at: 30, zone_name: "门10" }), alert("b", { priority: 2, received_at: 10, zone_name: "门9" }),
    alert("c", { priority: 2, received_at: 40, zone_name: "门10" }), alert("d", { priority: 3, received_at: 20, zone_name: "门9" }),
  ].sort(byUrgency);
  it.each([["urgent", "a b c d"], ["newest", "c a d b"], ["oldest", "b d a c"], ["place", "b d a c"], ["kind", "b d a c"], ["camera", "b d a c"]] as const)("by %s is %s", (sort, wanted) => {
    expect(inOrder(rows, sort, (one) => one.zone_name, "zh-CN").map((one) => one.id).join(" ")).toBe(wanted);
  });
  it("what has no word to be sorted by stands last", () => {
    const unit = new Map([["d", "1号保安公司"], ["b", "2号保安公司"]]);
    expect(inOrder(rows, "unit", (one) => unit.get(one.id) ?? "", "zh-CN").map((one) => one.id).join(" ")).toBe("d b a c");
  });
});
