import { describe, expect, it } from "vitest";

import { Outbox, type Keep, type Letter } from "../src/lib/outbox";

function memory(): Keep {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

describe("the phone's outbox", () => {
  it("keeps letters over a reload and sends them in order once the network is back", async () => {
    const keep = memory();
    const first = new Outbox(keep);
    first.write("/a", { answered_at: 1 });
    first.write("/b", {});
    await first.flush(() => Promise.resolve("later"), 0);
    const second = new Outbox(keep);
    const sent: string[] = [];
    await second.flush((letter) => Promise.resolve((sent.push(letter.path), "sent" as const)), 0);
    expect(sent).toEqual(["/a", "/b"]);
    expect(new Outbox(keep).size).toBe(0);
  });

  it("keeps the time of the first press", async () => {
    const outbox = new Outbox(memory());
    expect(outbox.write("/a", { answered_at: 1 })).toBe(true);
    expect(outbox.write("/a", { answered_at: 9 })).toBe(false);
    const bodies: Letter["body"][] = [];
    await outbox.flush((letter) => Promise.resolve((bodies.push(letter.body), "sent" as const)), 0);
    expect(bodies).toEqual([{ answered_at: 1 }]);
  });

  it("waits for the place, but not for ever", async () => {
    const outbox = new Outbox(memory());
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
    const outbox = new Outbox(memory());
    outbox.write("/a", {});
    outbox.write("/b", {});
    await outbox.flush((letter) => Promise.resolve(letter.path === "/a" ? "never" : "sent"), 0);
    expect(outbox.size).toBe(0);
  });

  it("starts empty from nonsense", () => {
    const keep = memory();
    keep.setItem("lianqin.outbox", "{not json");
    expect(new Outbox(keep).size).toBe(0);
  });
});
