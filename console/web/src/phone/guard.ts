import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";

import { get, post, postAs, Problem } from "@/api/client";
import { ACT_PATH, keptActs, standing, type ActKept, type ActKind, type ActTaken } from "@/phone/acts";
import { Contact } from "@/phone/contact";
import { placeNow } from "@/phone/place";
import { keyOf, ofOthers, Outbox, type Letter, type Outcome } from "@/ui/outbox";
import type { ReviewItem } from "@/checks/reviews";
import type { Task, Tracker } from "@/phone/task";
import { useSession } from "@/app/session";
import { useToasts } from "@/ui/toasts";
import type { Dispatch, Guard, PointCall, Shift, ShiftScore } from "@/api/types";
import type { LookAtGuardAnswer } from "@/api/schema";

export type Look = LookAtGuardAnswer;
export interface GuardState {
  /** What the platform hears of the tracker; null: it can't tell. */
  tracker?: Tracker | null;
  guard: Guard;
  shift: Shift | null;
  point_calls: PointCall[];
  dispatches: Task[];
  score: ShiftScore | null;
  looks: Look[];
  decisions?: ReviewItem[];
  acts?: ActTaken[];
  contact?: string;
}

export interface Answered {
  id: string;
  at: number;
}

/** Keys of what the phone keeps, each followed by whose it is. */
const KEPT = "lianqin.guard";
const LAST_ANSWER = "lianqin.answered";
/** Ask for a new contact after so many seconds. */
const CONTACT_S = 60;
/** Ending so long (seconds) before the due end needs a reason, as the server asks for. */
const EARLY_S = 600;
/** How long (ms) an answer waits for the phone's place. */
const PLACE_PATIENCE = 2500;

function keptAs<T>(key: string): T | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as T | null;
  } catch {
    return null;
  }
}

/** The guard's own state, and what his phone has still to send. */
export const useGuard = defineStore("guard", () => {
  const session = useSession();
  const toasts = useToasts();
  const owner = computed(() => session.me?.account.id ?? "");
  const state = shallowRef<GuardState | null>(null);
  const away = ref(false);
  const waiting = ref(0);
  /** Letters that another guard kept on this phone. */
  const othersWaiting = ref(0);
  const answered = ref(new Set<string>());
  /** The last press on the big button: a guard sees that it was taken, after the call has left his list too. */
  const lastAnswer = ref<Answered | null>(null);
  let outbox = new Outbox(localStorage, keyOf(""));
  const contact = new Contact();
  /** Pressed without a network, and still on this phone. */
  const acts = shallowRef<ActKept[]>([]);
  const showActs = (): void => {
    acts.value = keptActs(outbox.all, outbox.sending);
    waiting.value = outbox.size;
  };
  const mine = (key: string): string => `${key}.${owner.value}`;
  const noteAnswer = (given: Answered | null): void => localStorage.setItem(mine(LAST_ANSWER), JSON.stringify(given));

  /** What the phone keeps of this person, and nothing of anybody else. */
  function begin(): void {
    outbox = new Outbox(localStorage, keyOf(owner.value));
    contact.forget();
    state.value = owner.value ? keptAs<GuardState>(mine(KEPT)) : null;
    lastAnswer.value = keptAs<Answered>(mine(LAST_ANSWER));
    showActs();
    othersWaiting.value = ofOthers(localStorage, owner.value);
    // Presses that were kept over a reload.
    const pressed = (state.value?.point_calls ?? []).filter((call) => outbox.has(`/m/point-calls/${call.id}/answer`));
    answered.value = new Set(pressed.map((call) => call.id));
  }
  watch(owner, begin, { immediate: true, flush: "sync" });

  async function load(): Promise<void> {
    try {
      const asked = owner.value;
      const told = await get<GuardState>("/m/state");
      if (asked !== owner.value) return;
      state.value = told;
      if (told.contact) contact.hear(told.contact);
      localStorage.setItem(mine(KEPT), JSON.stringify(state.value));
      away.value = false;
      for (const call of state.value.point_calls) if (call.receipt_at === null) outbox.write(`/m/point-calls/${call.id}/receipt`, {});
      void send();
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 401) return;
      if (error.status === 0 || error.status >= 500) away.value = true;
      else toasts.wrong(error);
    }
  }

  async function deliver(letter: Letter, from: string): Promise<Outcome> {
    try {
      showActs();
      if (session.stale) await session.load();
      await postAs(from, letter.path, letter.body);
      return "sent";
    } catch (error) {
      if (error instanceof Problem && error.key === "session.other") return "later";
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
    const own = outbox;
    const from = owner.value;
    const before = own.size;
    if (before > 0) await own.flush((letter) => deliver(letter, from), Date.now());
    if (own !== outbox) return;
    showActs();
    if (own.size < before) await load();
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
  /** "I am there" with the phone's place: the guard's word, kept like the others; it leaves no later for want of a place. */
  function sayThere(dispatch: Dispatch): void {
    const path = `/m/dispatches/${dispatch.id}/there`;
    if (!outbox.write(path, { at: Date.now() / 1000 }, Date.now() + PLACE_PATIENCE)) return;
    waiting.value = outbox.size;
    void placeNow(PLACE_PATIENCE - 500).then((found) => {
      outbox.amend(path, found ? { lon: found.lon, lat: found.lat, accuracy_m: found.accuracy_m } : {});
      void send();
    });
    window.setTimeout(() => void send(), PLACE_PATIENCE + 50);
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

  /** The act as it is now: its moment is that of the press, whenever it is said. */
  function actOf(kind: ActKind, more: Record<string, unknown> = {}): Record<string, unknown> {
    const id = `da-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    return { id, kind, claimed_at: Date.now() / 1000, ...contact.since(), ...more };
  }
  function keepAct(act: Record<string, unknown>): void {
    outbox.write(`${ACT_PATH}${String(act.id)}`, act);
    showActs();
    void send();
  }
  /** An act that was not sent is taken back. */
  function dropAct(id: string): void {
    outbox.drop(`${ACT_PATH}${id}`);
    showActs();
  }
  const isAway = (error: unknown): boolean => error instanceof Problem && (error.status === 0 || error.status >= 500);

  /** Said at once; without a network kept, with what proves its moment. Acts that wait go first, in their order. */
  async function sayAct(kind: ActKind, path: string, body: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Promise<boolean> {
    const act = actOf(kind, more);
    if (acts.value.length > 0) {
      keepAct(act);
      return true;
    }
    try {
      await post(path, body);
      await load();
      return true;
    } catch (error) {
      if (isAway(error)) {
        away.value = true;
        keepAct(act);
        return true;
      }
      toasts.wrong(error);
      return false;
    }
  }
  const openShift = (): Promise<boolean> => sayAct("begin", "/m/shift/open");
  /** By the code of a post. */
  const openAtPost = (code: string): Promise<boolean> => sayAct("begin", "/m/shift/open-at-post", { code }, { code });
  const beginBreak = (): Promise<boolean> => sayAct("break_begin", "/m/break/begin", { kind: "rest" });
  const endBreak = (): Promise<boolean> => sayAct("break_end", "/m/break/end");
  /** The page lives: a young contact makes the moment of what is pressed next provable. */
  async function touch(): Promise<void> {
    if (away.value || contact.age < CONTACT_S || !owner.value) return;
    const asked = owner.value;
    const told = await get<{ contact: string }>("/m/contact").catch(() => null);
    if (told?.contact && asked === owner.value) contact.hear(told.contact);
  }
  async function signNotice(): Promise<boolean> {
    return act("/m/notice");
  }
  /** What is open, or how long the shift still lasts, where ending it asks for a reason first. */
  const closeAsks = ref<{ count: number; minutes: number } | null>(null);
  /** Until when an end by mistake can be taken back (epoch seconds). */
  const reopenUntil = ref(0);

  async function closeShift(reason = ""): Promise<boolean> {
    const act = actOf("end", { note: reason });
    if (acts.value.length > 0) return keepEnd(act, reason);
    try {
      const body = reason ? { confirm: true, reason } : {};
      reopenUntil.value = (await post<{ reopen_until: number }>("/m/shift/close", body)).reopen_until;
      closeAsks.value = null;
      await load();
      return true;
    } catch (error) {
      if (isAway(error)) {
        away.value = true;
        return keepEnd(act, reason);
      }
      if (error instanceof Problem && error.key === "shift.close_asks") {
        closeAsks.value = { count: Number(error.values.count ?? 0), minutes: Number(error.values.minutes ?? 0) };
      } else toasts.wrong(error);
      return false;
    }
  }
  /** Asks what the server would ask, from what this phone knows. */
  function keepEnd(act: Record<string, unknown>, reason: string): boolean {
    const ahead = (standing(state.value?.shift ?? null, null, acts.value, null).shift?.due_end_at ?? 0) - Date.now() / 1000;
    const count = state.value?.dispatches.length ?? 0;
    if (!reason && (count > 0 || ahead > EARLY_S)) {
      closeAsks.value = { count, minutes: ahead > EARLY_S ? Math.round(ahead / 60) : 0 };
      return false;
    }
    closeAsks.value = null;
    keepAct(act);
    return true;
  }
  async function reopenShift(): Promise<boolean> {
    const done = await act("/m/shift/reopen");
    if (done) reopenUntil.value = 0;
    return done;
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

  return { acts, dropAct, beginBreak, endBreak, touch, state, away, waiting, othersWaiting, answered, lastAnswer, load, send, answer, tell, sayThere, told, checkIn, closeAsks, reopenUntil, reopenShift, openShift, openAtPost, signNotice, closeShift };
});
