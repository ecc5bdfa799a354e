import { defineStore } from "pinia";
import { ref, watch } from "vue";

import { setApiLanguage } from "@/api";
import { i18n, LANGUAGES, type Language } from "@/i18n";

export type Theme = "dark" | "light";

function kept<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  const value = localStorage.getItem(key);
  return allowed.find((one) => one === value) ?? otherwise;
}

/** Language and theme, kept on this computer. */
export const usePrefs = defineStore("prefs", () => {
  const language = ref<Language>(kept("lianqin.language", LANGUAGES, "zh-CN"));
  const theme = ref<Theme>(kept("lianqin.theme", ["dark", "light"], "dark"));

  watch(
    language,
    (value) => {
      i18n.global.locale.value = value;
      setApiLanguage(value);
      document.documentElement.lang = value;
      document.title = i18n.global.t("app.title");
      localStorage.setItem("lianqin.language", value);
    },
    { immediate: true },
  );
  watch(
    theme,
    (value) => {
      document.documentElement.dataset.theme = value;
      document.documentElement.classList.toggle("dark", value === "dark");
    },
    { immediate: true },
  );

  const switchLanguage = (): void => void (language.value = language.value === "en" ? "zh-CN" : "en");
  function switchTheme(): void {
    theme.value = theme.value === "dark" ? "light" : "dark";
    localStorage.setItem("lianqin.theme", theme.value);
  }
  /** What a page looks best in, unless somebody chose. */
  function suggestTheme(value: Theme): void {
    if (localStorage.getItem("lianqin.theme") === null) theme.value = value;
  }
  return { language, theme, switchLanguage, switchTheme, suggestTheme };
});
