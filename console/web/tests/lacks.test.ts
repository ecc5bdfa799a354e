import { expect, test } from "vitest";

import { lacksOf } from "@/desk/lacks";

test("what a clip lacks is told piece by piece", () => {
  expect(lacksOf("lacks 4.2 s before: changed")).toEqual([{ where: "before", seconds: "4.2", why: "changed" }]);
  expect(lacksOf("lacks the moment; 10.0 s before: room; 2.0 s within: lost; 3.0 s after: clock")).toEqual([
    { where: "moment", seconds: "", why: "" },
    { where: "before", seconds: "10.0", why: "room" },
    { where: "within", seconds: "2.0", why: "lost" },
    { where: "after", seconds: "3.0", why: "clock" },
  ]);
});

test("any other reason is no lack", () => {
  for (const text of ["", "no_evidence", "lacks", "lacks reason", "the disk is full"]) expect(lacksOf(text)).toEqual([]);
});
