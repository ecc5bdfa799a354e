import { describe, expect, it } from "vitest";

import { keyOf, ofOthers, Outbox, type Keep, type Letter } from "../src/ui/outbox";

function memory(): Keep {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    get length() {
      return kept.size;
    },
    key: (index) => [...kept.keys()][index] ?? null,
  };
}

describe("the phone's outbox", () => {
  it("keeps letters over a reload and sends them in order once the network is back", async () => {
    const keep = memory();
    const first = new Outbox(keep, keyOf("a"));
    first.write("/a", { answered_at: 1 });
    first.write("/b", {});
    await first.flush(() => Promise.resolve("later"), 0);
    const second = new Outbox(keep, keyOf("a"));
    const sent: string[] = [];
    await second.flush((letter) => Promise.resolve((sent.push(letter.path), "sent" as const)), 0);
    expect(sent).toEqual(["/a", "/b"]);
    expect(new Outbox(keep, keyOf("a")).size).toBe(0);
  });

  it("keeps the time of the first press", async () => {
    const outbox = new Outbox(memory(), keyOf("a"));
    expect(outbox.write("/a", { answered_at: 1 })).toBe(true);
    expect(outbox.write("/a", { answered_at: 9 })).toBe(false);
    const bodies: Letter["body"][] = [];
    await outbox.flush((letter) => Promise.resolve((bodies.push(letter.body), "sent" as const)), 0);
    expect(bodies).toEqual([{ answered_at: 1 }]);
  });

  it("waits for the place, but not for ever", async () => {
    const outbox = new Outbox(memory(), keyOf("a"));
    const bodies: Letter["body"][] = [];
    const send = (letter: Letter): Promise<"sent"> => Promise.resolve((bodies.push(letter.body), "sent" as const));
    outbox.write("/a", { answered_at: 1 }, 2500);
    await outbox.flush(send, 2400);
    expect(bodies).toEqual([]);
    outbox.amend("/a", { lon: 119.2 });
    await outbox.flush(send, 2401);
    outbox.write("/b", { answered_at: 2 }, 2500);
    await outbox.flush(send, 2501);
    expect(bodies).toEqual([{ answered_at: 1, lon: 119.2 }, { answered_at: 2 }]);
  });

  it("drops what the server refused for good and goes on", async () => {
    const outbox = new Outbox(memory(), keyOf("a"));
    outbox.write("/a", {});
    outbox.write("/b", {});
    await outbox.flush((letter) => Promise.resolve(letter.path === "/a" ? "never" : "sent"), 0);
    expect(outbox.size).toBe(0);
  });

  it("starts empty from nonsense", () => {
    const keep = memory();
    keep.setItem("lianqin.outbox.a", "{not json");
    expect(new Outbox(keep, keyOf("a")).size).toBe(0);
  });

  it("keeps each person's letters apart on one phone", async () => {
    const keep = memory();
    new Outbox(keep, keyOf("a")).write("/m/shift/open", {});
    const next = new Outbox(keep, keyOf("b"));
    const sent: string[] = [];
    await next.flush((letter) => Promise.resolve((sent.push(letter.path), "sent" as const)), 0);
    expect(sent).toEqual([]);
    expect(next.write("/m/shift/open", {})).toBe(true);
    expect(ofOthers(keep, "b")).toBe(1);
    await new Outbox(keep, keyOf("a")).flush(() => Promise.resolve("sent"), 0);
    expect(ofOthers(keep, "b")).toBe(0);
    expect(new Outbox(keep, keyOf("b")).size).toBe(1);
  });
});
