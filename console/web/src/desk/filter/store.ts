import { defineStore } from "pinia";
import { computed, ref, watch } from "vue";

import { inOrder, narrowing, parsed, passes, sortOf, textOf, type DeskFilter } from "@/desk/filter/filter";
import { i18n } from "@/app/i18n";
import { useLive } from "@/api/live";
import { usePrefs } from "@/app/prefs";
import { useSession } from "@/app/session";
import { useStation } from "@/desk/station";
import type { Alert, Named } from "@/api/types";

const NONE: ReadonlySet<string> = new Set();

/**
 * The filter of this desk's queue. It is kept for this person in this window, so that a reload and a way to another page and back keep
 * it, and the next shift's window begins with everything. What it leaves out is counted; whether an alert rings does not depend on it.
 */
export const useDeskFilter = defineStore("desk-filter", () => {
  const live = useLive();
  const prefs = usePrefs();
  const session = useSession();
  const station = useStation();
  const filter = ref<DeskFilter>({});
  const key = computed(() => `lianqin.desk.filter.${session.me?.account.id ?? ""}`);
  watch(key, (mine) => (filter.value = parsed(sessionStorage.getItem(mine) ?? "")), { immediate: true });
  watch(filter, (now) => {
    if (textOf(now)) sessionStorage.setItem(key.value, textOf(now));
    else sessionStorage.removeItem(key.value);
  });

  /** By area: units with somebody on shift there now. */
  const onShift = computed(() => {
    const found = new Map<string, Set<string>>();
    for (const one of station.shifts) {
      const units = found.get(one.area_id) ?? new Set<string>();
      found.set(one.area_id, units.add(one.unit_id));
    }
    return found;
  });
  /** Units that an alert concerns: on shift in its area, or sent for it. */
  function unitsOf(alert: Alert): ReadonlySet<string> {
    const there = onShift.value.get(alert.camera.area_id ?? "") ?? NONE;
    const sent = (alert.incident?.dispatches ?? []).flatMap((one) => (one.guard ? [one.guard.unit_id] : []));
    return sent.length > 0 ? new Set([...there, ...sent]) : there;
  }
  const name = (thing: Pick<Named, "name" | "name_en"> | undefined): string =>
    (prefs.language === "en" && thing?.name_en ? thing.name_en : thing?.name) ?? "";
  const areas = computed(() => new Map((station.map?.areas ?? []).map((one) => [one.id, one])));
  const units = computed(() => new Map((station.map?.units ?? []).map((one) => [one.id, one])));
  /** What the queue is sorted by, in words as they are read. */
  function wordsOf(alert: Alert): string {
    const sort = sortOf(filter.value);
    const { t, te } = i18n.global;
    if (sort === "kind") return te(`situation.${alert.situation}`) ? t(`situation.${alert.situation}`) : alert.situation;
    if (sort === "unit") return [...unitsOf(alert)].map((id) => name(units.value.get(id)) || id).sort().join("\n");
    if (sort === "camera") return name(alert.camera) || alert.camera_id;
    return [name(areas.value.get(alert.camera.area_id ?? "")), name(alert.camera), name(station.zoneOf(alert))].join("\n");
  }
  /** Only a filter by age looks at the clock. */
  const second = computed(() => (filter.value.older || filter.value.newer ? live.now : 0));
  const shows = (alert: Alert, aged = true): boolean => passes(filter.value, alert, aged ? second.value : null, unitsOf);
  const narrows = computed(() => narrowing(filter.value).length > 0);
  /** Alerts to judge that stand in the queue, in its order. */
  const open = computed(() => {
    const rows = narrows.value ? station.open.filter((one) => shows(one)) : station.open;
    return inOrder(rows, sortOf(filter.value), wordsOf, prefs.language);
  });
  const outside = computed(() => (narrows.value ? station.open.filter((one) => !shows(one)) : []));

  const clear = (): void => void (filter.value = {});
  return { filter, open, outside, narrows, shows, clear };
});
