import { createPinia, setActivePinia } from "pinia";
import { beforeEach, describe, expect, it, vi } from "vitest";

import { placeIn, replaced } from "../src/ui/ordered";
import { byUrgency } from "../src/desk/queue";
import { useLive } from "../src/api/live";
import { useStation } from "../src/desk/station";
import type { Alert } from "../src/api/types";

vi.mock("@/app/prefs", () => ({ usePrefs: () => ({ language: "zh-CN" }) }));

const number = (a: { n: number }, b: { n: number }): number => a.n - b.n;
const list = (...all: number[]): { n: number }[] => all.map((n) => ({ n }));

describe("a list kept in order", () => {
  it.each([[[], 5, 0], [[1, 3, 5], 0, 0], [[1, 3, 5], 3, 1], [[1, 3, 5], 4, 2], [[1, 3, 5], 9, 3]])("%j has the place of %d at %d", (all, n, at) => {
    expect(placeIn(list(...all), { n }, number)).toBe(at);
  });
  it("takes a row in, moves it and lets it go, and is the same list where nothing changes", () => {
    const rows = list(1, 3, 5);
    const moved = replaced(rows, rows[0] ?? null, { n: 4 }, number);
    expect(moved.map((one) => one.n)).toEqual([3, 4, 5]);
    expect(replaced(moved, moved[1] ?? null, null, number).map((one) => one.n)).toEqual([3, 5]);
    expect(replaced(rows, null, null, number)).toBe(rows);
    expect(rows.map((one) => one.n)).toEqual([1, 3, 5]);
  });
});

describe("the station's alerts", () => {
  const alert = (n: number, more: Partial<Alert> = {}): Alert =>
    ({ id: `al-${n}`, state: "new", priority: 2, received_at: n, judged_at: null, incident: null, ...more }) as unknown as Alert;
  beforeEach(() => {
    vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
    setActivePinia(createPinia());
  });

  it("stand in the order that a sort would give, however they come and change", () => {
    const station = useStation();
    let seed = 7;
    const any = (most: number): number => (seed = (seed * 48_271) % 2_147_483_647) % most;
    const known = new Map<string, Alert>();
    for (let turn = 0; turn < 600; turn += 1) {
      const n = any(80);
      const state = (["new", "new", "false", "confirmed"] as const)[any(4)] ?? "new";
      const row = alert(n, { priority: 1 + any(4), received_at: any(50), state, judged_at: state === "new" ? null : any(50) });
      known.set(row.id, row);
      station.put(row);
    }
    const all = [...known.values()];
    const open = all.filter((one) => one.state === "new").sort(byUrgency);
    expect(open.length).toBeGreaterThan(20);
    expect(station.open).toEqual(open);
    expect(station.judged.map((one) => one.judged_at)).toEqual(all.filter((one) => one.state !== "new").map((one) => one.judged_at).sort((a, b) => (b ?? 0) - (a ?? 0)));
    station.put(...all.map((one) => ({ ...one, state: "new" as const })));
    expect(station.open.map((one) => one.id)).toEqual(all.map((one) => ({ ...one, state: "new" })).sort(byUrgency).map((one) => one.id));
    expect(station.judged).toEqual([]);
  });

  it("that were judged are kept up to 200 and the one that a desk shows, and more can be asked for then", () => {
    const station = useStation();
    station.hold("al-0");
    for (let n = 0; n < 260; n += 1) station.put(alert(n, { state: "false", judged_at: n }));
    expect(station.judged.length).toBe(201);
    expect([station.alerts.size, station.judged[0]?.id, station.judged.at(-1)?.id, station.more]).toEqual([201, "al-259", "al-0", true]);
  });

  it("keep the tracks of what waits and of what a desk shows; judged ones let them go", () => {
    const station = useStation();
    const tracks: Alert["tracks"] = [];
    const kept = (n: number): boolean => station.alerts.get(`al-${n}`)?.tracks === tracks;
    station.hold("al-1");
    for (const n of [1, 2]) station.put(alert(n, { tracks }));
    station.put(alert(1), alert(2));
    expect([kept(1), kept(2)]).toEqual([true, true]);
    for (const n of [1, 2]) station.put(alert(n, { state: "false", judged_at: n, tracks }));
    expect([kept(1), kept(2)]).toEqual([true, false]);
    station.hold("al-2");
    expect([kept(1), kept(2)]).toEqual([false, false]);
    station.put(alert(2, { state: "false", judged_at: 2, tracks }));
    expect([kept(2), station.judged.map((one) => one.id)]).toEqual([true, ["al-2", "al-1"]]);
  });

  it("are read page by page to the end, once more for all that asked meanwhile", async () => {
    const asked: string[] = [];
    vi.stubGlobal("window", { setTimeout, clearTimeout, setInterval, clearInterval });
    vi.stubGlobal("fetch", async (url: string) => {
      if (url.includes("state=open") && url.startsWith("/api/alerts")) asked.push(url);
      const second = url.includes("cursor=two");
      const items = !url.includes("state=open") || !url.startsWith("/api/alerts") ? [] : second ? [alert(1), alert(2)] : [alert(3), alert(4)];
      const body = { items, next: items.length > 0 && !second ? "two" : null, areas: [], cameras: [], units: [] };
      return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
    });
    const station = useStation();
    station.put(alert(9));
    for (let times = 0; times < 3; times += 1) station.reload();
    await vi.waitFor(() => expect(asked.length).toBe(4), 10_000);
    await vi.waitFor(() => expect(station.open.map((one) => one.id)).toEqual(["al-1", "al-2", "al-3", "al-4"]), 10_000);
    expect(station.loading).toBe(false);
    vi.unstubAllGlobals();
  });

  it("that change together are read a few at once and new ones before them; beyond a page of them the list is read", async () => {
    const answers = new Map<string, () => void>();
    const asked: string[] = [];
    vi.stubGlobal("window", { setTimeout, clearTimeout, setInterval, clearInterval });
    vi.stubGlobal("fetch", async (url: string) => {
      const id = /^\/api\/alerts\/(al-\d+)/.exec(url)?.[1];
      const body = id ? alert(Number(id.slice(3)), { priority: 1 }) : { items: [], next: null, areas: [], cameras: [], units: [] };
      if (id) asked.push(id);
      else if (url.includes("state=open") && url.startsWith("/api/alerts")) asked.push("list");
      if (id) await new Promise<void>((answered) => answers.set(id, answered));
      return new Response(JSON.stringify(body), { headers: { "content-type": "application/json" } });
    });
    const hearers: ((change: { topic: string; id: string }) => void)[] = [];
    vi.spyOn(useLive(), "on").mockImplementation((names, then) => {
      if (names.includes("alert")) hearers.push(then as (typeof hearers)[number]);
      return () => undefined;
    });
    const station = useStation();
    station.listen();
    await vi.waitFor(() => expect(station.loading).toBe(false));
    station.put(...Array.from({ length: 300 }, (_, n) => alert(n)));
    asked.length = 0;
    const change = (n: number): void => hearers.forEach((then) => then({ topic: "alert", id: `al-${n}` }));
    for (let n = 0; n < 6; n += 1) change(n);
    change(900);
    expect(asked).toEqual(["al-0", "al-900"]);
    const answer = (): void => asked.splice(0).forEach((id) => answers.get(id)?.());
    answer();
    await vi.waitFor(() => expect(asked).toEqual(["al-1", "al-2", "al-3", "al-4"]));
    expect(station.open.slice(0, 2).map((one) => one.id)).toEqual(["al-0", "al-900"]);
    answer();
    await vi.waitFor(() => expect(asked).toEqual(["al-5"]));
    for (let n = 10; n < 260; n += 1) change(n);
    answer();
    await vi.waitFor(() => expect(asked).toEqual(["list"]));
    vi.unstubAllGlobals();
  });
});
