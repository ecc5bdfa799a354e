import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, describe, expect, it } from "vitest";

import { clock, day, dayClock, dayMinute, fromLocalInput } from "@/ui/time";

const source = fileURLToPath(new URL("../src", import.meta.url));
const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : /\.(ts|vue)$/.test(name) ? [path] : [];
  });
const sources = files(source).map((path) => [path.slice(source.length + 1), readFileSync(path, "utf8")] as const);

/** What writes or asks for a time in an order of the browser's own. */
const OWN_ORDER: [what: string, pattern: RegExp][] = [
  ["a field of the browser's own for days or times", /type="(date|datetime-local|time|month|week)"/],
  ["such a field by a bound type", /:type="[^"]*'(date|datetime-local|time|month|week)'/],
  ["words in the browser's order", /\.toLocale(Date|Time)?String\(|\.to(Date|Time|UTC|GMT)String\(/],
  ["a format of the browser's own", /Intl\.(DateTime|RelativeTime)Format/],
  ["vue-i18n's own formats", /\$d\(|\bd\(new Date/],
];
/** Places that have to do with days of the calendar and write them as year, month, day. */
const MAY_ASK_THE_CALENDAR = ["ui/DatePick.vue"];

describe("no page leaves the order of a date to the browser", () => {
  it.each(OWN_ORDER)("%s", (_, pattern) => {
    expect(sources.filter(([, text]) => pattern.test(text)).map(([path]) => path)).toEqual([]);
  });
  it("nor asks for this computer's own hours or days", () => {
    const local = /\.get(Hours|Minutes|Date|Day|Month|FullYear)\(\)/;
    expect(sources.filter(([path, text]) => local.test(text) && !MAY_ASK_THE_CALENDAR.includes(path)).map(([path]) => path)).toEqual([]);
  });
  it("and days are asked for by one field", () => {
    const users = sources.filter(([, text]) => text.includes("element-plus/es/components/date-picker")).map(([path]) => path);
    expect(users).toEqual(["ui/DatePick.vue"]);
  });
  it.each([['<input type="date" />', true], ['<input v-model="a" type="datetime-local" />', true], ["at.toLocaleString()", true], ["at.toDateString()", true], ["new Intl.DateTimeFormat()", true], ['<input type="text" />', false], ["n.toString()", false]])(
    "%s is found: %s",
    (text, found) => expect(OWN_ORDER.some(([, pattern]) => pattern.test(text))).toBe(found),
  );
});

describe("a moment is written as year, month, day, hour in Asia/Shanghai", () => {
  const zone = process.env.TZ;
  afterEach(() => {
    process.env.TZ = zone ?? "";
    if (zone === undefined) delete process.env.TZ;
  });
  const CASES: [iso: string, said: string][] = [
    ["2026-11-28T14:05:09+08:00", "2026-11-28 14:05:09"],
    ["2026-11-28T00:00:00+08:00", "2026-11-28 00:00:00"],
    ["2026-12-31T23:59:59.9+08:00", "2026-12-31 23:59:59"],
    ["2027-01-01T07:59:59+08:00", "2027-01-01 07:59:59"],
    ["2024-02-29T12:00:00+08:00", "2024-02-29 12:00:00"],
    ["2026-07-01T01:30:00+08:00", "2026-07-01 01:30:00"],
  ];
  it.each(CASES.flatMap(([iso, said]) => ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "UTC"].map((tz) => [tz, iso, said])))(
    "on a computer in %s: %s is %s",
    (tz, iso, said) => {
      process.env.TZ = tz;
      const at = Date.parse(iso) / 1000;
      expect(dayClock(at)).toBe(said);
      expect(`${day(at)} ${clock(at)}`).toBe(said);
      expect(dayMinute(at)).toBe(said.slice(0, -3));
      expect(fromLocalInput(said.replace(" ", "T"))).toBe(Math.floor(at));
    },
  );
  it.each([null, undefined])("and a dash for %s", (at) => {
    expect([clock(at), dayClock(at), dayMinute(at)]).toEqual(["–", "–", "–"]);
  });
});
