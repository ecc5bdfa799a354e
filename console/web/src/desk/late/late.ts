import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { get, post } from "@/api";
import { soon } from "@/lib/pages";
import { useLive } from "@/stores/live";
import { useSession } from "@/stores/session";
import type { Candidate, Dispatch, Incident, Listed } from "@/types";

/** A task that does not go on, with the guard who could go in its place. */
export interface StuckTask {
  id: string;
  dispatch_id: string;
  incident_id: string;
  kind: "refused" | "unanswered" | "still" | "overdue";
  since: number;
  dispatch: Dispatch;
  incident: Pick<Incident, "id" | "alert_id" | "situation" | "priority" | "place_name" | "state">;
  next: Candidate | null;
}

/** What goes wrong after a call, and what waits for its end. */
export const useLate = defineStore("late", () => {
  const live = useLive();
  const session = useSession();
  const tasks = shallowRef<StuckTask[]>([]);
  const handled = shallowRef<Incident[]>([]);
  const problem = ref<unknown>(null);
  const busy = ref(false);
  const first = computed(() => tasks.value.find((one) => one.next) ?? null);
  let listening: (() => void)[] = [];

  async function load(): Promise<void> {
    if (!session.may("dispatch.call")) return;
    try {
      const [stuck, waiting] = await Promise.all([
        get<Listed<StuckTask>>("/stuck"),
        get<Listed<Incident>>("/incidents", { state: "handled", limit: 100 }),
      ]);
      tasks.value = stuck.items;
      handled.value = [...waiting.items].sort((a, b) => (a.handled_at ?? a.opened_at) - (b.handled_at ?? b.opened_at));
      problem.value = null;
    } catch (error) {
      problem.value = error;
    }
  }
  const reload = soon(() => void load());

  function listen(): void {
    if (listening.length > 0) return;
    listening = [live.on(["dispatch", "incident", "shift"], reload), live.onReload(() => void load())];
    void load();
  }
  function forget(): void {
    listening.forEach((end) => end());
    listening = [];
  }

  async function act(work: () => Promise<unknown>): Promise<boolean> {
    if (busy.value) return false;
    busy.value = true;
    try {
      await work();
      return true;
    } finally {
      busy.value = false;
      await load();
    }
  }
  const next = (task: StuckTask, guardId: string): Promise<boolean> => act(() => post(`/stuck/${task.id}/next`, { guard_id: guardId }));
  const note = (task: StuckTask, said: string): Promise<boolean> => act(() => post(`/stuck/${task.id}/note`, { note: said }));

  return { tasks, handled, problem, busy, first, listen, forget, load, next, note };
});
