import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";

import { get, post } from "@/api/client";
import { bySoonest } from "@/rules/shelf";
import { soon } from "@/api/pages";
import { useLive } from "@/api/live";
import type { Listed, Shelf } from "@/api/types";

/** What rests now, kept true by the push stream; a count changes with each alert that comes to a shelf. */
export const useShelves = defineStore("shelves", () => {
  const live = useLive();
  const running = shallowRef<Shelf[]>([]);
  const known = ref(false);
  const problem = ref<unknown>(null);
  let listening: (() => void)[] = [];

  async function load(): Promise<void> {
    try {
      running.value = (await get<Listed<Shelf>>("/shelves", { state: "running", limit: 200 })).items.sort(bySoonest);
      problem.value = null;
      known.value = true;
    } catch (error) {
      problem.value = error;
    }
  }
  async function end(id: string): Promise<void> {
    await post(`/shelves/${id}/end`);
    await load();
  }
  function listen(): void {
    if (listening.length > 0) return;
    const again = soon(() => void load(), 300);
    // Alerts come and go in bursts; without a shelf none of them changes a count.
    listening = [live.on(["shelf"], again), live.on(["alert"], () => running.value.length > 0 && again()), live.onReload(() => void load())];
    void load();
  }
  function forget(): void {
    listening.forEach((stop) => stop());
    listening = [];
    running.value = [];
    known.value = false;
  }
  return { running, known, problem, load, end, listen, forget };
});
