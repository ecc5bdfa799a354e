import { readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { pressed, sorted } from "../src/ui/sort";

describe("a page on paper", () => {
  const style = readFileSync(new URL("../src/app/print.css", import.meta.url), "utf8");
  const rule = (selector: string): string => {
    const begin = style.indexOf("{", style.indexOf(selector));
    return style.slice(begin, style.indexOf("}", begin));
  };
  it("is of every page", () => {
    expect(readFileSync(new URL("../src/app/main.ts", import.meta.url), "utf8")).toContain('import "@/app/print.css";');
  });
  it.each([
    ["is light, whatever the theme", ":root[data-theme]", "--bg: #ffffff"],
    ["has dark ink", ":root[data-theme]", "--text: #000000"],
    ["has no menu", "header.top", "display: none"],
    ["has no buttons", "button:not(td > button, th button)", "display: none"],
    ["repeats the heads of its lists", "table.list thead", "display: table-header-group"],
    ["breaks no row", "table.list tr", "break-inside: avoid"],
    ["shows all of what scrolls", ".scroll", "overflow: visible"],
    ["has its number", "@bottom-center", "counter(page)"],
  ])("%s", (_, selector, wanted) => {
    expect(style).toContain(selector);
    expect(rule(selector)).toContain(wanted);
  });
});

describe("a sorted list", () => {
  const rows = [{ n: 2, s: "C10" }, { n: null, s: "C2" }, { n: 1, s: "" }, { n: 3, s: "C1" }];
  const of = (by: "n" | "s", down: boolean): unknown[] => sorted(rows, { by, down }, (row) => row[by]).map((row) => row[by]);
  it.each([
    ["n", false, [1, 2, 3, null]],
    ["n", true, [3, 2, 1, null]],
    ["s", false, ["C1", "C2", "C10", ""]],
    ["s", true, ["C10", "C2", "C1", ""]],
  ] as const)("by %s, downwards %s, has what is empty last", (by, down, wanted) => {
    expect(of(by, down)).toEqual(wanted);
  });
  it("stays as it came without a column, and is not the same list", () => {
    const same = sorted(rows, { by: "", down: false }, () => 0);
    expect(same).toEqual(rows);
    expect(same).not.toBe(rows);
  });
  it("goes up, down, and back by presses on one head", () => {
    const up = pressed({ by: "", down: false }, "n");
    const down = pressed(up, "n");
    expect([up, down, pressed(down, "n"), pressed(down, "s")]).toEqual([
      { by: "n", down: false }, { by: "n", down: true }, { by: "", down: false }, { by: "s", down: false },
    ]); // prettier-ignore
  });
});
