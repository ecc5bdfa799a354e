import { describe, expect, it } from "vitest";

import { Problem } from "../src/api/client";
import { brandOf } from "../src/phone/brands";
import { inMemory, type KeptReport } from "../src/phone/kept-reports";
import { fitted } from "../src/phone/photo";
import { remembered, ringsFor, type RingOf } from "../src/phone/ring";
import { sorted, type RoundPoint } from "../src/phone/round";
import { isForLater, sendAll, type ReportLine } from "../src/phone/send-reports";
import type { Tracker } from "../src/phone/task";
import { trackerSaid } from "../src/phone/tracker";
import { mapLinks, wayTo, windOf } from "../src/phone/way";
import type { Shift } from "../src/api/types";

const shift = { opened_at: 1000 } as Shift;
const tracker = (more: Partial<Tracker>): Tracker => ({ silent: false, fix_at: null, fix_received_at: null, heard_at: null, platform_since: null, lon: null, lat: null, accuracy_m: null, ...more });

describe("the tracker's state", () => {
  const table: [string, Shift | null, Tracker | null | undefined, boolean, string, number | null, boolean][] = [
    ["off shift nothing is recorded, whatever was heard", null, tracker({ heard_at: 5000 }), false, "off", null, false],
    ["an open shift alone does not say that it works", shift, tracker({}), false, "none", null, false],
    ["the last place is told with its arrival", shift, tracker({ fix_received_at: 5000, heard_at: 5000 }), false, "ok", 5000, false],
    ["at rest the phone still speaks", shift, tracker({ fix_received_at: 4000, heard_at: 5000 }), false, "alive", 4000, false],
    ["silence is told with its beginning", shift, tracker({ silent: true, fix_received_at: 4000, heard_at: 4200 }), false, "silent", 4200, true],
    ["what was heard before the shift is no beginning", shift, tracker({ silent: true, heard_at: 900 }), false, "silent_ever", null, true],
    ["the platform's own silence is nobody's fault", shift, tracker({ silent: true, platform_since: 4100, heard_at: 4100 }), false, "platform", 4100, false],
    ["without network the last state is told as such", shift, tracker({ silent: true, heard_at: 4200 }), true, "stale", 4200, false],
    ["while the server can't tell, nothing is claimed", shift, null, false, "unknown", null, false],
    ["an older server tells nothing of it", shift, undefined, false, "unknown", null, false],
  ];
  it.each(table)("%s", (_, on, told, offline, key, at, warns) => {
    expect(trackerSaid({ shift: on, tracker: told }, offline)).toEqual({ key, at, warns });
  });
});

describe("the way", () => {
  it.each([[0, "n"], [44, "ne"], [90, "e"], [200, "s"], [203, "sw"], [270, "w"], [315, "nw"], [350, "n"], [359.9, "n"]] as const)("%d degrees is %s", (bearing, wind) => {
    expect(windOf(bearing)).toBe(wind);
  });
  it("is told in metres and a wind", () => {
    const way = wayTo([119.2, 34], [119.2, 34.001]);
    expect([Math.round(way.metres), way.wind]).toEqual([111, "n"]);
  });
  it.each([
    ["Mozilla/5.0 (Linux; Android 12; ABR-AL00)", ["amapuri:", "geo:"]],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", ["iosamap:", "maps:"]],
  ])("opens an app of %s and no address on the network", (agent, schemes) => {
    const links = mapLinks([119.2, 34], "东门 & 2#(北)", agent);
    expect(links.map((one) => one.href.slice(0, one.href.indexOf(":") + 1))).toEqual(schemes);
    for (const one of links) {
      expect(one.href).toContain("34.000000");
      expect(one.href).not.toMatch(/https?:/);
      expect(one.href).not.toMatch(/[&#]\s|东/);
    }
  });
});

describe("the phone's maker", () => {
  it.each([
    ["Mozilla/5.0 (Linux; Android 12; HarmonyOS; NOH-AN00; HMSCore 6.13) AppleWebKit/537.36", "huawei"],
    ["Mozilla/5.0 (Linux; Android 13; ELZ-AN20 Build/HONORELZ-AN20)", "huawei"],
    ["Mozilla/5.0 (Linux; Android 13; 22101316C Build/TP1A)", "xiaomi"],
    ["Mozilla/5.0 (Linux; Android 11; M2102K1C)", "xiaomi"],
    ["Mozilla/5.0 (Linux; Android 12; Redmi Note 11)", "xiaomi"],
    ["Mozilla/5.0 (Linux; Android 13; PGBM10 Build/TP1A) HeyTapBrowser/40", "oppo"],
    ["Mozilla/5.0 (Linux; Android 12; RMX3310)", "oppo"],
    ["Mozilla/5.0 (Linux; Android 13; V2157A)", "vivo"],
    ["Mozilla/5.0 (Linux; Android 13; vivo X90) VivoBrowser/15", "vivo"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X)", "iphone"],
    ["Mozilla/5.0 (Linux; Android 10; K) Chrome/120", "other"],
    ["Mozilla/5.0 (X11; Linux x86_64) Chrome/120", "other"],
  ])("of %s is %s", (agent, brand) => {
    expect(brandOf(agent)).toBe(brand);
  });
});

describe("the ring", () => {
  const quiet: RingOf = { calls: [], answered: new Set(), tasks: [], told: new Set(), sos: null, onBreak: false, stopped: new Set() };
  const all: RingOf = { ...quiet, calls: [{ id: "pc-1" }], tasks: [{ id: "dp-1", state: "called" }], sos: { id: "so-1", state: "taken" } };
  const table: [string, RingOf, string[]][] = [
    ["nothing rings for nothing", quiet, []],
    ["help that was taken comes first, then a call, then a task", all, ["sos:so-1", "call:pc-1", "task:dp-1"]],
    ["an answered call is over", { ...all, answered: new Set(["pc-1"]) }, ["sos:so-1", "task:dp-1"]],
    ["an answered task is over, sent or not", { ...all, told: new Set(["dp-1"]) }, ["sos:so-1", "call:pc-1"]],
    ["a task that was accepted rings no more", { ...quiet, tasks: [{ id: "dp-1", state: "accepted" }] }, []],
    ["help that nobody took yet does not ring", { ...quiet, sos: { id: "so-1", state: "raised" } }, []],
    ["a break silences all but help", { ...all, onBreak: true }, ["sos:so-1"]],
    ["what was touched rings no more, what comes after it does", { ...all, stopped: new Set(["sos:so-1", "call:pc-1"]) }, ["task:dp-1"]],
  ];
  it.each(table)("%s", (_, of, keys) => {
    expect(ringsFor(of).map((one) => one.key)).toEqual(keys);
  });
  it("remembers the newest touches and no more", () => {
    const many = Array.from({ length: 100 }, (_, n) => `call:${n}`);
    const kept = remembered(many, ["call:99", "task:1"]);
    expect([kept.length, kept.at(-1), kept.filter((one) => one === "call:99").length]).toEqual([60, "task:1", 1]);
  });
});

describe("the round", () => {
  const point = (id: string, state: RoundPoint["state"], lat: number, away_m: number | null): RoundPoint => ({ id, name: id, name_en: "", lon: 119.2, lat, radius_m: 25, state, last_at: null, checked_in_at: null, away_m });
  const points = [point("done", "done", 34, 1), point("far", "left", 34.01, 10), point("near", "left", 34.001, 900), point("again", "again", 34, 5)];
  it("is sorted by what is left and then by where the phone is", () => {
    expect(sorted(points, [119.2, 34]).map((one) => one.id)).toEqual(["near", "far", "again", "done"]);
  });
  it("keeps the server's distances without a place", () => {
    expect(sorted(points, null).map((one) => [one.id, one.away_m])).toEqual([["far", 10], ["near", 900], ["again", 5], ["done", 1]]);
  });
});

describe("a picture", () => {
  it.each([[4000, 3000, 1280, 960], [3000, 4000, 960, 1280], [800, 600, 800, 600], [1280, 1, 1280, 1], [40000, 2, 1280, 1], [0, 0, 1, 1]])("of %d x %d becomes %d x %d", (w, h, width, height) => {
    expect(fitted(w, h)).toEqual({ width, height });
  });
});

describe("reports that wait", () => {
  const kept = (id: string, more: Partial<KeptReport> = {}): KeptReport => ({ id, owner: "a", kind: "fire", words: "", at: 1, promised: "photo", bytes: new ArrayBuffer(4), type: "image/jpeg", notBefore: 0, saidAt: null, refused: "", ...more });
  function line(fails: Partial<Record<"say" | "attach", unknown>> = {}): ReportLine & { heard: string[] } {
    const heard: string[] = [];
    const step = (what: "say" | "attach", one: KeptReport): Promise<void> => (fails[what] ? Promise.reject(fails[what] as Error) : Promise.resolve(void heard.push(`${what} ${one.id}`)));
    return { heard, say: (one) => step("say", one), attach: (one) => step("attach", one) };
  }
  const away = new Problem(0, "network", "");
  const why = (): string => "why";

  it("are sent oldest first, words before the picture, and leave the phone", async () => {
    const keep = inMemory();
    await keep.put(kept("2", { at: 2 }));
    await keep.put(kept("1", { bytes: null }));
    const to = line();
    expect(await sendAll(keep, to, "a", 10, why)).toBe(true);
    expect(to.heard).toEqual(["say 1", "say 2", "attach 2"]);
    expect(await keep.all()).toEqual([]);
  });
  it("stay whole while the network is away", async () => {
    const keep = inMemory();
    await keep.put(kept("1"));
    expect(await sendAll(keep, line({ say: away }), "a", 10, why)).toBe(false);
    expect((await keep.all()).map((one) => [one.id, one.saidAt, one.bytes?.byteLength])).toEqual([["1", null, 4]]);
  });
  it("say their words once where the line breaks before the picture", async () => {
    const keep = inMemory();
    await keep.put(kept("1"));
    await sendAll(keep, line({ attach: away }), "a", 10, why);
    expect((await keep.all()).map((one) => one.saidAt)).toEqual([10]);
    const to = line();
    await sendAll(keep, to, "a", 20, why);
    expect(to.heard).toEqual(["attach 1"]);
  });
  it("of another person are never sent in this one's name", async () => {
    const keep = inMemory();
    await keep.put(kept("1", { owner: "b" }));
    const to = line();
    expect(await sendAll(keep, to, "a", 10, why)).toBe(false);
    expect([to.heard, (await keep.all()).length]).toEqual([[], 1]);
  });
  it("that the server refuses say why, and hold up no other", async () => {
    const keep = inMemory();
    await keep.put(kept("1"));
    await keep.put(kept("2", { at: 2 }));
    const to = line();
    const picky: ReportLine = { ...to, say: (one) => (one.id === "1" ? Promise.reject(new Problem(422, "report.kind", "")) : to.say(one)) };
    await sendAll(keep, picky, "a", 10, why);
    expect((await keep.all()).map((one) => [one.id, one.refused])).toEqual([["1", "why"]]);
    expect(to.heard).toEqual(["say 2", "attach 2"]);
    await sendAll(keep, to, "a", 20, why);
    expect(to.heard.length).toBe(2);
  });
  it("wait for the place, but not for ever", async () => {
    const keep = inMemory();
    await keep.put(kept("1", { notBefore: 11 }));
    const to = line();
    await sendAll(keep, to, "a", 10, why);
    expect(to.heard).toEqual([]);
    await sendAll(keep, to, "a", 11, why);
    expect(to.heard).toEqual(["say 1", "attach 1"]);
  });
  it.each([[0, true], [500, true], [503, true], [401, true], [403, true], [404, false], [409, false], [413, false], [422, false]])("answered %d are for later: %s", (status, later) => {
    expect(isForLater(new Problem(status, "x", ""))).toBe(later);
  });
});
