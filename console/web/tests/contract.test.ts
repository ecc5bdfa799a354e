import { describe, expect, it } from "vitest";

import { fieldsOf, narrowed, operationsOf, typeOf, type Description } from "../src/contract/contract";

const text = (pieces: { text: string }[]): string => pieces.map((one) => one.text).join("");
const A = { $ref: "#/components/schemas/A" };

describe("a type as it is read", () => {
  it.each([
    [{ type: "string" }, "string"],
    [A, "A"],
    [{ anyOf: [A, { type: "null" }] }, "A | null"],
    [{ type: "array", items: A }, "[A]"],
    [{ type: "array", prefixItems: [{ type: "number" }, A], items: false as const }, "[number, A]"],
    [{ enum: ["ok", "warn"] }, '"ok" | "warn"'],
    [{ type: "object", additionalProperties: { type: "number" } }, "{text: number}"],
    [{ type: ["string", "null"] }, "string | null"],
    [{}, "any"],
    [undefined, "any"],
  ])("%j is %s", (schema, said) => {
    expect(text(typeOf(schema))).toBe(said);
  });
  it("leads to the schemas that it names", () => {
    expect(typeOf({ type: "array", items: A }).map((one) => one.name)).toEqual([undefined, "A", undefined]);
  });
});

describe("the operations", () => {
  const one = (operationId: string, room: string, roles: string[]): Description["paths"][string][string] =>
    ({ operationId, tags: [room], "x-roles": roles, responses: { 200: { content: { "application/json": { schema: A } } }, 204: {} } });
  const description: Description = {
    info: { version: "1" },
    paths: { "/api/z": { get: one("get_z", "seats", ["operator"]) }, "/api/a": { post: one("post_a", "seats", []) }, "/api/m": { get: one("get_m", "acts", ["guard"]) } },
    components: { schemas: { A: { properties: { id: { type: "string" }, note: { type: "string", description: "words" } }, required: ["id"] } } },
  };
  const all = operationsOf(description);
  it("stand by room and address, with each answer", () => {
    expect(all.map((each) => each.id)).toEqual(["get_m", "post_a", "get_z"]);
    expect(all[0]?.answers.map((each) => [each.status, each.media, text(each.pieces)])).toEqual([["200", "application/json", "A"], ["204", "", ""]]);
  });
  it.each([["", 3], ["post", 1], ["seats get", 1], ["guard", 1], ["nothing", 0]])("are narrowed by %j to %d", (asked, count) => {
    expect(narrowed(all, asked)).toHaveLength(count);
  });
  it("have fields that say whether they may be absent", () => {
    expect(fieldsOf(description.components.schemas.A).map((each) => [each.name, each.required, each.description])).toEqual([["id", true, ""], ["note", false, "words"]]);
  });
});
