import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { Push, type CanaryHeard, type Change } from "@/api/push";
import { useSession } from "@/app/session";
import type { GuardPlace } from "@/api/types";

declare global {
  interface Window {
    /** The guards' places as the page has them, for whoever measures how late they are. */
    lianqinPlaces?: Map<string, GuardPlace>;
  }
}

type Then = (change: Change) => void;

/** The push stream of this page: the server's time, guards' places, and who wants to hear of what. */
export const useLive = defineStore("live", () => {
  const now = ref(Date.now() / 1000);
  const silentSince = ref<number | null>(null);
  const places = shallowRef(new Map<string, GuardPlace>());
  const topics = new Map<string, Set<Then>>();
  const reloads = new Set<() => void>();
  const beats = new Set<() => void>();
  const canaries = new Set<(canary: CanaryHeard) => void>();
  let ahead = 0;
  let push: Push | null = null;
  let ticking = 0;

  const lostSeconds = computed(() => (silentSince.value === null ? null : Math.floor(now.value - silentSince.value)));

  /** Whatever shows a time is drawn anew once a second, all of it together. */
  function tick(): void {
    const at = moment();
    if (Math.floor(at) !== Math.floor(now.value)) now.value = at;
    if (!push) return;
    const silent = push.silentFor() / 1000;
    silentSince.value = silent > 4 ? at - silent : null;
  }

  function start(serverNow: number): void {
    ahead = serverNow - Date.now() / 1000;
    now.value = serverNow;
    tick();
    if (push) return;
    push = new Push({
      change: (change) => topics.get(change.topic)?.forEach((then) => then(change)),
      canary: (canary) => canaries.forEach((then) => then(canary)),
      beat: (at, moved) => {
        ahead = at - Date.now() / 1000;
        if (moved.length > 0) {
          const next = new Map(places.value);
          for (const place of moved) {
            if (place.shift_id === null) next.delete(place.guard_id); // off shift: off the map
            else next.set(place.guard_id, place);
          }
          places.value = next;
          window.lianqinPlaces = next;
        }
        beats.forEach((then) => then());
      },
      gap: () => reloads.forEach((then) => then()),
      failed: () => void useSession().load().catch(() => undefined),
    });
    push.open();
    ticking = window.setInterval(tick, 250);
  }

  function stop(): void {
    window.clearInterval(ticking);
    push?.close();
    push = null;
    places.value = new Map();
    silentSince.value = null;
  }

  /** Hear of changes of some topics; the answer ends it. */
  function on(names: readonly string[], then: Then): () => void {
    for (const name of names) {
      const hearers = topics.get(name) ?? new Set<Then>();
      hearers.add(then);
      topics.set(name, hearers);
    }
    return () => names.forEach((name) => topics.get(name)?.delete(then));
  }

  /** Called when changes may have been missed. */
  function onReload(then: () => void): () => void {
    reloads.add(then);
    return () => void reloads.delete(then);
  }

  /** Called with each beat of the push, a second apart, also while the page is out of sight and its timers are slow. */
  function onBeat(then: () => void): () => void {
    beats.add(then);
    return () => void beats.delete(then);
  }

  /** Called with each canary that comes through. */
  function onCanary(then: (canary: CanaryHeard) => void): () => void {
    canaries.add(then);
    return () => void canaries.delete(then);
  }

  /** The server's time at this very moment; `now` follows it from second to second. */
  const moment = (): number => Date.now() / 1000 + ahead;
  /** See that the push stands, called by what no slow timer holds up. */
  const look = (): void => push?.look();

  return { now, places, lostSeconds, start, stop, on, onReload, onBeat, onCanary, moment, look };
});
