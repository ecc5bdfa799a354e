import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { landingOf, MENU, menuOf } from "../src/app/menu";

it("has each page once: of two routes by one name the later would shut out those who have the first", () => {
  const pages = MENU.map((one) => one.page);
  expect(pages.length).toBeGreaterThan(20);
  expect(pages).toEqual([...new Set(pages)]);
  expect(new Set(MENU.map((one) => one.order)).size).toBe(MENU.length);
});

it("asks for permissions that the server knows", () => {
  const server = readFileSync(new URL("../../access/permissions.py", import.meta.url), "utf8");
  expect(MENU.filter((one) => !server.includes(`    "${one.needs}": frozenset(`))).toEqual([]);
});

it.each([
  [["alert.judge", "incident.see"], ["desk", "incidents"], "/desk"],
  [["review.see"], ["reviews"], "/reviews"],
  [[], [], "/login"],
])("opens to who may %j the pages %j", (permissions, pages, landing) => {
  expect(menuOf(permissions).map((one) => one.page)).toEqual(pages);
  expect(landingOf(permissions)).toBe(landing);
});
