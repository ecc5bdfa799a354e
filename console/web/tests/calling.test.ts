import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";

import { useAttention, type OnMyList } from "../src/attention/attention";
import type { Rang } from "../src/attention/rings";
import { useSession } from "../src/app/session";
import { useStation } from "../src/desk/station";
import type { Alert, Me } from "../src/api/types";

const T = 1_790_000_000;
const here = vi.hoisted(() => ({
  at: 0, plays: true, route: "desk", beats: [] as (() => void)[], played: [] as string[], pushed: [] as unknown[], shown: [] as string[],
  rings: [] as Rang[], told: [] as unknown[],
})); // prettier-ignore
vi.mock("@/app/router", () => ({ router: { currentRoute: { value: { get name() { return here.route; } } }, push: (to: unknown) => void here.pushed.push(to) } })); // prettier-ignore
vi.mock("@/api/live", () => {
  const live = {
    get now() { return here.at; }, moment: () => here.at, on: () => () => undefined, onReload: () => () => undefined, look: () => undefined,
    onBeat: (then: () => void) => (here.beats.push(then), () => undefined), places: new Map(),
  }; // prettier-ignore
  return { useLive: () => live };
});
vi.mock("@/app/prefs", () => ({ usePrefs: () => ({ language: "en" }) }));
vi.mock("@/ui/sound", () => {
  const sound = { ready: true, speaker: () => null, arm: () => undefined, play: (what: string) => (here.plays && here.played.push(what), here.plays) };
  return { useSound: () => sound };
});
vi.mock("@/api/client", () => ({
  Problem: Error,
  get: (path: string) => Promise.resolve(path === "/attention" ? { mutes: [], second_seat: [], escalations: here.told } : { items: [], next: null }),
  post: (_: string, body: { rings?: Rang[] }) => (here.rings.push(...(body.rings ?? [])), Promise.resolve({})),
  put: () => Promise.resolve({ mine: null, others: [] }), remove: () => Promise.resolve({}),
})); // prettier-ignore

const camera = { id: "C01", name: "学院路1", name_en: "College Road 1" };
const alert = (id: string, changes: object = {}): Alert =>
  ({ id, state: "new", priority: 2, situation: "intrusion", received_at: T, waits_from: T, shelf: null, camera, ...changes }) as unknown as Alert;
const escalation = (alert_id: string): OnMyList =>
  ({ id: `es-${alert_id}`, alert_id, taken_by: null, priority: 2, situation: "intrusion", zone_name: "", received_at: T, camera }) as unknown as OnMyList;

describe("The page that calls its person", () => {
  const turn = async (): Promise<void> => {
    await new Promise((then) => setTimeout(then));
    await nextTick();
  };
  const beat = async (after: number): Promise<void> => {
    here.at += after;
    here.beats.forEach((then) => then());
    await turn();
  };
  beforeEach(async () => {
    vi.stubGlobal("localStorage", { getItem: () => "en", setItem: () => undefined, removeItem: () => undefined });
    const listens = { addEventListener: () => undefined, removeEventListener: () => undefined };
    vi.stubGlobal("window", { setTimeout, clearTimeout, setInterval, clearInterval, Notification: 1, ...listens });
    vi.stubGlobal("document", {
      hidden: true, hasFocus: () => false, querySelector: () => null, querySelectorAll: () => [],
      createElement: () => ({}), head: { append: () => undefined }, ...listens,
    }); // prettier-ignore
    vi.stubGlobal("Notification", Object.assign(function (title: string, given: { body: string }) { here.shown.push(`${title}: ${given.body}`); }, { permission: "granted" })); // prettier-ignore
    Object.assign(here, { at: T, plays: true, route: "desk", beats: [], played: [], pushed: [], shown: [], rings: [], told: [] });
    setActivePinia(createPinia());
    useSession().me = { account: { id: "a-operator", role: "operator" }, settings: { desk_idle_seconds: 20, escalation_seconds: [30, 60, 120] }, permissions: [] } as unknown as Me;
    useAttention().listen();
    await turn();
  });
  afterEach(() => vi.unstubAllGlobals());

  it.each([["judged", { state: "confirmed" }], ["shelved", { shelf: { id: "sh-1" } }]])("sounds no more for what another seat has %s", async (_, change) => {
    useStation().put(alert("al-1"));
    here.told = [escalation("al-1")];
    useAttention().forget();
    useAttention().listen();
    await turn();
    await beat(16);
    expect(here.played.filter((one) => one === "escalation")).toHaveLength(2);
    useStation().put(alert("al-1", change));
    await turn();
    await beat(16);
    await beat(16);
    expect(here.played.filter((one) => one === "escalation")).toHaveLength(2);
  });

  it("tells one notification for what comes together after a break, and each of a few", async () => {
    useStation().put(...[1, 2, 3, 4].map((n) => alert(`al-${n}`, { received_at: T + n, waits_from: T + n })));
    await turn();
    expect(here.shown).toHaveLength(1);
    expect(here.rings.filter((one) => one.means === "notification")).toHaveLength(4);
    useStation().put(alert("al-5", { received_at: T + 5, waits_from: T + 5 }), alert("al-6", { received_at: T + 6, waits_from: T + 6 }));
    await turn();
    expect(here.shown).toHaveLength(3);
  });

  it("puts it into the record that what came silent sounds now", async () => {
    here.plays = false;
    useStation().put(alert("al-1", { priority: 1 }));
    await turn();
    here.plays = true;
    await beat(6);
    await beat(6);
    expect(here.rings.filter((one) => one.means !== "notification").map((one) => one.means)).toEqual(["blocked", "sound"]);
  });

  it.each([[20, 19, 0], [20, 21, 1], [5, 4, 0], [5, 6, 1]])("brings an operator who is idle for %d s to the desk for a fresh priority 1: after %d s", async (idle, seconds, times) => {
    here.route = "records";
    (useSession().me as Me).settings.desk_idle_seconds = idle;
    const now = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(now + seconds * 1000);
    useStation().put(alert("al-1", { priority: 1 }));
    await turn();
    expect(here.pushed).toEqual(Array(times).fill({ name: "desk", query: { alert: "al-1" } }));
    vi.restoreAllMocks();
  });
});
