import { defineStore } from "pinia";
import { ref, shallowRef } from "vue";

import { get, post, Problem } from "@/api";
import { Outbox, type Letter, type Outcome } from "@/lib/outbox";
import { useSession } from "@/stores/session";
import { useToasts } from "@/stores/toasts";
import type { Dispatch, Guard, PointCall, Shift, ShiftScore } from "@/types";

export interface Look {
  at: number;
  exported: boolean;
  by: string;
  role: string;
  purpose: string | null;
  case_ref: string | null;
  from_at: number | null;
  to_at: number | null;
}
export interface GuardState {
  guard: Guard;
  shift: Shift | null;
  point_calls: PointCall[];
  dispatches: Dispatch[];
  score: ShiftScore | null;
  looks: Look[];
}

export interface Answered {
  id: string;
  at: number;
}

const KEPT = "lianqin.guard";
const LAST_ANSWER = "lianqin.answered";
/** How long (ms) an answer waits for the phone's place. */
const PLACE_PATIENCE = 2500;

function keptAs<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}
function noteAnswer(given: Answered | null): void {
  localStorage.setItem(LAST_ANSWER, JSON.stringify(given));
}

/** The guard's own state, and what his phone has still to send. */
export const useGuard = defineStore("guard", () => {
  const session = useSession();
  const toasts = useToasts();
  const state = shallowRef<GuardState | null>(keptAs<GuardState>(KEPT));
  const away = ref(false);
  const waiting = ref(0);
  const answered = ref(new Set<string>());
  /** The last press on the big button: a guard sees that it was taken, after the call has left his list too. */
  const lastAnswer = ref<Answered | null>(keptAs<Answered>(LAST_ANSWER));
  const outbox = new Outbox(localStorage);
  waiting.value = outbox.size;
  // Presses that were kept over a reload.
  for (const call of state.value?.point_calls ?? []) if (outbox.has(`/m/point-calls/${call.id}/answer`)) answered.value.add(call.id);

  async function load(): Promise<void> {
    try {
      state.value = await get<GuardState>("/m/state");
      localStorage.setItem(KEPT, JSON.stringify(state.value));
      away.value = false;
      for (const call of state.value.point_calls) if (call.receipt_at === null) outbox.write(`/m/point-calls/${call.id}/receipt`, {});
      void send();
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 401) return;
      if (error.status === 0 || error.status >= 500) away.value = true;
      else toasts.wrong(error);
    }
  }

  async function deliver(letter: Letter): Promise<Outcome> {
    try {
      if (session.stale) await session.load();
      await post(letter.path, letter.body);
      return "sent";
    } catch (error) {
      if (error instanceof Problem && error.status > 0 && error.status < 500 && error.status !== 401) {
        // The receipt of a call that is over, or a second answer: nothing a guard needs to hear of.
        if (!letter.path.endsWith("/receipt")) toasts.wrong(error);
        if (letter.path.endsWith("/answer")) noteAnswer((lastAnswer.value = null));
        return "never";
      }
      return "later";
    }
  }

  async function send(): Promise<void> {
    const before = outbox.size;
    if (before > 0) await outbox.flush(deliver, Date.now());
    waiting.value = outbox.size;
    if (outbox.size < before) await load();
  }

  /** The press counts by this phone's time, whenever it arrives; the place is added if the phone tells it in time. */
  function answer(call: PointCall): void {
    const path = `/m/point-calls/${call.id}/answer`;
    answered.value = new Set([...answered.value, call.id]);
    const at = Date.now() / 1000;
    if (!outbox.write(path, { answered_at: at }, Date.now() + PLACE_PATIENCE)) return;
    noteAnswer((lastAnswer.value = { id: call.id, at }));
    waiting.value = outbox.size;
    const go = (more: Record<string, unknown>): void => {
      outbox.amend(path, more);
      void send();
    };
    if (!("geolocation" in navigator)) {
      go({});
      return;
    }
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => go({ lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy }),
      () => go({}),
      { enableHighAccuracy: true, timeout: PLACE_PATIENCE - 500, maximumAge: 10_000 },
    );
    window.setTimeout(() => void send(), PLACE_PATIENCE + 50);
  }

  /** Accept, done: kept while offline, so that a dead spot loses nothing. */
  function tell(dispatch: Dispatch, what: "accept" | "refuse" | "done", body: Record<string, unknown>): void {
    outbox.write(`/m/dispatches/${dispatch.id}/${what}`, body);
    waiting.value = outbox.size;
    void send();
  }
  const told = (dispatch: Dispatch, what: string): boolean => waiting.value >= 0 && outbox.has(`/m/dispatches/${dispatch.id}/${what}`);

  /** A check-in by this phone's time, whenever it arrives; the place is added if the phone tells it in time. */
  function checkIn(method: "qr" | "nfc" | "gps", code: string): void {
    const id = `ci-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    const path = `/m/check-ins?ci=${id}`;
    outbox.write(path, { id, method, code, at: Date.now() / 1000 }, Date.now() + PLACE_PATIENCE);
    waiting.value = outbox.size;
    const go = (more: Record<string, unknown>): void => {
      outbox.amend(path, more);
      void send();
    };
    if (!("geolocation" in navigator)) return go({});
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => go({ lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy }),
      () => go({}),
      { enableHighAccuracy: true, timeout: PLACE_PATIENCE - 500, maximumAge: 10_000 },
    );
    window.setTimeout(() => void send(), PLACE_PATIENCE + 50);
  }

  async function openShift(): Promise<boolean> {
    return act("/m/shift/open");
  }
  /** By the code of a post. */
  async function openAtPost(code: string): Promise<boolean> {
    return act("/m/shift/open-at-post", { code });
  }
  async function signNotice(): Promise<boolean> {
    return act("/m/notice");
  }
  async function closeShift(): Promise<boolean> {
    return act("/m/shift/close");
  }
  async function act(path: string, body: Record<string, unknown> = {}): Promise<boolean> {
    try {
      await post(path, body);
      await load();
      return true;
    } catch (error) {
      toasts.wrong(error);
      return false;
    }
  }

  return { state, away, waiting, answered, lastAnswer, load, send, answer, tell, told, checkIn, openShift, openAtPost, signNotice, closeShift };
});
