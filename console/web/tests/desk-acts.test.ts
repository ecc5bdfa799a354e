import { createPinia, setActivePinia } from "pinia";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { useActs } from "../src/attention/acts";
import { useStation } from "../src/desk/station";
import { useToasts } from "../src/ui/toasts";
import type { Alert, Candidate } from "../src/api/types";

vi.mock("@/app/prefs", () => ({ usePrefs: () => ({ language: "zh-CN" }) }));

interface Asked {
  what: string;
  body: unknown;
  answer: (status: number, body?: unknown) => Promise<void>;
}
const guard = (id: string): Candidate => ({ guard_id: id, name: id, allowed: true }) as Candidate;
const alert = (id: string, state = "new"): Alert =>
  ({ id, state, priority: 2, received_at: 1, incident: state === "confirmed" ? { id: `in-${id}`, state: "open", dispatches: [] } : null }) as unknown as Alert;

describe("What is pressed at the desk", () => {
  let asked: Asked[] = [];
  const turn = (): Promise<void> => new Promise((then) => setTimeout(then));
  const next = async (what: string, status = 200, body: unknown = {}): Promise<unknown> => {
    await turn();
    const one = asked.shift();
    expect(one?.what).toBe(what);
    await one?.answer(status, body);
    await turn();
    return one?.body;
  };

  beforeEach(() => {
    vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined, removeItem: () => undefined });
    vi.stubGlobal("window", { setTimeout, clearTimeout, setInterval, clearInterval });
    vi.stubGlobal("fetch", (url: string, init: { method: string; body: string | null }) =>
      new Promise((resolve) => {
        asked.push({
          what: `${init.method} ${url}`,
          body: init.body ? JSON.parse(init.body) : null,
          answer: async (status, body) => resolve(new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } })),
        });
      }),
    );
    asked = [];
    setActivePinia(createPinia());
    useStation().put(alert("a"), alert("b"));
  });
  afterEach(() => vi.unstubAllGlobals());

  it("leaves the queue at once, and comes back where the server did not take it", async () => {
    const station = useStation();
    const done = useActs().judge("a", "false", "other");
    expect(station.open.map((one) => one.id)).toEqual(["b"]);
    await next("POST /api/alerts/a/false", 500, { key: "x", detail: "no" });
    expect(await done).toBe(false);
    expect(station.open.map((one) => one.id)).toEqual(["a", "b"]);
    expect(useToasts().items.map((one) => one.text)).toEqual(["no"]);
    expect(useActs().of("a")).toBeNull();
  });

  it("calls the guards in the order of the keys, once the judgement stands, and for their own alert alone", async () => {
    const acts = useActs();
    const all = [acts.judge("a", "confirm"), acts.call("a", [guard("G1")]), acts.call("a", [guard("G2")]), acts.judge("b", "ignore")];
    expect(acts.of("a")).toEqual({ how: "confirm", calls: ["G1", "G2"] });
    await turn();
    expect(asked.map((one) => one.what)).toEqual(["POST /api/alerts/a/confirm", "POST /api/alerts/b/ignore"]);
    await next("POST /api/alerts/a/confirm");
    await next("POST /api/alerts/b/ignore");
    await next("GET /api/alerts/a", 200, alert("a", "confirmed"));
    await next("GET /api/alerts/b", 200, alert("b", "ignored"));
    expect(await next("POST /api/incidents/in-a/dispatches")).toEqual({ guard_ids: ["G1"] });
    await next("GET /api/alerts/a", 200, alert("a", "confirmed"));
    expect(await next("POST /api/incidents/in-a/dispatches")).toEqual({ guard_ids: ["G2"] });
    await next("GET /api/alerts/a", 200, alert("a", "confirmed"));
    expect(await Promise.all(all)).toEqual([true, true, true, true]);
  });

  it("calls nobody where somebody else judged first", async () => {
    const acts = useActs();
    const all = [acts.judge("a", "confirm"), acts.call("a", [guard("G1")])];
    await next("POST /api/alerts/a/confirm", 409, { key: "alert.judged", detail: "B judged this alert" });
    await next("GET /api/alerts/a", 200, alert("a", "false"));
    expect(await Promise.all(all)).toEqual([false, false]);
    expect(asked).toEqual([]);
    expect(useToasts().items).toHaveLength(2);
  });

  it("is undone after the judgement that is still on its way", async () => {
    const acts = useActs();
    const all = [acts.judge("a", "ignore"), acts.undo("a")];
    await next("POST /api/alerts/a/ignore");
    await next("GET /api/alerts/a", 200, alert("a", "ignored"));
    await next("POST /api/alerts/a/reopen");
    await next("GET /api/alerts/a", 200, alert("a"));
    expect(await Promise.all(all)).toEqual([true, true]);
    expect(useStation().open.map((one) => one.id)).toEqual(["a", "b"]);
  });
});
