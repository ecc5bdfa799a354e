import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";

import { get, post } from "@/api/client";
import { i18n } from "@/app/i18n";
import { readAll, soon } from "@/api/pages";
import { useLive } from "@/api/live";
import { useSession } from "@/app/session";
import { useToasts } from "@/ui/toasts";
import type { Candidate, Dispatch, Incident, Listed } from "@/api/types";

/** A task that does not go on, with the guard who could go in its place. */
export interface StuckTask {
  id: string;
  dispatch_id: string;
  incident_id: string;
  kind: "refused" | "unanswered" | "still" | "overdue";
  since: number;
  dispatch: Dispatch;
  incident: Pick<Incident, "id" | "alert_id" | "situation" | "priority" | "place_name" | "place_name_en" | "state">;
  next: Candidate | null;
  /** Who goes with the next one by the rule of two. */
  beside: Candidate[];
}

/** What the key for the next guard said when it fell: for which task, and whom. */
export interface ShownNext {
  task: string;
  guard: string;
}
/** Why that key is refused (`attention.why`), or empty. */
export type Refusal = "" | "busy" | "nobody_stuck" | "changed";

/** A key that falls so soon after the row at the top changed was meant for what stood there before. */
const CHANGED_MS = 600;

/** Whom a task's key calls. */
const calledBy = (task: StuckTask): Candidate[] => (task.next ? [task.next, ...task.beside] : []);
export const namesOf = (task: StuckTask): string =>
  calledBy(task)
    .map((one) => one.name)
    .join(i18n.global.t("pair.and"));

/** All that wait for their end, who waits longest first: the list comes newest first, so he stands on its last page. */
async function waiting(): Promise<Incident[]> {
  const found = await readAll<Incident>("/incidents", { state: "handled" });
  return found.sort((a, b) => (a.handled_at ?? a.opened_at) - (b.handled_at ?? b.opened_at));
}

/** What goes wrong after a call, and what waits for its end. */
export const useLate = defineStore("late", () => {
  const live = useLive();
  const session = useSession();
  const toasts = useToasts();
  const tasks = shallowRef<StuckTask[]>([]);
  const handled = shallowRef<Incident[]>([]);
  const problem = ref<unknown>(null);
  const busy = ref(false);
  /** The task whose next guard is being called. */
  const calling = shallowRef<StuckTask | null>(null);
  const first = computed(() => tasks.value.find((one) => one.next) ?? null);
  const shown = computed<ShownNext | null>(() => (first.value?.next ? { task: first.value.id, guard: first.value.next.guard_id } : null));
  let changedAt = -Infinity;
  watch(
    () => first.value && [first.value.id, ...calledBy(first.value).map((one) => one.guard_id)].join(" "),
    () => (changedAt = performance.now()),
    { flush: "sync" },
  );
  let asked = 0;
  /** The newest question whose answer is shown. */
  let told = 0;
  let listening: (() => void)[] = [];

  async function load(): Promise<void> {
    if (!session.may("dispatch.call")) return;
    const mine = ++asked;
    try {
      const [stuck, incidents] = await Promise.all([get<Listed<StuckTask>>("/stuck"), waiting()]);
      if (mine < told) return;
      told = mine;
      tasks.value = stuck.items;
      handled.value = incidents;
      problem.value = null;
    } catch (error) {
      if (mine < told) return;
      told = mine;
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
  /** The next guards go in his place, as the row named them. */
  async function call(task: StuckTask): Promise<void> {
    const [guard, ...beside] = calledBy(task).map((one) => one.guard_id);
    if (busy.value || !guard) return;
    calling.value = task;
    try {
      await act(async () => {
        await post(`/stuck/${task.id}/next`, { guard_id: guard, beside });
        told = ++asked; // what was asked before it still has him
        tasks.value = tasks.value.filter((one) => one.dispatch_id !== task.dispatch_id);
        toasts.done(i18n.global.t("late.called", { name: namesOf(task) }));
      });
    } catch (error) {
      toasts.wrong(error);
    } finally {
      if (calling.value === task) calling.value = null;
    }
  }
  /** The next guards of the first task, and of it alone; `of`: what the row showed. Answers why not, or empty. */
  function next(of: ShownNext | null = shown.value): Refusal {
    if (busy.value) return "busy";
    const task = first.value;
    if (!task) return "nobody_stuck";
    if (of?.task !== shown.value?.task || of?.guard !== shown.value?.guard || performance.now() - changedAt < CHANGED_MS) return "changed";
    void call(task);
    return "";
  }
  const note = (task: StuckTask, said: string): Promise<boolean> => act(() => post(`/stuck/${task.id}/note`, { note: said }));

  return { tasks, handled, problem, busy, calling, first, shown, listen, forget, load, call, next, note };
});
