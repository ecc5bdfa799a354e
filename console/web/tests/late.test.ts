import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { useLate, type StuckTask } from "../src/dispatch/late";
import { useSession } from "../src/app/session";
import { useToasts } from "../src/ui/toasts";
import type { Incident, Me } from "../src/api/types";

const task = (id: string, guard: string | null, beside: readonly string[] = []): StuckTask =>
  ({
    id, dispatch_id: `dp-${id}`, kind: "unanswered", incident: { id: `in-${id}`, alert_id: `al-${id}` },
    next: guard && { guard_id: guard, name: guard }, beside: beside.map((one) => ({ guard_id: one, name: one })),
  }) as unknown as StuckTask; // prettier-ignore
const incident = (n: number): Incident => ({ id: `in-${n}`, opened_at: n, handled_at: 1000 - n }) as Incident;

describe("What goes wrong after a call", () => {
  let now = 10_000;
  let stuck: StuckTask[] = [];
  let handled: Incident[] = [];
  let broken = false;
  let posted: { url: string; body: unknown }[] = [];
  let release: (status?: number, body?: unknown) => void = () => undefined;
  const turn = (): Promise<void> => new Promise((then) => setTimeout(then));
  const json = (body: unknown, status = 200): Response => new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

  function answer(url: string, init: { method: string; body: string | null }): Promise<Response> {
    const { pathname, searchParams } = new URL(url, "http://desk");
    if (init.method === "POST") {
      posted.push({ url, body: JSON.parse(init.body ?? "null") });
      return new Promise((then) => (release = (status = 200, body = {}) => then(json(body, status))));
    }
    if (broken) return Promise.reject(new TypeError("no network"));
    if (pathname === "/api/stuck") return Promise.resolve(json({ items: stuck, next: null }));
    const from = Number(searchParams.get("cursor") ?? 0);
    const to = from + Math.min(200, Number(searchParams.get("limit")));
    const newest = [...handled].sort((a, b) => b.opened_at - a.opened_at);
    return Promise.resolve(json({ items: newest.slice(from, to), next: to < newest.length ? String(to) : null }));
  }

  beforeEach(() => {
    vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
    vi.stubGlobal("window", { setTimeout, clearTimeout, setInterval, clearInterval });
    vi.stubGlobal("fetch", answer);
    vi.spyOn(performance, "now").mockImplementation(() => now);
    now = 10_000;
    [stuck, handled, posted, broken] = [[], [], [], false];
    setActivePinia(createPinia());
    useSession().me = { permissions: ["dispatch.call"] } as unknown as Me;
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it.each([0, 3, 200, 201, 450])("lists all of %i that wait for their end, who waits longest first", async (n) => {
    handled = Array.from({ length: n }, (_, at) => incident(at));
    const late = useLate();
    await late.load();
    expect(late.handled).toHaveLength(n);
    expect(late.handled.map((one) => one.handled_at)).toEqual(handled.map((one) => one.handled_at).sort((a, b) => (a ?? 0) - (b ?? 0)));
  });

  it("keeps what it knew and says what is wrong, until it is asked for again", async () => {
    stuck = [task("a", "G2")];
    const late = useLate();
    await late.load();
    broken = true;
    await late.load();
    expect([late.problem !== null, late.tasks.length]).toEqual([true, 1]);
    broken = false;
    await late.load();
    expect(late.problem).toBeNull();
  });

  it.each([
    { what: "as it stood there", of: undefined, why: "" },
    { what: "as the row showed it", of: { task: "b", guard: "G2" }, why: "" },
    { what: "another task stood there", of: { task: "a", guard: "G2" }, why: "changed" },
    { what: "another guard stood there", of: { task: "b", guard: "G3" }, why: "changed" },
    { what: "nothing stood there", of: null, why: "changed" },
  ])("takes the key for the first task alone: $what", async ({ of, why }) => {
    stuck = [task("a", null), task("b", "G2", ["G4"]), task("c", "G3")];
    const late = useLate();
    await late.load();
    now += 600;
    expect(late.shown).toEqual({ task: "b", guard: "G2" });
    expect(late.next(of)).toBe(why);
    await turn();
    expect(posted).toEqual(why ? [] : [{ url: "/api/stuck/b/next", body: { guard_id: "G2", beside: ["G4"] } }]);
  });

  it.each([
    { what: "it came", before: [], then: [task("a", "G2")], after: 599, why: "changed" },
    { what: "it came", before: [], then: [task("a", "G2")], after: 600, why: "" },
    { what: "another task is first", before: [task("b", "G2")], then: [task("a", "G2"), task("b", "G2")], after: 599, why: "changed" },
    { what: "another guard is next", before: [task("a", "G3")], then: [task("a", "G2")], after: 599, why: "changed" },
    { what: "another goes beside him", before: [task("a", "G2", ["G3"])], then: [task("a", "G2", ["G4"])], after: 599, why: "changed" },
    { what: "another guard is next", before: [task("a", "G3")], then: [task("a", "G2")], after: 600, why: "" },
    { what: "nothing changed", before: [task("a", "G2")], then: [task("a", "G2"), task("b", "G3")], after: 0, why: "" },
    { what: "it went", before: [task("a", "G2")], then: [task("a", null)], after: 0, why: "nobody_stuck" },
  ])("answers $why $after ms after $what", async ({ before, then, after, why }) => {
    const late = useLate();
    stuck = before;
    await late.load();
    now += 5000;
    stuck = then;
    await late.load();
    now += after;
    expect(late.next()).toBe(why);
    await turn();
    expect(posted).toHaveLength(why ? 0 : 1);
  });

  it("takes one key at a time, and the next one for what stands there then", async () => {
    stuck = [task("a", "G2"), task("b", "G3")];
    const late = useLate();
    await late.load();
    now += 600;
    expect([late.next(), late.next(), late.calling?.id]).toEqual(["", "busy", "a"]);
    expect(late.busy).toBe(true);
    await turn();
    const older = late.load(); // asked before the answer: it still has him
    stuck = [task("b", "G3")];
    release();
    await older;
    await turn();
    expect([late.busy, late.calling, late.tasks.map((one) => one.id)]).toEqual([false, null, ["b"]]);
    expect(useToasts().items.map((one) => one.kind)).toEqual(["done"]);
    expect(late.next()).toBe("changed");
    now += 600;
    expect(late.next()).toBe("");
    await turn();
    expect(posted.map((one) => one.url)).toEqual(["/api/stuck/a/next", "/api/stuck/b/next"]);
  });

  it("says why the next guard was not called, and reads the list again", async () => {
    stuck = [task("a", "G2")];
    const late = useLate();
    await late.load();
    now += 600;
    expect(late.next()).toBe("");
    await turn();
    stuck = [];
    release(409, { key: "stuck.ended", detail: "ended" });
    await turn();
    await turn();
    expect(useToasts().items.map((one) => [one.kind, one.text])).toEqual([["wrong", "ended"]]);
    expect([late.busy, late.calling, late.next()]).toEqual([false, null, "nobody_stuck"]);
  });
});
