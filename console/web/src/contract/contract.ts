/** The OpenAPI description as it is read on a page. Pure. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema | false;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  enum?: unknown[];
  const?: unknown;
  additionalProperties?: Schema | boolean;
  format?: string;
}
export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  schema: Schema;
}
type Content = Record<string, { schema?: Schema }>;
interface Described {
  operationId: string;
  description?: string;
  tags: string[];
  "x-roles": string[];
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses: Record<string, { content?: Content }>;
}
export interface Description {
  info: { version: string };
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
}

/** A piece of a type as it is read; `name`: of the schema that it leads to. */
export interface Piece {
  text: string;
  name?: string;
}
export interface Answered {
  status: string;
  media: string;
  pieces: Piece[];
}
export interface Operation {
  id: string;
  room: string;
  method: string;
  path: string;
  description: string;
  roles: string[];
  parameters: { name: string; where: string; required: boolean; pieces: Piece[] }[];
  forms: { media: string; pieces: Piece[] }[];
  answers: Answered[];
}
export interface SchemaField {
  name: string;
  required: boolean;
  description: string;
  pieces: Piece[];
}

const REF = "#/components/schemas/";
const joined = (all: Piece[][], by: string): Piece[] => all.flatMap((one, index) => (index === 0 ? one : [{ text: by }, ...one]));

/** `string | null`, `[AlertAnswer]`, `{text: number}`: what a schema allows, names of others as they are. */
export function typeOf(schema: Schema | undefined): Piece[] {
  if (!schema) return [{ text: "any" }];
  if (schema.$ref) {
    const name = schema.$ref.replace(REF, "");
    return [{ text: name, name }];
  }
  if (schema.const !== undefined) return [{ text: JSON.stringify(schema.const) }];
  if (schema.enum) return [{ text: schema.enum.map((one) => JSON.stringify(one)).join(" | ") }];
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return joined(either.map(typeOf), " | ");
  if (schema.prefixItems) return [{ text: "[" }, ...joined(schema.prefixItems.map(typeOf), ", "), { text: "]" }];
  if (schema.type === "array") return [{ text: "[" }, ...(schema.items ? typeOf(schema.items) : [{ text: "any" }]), { text: "]" }];
  if (schema.type === "object" && typeof schema.additionalProperties === "object")
    return [{ text: "{text: " }, ...typeOf(schema.additionalProperties), { text: "}" }];
  if (Array.isArray(schema.type)) return [{ text: schema.type.join(" | ") }];
  return [{ text: schema.format ?? schema.type ?? "any" }];
}

const contents = (content: Content | undefined): { media: string; pieces: Piece[] }[] =>
  Object.entries(content ?? {}).map(([media, one]) => ({ media, pieces: typeOf(one.schema) }));

/** In the order of rooms, then of addresses. */
export function operationsOf(description: Description): Operation[] {
  const found = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({
      id: one.operationId,
      room: one.tags[0] ?? "",
      method: method.toUpperCase(),
      path,
      description: one.description ?? "",
      roles: one["x-roles"],
      parameters: (one.parameters ?? []).map((given) => ({ name: given.name, where: given.in, required: given.required ?? false, pieces: typeOf(given.schema) })),
      forms: contents(one.requestBody?.content),
      answers: Object.entries(one.responses).flatMap(([status, answer]) => {
        const all = contents(answer.content);
        return (all.length > 0 ? all : [{ media: "", pieces: [] }]).map((each) => ({ status, ...each }));
      }),
    })),
  );
  return found.sort((a, b) => (a.room === b.room ? (a.path === b.path ? 0 : a.path < b.path ? -1 : 1) : a.room < b.room ? -1 : 1));
}

/** Those with all these words in method, address, role or text. */
export function narrowed(operations: readonly Operation[], asked: string): Operation[] {
  const words = asked.toLowerCase().split(/\s+/).filter(Boolean);
  return operations.filter((one) => {
    const text = [one.method, one.path, one.room, ...one.roles, one.description].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

export function fieldsOf(schema: Schema | undefined): SchemaField[] {
  const required = new Set(schema?.required);
  return Object.entries(schema?.properties ?? {}).map(([name, one]) => ({ name, required: required.has(name), description: one.description ?? "", pieces: typeOf(one) }));
}
