import { defineStore } from "pinia";
import { ref, watch } from "vue";

import { Problem, setApiLanguage } from "@/api/client";
import { i18n, LANGUAGES, loadLanguage, type Language } from "@/app/i18n";
import { useSession } from "@/app/session";
import { useToasts } from "@/ui/toasts";

export type Theme = "dark" | "light";

function kept<T extends string>(key: string, allowed: readonly T[], otherwise: T): T {
  const value = localStorage.getItem(key);
  return allowed.find((one) => one === value) ?? otherwise;
}

/** Language and theme, kept on this computer; and what each account set up for itself here. */
export const usePrefs = defineStore("prefs", () => {
  const language = ref<Language>(kept("lianqin.language", LANGUAGES, "zh-CN"));
  const theme = ref<Theme>(kept("lianqin.theme", ["dark", "light"], "dark"));

  /** Texts first, then everything that says the language: without network the page stays in the one it has. */
  async function read(value: Language): Promise<void> {
    await loadLanguage(value);
    language.value = value;
    i18n.global.locale.value = value;
    setApiLanguage(value);
    document.documentElement.lang = value;
    document.title = i18n.global.t("app.title");
    localStorage.setItem("lianqin.language", value);
  }
  watch(
    theme,
    (value) => {
      document.documentElement.dataset.theme = value;
      document.documentElement.classList.toggle("dark", value === "dark");
    },
    { immediate: true },
  );

  const switchLanguage = (): Promise<void> => read(language.value === "en" ? "zh-CN" : "en").catch(() => useToasts().wrong(new Problem(0, "network", "")));
  /** The kept language, or Chinese where its texts can't be fetched; on a line that breaks it tries until one comes. */
  async function ready(): Promise<void> {
    for (;;) {
      for (const one of [language.value, "zh-CN"] as const) {
        try {
          return await read(one);
        } catch {
          await new Promise((then) => window.setTimeout(then, 1000));
        }
      }
    }
  }
  function switchTheme(): void {
    theme.value = theme.value === "dark" ? "light" : "dark";
    localStorage.setItem("lianqin.theme", theme.value);
  }
  /** What a page looks best in, unless somebody chose. */
  function suggestTheme(value: Theme): void {
    if (localStorage.getItem("lianqin.theme") === null) theme.value = value;
  }
  const keyOf = (name: string): string => `lianqin.${name}.${useSession().me?.account.id ?? ""}`;
  /** What this account chose on this computer under that name; null: nothing. */
  const ofUser = (name: string): string | null => localStorage.getItem(keyOf(name));
  function keepOfUser(name: string, value: string | null): void {
    if (value === null) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), value);
  }
  return { language, theme, ofUser, keepOfUser, ready, switchLanguage, switchTheme, suggestTheme };
});
