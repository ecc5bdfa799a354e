import { defineStore } from "pinia";
import { shallowRef } from "vue";

import { post, Problem } from "@/api/client";
import { i18n } from "@/app/i18n";
import { useSound } from "@/ui/sound";
import { useStation } from "@/desk/station";
import { useToasts } from "@/ui/toasts";
import type { Alert, Candidate, Incident } from "@/api/types";

export type How = "confirm" | "false" | "ignore";
interface Work {
  how: How | null;
  /** Names of guards who are called as soon as the judgement stands. */
  calls: readonly string[];
}

/** One was called where two go: the page asks (`dispatch.alone`). `who`: whom the key called. */
export interface Alone {
  id: string;
  who: readonly Candidate[];
  place: { name: string; name_en: string };
  guards: number;
  otherId: string;
}

/** What was pressed at the desk, in order for each alert: a key is never dropped because the one before it is still on its way, and it
 * acts on the alert and the guard that were there when it fell. */
export const useActs = defineStore("desk-acts", () => {
  const station = useStation();
  const toasts = useToasts();
  const sound = useSound();
  const works = shallowRef<ReadonlyMap<string, Work>>(new Map());
  /** Somebody else judged what is to be undone: the page asks, naming him. */
  const otherVerdict = shallowRef<{ id: string; by: string } | null>(null);
  const alone = shallowRef<Alone | null>(null);
  const chains = new Map<string, { last: Promise<unknown>; length: number }>();

  const of = (id: string): Work | null => works.value.get(id) ?? null;
  function put(id: string, change: Partial<Work> | null): void {
    const next = new Map(works.value);
    if (change === null) next.delete(id);
    else next.set(id, { ...(next.get(id) ?? { how: null, calls: [] }), ...change });
    works.value = next;
  }

  /** After whatever was pressed before for this alert. */
  async function after<T>(id: string, work: () => Promise<T>): Promise<T> {
    const chain = chains.get(id) ?? { last: Promise.resolve(), length: 0 };
    chains.set(id, chain);
    chain.length += 1;
    const mine = chain.last.then(work);
    chain.last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      chain.length -= 1;
      if (chain.length === 0) {
        chains.delete(id);
        put(id, null);
      }
    }
  }
  async function failed(id: string, error: unknown): Promise<void> {
    sound.play("refused");
    toasts.wrong(error);
    if (error instanceof Problem && error.status === 409) await station.loadAlert(id).catch(() => undefined);
  }

  /** Judge it; it leaves the queue at once, unless guards are called next. True when it was done. */
  async function judge(id: string, how: How, reason = ""): Promise<boolean> {
    put(id, { how });
    if (how !== "confirm") station.leave(id, true);
    return after(id, async () => {
      try {
        await post(`/alerts/${id}/${how}`, how === "false" ? { reason } : {});
        await station.loadAlert(id);
        return true;
      } catch (error) {
        await failed(id, error);
        return false;
      } finally {
        station.leave(id, false);
        put(id, { how: null });
      }
    });
  }

  /** `of`: whose verdict, where it is another's; without it the page asks first (`otherVerdict`). */
  async function undo(id: string, of = ""): Promise<boolean> {
    return after(id, async () => {
      forgetOther();
      try {
        await post(`/alerts/${id}/reopen`, { of });
        await station.loadAlert(id);
        return true;
      } catch (error) {
        if (error instanceof Problem && error.key === "alert.other_verdict" && !of) otherVerdict.value = { id, by: String(error.values.by ?? "") };
        else await failed(id, error);
        return false;
      }
    });
  }
  const forgetOther = (): void => void (otherVerdict.value = null);

  const forgetAlone = (): void => void (alone.value = null);

  /** Call the guards who stood there when the key fell, in one act; where the judgement is on its way, after it. `why`: that one goes
   * alone where two should; without it the page asks (`alone`). */
  async function call(id: string, who: readonly Candidate[], why = ""): Promise<boolean> {
    const name = who.map((one) => one.name).join(i18n.global.t("pair.and"));
    put(id, { calls: [...(of(id)?.calls ?? []), name] });
    return after(id, async () => {
      try {
        const to: Incident | null = stands(station.alerts.get(id));
        if (!to) throw new Problem(0, "not_called", i18n.global.t("attention.not_called", { name }));
        await post(`/incidents/${to.id}/dispatches`, { guard_ids: who.map((one) => one.guard_id), ...(why ? { alone: why } : {}) });
        await station.loadAlert(id);
        return true;
      } catch (error) {
        if (error instanceof Problem && error.key === "dispatch.alone")
          alone.value = { id, who, place: { name: String(error.values.name ?? ""), name_en: String(error.values.name_en ?? "") }, guards: Number(error.values.guards), otherId: String(error.values.other_id ?? "") };
        else await failed(id, error);
        return false;
      } finally {
        put(id, { calls: (of(id)?.calls ?? []).slice(1) });
      }
    });
  }
  const stands = (alert: Alert | undefined): Incident | null =>
    alert?.state === "confirmed" && alert.incident && alert.incident.state !== "closed" ? alert.incident : null;

  /** Said aloud and in words: this key did nothing, and why. */
  function refuse(key: string, why: string): void {
    sound.play("refused");
    const { t } = i18n.global;
    toasts.wrong(new Problem(0, "key", t("attention.refused", { key: key.toUpperCase(), why: t(`attention.why.${why}`, { key }) })));
  }

  return { works, otherVerdict, alone, of, judge, undo, forgetOther, forgetAlone, call, refuse };
});
