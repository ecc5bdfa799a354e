import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";

import { post, put, remove } from "@/api/client";
import { useLive } from "@/api/live";
import type { OpenDeskAnswer, SeatsAnswer } from "@/api/schema";

export type Seat = OpenDeskAnswer;
type Seats = SeatsAnswer;

const EVERY_S = 10;
/** An alert that the arrow keys pass over is not taken. */
const DWELL = 600;

/** This desk's place: it says that it is there and what is open on it, and hears of the other desks. */
export const useSeat = defineStore("seat", () => {
  const live = useLive();
  const mine = ref<string | null>(null);
  const others = shallowRef<Seat[]>([]);
  let open: string | null = null;
  /** Shown to a desk from which the hand was away: it is nobody's until a hand is there. */
  let offered: string | null = null;
  let saidAt = -Infinity;
  let endBeats: (() => void) | null = null;
  let waiting = 0;
  let asked = 0;

  function heard(answer: Seats): void {
    mine.value = answer.mine;
    others.value = answer.others;
  }
  async function say(): Promise<void> {
    const number = ++asked;
    saidAt = live.moment();
    try {
      const answer = await put<Seats>("/desk/seat", { alert_id: open });
      if (number === asked) heard(answer);
    } catch {
      mine.value = null; // away or logged out: nothing is mine, and the next beat says it again
    }
  }
  /** `away`: no hand is at this desk. It is said again by the push, for timers of a page out of sight are slow. */
  function sit(alertId: string | null, away = false): void {
    offered = away ? alertId : null;
    open = away ? null : alertId;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void say(), DWELL);
    endBeats ??= live.onBeat(() => live.moment() - saidAt >= EVERY_S && void say());
  }
  /** A hand is there. */
  function touch(): void {
    if (offered !== null) sit(offered);
  }
  function leave(): void {
    endBeats?.();
    window.clearTimeout(waiting);
    endBeats = null;
    open = offered = mine.value = null;
    asked++;
    void remove("/desk/seat").catch(() => undefined);
  }
  async function takeOver(alertId: string, word: string): Promise<void> {
    heard(await post<Seats>("/desk/take-over", { alert_id: alertId, word }));
  }
  return { mine, others, sit, touch, leave, takeOver };
});
