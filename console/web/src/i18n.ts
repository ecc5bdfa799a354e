import { createI18n } from "vue-i18n";

import en from "@/locales/en.json";
import zh from "@/locales/zh-CN.json";

export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

export const i18n = createI18n({
  legacy: false,
  locale: "zh-CN" as Language,
  fallbackLocale: "zh-CN",
  messages: { "zh-CN": zh, en },
  missingWarn: false,
  fallbackWarn: false,
});
