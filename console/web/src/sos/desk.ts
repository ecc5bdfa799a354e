import { defineStore } from "pinia";
import { computed, nextTick, ref, shallowRef, watch } from "vue";

import { get, post, Problem } from "@/api/client";
import type { Place } from "@/map/geo";
import { Siren } from "@/sos/siren";
import { inOrder, type Sos } from "@/sos/sos";
import { useLive } from "@/api/live";
import { useSession } from "@/app/session";
import { useSound } from "@/ui/sound";
import { useToasts } from "@/ui/toasts";
import type { Listed } from "@/api/types";

const RETRY_MS = 2000;

/** Open calls for help: at the station with sound, for the company to know. */
export const useSos = defineStore("sos", () => {
  const live = useLive();
  const session = useSession();
  const toasts = useToasts();
  const items = shallowRef<Sos[]>([]);
  /** The list could not be read: calls may be missing. */
  const failed = ref(false);
  const silent = ref(false);
  const busy = ref(false);
  /** Where the map is to look. */
  const looked = shallowRef<Place | null>(null);
  const calls = computed(() => inOrder(items.value));
  const waiting = computed(() => calls.value.filter((one) => one.state === "raised"));
  const mayTake = computed(() => session.may("sos.take"));
  const siren = new Siren(
    () => useSound().speaker(),
    (work, ms) => {
      const timer = window.setInterval(work, ms);
      return () => window.clearInterval(timer);
    },
    (now) => (silent.value = now),
  );
  let ends: (() => void)[] = [];
  let retry = 0;
  let asked = 0;

  async function load(): Promise<void> {
    window.clearTimeout(retry);
    const mine = ++asked;
    try {
      const found = await get<Listed<Sos>>("/sos", { limit: 200 });
      if (mine !== asked) return;
      items.value = found.items;
      failed.value = false;
    } catch (error) {
      if (mine !== asked || (error instanceof Problem && error.status === 401)) return;
      failed.value = true;
      retry = window.setTimeout(() => void load(), RETRY_MS);
    }
  }

  function put(row: Sos): void {
    items.value = [...items.value.filter((one) => one.id !== row.id), row];
  }

  async function act(path: string, body: Record<string, unknown> = {}): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    try {
      put((await post<{ sos: Sos }>(path, body)).sos);
      return true;
    } catch (error) {
      toasts.wrong(error); // who was first stands in the sentence
      void load();
      return false;
    } finally {
      busy.value = false;
    }
  }
  const take = (id: string): Promise<boolean> => act(`/sos/${encodeURIComponent(id)}/take`);
  const close = (id: string, outcome: string, note: string): Promise<boolean> => act(`/sos/${encodeURIComponent(id)}/close`, { outcome, note });

  /** The same place again moves a map that was moved away meanwhile. */
  function look(place: Place): void {
    looked.value = null;
    void nextTick(() => (looked.value = place));
  }

  watch(
    () => mayTake.value && waiting.value.length > 0,
    (ring) => (ring ? siren.start() : siren.end()),
  );

  const arm = (): void => void siren.arm();
  function listen(): void {
    if (ends.length > 0) return;
    ends = [live.on(["sos"], () => void load()), live.onReload(() => void load())];
    if (mayTake.value) {
      // Any click or key allows the sound, before it is needed; a click once it has fallen, so that its button does not go from under it.
      for (const kind of ["click", "keydown"] as const) {
        window.addEventListener(kind, arm, { once: true, capture: true });
        ends.push(() => window.removeEventListener(kind, arm, { capture: true }));
      }
    }
    void load();
  }
  function forget(): void {
    ends.forEach((end) => end());
    ends = [];
    asked += 1;
    window.clearTimeout(retry);
    items.value = [];
    failed.value = false;
  }

  return { calls, waiting, failed, silent, busy, looked, mayTake, load, take, close, look, arm, listen, forget };
});
