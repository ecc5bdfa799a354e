import { defineStore } from "pinia";
import { shallowRef } from "vue";

import { get, post, Problem } from "@/api/client";
import { useToasts } from "@/ui/toasts";
import type { CheckAnswer, MyDutyAnswer, RosterEntryAnswer } from "@/api/schema";

export type RosterEntry = RosterEntryAnswer;

export interface CheckIn {
  id: string;
  at: number;
  method: string;
  counts: boolean;
  why: string;
  name: string;
  name_en: string;
}

export interface Offer {
  id: string;
  kind: string;
  from_name: string;
  note: string;
  offered_at: number;
}

export type Duty = MyDutyAnswer;

export type OwnCheck = CheckAnswer;

/** What the guard's page shows of his duty besides shift, calls and tasks. */
export const useDuty = defineStore("duty", () => {
  const toasts = useToasts();
  const duty = shallowRef<Duty | null>(null);
  const checks = shallowRef<OwnCheck[]>([]);

  async function load(): Promise<void> {
    try {
      const [found, own] = await Promise.all([get<Duty>("/m/duty"), get<{ items: OwnCheck[] }>("/m/spot-checks")]);
      duty.value = found;
      checks.value = own.items;
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // away: what was last known stays; the page says so above
    }
  }

  /** Says it to the server; the answer is whether it was taken. */
  async function say(path: string, body: Record<string, unknown> = {}): Promise<boolean> {
    try {
      await post(`/m/${path}`, body);
      return true;
    } catch (error) {
      toasts.wrong(error);
      return false;
    } finally {
      await load();
    }
  }

  /** The next person on this phone sees nothing of it. */
  function forget(): void {
    duty.value = null;
    checks.value = [];
  }

  return { duty, checks, load, say, forget };
});
