import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";

import { post, put, remove } from "@/api";

export interface Seat {
  account_id: string;
  name: string;
  alert_id: string | null;
  since: number;
  until: number;
}
interface Seats {
  mine: string | null;
  others: Seat[];
}

const EVERY = 10_000;
/** An alert that the arrow keys pass over is not taken. */
const DWELL = 600;

/** This desk's place: it says that it is there and what is open on it, and hears of the other desks. */
export const useSeat = defineStore("seat", () => {
  const mine = ref<string | null>(null);
  const others = shallowRef<Seat[]>([]);
  let open: string | null = null;
  let ticking = 0;
  let waiting = 0;
  let asked = 0;

  function heard(answer: Seats): void {
    mine.value = answer.mine;
    others.value = answer.others;
  }
  async function say(): Promise<void> {
    const number = ++asked;
    try {
      const answer = await put<Seats>("/desk/seat", { alert_id: open });
      if (number === asked) heard(answer);
    } catch {
      mine.value = null; // away or logged out: nothing is mine, and the next beat says it again
    }
  }
  function sit(alertId: string | null): void {
    open = alertId;
    window.clearTimeout(waiting);
    waiting = window.setTimeout(() => void say(), DWELL);
    if (ticking === 0) ticking = window.setInterval(() => void say(), EVERY);
  }
  function leave(): void {
    window.clearInterval(ticking);
    window.clearTimeout(waiting);
    ticking = 0;
    open = mine.value = null;
    asked++;
    void remove("/desk/seat").catch(() => undefined);
  }
  async function takeOver(alertId: string, word: string): Promise<void> {
    heard(await post<Seats>("/desk/take-over", { alert_id: alertId, word }));
  }
  return { mine, others, sit, leave, takeOver };
});
