import { createPinia, setActivePinia } from "pinia";
import { nextTick } from "vue";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Outbox } from "../src/ui/outbox";
import { useSos } from "../src/sos/desk";
import { Hold } from "../src/sos/hold";
import { OUT, useOwnSos } from "../src/sos/phone";
import type { Speaker } from "../src/ui/ring";
import { Siren } from "../src/sos/siren";
import { areaAt, inOrder, whereabouts, type OwnSos } from "../src/sos/sos";
import { useSession } from "../src/app/session";
import { useToasts } from "../src/ui/toasts";

const T = 1_790_000_000;
const call = (more: Partial<OwnSos> = {}): OwnSos => ({
  id: "sos-1", state: "raised", raised_at: T, device_at: T, clock: "right", known_at: T, late: false, late_s: 0, presses: 1, last_press_at: T,
  well_at: null, taken_by: null, taken_at: null, closed_by: null, closed_at: null, outcome: null, place: null, ...more,
}); // prettier-ignore

/** Time that is moved by hand. */
class Hands {
  at = 0;
  private works: { work: () => void; ms: number; next: number }[] = [];
  now = (): number => this.at;
  every = (work: () => void, ms: number): (() => void) => {
    const one = { work, ms, next: this.at + ms };
    this.works.push(one);
    return () => void (this.works = this.works.filter((other) => other !== one));
  };
  pass(ms: number): void {
    const end = this.at + ms;
    for (let at = this.at + 10; at <= end; at += 10) {
      this.at = at;
      for (const one of this.works.filter((other) => other.next <= at)) {
        one.next += one.ms;
        one.work();
      }
    }
  }
  get running(): number {
    return this.works.length;
  }
}

describe("the button that is held", () => {
  const made = (): { hands: Hands; hold: Hold; shares: number[]; raised: () => number } => {
    const hands = new Hands();
    const shares: number[] = [];
    let raised = 0;
    return { hands, shares, raised: () => raised, hold: new Hold(hands, (share) => shares.push(share), () => void (raised += 1)) };
  };

  it.each([
    ["after 2 s", 2000, 1], ["a little longer", 5000, 1], ["let go of at once", 0, 0], ["let go of after 1.9 s", 1900, 0],
  ])("%s", (_, held, times) => {
    const { hands, hold, raised } = made();
    hold.press("pointer 1");
    hands.pass(held);
    hold.release("pointer 1");
    hands.pass(5000);
    expect(raised()).toBe(times);
    expect(hands.running).toBe(0);
  });

  it("shows how far it is, and begins anew when it was let go of", () => {
    const { hands, hold, shares, raised } = made();
    hold.press("key Enter");
    hands.pass(1000);
    expect(shares.at(-1)).toBe(0.5);
    hold.release("key Enter");
    expect(shares.at(-1)).toBe(0);
    hold.press("key Enter");
    hands.pass(1500);
    expect(raised()).toBe(0);
    hands.pass(500);
    expect(raised()).toBe(1);
  });

  it("is not let go of by another finger or key, and not begun anew by one", () => {
    const { hands, hold, raised } = made();
    hold.press("pointer 1");
    hands.pass(1500);
    hold.press("key Enter");
    hold.release("key Enter");
    hands.pass(500);
    expect(raised()).toBe(1);
  });

  it("is let go of when the page is hidden or loses it", () => {
    const { hands, hold, raised } = made();
    hold.press("pointer 1");
    hands.pass(1500);
    hold.release();
    hands.pass(1000);
    expect(raised()).toBe(0);
  });
});

describe("the sound", () => {
  const made = (allowed: boolean) => {
    const hands = new Hands();
    const tones: number[] = [];
    const silent: boolean[] = [];
    const speaker = {
      state: "suspended",
      resume: () => (allowed ? Promise.resolve(void (speaker.state = "running")) : new Promise<void>(() => undefined)),
      tone: (hertz: number) => void tones.push(hertz),
    };
    return { hands, tones, silent, allow: () => (allowed = true), siren: new Siren(() => speaker as Speaker, hands.every, (now) => void silent.push(now)) };
  };

  it("repeats until it is ended", async () => {
    const { siren, hands, tones, silent } = made(true);
    await siren.arm();
    siren.start();
    const once = tones.length;
    hands.pass(24_000);
    expect(tones.length).toBe(once * 11);
    siren.end();
    hands.pass(24_000);
    expect(tones.length).toBe(once * 11);
    expect(silent.at(-1)).toBe(false);
  });

  it("says when the browser keeps it silent, and rings after a click", async () => {
    const { siren, hands, tones, silent, allow } = made(false);
    siren.start();
    hands.pass(5000);
    expect(tones).toEqual([]);
    expect(silent.at(-1)).toBe(true);
    allow();
    await siren.arm();
    expect(silent.at(-1)).toBe(false);
    hands.pass(2400);
    expect(tones.length).toBeGreaterThan(0);
  });

  it("is silent and says so where the browser has none", () => {
    const hands = new Hands();
    const silent: boolean[] = [];
    new Siren(() => null, hands.every, (now) => void silent.push(now)).start();
    expect(silent.at(-1)).toBe(true);
  });
});

describe("what is said of the place", () => {
  const own = { lon: 119.2, lat: 34, accuracy_m: 8, at: T - 12, source: "own" as const };
  const onMap = (at: number, received_at = at) => ({ lon: 119.3, lat: 34, at, received_at, accuracy_m: 5 });
  it.each([
    ["here, 12 s ago", call({ place: own }), null, "own", 12],
    ["an age that nobody knows", call({ place: { ...own, at: null } }), null, "own_undated", null],
    ["last seen", call({ place: { ...own, at: T - 240, source: "last" } }), null, "last", 240],
    ["no place", call(), null, "none", null],
    ["no place, but the map has one", call(), onMap(T - 60), "map", 60],
    ["the map is newer", call({ place: own }), onMap(T - 2), "map", 2],
    ["the map is older", call({ place: own }), onMap(T - 30), "own", 12],
    ["a map fix whose clock is ahead", call({ place: own }), onMap(T + 900, T - 40), "own", 12],
    ["a clock that is wrong, and a map of before", call({ place: { ...own, at: null } }), onMap(T - 60), "own_undated", null],
  ])("%s", (_, one, place, key, age) => {
    const said = whereabouts(one, place, T);
    expect([said.key, said.age_s]).toEqual([key, age]);
  });

  it("names the area in which it lies", () => {
    const area = { id: "A1", name: "A", name_en: "A", polygon: [[119.19, 33.99], [119.21, 33.99], [119.21, 34.01], [119.19, 34.01]] as [number, number][], key_area: false, checkpoints: [] };
    expect(areaAt({ areas: [area] }, [119.2, 34])?.name).toBe("A");
    expect(areaAt({ areas: [area] }, [119.3, 34])).toBe(null);
    expect(areaAt(null, [119.2, 34])).toBe(null);
  });

  it("puts those first whom nobody has taken, and of these who waits longest", () => {
    const calls = [call({ id: "t", state: "taken", raised_at: T - 9 }), call({ id: "new", raised_at: T }), call({ id: "old", raised_at: T - 5 }), call({ id: "c", state: "closed" })];
    expect(inOrder(calls).map((one) => one.id)).toEqual(["old", "new", "t"]);
  });
});

type Answer = { status: number; body: unknown };
const answers: Answer[] = [];
const asked: { url: string; method: string; body: Record<string, unknown> | null }[] = [];
let tones = 0;

describe("the stores", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    const kept = new Map<string, string>();
    const storage = new Proxy({ getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value), removeItem: (key: string) => void kept.delete(key) }, {
      ownKeys: () => [...kept.keys()],
      getOwnPropertyDescriptor: (_, key) => ({ enumerable: true, configurable: true, value: kept.get(String(key)) }),
    });
    class FakeAudio {
      state = "running";
      currentTime = 0;
      destination = {};
      resume = (): Promise<void> => Promise.resolve();
      createOscillator = () => ({ frequency: {}, connect: (to: unknown) => to, start: () => void (tones += 1), stop: () => undefined });
      createGain = () => ({ gain: { setValueAtTime: () => undefined, linearRampToValueAtTime: () => undefined }, connect: (to: unknown) => to });
    }
    const page = { AudioContext: FakeAudio, setInterval, clearInterval, setTimeout, clearTimeout, addEventListener: () => undefined, removeEventListener: () => undefined };
    vi.stubGlobal("window", page);
    vi.stubGlobal("AudioContext", FakeAudio);
    vi.stubGlobal("localStorage", storage);
    vi.stubGlobal("navigator", {});
    vi.stubGlobal("fetch", (url: string, init: { method: string; body: string | null }) => {
      asked.push({ url, method: init.method, body: init.body ? (JSON.parse(init.body) as Record<string, unknown>) : null });
      const next = answers.shift();
      if (!next || next.status === 0) return Promise.reject(new TypeError("no network"));
      return Promise.resolve(new Response(JSON.stringify(next.body), { status: next.status, headers: { "content-type": "application/json" } }));
    });
    answers.length = asked.length = tones = 0;
    setActivePinia(createPinia());
    useSession().me = { account: { id: "a", username: "a", name: "a", role: "operator", unit_id: null, guard_id: "G1" }, csrf: "c", permissions: ["sos.see", "sos.take"], now: T, settings: { escalation_seconds: [30, 60, 120], idle_exit_minutes: 15, second_factor: true, stale_fix: 60, demo: false } };
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("ring until somebody has taken it, at this desk or at another", async () => {
    const sos = useSos();
    answers.push({ status: 200, body: { items: [call()], next: null } });
    await sos.load();
    await nextTick();
    vi.advanceTimersByTime(10_000);
    const heard = tones;
    expect(heard).toBeGreaterThan(8);
    answers.push({ status: 200, body: { items: [call({ state: "taken", taken_by: "another" })], next: null } });
    await sos.load();
    await nextTick();
    vi.advanceTimersByTime(10_000);
    expect(tones).toBe(heard);
    expect(sos.calls.map((one) => one.taken_by)).toEqual(["another"]);
  });

  it("tell who was first, and read the list again", async () => {
    const sos = useSos();
    answers.push(
      { status: 409, body: { key: "sos.taken", detail: "A took this call for help at 22:13:23." } },
      { status: 200, body: { items: [call({ state: "taken", taken_by: "A" })], next: null } },
    );
    expect(await sos.take("sos-1")).toBe(false);
    await vi.advanceTimersByTimeAsync(0);
    expect(useToasts().items[0]?.text).toContain("A took");
    expect(sos.waiting).toEqual([]);
  });

  it("do not lose a call when the list can't be read, say so, and ask again", async () => {
    const sos = useSos();
    answers.push({ status: 200, body: { items: [call()], next: null } }, { status: 503, body: { key: "database.away" } });
    await sos.load();
    await sos.load();
    expect([sos.failed, sos.waiting.length]).toEqual([true, 1]);
    answers.push({ status: 200, body: { items: [], next: null } });
    await vi.advanceTimersByTimeAsync(2500);
    expect([sos.failed, sos.calls.length]).toEqual([false, 0]);
  });

  it("make no sound for who may not take it", async () => {
    const session = useSession();
    if (session.me) session.me.permissions = ["sos.see"];
    const sos = useSos();
    answers.push({ status: 200, body: { items: [call()], next: null } });
    await sos.load();
    await nextTick();
    vi.advanceTimersByTime(10_000);
    expect([sos.calls.length, tones]).toEqual([1, 0]);
  });

  it.each([
    ["no network", { status: 0, body: null }], ["a server that is away", { status: 503, body: { key: "database.away" } }],
    ["a session that ended", { status: 401, body: { key: "session.none" } }], ["a refusal", { status: 422, body: { key: "form.invalid", detail: "no" } }],
  ])("keep the guard's press over %s and send it again with the same id", async (_, first) => {
    const own = useOwnSos();
    answers.push(first);
    own.raise();
    await vi.advanceTimersByTimeAsync(10);
    expect(own.unsent).toBe(true);
    expect(new Outbox(localStorage, `${OUT}G1`).size).toBe(1);
    answers.push({ status: 200, body: { sos: call() } });
    await own.send();
    expect(own.unsent).toBe(false);
    expect(own.open?.state).toBe("raised");
    expect(asked.filter((one) => one.method === "POST").map((one) => one.body?.id)).toEqual([asked[0]?.body?.id, asked[0]?.body?.id]);
  });

  it("send the place that comes later under the same id, and do not call it unsent", async () => {
    vi.stubGlobal("navigator", {
      geolocation: { getCurrentPosition: (done: (found: unknown) => void, _: unknown, how: { maximumAge: number }) => void (how.maximumAge === 0 && setTimeout(() => done({ coords: { longitude: 119.2, latitude: 34, accuracy: 9 }, timestamp: Date.now() }), 500)) },
    });
    const own = useOwnSos();
    answers.push({ status: 200, body: { sos: call() } }, { status: 0, body: null });
    own.prepare();
    own.raise();
    await vi.advanceTimersByTimeAsync(600);
    expect([own.unsent, new Outbox(localStorage, `${OUT}G1`).size]).toEqual([false, 1]);
    answers.push({ status: 200, body: { sos: call({ place: { lon: 119.2, lat: 34, accuracy_m: 9, at: T, source: "own" } }) } });
    await own.send();
    expect(own.open?.place?.lon).toBe(119.2);
    expect(new Set(asked.map((one) => one.body?.id)).size).toBe(1);
    expect(asked[0]?.body?.lon).toBeUndefined();
  });

  it("send one guard's press in no other guard's name", async () => {
    const own = useOwnSos();
    answers.push({ status: 0, body: null });
    own.raise();
    await vi.advanceTimersByTimeAsync(10);
    const session = useSession();
    if (session.me) session.me.account.guard_id = "G2";
    await own.send();
    expect(asked.filter((one) => one.method === "POST").length).toBe(1);
    expect(own.unsent).toBe(true);
  });
});
