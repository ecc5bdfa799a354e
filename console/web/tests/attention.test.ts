import { describe, expect, it } from "vitest";

import { iconOf, titleOf } from "../src/attention/badge";
import { FRESH_S, Hand, News, putBefore, Repeats } from "../src/attention/calling";
import { Rings, type Rang } from "../src/attention/rings";
import { PATTERNS, soundOf } from "../src/ui/ring";

const T = 1_790_000_000;
const alert = (id: string, priority = 2, received_at = T): { id: string; priority: number; received_at: number } => ({ id, priority, received_at });
const rang = (alert_id: string): Omit<Rang, "id"> => ({ alert_id, at: T, why: "new", means: "sound", hidden: true });

describe("News", () => {
  it("tells each alert once, the most pressing first, also when the list is read again", () => {
    const news = new News(T);
    expect(news.of([alert("b"), alert("a", 1)]).map((one) => one.id)).toEqual(["a", "b"]);
    expect(news.of([alert("a", 1), alert("b")])).toEqual([]);
    news.of([]);
    expect(news.of([alert("b"), alert("c")]).map((one) => one.id)).toEqual(["c"]);
  });
  it("tells again what comes back from a shelf, and not what was judged and is open again", () => {
    const news = new News(T);
    const back = { ...alert("a", 1), waits_from: T + 600 };
    news.of([alert("a", 1), alert("b")]);
    expect(news.of([alert("b")])).toEqual([]);
    expect(news.of([back, alert("b")])).toEqual([back]);
    news.of([]);
    expect(news.of([back, alert("b")])).toEqual([]);
  });
  it("calls nobody for what had waited when the page was opened, and for all that came while the line was broken", () => {
    const news = new News(T);
    expect(news.of([alert("old", 1, T - FRESH_S)])).toEqual([]);
    expect(news.of([alert("old", 1, T - FRESH_S), alert("missed", 2, T + 5)]).map((one) => one.id)).toEqual(["missed"]);
  });
});

describe("Repeats", () => {
  it("sound together, until each has ended", () => {
    const repeats = new Repeats(5);
    expect(repeats.due(T)).toEqual([]);
    repeats.begin("a", T);
    repeats.begin("b", T + 2);
    expect([T + 4, T + 5, T + 7, T + 10].map((at) => repeats.due(at).join())).toEqual(["", "a,b", "", "a,b"]);
    repeats.keep(new Set(["b"]));
    expect([repeats.has("a"), repeats.has("b")]).toEqual([false, true]);
    repeats.end("b");
    expect(repeats.due(T + 99)).toEqual([]);
  });
});

describe("A fresh alert of priority 1", () => {
  it("is put before who is idle alone", () => {
    const hand = new Hand(0);
    hand.touch(10);
    hand.touch(4);
    expect([29.9, 30].map((at) => hand.idle(at, 20))).toEqual([false, true]);
  });
  it.each([
    ["nothing waits", [alert("a", 2)], [], null, null],
    ["the longest waiting", [alert("a", 1), alert("b", 1, T + 1)], [], "c", "a"],
    ["one is before him unseen", [alert("a", 1), alert("b", 1, T + 1)], [], "b", null],
    ["what he looked at is not fresh", [alert("a", 1), alert("b", 1, T + 1)], ["a"], "a", "b"],
  ] as const)("%s", (_, open, looked, shown, put) => {
    expect(putBefore(open, new Set(looked), shown)).toBe(put);
  });
});

describe("What rang", () => {
  it("is sent in batches, and again with the same ids where it was not taken", async () => {
    const sent: Rang[][] = [];
    let fails = true;
    const rings = new Rings((batch) => {
      sent.push(batch);
      return fails ? Promise.reject(new Error("away")) : Promise.resolve();
    });
    for (let n = 0; n < 60; n += 1) rings.add(rang(`al-${n}`));
    await rings.flush();
    fails = false;
    await rings.flush();
    await rings.flush();
    await rings.flush();
    expect(sent.map((batch) => batch.length)).toEqual([50, 50, 10]);
    expect(sent[0]?.map((one) => one.id)).toEqual(sent[1]?.map((one) => one.id));
    expect(new Set(sent.flat().map((one) => one.id)).size).toBe(60);
    expect(sent[0]?.every((one) => /^rg-[0-9a-f]{32}$/.test(one.id))).toBe(true);
  });
});

describe("Sounds", () => {
  it("differ by priority in their pattern, not in height alone", () => {
    expect([0, 1, 2, 3, 4].map(soundOf)).toEqual(["p1", "p1", "p2", "p3", "p3"]);
    const shapes = Object.values(PATTERNS).map((tones) => tones.map(([, after, seconds]) => `${after}/${seconds}`).join(" "));
    expect(new Set(shapes).size).toBe(shapes.length);
  });
});

describe("The count", () => {
  it("stands in the title and on the icon, and neither says anything of nothing", () => {
    expect([titleOf(0, "联勤"), titleOf(3, "联勤")]).toEqual(["联勤", "(3) 联勤"]);
    expect(iconOf(0)).toBe("/icon.svg");
    expect(decodeURIComponent(iconOf(3))).toContain(">3<");
    expect(decodeURIComponent(iconOf(120))).toContain(">99+<");
  });
});
