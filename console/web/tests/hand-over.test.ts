import { describe, expect, it } from "vitest";

import { onPaper, type HandOver } from "@/handing/sheet";

const LISTS = ["incidents", "shelved", "promised", "tasks", "sos", "point_calls", "cameras", "missing", "units", "short"] as const;
const sheet = (lengths: Partial<Record<(typeof LISTS)[number], number>>): HandOver =>
  Object.fromEntries(LISTS.map((list) => [list, { count: 30, items: Array.from({ length: lengths[list] ?? 0 }, (_, n) => n) }])) as unknown as HandOver;

describe("The hand-over sheet on paper", () => {
  it.each([
    [{ incidents: 8, cameras: 8 }, { incidents: 8, cameras: 8 }],
    [{ incidents: 8, shelved: 8, promised: 8, tasks: 8, sos: 4 }, { incidents: 8, shelved: 8, promised: 8, tasks: 8, sos: 4 }],
    [
      { incidents: 8, shelved: 8, promised: 8, tasks: 8, sos: 8, missing: 2 },
      { incidents: 6, shelved: 6, promised: 6, tasks: 6, sos: 6, missing: 2 },
    ],
    [
      { incidents: 8, shelved: 8, promised: 8, tasks: 8, sos: 8, point_calls: 8, cameras: 8, missing: 8, units: 8, short: 3 },
      { incidents: 4, shelved: 4, promised: 4, tasks: 4, sos: 4, point_calls: 4, cameras: 4, missing: 4, units: 4, short: 3 },
    ],
    [{ incidents: 1, units: 8 }, { incidents: 1, units: 8 }],
    [{}, {}],
  ])("of %j shows %j, and counts all", (asked, shown) => {
    const cut = onPaper(sheet(asked));
    for (const list of LISTS) {
      expect([list, cut[list].items.length, cut[list].count]).toEqual([list, shown[list as keyof typeof shown] ?? 0, 30]);
    }
  });
});
