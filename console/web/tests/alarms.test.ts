import { expect, test } from "vitest";

import { rungOf, type Rung } from "@/alarms/alarms";

const row = (of: string, means: Rung["means"], rings: number, hidden = false): Rung => ({ account_id: of, name: `n-${of}`, why: "new", means, hidden, rings, alerts: rings });

test("what rang is a line an account, by means, with how often its page was out of sight", () => {
  const lines = rungOf([row("a", "sound", 2), row("a", "sound", 3, true), row("a", "notification", 3, true), row("b", "sound", 9), row("b", "blocked", 1), row("c", "muted", 4)]);
  expect(lines).toEqual([
    { id: "b", name: "n-b", by: { sound: 9, notification: 0, blocked: 1, muted: 0 }, hidden: 0 },
    { id: "a", name: "n-a", by: { sound: 5, notification: 3, blocked: 0, muted: 0 }, hidden: 6 },
    { id: "c", name: "n-c", by: { sound: 0, notification: 0, blocked: 0, muted: 4 }, hidden: 0 },
  ]);
  expect(rungOf([])).toEqual([]);
});
