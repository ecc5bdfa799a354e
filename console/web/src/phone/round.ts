/** The points of the running shift, kept for dead spots; sorted anew by where the phone is. */

import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";

import { get, Problem } from "@/api/client";
import { phonePlace } from "@/phone/place";
import { towards, type Place } from "@/map/geo";
import { useSession } from "@/app/session";

export type PointState = "left" | "again" | "done";

export interface RoundPoint {
  id: string;
  name: string;
  name_en: string;
  lon: number;
  lat: number;
  radius_m: number;
  state: PointState;
  last_at: number | null;
  checked_in_at: number | null;
  away_m: number | null;
}

export interface Round {
  shift_id: string;
  area_name: string;
  area_name_en: string;
  required_s: number;
  items: RoundPoint[];
  place: { lon: number; lat: number; at: number } | null;
}

interface Kept {
  round: Round | null;
  now: number;
}

const KEPT = "lianqin.round";
const ORDER: Record<PointState, number> = { left: 0, again: 1, done: 2 };

/** What is left first, then what is due again; each nearest to `from` first. Without a place, as the server sorted it. */
export function sorted(items: readonly RoundPoint[], from: Place | null): RoundPoint[] {
  const away = items.map((one) => (from ? { ...one, away_m: towards(from, [one.lon, one.lat]).metres } : one));
  return away.sort((one, two) => ORDER[one.state] - ORDER[two.state] || (one.away_m ?? 0) - (two.away_m ?? 0));
}

function keptAs(key: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Kept | null;
  } catch {
    return null;
  }
}

export const useRound = defineStore("round", () => {
  const session = useSession();
  const owner = computed(() => session.me?.account.id ?? "");
  const told = shallowRef<Kept | null>(null);
  /** What is shown was not asked just now. */
  const old = ref(false);
  const key = (): string => `${KEPT}.${owner.value}`;
  watch(owner, () => ((told.value = owner.value ? keptAs(key()) : null), (old.value = true)), { immediate: true, flush: "sync" });

  const round = computed(() => told.value?.round ?? null);
  const at = computed(() => told.value?.now ?? null);
  const from = computed<Place | null>(() => {
    const phone = phonePlace.value;
    const fix = round.value?.place ?? null;
    if (phone && (!fix || phone.at >= fix.at)) return [phone.lon, phone.lat];
    return fix ? [fix.lon, fix.lat] : null;
  });
  const points = computed(() => sorted(round.value?.items ?? [], from.value));

  async function load(): Promise<void> {
    const asked = owner.value;
    try {
      const found = await get<Kept>("/m/round");
      if (asked !== owner.value) return;
      told.value = found;
      old.value = false;
      localStorage.setItem(key(), JSON.stringify(found));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      old.value = true; // away: what was last known stays, with its time
    }
  }

  return { round, points, at, old, load };
});
