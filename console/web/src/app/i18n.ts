import { createI18n } from "vue-i18n";

import { messages } from "@/locales";

export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Both languages have the same keys (a test holds it), so neither has to stand in for the other. */
export const i18n = createI18n({
  legacy: false,
  locale: "zh-CN" as Language,
  fallbackLocale: false,
  messages: { "zh-CN": {}, en: {} },
  missingWarn: false,
  fallbackWarn: false,
});
const loaded = new Map<Language, Promise<void>>();

/** Fetches the texts of a language, once. Rejects when they can't be fetched; the next call tries again. */
export function loadLanguage(language: Language): Promise<void> {
  const known = loaded.get(language);
  if (known) return known;
  const coming = messages(language).then((tree) => i18n.global.setLocaleMessage(language, tree));
  loaded.set(language, coming);
  coming.catch(() => loaded.delete(language));
  return coming;
}
