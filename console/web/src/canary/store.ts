import { defineStore } from "pinia";
import { nextTick, shallowRef } from "vue";

import { get } from "@/api/client";
import { Drawings } from "@/canary/drawn";
import type { CanaryHeard } from "@/api/push";
import { useLive } from "@/api/live";
import type { CanaryAnswer } from "@/api/schema";

type Canary = CanaryAnswer;

/** After the picture that shows what was changed: the second of two frames begins when the first is on the screen. */
const painted = (): Promise<void> => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())));

/** Canaries go the way of an alert through this page: heard, fetched, drawn; then the server is told. Only while the page is in sight. */
export const useCanary = defineStore("canary", () => {
  const live = useLive();
  const last = shallowRef<Canary | null>(null);
  const drawings = new Drawings();
  let listening: (() => void)[] = [];
  let hidings = 0;
  const hid = (): void => void (hidings += document.hidden ? 1 : 0);

  async function draw(heard: CanaryHeard): Promise<void> {
    if (document.hidden) return;
    const before = hidings;
    last.value = await get<Canary>(`/canary/${encodeURIComponent(heard.id)}`);
    await nextTick();
    await painted();
    // Out of sight nothing is drawn: that wait is the person's, not the line's.
    if (hidings === before) drawings.add({ id: heard.id, pushed_at: heard.at, heard: heard.heard, drawn: performance.now() });
  }

  function listen(): void {
    if (listening.length > 0) return;
    document.addEventListener("visibilitychange", hid);
    listening = [
      live.onCanary((heard) => void draw(heard).catch(() => undefined)),
      live.onBeat(() => void drawings.flush()),
      () => document.removeEventListener("visibilitychange", hid),
    ];
  }

  function forget(): void {
    listening.forEach((end) => end());
    listening = [];
    last.value = null;
  }

  return { last, listen, forget };
});
