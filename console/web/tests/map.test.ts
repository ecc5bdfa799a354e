import { describe, expect, it } from "vitest";

import { offset, type Place } from "../src/map/geo";
import { LEAST, MOST, moved, readShare, USUAL } from "../src/ui/split";
import { messages } from "../src/locales";
import { absolute } from "../src/map/base";
import { hasLeft, waysOf } from "../src/map/follow";
import { DESK, GRIDS, GROUPS, isSign, LIVE, LOOK, MARKED, OF_LAYER, OWN_TRAIL, SET_UP, SWATCHES, TRAIL, TRAIL_AND_VIEWS, type Entry, type Group } from "../src/map/legend";
import { CLUSTER, REACH, SIGNS } from "../src/map/signs";
import { alertThing, alertThings, areaThings, cameraThings, guardThings, readId } from "../src/map/things";
import type { Alert, Area, Dispatch, GuardPlace, MapCamera } from "../src/api/types";

const HERE: Place = [119.2, 34];
const camera = (id: string, state: MapCamera["state"] = "ok", lon: number | null = HERE[0]): MapCamera => ({ id, name: id, name_en: id, lon, lat: lon === null ? null : HERE[1], bearing: null, fov: null, range_m: null, state, state_reason: "", area_id: "" });
const alert = (id: string, priority: number, of = camera("C1")): Alert => ({ id, priority, situation: "intrusion", camera_id: of.id, camera: of, state: "new" }) as unknown as Alert;
const place = (id: string, more: Partial<GuardPlace> = {}): GuardPlace => ({ guard_id: id, name: `guard ${id}`, lon: HERE[0], lat: HERE[1], at: 1000, inside: true, ...more }) as unknown as GuardPlace;
const dispatch = (guard: string, state: string, to: Place = HERE): Dispatch => ({ id: `d-${guard}`, guard_id: guard, state, lon: to[0], lat: to[1], incident_id: "in-1", place_name: "gate" }) as unknown as Dispatch;

const everyGuard = (): ReturnType<typeof guardThings> => {
  const places = [place("G1"), place("G2", { at: 0 }), place("G3"), place("G4", { inside: false }), place("G5", { doubts: ["jump"] }), place("G6"), place("G7")];
  const ways = new Map(waysOf([dispatch("G6", "accepted", offset(HERE, 90, 260)), dispatch("G7", "arrived")], new Map(places.map((one) => [one.guard_id, one])), 1.3).map((one) => [one.dispatch.guard_id, one]));
  return guardThings(places, { ageOf: (one) => 1010 - one.at, staleAfter: 60, blocked: new Set(["G3"]), ways, chosen: "G1", outside: true },
    { stale: () => "old", way: (way) => `${way.metres?.toFixed(0)} m`, state: (sign) => sign }); // prettier-ignore
};

describe("who is sent", () => {
  it.each([
    ["called", "way"], ["accepted", "way"], ["arrived", "arrived"], ["done", null], ["cancelled", null], ["refused", null],
  ])("%s: %s", (state, shown) => {
    expect(waysOf([dispatch("G1", state)], new Map([["G1", { lon: 119.19, lat: 34 }]]), 1.3).map((one) => one.state)).toEqual(shown ? [shown] : []);
  });
  it("has metres and seconds left, as the candidates' list works them out", () => {
    const [way] = waysOf([dispatch("G1", "accepted", offset(HERE, 45, 390))], new Map([["G1", { lon: HERE[0], lat: HERE[1] }]]), 1.3);
    expect(way?.metres).toBeCloseTo(390, 0);
    expect(way?.seconds).toBeCloseTo(300, 0);
  });
  it("without a place has none, and without a speed no seconds", () => {
    expect(waysOf([dispatch("G1", "accepted")], new Map(), 1.3)[0]).toMatchObject({ from: null, metres: null, seconds: null });
    expect(waysOf([dispatch("G1", "accepted")], new Map([["G1", { lon: 119.19, lat: 34 }]]), null)[0]?.seconds).toBeNull();
  });
  it.each([
    [400, 150, false], [10, 150, true], [790, 150, true], [400, 10, true], [400, 290, true],
  ])("at %i, %i the map moves: %s", (x, y, moves) => {
    expect(hasLeft({ x, y }, 800, 300, { top: 40, bottom: 56, left: 48, right: 132 })).toBe(moves);
  });
});

describe("things on the map", () => {
  it("guards have a sign by state, the sent one his own", () => {
    expect(everyGuard().map((one) => one.sign)).toEqual(["guard", "guard-stale", "guard-blocked", "guard-outside", "guard-doubted", "sent", "arrived"]);
    expect(everyGuard()[5]).toMatchObject({ label: "guard G6 · 260 m", alone: true });
  });
  it("alerts have a sign by priority, the chosen one stays when it is judged", () => {
    const open = [alert("1", 1), alert("2", 2), alert("3", 3), alert("4", 1, camera("C9", "ok", null))];
    const judged = alert("5", 2);
    const things = alertThings(open, judged, (one) => alertThing(one, "intrusion", "P1 intrusion", "C1"));
    expect(things.map((one) => [one.id, one.sign, one.chosen])).toEqual([["al:1", "alert-1", false], ["al:2", "alert-2", false], ["al:3", "alert-3", false], ["al:5", "alert-2", true]]);
    expect(things[3]?.alone).toBe(true);
  });
  it("cameras that don't work say so; one without a place is not drawn", () => {
    const things = cameraThings([camera("C1"), camera("C2", "fault"), camera("C3", "disabled"), camera("C4", "ok", null)], "C1", (one) => one.id, (one) => one.state);
    expect(things.map((one) => [one.id, one.sign, one.label])).toEqual([["c:C1", "camera", "C1"], ["c:C2", "camera-down", "C2"], ["c:C3", "camera", ""]]);
  });
  it("ids lead back to kind and id", () => {
    const all = [...everyGuard(), ...alertThings([alert("a:1", 1)], null, (one) => alertThing(one, "", "", "")), ...cameraThings([camera("C1")], null, () => "", () => ""),
      ...areaThings([{ id: "A1", name: "A", name_en: "A", polygon: [HERE, HERE, HERE], key_area: false, checkpoints: [] } as Area], () => "A")]; // prettier-ignore
    for (const one of all) expect(readId(one.id)?.[0]).toBe(one.kind);
    expect(readId("al:a:1")).toEqual(["alert", "a:1"]);
    expect(readId("sos:1")).toBeNull();
  });
});

describe("the legend", () => {
  const AREAS = ["area", "area-key", "area-chosen"] as const;
  const inGroups = (groups: readonly Group[]): Set<Entry> => new Set(groups.flatMap((group) => [...(GROUPS[group] as readonly Entry[])]));
  it("has an entry for every sign and every layer", () => {
    const all = inGroups(Object.keys(GROUPS) as Group[]);
    expect(SIGNS.filter((sign) => !all.has(sign))).toEqual([]);
    expect(Object.entries(OF_LAYER).filter(([, entries]) => entries.length === 0 || entries.some((one) => !all.has(one)))).toEqual([]);
    expect([...all].sort()).toEqual([...SIGNS, ...SWATCHES].sort());
  });
  it("of each page holds every sign that the page can draw", () => {
    const guards = everyGuard().map((one) => one.sign as Entry);
    const cameras = cameraThings([camera("C1"), camera("C2", "fault")], null, () => "", () => "").map((one) => one.sign as Entry);
    const alerts = [1, 2, 3].flatMap((priority) => alertThings([alert("1", priority)], null, (one) => alertThing(one, "", "", "")).map((one) => one.sign as Entry));
    const station: Entry[] = [...guards, ...cameras, ...alerts, ...Object.values(CLUSTER), "chosen", "sos", ...OF_LAYER.ways, ...AREAS, ...OF_LAYER.views, ...OF_LAYER.checkpoints, ...OF_LAYER.streets];
    expect(station.filter((one) => !inGroups(DESK).has(one))).toEqual([]);
    expect([...station, ...OF_LAYER.cells, "cell-chosen" as const].filter((one) => !inGroups(LIVE).has(one))).toEqual([]);
    const officer = [...guards.filter((one) => one !== "sent" && one !== "arrived"), ...cameras, CLUSTER.camera, CLUSTER.guard, ...OF_LAYER.cells];
    expect(officer.filter((one) => !inGroups(LOOK).has(one))).toEqual([]);
  });
  const pages: [string, readonly Group[], readonly Entry[]][] = [
    ["a trail", TRAIL, [...OF_LAYER.trail, ...OF_LAYER.gaps, ...OF_LAYER.accuracy, "moment", "doubt", "visited", "unvisited", ...AREAS, ...OF_LAYER.checkpoints, ...OF_LAYER.streets]],
    ["a trail among cameras", TRAIL_AND_VIEWS, ["view"]],
    ["a guard's own trail", OWN_TRAIL, [...OF_LAYER.trail, ...OF_LAYER.gaps, "moment", ...AREAS, ...OF_LAYER.checkpoints, ...OF_LAYER.streets]],
    ["areas", SET_UP.areas, [...AREAS, ...OF_LAYER.checkpoints, ...OF_LAYER.streets]],
    ["units", SET_UP.units, ["service", "service-chosen", ...OF_LAYER.streets]],
    ["posts", SET_UP.posts, ["post", "pointed", ...AREAS, ...OF_LAYER.checkpoints, ...OF_LAYER.streets]],
    ["checkpoints", SET_UP.checkpoints, ["point", "pointed", ...AREAS, ...OF_LAYER.checkpoints, ...OF_LAYER.streets]],
    ["grids", GRIDS, ["grid", "grid-police", "grid-chosen", ...OF_LAYER.streets]],
  ];
  it.each(pages)("of %s holds what that map draws", (_, groups, drawn) => {
    expect(drawn.filter((one) => !inGroups(groups).has(one))).toEqual([]);
  });
  it("has each of its groups on some page, and each mark in one of them", () => {
    const shown = new Set([DESK, LIVE, LOOK, TRAIL, TRAIL_AND_VIEWS, OWN_TRAIL, GRIDS, ...Object.values(SET_UP)].flat());
    expect((Object.keys(GROUPS) as Group[]).filter((one) => !shown.has(one))).toEqual([]);
    expect(MARKED.filter((one) => !inGroups([...shown]).has(one))).toEqual([]);
  });
  it("stands on every map of a page", () => {
    const bare = Object.entries(import.meta.glob<string>("../src/**/*.vue", { query: "?raw", import: "default", eager: true }))
      .filter(([, text]) => text.includes("<MapCanvas") && !/<MapCanvas[^>]*?\s:legend=/s.test(text.replaceAll("=>", "")));
    expect(bare.map(([file]) => file)).toEqual([]);
  });
  it.each(["zh-CN", "en"])("has words for each in %s", async (language) => {
    const { legend } = (await messages(language)) as unknown as { legend: { of: Record<string, string>; group: Record<string, string> } };
    expect(Object.keys(legend.of).sort()).toEqual([...SIGNS, ...SWATCHES].sort());
    expect(Object.keys(legend.group).sort()).toEqual(Object.keys(GROUPS).sort());
    expect(new Set(Object.values(legend.of)).size).toBe(SIGNS.length + SWATCHES.length);
  });
  it("knows which entries are signs, and how far each reaches", () => {
    expect([...SIGNS, ...SWATCHES].filter(isSign)).toEqual([...SIGNS]);
    expect(SIGNS.every((sign) => REACH[sign] > 0)).toBe(true);
  });
});

describe("the divider", () => {
  it.each([
    [null, USUAL], ["", USUAL], ["0.5", 0.5], ["0.1", USUAL], ["1", USUAL], ["NaN", USUAL], ["half", USUAL],
  ])("kept as %s it stands at %s", (kept, share) => {
    expect(readShare(kept)).toBe(share);
  });
  it.each([
    ["ArrowDown", 0.5, 0.52], ["ArrowUp", 0.5, 0.48], ["PageDown", 0.5, 0.6], ["PageUp", 0.5, 0.4], ["Home", 0.5, USUAL], ["End", 0.5, MOST],
    ["ArrowUp", LEAST, LEAST], ["PageDown", 0.8, MOST], ["x", 0.5, null],
  ])("%s from %s: %s", (key, from, to) => {
    const found = moved(from, key);
    if (to === null) expect(found).toBeNull();
    else expect(found).toBeCloseTo(to, 9);
  });
});

describe("the base map", () => {
  it("paths of our own become whole addresses, others stay", () => {
    expect(absolute("/tiles/{z}/{x}/{y}.png", "https://console.example")).toBe("https://console.example/tiles/{z}/{x}/{y}.png");
    expect(absolute("https://tiles.example/{z}", "https://console.example")).toBe("https://tiles.example/{z}");
  });
});
