import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { get, post } from "@/api/client";
import { soon } from "@/api/pages";
import { useLive } from "@/api/live";
import { useSession } from "@/app/session";
import type { Listed } from "@/api/types";
import type { DeskHandOverAnswer, OpenPromiseAnswer } from "@/api/schema";

/** Something promised for a time by a note. */
export type Promised = OpenPromiseAnswer;

export type Counts = Record<"open" | "shelved" | "promised" | "sent" | "handled", number>;

/** The desk left by one person, and taken over by another. */
export type DeskHandOver = DeskHandOverAnswer;

const DAY_S = 86_400;
const AHEAD_S = 8 * 3600;

/** The next moment (epoch seconds) at which the county's clock shows `HH:MM`; null for nonsense. */
export function nextAt(text: string, now: number): number | null {
  const found = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (!found) return null;
  const midnight = Math.floor((now + AHEAD_S) / DAY_S) * DAY_S - AHEAD_S;
  const today = midnight + Number(found[1]) * 3600 + Number(found[2]) * 60;
  return today > now ? today : today + DAY_S;
}

/** What was promised, and the desk handed over, kept true by the push. */
export const useHanding = defineStore("handing", () => {
  const live = useLive();
  const session = useSession();
  const promised = shallowRef<Promised[]>([]);
  const handOvers = shallowRef<DeskHandOver[]>([]);
  const counts = shallowRef<Counts | null>(null);
  const problem = ref<unknown>(null);
  const account = computed(() => session.me?.account.id ?? "");
  const waiting = computed(() => handOvers.value.filter((one) => one.taken_at === null));
  const own = computed(() => waiting.value.find((one) => one.given_by_id === account.value) ?? null);
  let listening: (() => void)[] = [];

  async function load(): Promise<void> {
    if (!session.may("desk.hand_over")) return;
    try {
      const [open, over] = await Promise.all([get<Listed<Promised>>("/promises"), get<{ items: DeskHandOver[]; counts: Counts }>("/desk/hand-overs")]);
      promised.value = open.items;
      handOvers.value = over.items;
      counts.value = over.counts;
      problem.value = null;
    } catch (error) {
      problem.value = error;
    }
  }
  async function after(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } finally {
      await load();
    }
  }
  const keep = (id: string): Promise<void> => after(post(`/promises/${encodeURIComponent(id)}/keep`));
  const give = (note: string): Promise<void> => after(post("/desk/hand-overs", { note }));
  const take = (id: string): Promise<void> => after(post(`/desk/hand-overs/${encodeURIComponent(id)}/take`));

  function listen(): void {
    if (listening.length > 0) return;
    listening = [live.on(["desk"], soon(() => void load())), live.onReload(() => void load())];
    void load();
  }
  return { promised, handOvers, counts, problem, account, waiting, own, load, keep, give, take, listen };
});
