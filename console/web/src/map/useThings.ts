/** All that a map shows, each kind worked out anew only when what it rests on is another. */

import { computed, type ComputedRef } from "vue";

import { knownAt } from "@/trails/doubts";
import { metres } from "@/ui/format";
import { useNames } from "@/ui/names";
import { waysOf, type Way } from "@/map/follow";
import type { Things } from "@/map/scene";
import { alertThing, alertThings, areaThings, cameraThings, guardThings } from "@/map/things";
import { useLive } from "@/api/live";
import { useSession } from "@/app/session";
import { useStation } from "@/desk/station";
import type { Alert, Area, Dispatch, GuardPlace, MapCamera } from "@/api/types";

export interface Shown {
  alerts: () => readonly Alert[];
  /** The chosen one. */
  alert: () => Alert | null;
  dispatches: () => readonly Dispatch[];
  places: () => Iterable<GuardPlace>;
  camera: () => string | null;
  guard: () => string | null;
  /** Who can't be called for the chosen alert. */
  blocked: () => ReadonlySet<string>;
  /** Guards outside their area are told apart. */
  outside?: boolean;
  areaName?: (area: Area) => string;
}

/** The same work for the same key is done once. */
function once<K, V>(work: (key: K) => V): (key: K) => V {
  const done = new Map<K, V>();
  return (key) => {
    if (!done.has(key)) done.set(key, work(key));
    return done.get(key) as V;
  };
}

/** As `once`, for things that come and go. */
function remembered<K extends object, V>(work: (key: K) => V): (key: K) => V {
  const done = new WeakMap<K, { of: V }>();
  return (key) => {
    let known = done.get(key);
    if (!known) done.set(key, (known = { of: work(key) }));
    return known.of;
  };
}

/** What is left of a way, in words: `320 m, about 4 min`. */
export function useLeft(): (way: Way) => string {
  const { t, lasting } = useNames();
  return (way) => {
    if (way.state === "arrived") return t("mapview.arrived");
    if (way.metres === null) return t("mapview.no_place");
    if (way.seconds === null) return t("mapview.left_far", { metres: metres(way.metres) });
    return t("mapview.left", { metres: metres(way.metres), time: lasting(Math.max(60, Math.round(way.seconds / 60) * 60)) });
  };
}

export function useThings(shown: Shown): { things: ComputedRef<Things>; ways: ComputedRef<Way[]> } {
  const { t, name, word, locale } = useNames();
  const live = useLive();
  const session = useSession();
  const station = useStation();
  const left = useLeft();
  const ways = computed(() => waysOf(shown.dispatches(), live.places, session.me?.settings.walking_mps ?? null));
  const ofGuard = computed(() => new Map([...ways.value].reverse().map((one) => [one.dispatch.guard_id, one] as const)));
  const areas = computed(() => areaThings(station.map?.areas ?? [], shown.areaName ?? ((area) => (area.key_area ? `${name(area)} ◆` : name(area)))));
  const stateOf = (camera: MapCamera): string => (camera.state_reason ? word("fault", camera.state_reason) : word("camera_state", camera.state));
  const cameras = computed(() => cameraThings(station.map?.cameras ?? [], shown.camera(), name, stateOf));
  /** A queue of thousands has a handful of words, each looked up once; and of its alerts few are another from one moment to the next. */
  const alertOf = computed(() => {
    void locale.value; // the words are looked up later, and are other ones then
    const situation = once((key: string) => word("situation", key));
    const level = once((n: number) => t("priority.name", { n }));
    return remembered((one: Alert) => alertThing(one, situation(one.situation), `${level(one.priority)} ${situation(one.situation)}`, name(one.camera)));
  });
  const alerts = computed(() => alertThings(shown.alerts(), shown.alert(), alertOf.value));
  const guards = computed(() =>
    guardThings(
      shown.places(),
      { ageOf: (place) => live.now - knownAt(place), staleAfter: session.me?.settings.stale_fix ?? 60, blocked: shown.blocked(), ways: ofGuard.value, chosen: shown.guard(), outside: shown.outside ?? false },
      { way: left, stale: (_, age) => t("word.minutes", { n: Math.max(1, Math.round(age / 60)) }), state: (sign) => word("legend.of", sign) },
    ),
  );
  return { things: computed(() => ({ area: areas.value, camera: cameras.value, guard: guards.value, alert: alerts.value })), ways };
}
