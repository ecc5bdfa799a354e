import { defineStore } from "pinia";
import { computed, ref } from "vue";

import { get } from "@/api/client";
import { i18n } from "@/app/i18n";
import { useLive } from "@/api/live";
import { useSession } from "@/app/session";
import type { FalseReason, Listed } from "@/api/types";

const KEYS = "1234567890ABCDEFGHJKLMOPQRSTVWX";
/** The key of the reason at that place of the list; none beyond. */
export const keyOf = (index: number): string => KEYS[index] ?? "";

/** Why an alarm was false, as the station says: asked for once, and anew when the list changes. */
export const useReasons = defineStore("reasons", () => {
  const live = useLive();
  const session = useSession();
  const all = ref<FalseReason[]>([]);
  const offered = computed(() => all.value.filter((one) => one.enabled));
  const byId = computed(() => new Map(all.value.map((one) => [one.id, one])));

  async function load(): Promise<void> {
    if (session.may("reason.see")) all.value = (await get<Listed<FalseReason>>("/false-reasons")).items;
  }
  const quietly = (): void => void load().catch(() => undefined);
  live.on(["false_reason"], quietly);
  live.onReload(quietly);
  quietly();

  /** The station's word for it; the house's own where this role knows no list. */
  const name = (id: string): string => {
    const known = byId.value.get(id);
    if (known) return i18n.global.locale.value === "en" && known.name_en ? known.name_en : known.name;
    return i18n.global.te(`false_reason.${id}`) ? i18n.global.t(`false_reason.${id}`) : id;
  };
  const ofKey = (pressed: string): FalseReason | undefined =>
    pressed.length === 1 ? offered.value[KEYS.indexOf(pressed.toUpperCase())] : undefined;
  return { all, offered, name, ofKey, load };
});
