/** What to do about a camera's fault. Its worker's own words are English: they stand beside where English is read, and nowhere else. */

import { useNames } from "@/ui/names";

export function useFaults() {
  const { t, te, locale } = useNames();

  const workersWords = (detail: string | null | undefined): string => (locale.value === "en" ? (detail ?? "") : "");

  const remedy = (reason: string | null | undefined, detail: string | null | undefined): string =>
    [te(`fault_do.${reason}`) ? t(`fault_do.${reason}`) : "", workersWords(detail)].filter(Boolean).join(" ");

  return { remedy, workersWords };
}
