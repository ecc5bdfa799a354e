import { computed, onBeforeUnmount, onMounted, watch, type ComputedRef } from "vue";

import type { Mark } from "@/map/MapCanvas.vue";
import type { Place } from "@/map/geo";
import { useNames } from "@/ui/names";
import { useSos } from "@/sos/desk";
import { whereabouts } from "@/sos/sos";
import { useLive } from "@/api/live";

/** Pages that have a map of their own. */
export const MAPS: readonly string[] = ["desk", "map"];
const AROUND_DEG = 0.003;

/** What a map shows when somebody asks where a call for help comes from. */
export const around = ([lon, lat]: Place): [number, number, number, number] => [lon - AROUND_DEG, lat - AROUND_DEG, lon + AROUND_DEG, lat + AROUND_DEG];

/** The marks of open calls for help; `moved` is called when the strip asks the map to show one. */
export function useSosMarks(moved: (place: Place) => void): ComputedRef<Mark[]> {
  const { t } = useNames();
  const sos = useSos();
  const live = useLive();
  watch(
    () => sos.looked,
    (place) => place && moved(place),
  );
  // Asked for on a page without a map, which led here.
  onMounted(() => sos.looked && moved(sos.looked));
  onBeforeUnmount(() => (sos.looked = null));
  return computed(() =>
    sos.calls.flatMap((call): Mark[] => {
      const { place } = whereabouts(call, live.places.get(call.guard_id) ?? null, 0);
      if (!place) return [];
      return [{ id: `sos:${call.id}`, lon: place[0], lat: place[1], label: `SOS ${call.guard.name}`, shape: "target", tone: "red", title: t("sos.calls", { name: call.guard.name }) }];
    }),
  );
}
