import { defineStore } from "pinia";
import { ref } from "vue";

import { Problem } from "@/api/client";
import { i18n } from "@/app/i18n";

export interface Toast {
  id: number;
  kind: "done" | "wrong";
  text: string;
  /** What the toast offers to do. */
  act?: Act;
}
export interface Act {
  text: string;
  run: () => void | Promise<void>;
}

/** What a person reads of an error, in his language. What the browser says of a fault of the page is for who mends it: it is logged. */
export function sentence(error: unknown): string {
  if (error instanceof Problem) {
    if (error.detail) return error.detail;
    return error.status === 0 ? i18n.global.t("problem.network") : i18n.global.t("problem.status", { status: error.status });
  }
  console.error(error); // eslint-disable-line no-console
  return i18n.global.t("problem.page");
}

/** Short words at the corner: what was done, what did not work. */
export const useToasts = defineStore("toasts", () => {
  const items = ref<Toast[]>([]);
  let last = 0;

  function show(kind: Toast["kind"], text: string, act?: Act): void {
    const id = ++last;
    items.value = [...items.value.slice(-3), { id, kind, text, act }];
    window.setTimeout(() => dismiss(id), act ? 20_000 : kind === "wrong" ? 12_000 : 5_000);
  }
  function dismiss(id: number): void {
    items.value = items.value.filter((one) => one.id !== id);
  }
  const done = (text: string, act?: Act): void => show("done", text, act);
  const wrong = (error: unknown): void => show("wrong", sentence(error));
  return { items, done, wrong, dismiss };
});
