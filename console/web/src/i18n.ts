import { createI18n } from "vue-i18n";

import { messages } from "@/locales";

export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

export const i18n = createI18n({
  legacy: false,
  locale: "zh-CN" as Language,
  fallbackLocale: "zh-CN",
  messages: { "zh-CN": messages("zh-CN"), en: messages("en") },
  missingWarn: false,
  fallbackWarn: false,
});
