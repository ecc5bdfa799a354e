import { createSSRApp } from "vue";
import { renderToString } from "vue/server-renderer";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { Problem } from "@/api/client";
import { useFaults } from "@/cameras/faults";
import { i18n, LANGUAGES, loadLanguage, type Language } from "@/app/i18n";
import { useNames } from "@/ui/names";
import { sentence } from "@/ui/toasts";

const HAN = /\p{Script=Han}/u;

beforeAll(async () => void (await Promise.all(LANGUAGES.map(loadLanguage))));
afterEach(() => {
  i18n.global.locale.value = "zh-CN";
  vi.restoreAllMocks();
});

/** What a part of the page says, in that language. */
async function said(language: Language, say: () => string): Promise<string> {
  i18n.global.locale.value = language;
  let told = "";
  await renderToString(createSSRApp({ setup: () => ((told = say()), () => null) }).use(i18n));
  return told;
}

describe("parts in one row", () => {
  it.each([
    ["zh-CN", "list", "甲、乙"], ["en", "list", "甲, 乙"], ["zh-CN", "clause", "甲；乙"], ["en", "clause", "甲; 乙"],
    ["zh-CN", "sentence", "甲，乙"], ["en", "sentence", "甲, 乙"], ["zh-CN", "told", "甲：乙"], ["en", "told", "甲: 乙"],
  ] as const)("%s %s", async (language, by, row) => {
    expect(await said(language, () => useNames().joined(["甲", "乙"], by))).toBe(row);
  }); // prettier-ignore
});

describe("a camera's fault", () => {
  const DETAIL = "10.0.0.7: no packet for 5 s";

  it.each(["silent", "unauthorised", "wrong_codec", "a_new_one"])("%s is told without its worker's English in Chinese", async (reason) => {
    const told = await said("zh-CN", () => useFaults().remedy(reason, DETAIL));
    expect(told).not.toContain("packet");
    expect(HAN.test(told)).toBe(reason !== "a_new_one");
    expect(await said("zh-CN", () => useFaults().workersWords(DETAIL))).toBe("");
  });
  it("is told with them in English", async () => {
    expect(await said("en", () => useFaults().remedy("silent", DETAIL))).toMatch(/^It is connected and sends nothing.* 10\.0\.0\.7: no packet for 5 s$/);
    expect(await said("en", () => useFaults().remedy("a_new_one", DETAIL))).toBe(DETAIL);
    expect(await said("en", () => useFaults().workersWords(null))).toBe("");
  });
});

describe("an error as it is read", () => {
  it.each([new TypeError("Cannot read properties of undefined (reading 'x')"), "Failed to fetch", { odd: true }])("of the page itself says what to do: %s", (error) => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    for (const language of LANGUAGES) {
      i18n.global.locale.value = language;
      const told = sentence(error);
      expect(told).not.toMatch(/undefined|Failed|object|TypeError|\{/);
      expect(HAN.test(told)).toBe(language === "zh-CN");
    }
    expect(logged).toHaveBeenCalledWith(error);
  });
  it("of the server is its sentence", () => {
    const logged = vi.spyOn(console, "error");
    expect(sentence(new Problem(422, "record.invalid", "以下字段有误：名称（缺少此项）。"))).toBe("以下字段有误：名称（缺少此项）。");
    expect(logged).not.toHaveBeenCalled();
  });
});
