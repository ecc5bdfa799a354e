import { describe, expect, it } from "vitest";

import { daysOf, hasKind, linesOfDays, overMidnight, spanOf, textOf, withKind } from "../src/cameras/hours";
import { lineOf, linesOf } from "../src/desk/groups";
import { byUrgency, waitsFrom } from "../src/desk/queue";
import type { Alert } from "../src/api/types";

const alert = (id: string, more: Partial<Alert> = {}): Alert =>
  ({ id, camera_id: "C01", zone_id: "C01-z1", situation: "intrusion", state: "new", received_at: Number(id), ...more }) as Alert;
const seen = (rows: Alert[]): string[] => linesOf(rows).map((line) => `${line.alert.id}:${line.members.map((one) => one.id).join("+")}`);

describe("alerts that repeat", () => {
  it("stand in the row of the first from the third on", () => {
    expect(seen([alert("1"), alert("2")])).toEqual(["1:", "2:"]);
    expect(seen([alert("1"), alert("2"), alert("3")])).toEqual(["1:1+2+3"]);
  });
  it("are of one camera, zone and situation, and nothing else is grouped", () => {
    const rows = [
      alert("1"), alert("2", { zone_id: "C01-z2" }), alert("3"), alert("4", { situation: "loitering" }), alert("5"),
      ...["6", "7", "8"].map((id) => alert(id, { situation: "camera_lost", zone_id: "" })),
      ...["9", "10", "11"].map((id) => alert(id, { camera_id: "C02", state: "false" })),
    ];
    expect(seen(rows)).toEqual(["1:1+3+5", "2:", "4:", "6:", "7:", "8:", "9:", "10:", "11:"]);
  });
  it("move nothing when one more comes, and tell when the last one came", () => {
    const rows = [alert("2"), alert("9", { zone_id: "z" }), alert("3"), alert("1")];
    expect(seen(rows)).toEqual(["2:2+1+3", "9:"]);
    expect(linesOf([...rows, alert("12")])[0]).toMatchObject({ last: 12 });
  });
  it("are found by each of their members", () => {
    const lines = linesOf([alert("1"), alert("2"), alert("3"), alert("4", { zone_id: "z" })]);
    expect([lineOf(lines, "3")?.alert.id, lineOf(lines, "4")?.alert.id, lineOf(lines, "5"), lineOf(lines, null)]).toEqual(["1", "4", undefined, undefined]);
  });
});

describe("what came back from a shelf", () => {
  it("waits from then", () => {
    const back = { id: "a", priority: 2, received_at: 10, waits_from: 500 };
    const fresh = { id: "b", priority: 2, received_at: 400 };
    expect([waitsFrom(back), waitsFrom(fresh)]).toEqual([500, 400]);
    expect([back, fresh].sort(byUrgency).map((one) => one.id)).toEqual(["b", "a"]);
  });
});

describe("a zone's hours", () => {
  it.each([
    ["22:00", "06:00", 1320, 360, true],
    ["08:00", "18:30", 480, 1110, false],
    ["22:00", "00:00", 1320, 1440, false],
    ["00:00", "24:00", 0, 1440, false],
  ])("from %s to %s", (from, to, first, last, over) => {
    const text = { from, to, days: [4, 0] };
    expect(spanOf(text)).toEqual({ from_minute: first, to_minute: last, days: [0, 4] });
    expect(overMidnight(text)).toBe(over);
  });
  it("that are no times are none", () => {
    expect(["", "25:00", "24:00", "9", "9:60"].map((from) => spanOf({ from, to: "06:00", days: [0] }))).toEqual([null, null, null, null, null]);
  });
  it("come back as they were written", () => {
    expect(textOf({ from_minute: 1320, to_minute: 1440, days: [5] })).toEqual({ from: "22:00", to: "24:00", days: [5] });
  });
});

describe("a zone's kinds", () => {
  it("are taken and left together, and others stay", () => {
    expect(withKind(["person", "dog"], "vehicle", true)).toEqual(["person", "dog", "car", "truck", "bus"]);
    expect(withKind(["person", "bus", "dog"], "vehicle", false)).toEqual(["person", "dog"]);
    expect([hasKind(["bus"], "vehicle"), hasKind(["person"], "cycle")]).toEqual([true, false]);
  });
});

describe("a calendar's days", () => {
  it("are written singly or from one to another, each counts once", () => {
    expect(daysOf("2026-10-01 \u2013 2026-10-03\n\n 2026-10-02 \n2026-12-31~2027-01-01").dates).toEqual(["2026-10-01", "2026-10-02", "2026-10-03", "2026-12-31", "2027-01-01"]);
  });
  it.each(["2026-02-30", "1.10.2026", "2026-10-03 - 2026-10-01", "2026-01-01 - 2029-01-01", "2026-10-01 x"])("are not %s", (line) => {
    expect(daysOf(`2026-01-01\n${line}`)).toEqual({ dates: [], wrong: { n: 2, line } });
  });
  it("are shown as they are written", () => {
    const text = "2026-10-01 \u2013 2026-10-03\n2026-12-31";
    expect(linesOfDays(daysOf(text).dates)).toBe(text);
  });
});
