import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { baseCompile } from "@intlify/message-compiler";
import { describe, expect, it } from "vitest";

import { messages, type Tree } from "../src/locales";

const flat = (tree: Tree, prefix = ""): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value] as [string, string]] : flat(value, `${prefix}${key}.`),
  );
const chinese = new Map(flat(await messages("zh-CN")));
const english = new Map(flat(await messages("en")));
const HAN = /\p{Script=Han}/u;
/** Signs of Chinese punctuation: `、`, `，`, `；`, `：`, brackets of full width. */
const POINTED = /[\u3000-\u303f\uff00-\uffef]/;
const JOINED_SO = /\.join\(\s*["'`](, |[^"'`]*[\u3000-\u303f\uff00-\uffef])/;
/** It joins the parts of an English name. */
const NAMES_IN_ENGLISH = "desk/station.ts";

const source = fileURLToPath(new URL("../src", import.meta.url));
const files = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? files(path) : /\.(ts|vue)$/.test(name) ? [path] : [];
  });

const SWITCH = "prefs.other_language"; // names the other language in its own words
const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "").sort();

describe("both languages", () => {
  it("have the same keys", () => {
    expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort());
  });

  it("leave no text empty", () => {
    expect([...chinese, ...english].filter(([, text]) => !text.trim())).toEqual([]);
  });

  it("fill the same values into a text", () => {
    const different = [...chinese].filter(([key, text]) => names(text).join() !== names(english.get(key) ?? "").join());
    expect(different.map(([key]) => key)).toEqual([]);
  });

  it("hold only texts that the message compiler understands", () => {
    const wrong: string[] = [];
    for (const [key, text] of [...chinese, ...english])
      baseCompile(text, { onError: (error) => void wrong.push(`${key}: ${error.message}`) });
    expect(wrong).toEqual([]);
  });

  it("have no Chinese in the English texts, but for the switch", () => {
    expect([...english].filter(([key, text]) => key !== SWITCH && HAN.test(text))).toEqual([]);
  });

  it("have no Chinese punctuation in the English texts", () => {
    expect([...english].filter(([key, text]) => key !== SWITCH && POINTED.test(text))).toEqual([]);
  });

  it("say of each fault of a camera what to do", () => {
    const of = (family: string): string[] => [...chinese.keys()].filter((key) => key.startsWith(family)).map((key) => key.slice(family.length));
    expect(of("fault.").length).toBeGreaterThan(20);
    expect(of("fault_do.").sort()).toEqual(of("fault.").sort());
  });
});

describe("the source", () => {
  const sources = files(source).map((path) => ({ path, text: readFileSync(path, "utf8") }));

  it("is found", () => {
    expect(sources.length).toBeGreaterThan(30);
  });

  it("holds no Chinese text of its own", () => {
    expect(sources.filter(({ text }) => HAN.test(text)).map(({ path }) => path)).toEqual([]);
  });

  it("joins no parts by the punctuation of one language", () => {
    expect(['one.join("、")', 'one.join(", ")', "one.join('；')", "one.filter(Boolean).join(`，`)"].every((text) => JOINED_SO.test(text))).toBe(true);
    expect(sources.filter(({ path, text }) => JOINED_SO.test(text) && !path.endsWith(NAMES_IN_ENGLISH)).map(({ path }) => path)).toEqual([]);
  });

  it("uses no key that is missing", () => {
    const used = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/\bt\(\s*["']([a-z_]+\.[\w.-]+)["']/g)].map((found) => ({ path, key: found[1] ?? "" })),
    );
    expect(used.length).toBeGreaterThan(150);
    expect(used.filter(({ key }) => !chinese.has(key))).toEqual([]);
  });

  it("uses no family of keys that is missing", () => {
    const families = new Set([...chinese.keys()].flatMap((key) => key.split(".").map((_, n, parts) => parts.slice(0, n + 1).join("."))));
    const used = sources.flatMap(({ text }) => [
      ...[...text.matchAll(/\bt\(`([a-z_.]+)\.\$\{/g)].map((found) => found[1] ?? ""),
      ...[...text.matchAll(/\bword\("([a-z_.]+)"/g)].map((found) => found[1] ?? ""),
    ]);
    expect(used.length).toBeGreaterThan(20);
    expect([...new Set(used)].filter((family) => !families.has(family))).toEqual([]);
  });
});
