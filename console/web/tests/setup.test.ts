import { describe, expect, it } from "vitest";

import { areaOf, crossing, slotFor, type Place } from "../src/map/geo";
import { configOf } from "../src/devices/enrol";
import { bodyOf, minuteOf, readWindows, valuesOf, windowsText, type Row } from "../src/county/kinds";

const SQUARE: Place[] = [[119.2, 34], [119.21, 34], [119.21, 34.01], [119.2, 34.01]];

describe("a border", () => {
  it("of a square does not cross itself", () => expect(crossing(SQUARE)).toBeNull());
  it("drawn like a bow tie is found out where it crosses", () => {
    const found = crossing([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]] as Place[]);
    expect(found?.[0]).toBeCloseTo(119.205, 6);
    expect(found?.[1]).toBeCloseTo(34.005, 6);
  });
  it.each([
    [[119.205, 33.999], 1],
    [[119.211, 34.005], 2],
    [[119.205, 34.012], 3],
    [[119.199, 34.005], 4],
  ] as [Place, number][])("takes a corner at %j between the nearest two", (place, slot) => expect(slotFor(SQUARE, place)).toBe(slot));
  it("grows at its end while it has no inside", () => expect(slotFor(SQUARE.slice(0, 2), [119, 34])).toBe(2));
  it("is measured in square metres", () => expect(areaOf(SQUARE) / (923 * 1113)).toBeCloseTo(1, 2));
});

describe("what a form holds", () => {
  it.each([["07:30", 450], ["24:00", 1440], ["7:05", 425], ["7:60", null], ["25:00", null], ["noon", null]] as const)("%s is minute %s", (text, minute) => expect(minuteOf(text)).toBe(minute));
  it("writes windows as it reads them", () => expect(readWindows(windowsText([[450, 540], [990, 1440]]))).toEqual([[450, 540], [990, 1440]]));
  it.each(["07:30", "07:30-09:00-10:00", "a-b"])("refuses the window %s", (text) => expect(readWindows(text)).toBeNull());
  it("sends an empty reference as none, and a text as it stands", () => {
    const row: Row = { id: "G1", name: "孙建国", unit_id: "U1", team_id: "", default_area_id: null, cert_no: "", cert_valid_until: "2029-12-31", left_on: "", phone: "", call_sign: "" };
    expect(bodyOf("guards", valuesOf("guards", row))).toEqual({ name: "孙建国", unit_id: "U1", team_id: null, default_area_id: null, cert_no: "", cert_valid_until: "2029-12-31", left_on: null, phone: "", call_sign: "" });
  });
  it("asks nothing of a new post that has a default", () => expect(bodyOf("posts", valuesOf("posts", null))).toMatchObject({ kind: "post", needed: 1, from_min: 0, radius_m: 50 }));
});

describe("a QR code", () => {
  it("for Traccar Client is its server's address with the device's settings", () => {
    const link = new URL(configOf("traccar", "https://pa.example/fix", "c0ffee", "G01"));
    expect([link.origin + link.pathname, link.searchParams.get("id"), link.searchParams.get("interval")]).toEqual(["https://pa.example/fix", "c0ffee", "15"]);
  });
  it("for OwnTracks is a whole configuration over HTTP", () => {
    const [, inline] = configOf("owntracks", "https://pa.example/fix", "c0ffee", "G01").split("inline=");
    expect(JSON.parse(atob(inline ?? ""))).toMatchObject({ _type: "configuration", mode: 3, url: "https://pa.example/fix", password: "c0ffee", username: "G01" });
  });
});
