import { expect, it } from "vitest";

import { MENU, menuOf } from "../src/app/menu";

it("has each page once: of two routes by one name the later would shut out the roles of the first", () => {
  const pages = MENU.map((one) => one.page);
  expect(pages).toEqual([...new Set(pages)]);
});

it.each(["officer", "company"] as const)("opens the reviews to the role %s", (role) => {
  expect(menuOf(role).map((one) => one.page)).toContain("reviews");
});
