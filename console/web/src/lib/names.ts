/** Names in the reader's language, and keys that the page may not know yet. */

import { useI18n } from "vue-i18n";

import type { Named } from "@/types";

export function useNames() {
  const { t, te, locale } = useI18n();

  /** A thing's own name; its English one where there is one and English is read. */
  const name = (thing: Pick<Named, "name" | "name_en"> | null | undefined): string =>
    thing ? (locale.value === "en" && thing.name_en ? thing.name_en : thing.name) : "";

  /** The words of `prefix.key`; the bare key where it has none. */
  const word = (prefix: string, key: string, values: Record<string, unknown> = {}): string =>
    te(`${prefix}.${key}`) ? t(`${prefix}.${key}`, values) : key;

  return { t, te, name, word, locale };
}
