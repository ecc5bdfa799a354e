import { describe, expect, it } from "vitest";

import { ACT_PATH, keptActs, standing, type ActKept, type ActKind } from "@/phone/acts";
import { Contact } from "@/phone/contact";
import { Outbox, type Keep } from "@/ui/outbox";
import type { Shift } from "@/api/types";

const T0 = 1_790_000_000;
const running = { id: "sh-1", opened_at: T0 - 3600, due_end_at: T0 + 3600 } as Shift;
const coming = { begins_at: T0 + 1800, ends_at: T0 + 8 * 3600, area_id: "A1", area_name: "城东", area_name_en: "East" };
const pressed = (...kinds: ActKind[]): ActKept[] => kinds.map((kind, n) => ({ id: `da-${n}`, kind, at: T0 + n * 60, sending: false }));
const rest = { from_at: T0 - 60, kind: "meal" };

describe("the moment of what is pressed without a network", () => {
  it("is counted by the stopwatch, beside the clock, since the last answer", () => {
    let stopwatch = 5000;
    let clock = 1_790_000_000_000;
    const contact = new Contact(() => stopwatch, () => clock);
    expect(contact.since()).toEqual({ contact: "", since_s: null, wall_since_s: null });
    expect(contact.age).toBe(Infinity);
    contact.hear("token");
    stopwatch += 90_000;
    clock += 3_600_000; // somebody set it
    expect(contact.since()).toEqual({ contact: "token", since_s: 90, wall_since_s: 3600 });
    expect(contact.age).toBe(90);
    contact.hear("newer");
    expect(contact.since()).toEqual({ contact: "newer", since_s: 0, wall_since_s: 0 });
    contact.forget();
    expect(contact.since().contact).toBe("");
  });
});

describe("the guard's page without a network", () => {
  it.each([
    { what: "nothing pressed", shift: null, acts: pressed(), on: false, pending: false, resting: false },
    { what: "begun", shift: null, acts: pressed("begin"), on: true, pending: true, resting: false },
    { what: "begun and ended", shift: null, acts: pressed("begin", "end"), on: false, pending: false, resting: false },
    { what: "ended", shift: running, acts: pressed("end"), on: false, pending: false, resting: false },
    { what: "on a break", shift: running, acts: pressed("break_begin"), on: true, pending: false, resting: true },
    { what: "back from it", shift: running, acts: pressed("break_begin", "break_end"), on: true, pending: false, resting: false },
    { what: "a break without a shift", shift: null, acts: pressed("break_begin"), on: false, pending: false, resting: false },
    { what: "a whole day", shift: null, acts: pressed("begin", "break_begin", "break_end", "end", "begin"), on: true, pending: true, resting: false },
  ])("shows what was pressed: $what", ({ shift, acts, on, pending, resting }) => {
    const now = standing(shift, null, acts, coming);
    expect([now.shift !== null, now.pending, now.break !== null]).toEqual([on, pending, resting]);
  });
  it("takes the end and the area of the shift from the plan", () => {
    expect(standing(null, null, pressed("begin"), coming).shift).toMatchObject({ opened_at: T0, due_end_at: T0 + 8 * 3600, area_name: "城东" });
    const tomorrow = { ...coming, begins_at: T0 + 86_400, ends_at: T0 + 90_000 };
    expect(standing(null, null, pressed("begin"), tomorrow).shift).toMatchObject({ due_end_at: T0 + 8 * 3600, area_name: "" });
    expect(standing(null, null, pressed("begin"), null).shift?.due_end_at).toBe(T0 + 8 * 3600);
  });
  it("ends the break that the server knows of", () => {
    expect(standing(running, rest, [], null).break).toEqual(rest);
    expect(standing(running, rest, pressed("break_end"), null).break).toBeNull();
    expect(standing(null, rest, [], null).break).toBeNull();
  });
});

describe("acts on the phone", () => {
  function keep(): Keep {
    const held = new Map<string, string>();
    return {
      getItem: (key) => held.get(key) ?? null,
      setItem: (key, value) => void held.set(key, value),
      removeItem: (key) => void held.delete(key),
      get length() {
        return held.size;
      },
      key: (n) => [...held.keys()][n] ?? null,
    };
  }
  it("go in their order, say which is on its way, and are taken back until they go", async () => {
    const outbox = new Outbox(keep(), "k");
    for (const [n, kind] of (["begin", "end"] as const).entries()) outbox.write(`${ACT_PATH}da-${n}`, { id: `da-${n}`, kind, claimed_at: T0 + n });
    outbox.write("/m/check-ins?ci=1", {});
    expect(keptActs(outbox.all, outbox.sending).map((one) => [one.id, one.kind, one.at, one.sending])).toEqual([
      ["da-0", "begin", T0, false],
      ["da-1", "end", T0 + 1, false],
    ]);
    const seen: string[] = [];
    await outbox.flush((letter) => {
      seen.push(letter.path);
      if (letter.path.endsWith("da-0")) {
        expect(keptActs(outbox.all, outbox.sending).map((one) => one.sending)).toEqual([true, false]);
        expect(outbox.drop(`${ACT_PATH}da-0`)).toBe(false);
        expect(outbox.drop(`${ACT_PATH}da-1`)).toBe(true);
      }
      return Promise.resolve("sent" as const);
    }, Date.now());
    expect(seen).toEqual([`${ACT_PATH}da-0`, "/m/check-ins?ci=1"]);
    expect(outbox.size).toBe(0);
  });
});
