/** Names in the reader's language, and keys that the page may not know yet. */

import { useI18n } from "vue-i18n";

import { spoken } from "@/ui/time";
import type { Named } from "@/api/types";

export function useNames() {
  const { t, te, locale } = useI18n();

  /** A thing's own name; its English one where there is one and English is read. */
  const name = (thing: Pick<Named, "name" | "name_en"> | null | undefined): string =>
    thing ? (locale.value === "en" && thing.name_en ? thing.name_en : thing.name) : "";

  /** An incident's place. */
  const placeOf = (incident: { place_name: string; place_name_en?: string }): string => name({ name: incident.place_name, name_en: incident.place_name_en ?? "" });

  /** The words of `prefix.key`; the bare key where it has none. */
  const word = (prefix: string, key: string, values: Record<string, unknown> = {}): string =>
    te(`${prefix}.${key}`) ? t(`${prefix}.${key}`, values) : key;

  /** Parts in one row, as the language joins them: names, longer parts, what could stand alone, a word and what it tells. */
  const joined = (parts: readonly string[], by: "list" | "clause" | "sentence" | "told" = "list"): string => parts.join(t(`joint.${by}`));

  /** How long something takes or is ago, as said aloud: `8 s`, `2 min 20 s`, `14 min`, `2 h 5 min`. */
  const lasting = (seconds: number): string => {
    const of = spoken(seconds);
    return t(`time.${of.key}`, { ...of.values });
  };

  return { t, te, name, placeOf, word, joined, lasting, locale };
}
