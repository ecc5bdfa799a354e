import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { get, post, Problem } from "@/api/client";
import { Outbox, type Letter, type Outcome } from "@/ui/outbox";
import type { Number110, OwnSos } from "@/sos/sos";
import { useSession } from "@/app/session";
import { sentence, useToasts } from "@/ui/toasts";

const KEPT = "lianqin.sos";
/** The outbox of each guard's calls for help: apart from all else, so that nothing waits before them. */
export const OUT = "lianqin.sos.out.";
/** Ends the address of a letter that adds a place to a press which was sent before it. */
const PLACE = "&place=1";
const FRESH_MS = 20_000;
/** A request that hangs is given up, to be sent again: its id makes it count once. */
const PATIENCE_MS = 8000;
/** Not sent after so long: the page says so. */
const SOON_MS = 3000;
/** A closed call is shown for so long (s). */
export const SHOWN_S = 600;

interface Kept {
  sos: OwnSos | null;
  numbers: Number110[];
}
const POLICE: Number110 = { kind: "police", name: "", name_en: "", phone: "110" };

/** Does a call for help wait on this phone, of whoever used it? Asked where nobody is logged in, too. */
export function anyUnsent(keep: Storage): boolean {
  return Object.keys(keep).some((key) => key.startsWith(OUT) && new Outbox(keep, key).paths.some((path) => !path.endsWith(PLACE)));
}

const soon = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([work, new Promise<T>((_, refuse) => void window.setTimeout(() => refuse(new Problem(0, "network", "")), PATIENCE_MS))]);

function kept(): Kept {
  try {
    return { sos: null, numbers: [POLICE], ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<Kept>) };
  } catch {
    return { sos: null, numbers: [POLICE] };
  }
}

/** The guard's own call for help: sent at once, or kept and sent again until the station has it. */
export const useOwnSos = defineStore("own-sos", () => {
  const session = useSession();
  const toasts = useToasts();
  const known = kept();
  const own = shallowRef<OwnSos | null>(known.sos);
  const numbers = shallowRef<Number110[]>(known.numbers);
  const unsent = ref(anyUnsent(localStorage));
  /** The first try of a press just made. */
  const trying = ref(false);
  /** Why the server refused it, in its words. */
  const refused = ref("");
  let outbox: Outbox | null = null;
  let outboxOf = "";
  let delivered = false;
  /** The last place that the phone knew, asked for while the button is held. */
  let last: GeolocationPosition | null = null;

  const open = computed(() => (own.value && own.value.state !== "closed" ? own.value : null));

  function box(): Outbox | null {
    const guard = session.me?.account.guard_id;
    if (!guard) return null;
    if (!outbox || outboxOf !== guard) {
      outbox = new Outbox(localStorage, OUT + guard);
      outboxOf = guard;
    }
    return outbox;
  }
  const note = (): void => localStorage.setItem(KEPT, JSON.stringify({ sos: own.value, numbers: numbers.value }));
  const look = (): void => void (unsent.value = anyUnsent(localStorage));

  async function load(): Promise<void> {
    try {
      const told = await get<Kept>("/m/sos");
      own.value = told.sos;
      numbers.value = told.numbers;
      note();
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // away: what was last known stays
    }
  }

  async function deliver(letter: Letter): Promise<Outcome> {
    try {
      if (session.stale) await session.load();
      own.value = (await soon(post<{ sos: OwnSos }>(letter.path, letter.body))).sos;
      refused.value = "";
      delivered = true;
      note();
      return "sent";
    } catch (error) {
      // Whatever the server says, a call for help is kept and sent again; the page says that it was not sent.
      refused.value = error instanceof Problem && error.status >= 400 && error.status < 500 ? sentence(error) : "";
      if (error instanceof Problem && error.key === "session.csrf") await session.load().catch(() => undefined);
      return "later";
    }
  }

  async function send(): Promise<void> {
    const waiting = box();
    while (waiting && waiting.size > 0) {
      delivered = false;
      await waiting.flush(deliver, Date.now());
      if (!delivered) break; // else: what was written while others were on their way follows at once
    }
    look();
  }

  const placeOf = (found: GeolocationPosition): Record<string, number> => ({
    lon: found.coords.longitude, lat: found.coords.latitude, accuracy_m: found.coords.accuracy,
    age_s: Math.max(0, (Date.now() - found.timestamp) / 1000),
  }); // prettier-ignore

  /** While the button is held: whatever place the phone has, however old. */
  function prepare(): void {
    last = null;
    if ("geolocation" in navigator) {
      navigator.geolocation.getCurrentPosition((found) => (last = found), () => undefined, { maximumAge: Infinity, timeout: 1800 });
    }
  }

  /** With the last place that the phone knows, or without one; a fresh one follows under the same id. */
  function raise(): void {
    const waiting = box();
    if (!waiting) return;
    const id = `so-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
    const at = Date.now() / 1000;
    waiting.write(`/m/sos?so=${id}`, { id, at, ...(last ? placeOf(last) : {}) });
    look();
    if ("vibrate" in navigator) navigator.vibrate([400, 100, 400]);
    trying.value = true;
    const over = (): void => void (trying.value = false);
    window.setTimeout(over, SOON_MS);
    void send().finally(over);
    if (!("geolocation" in navigator)) return;
    navigator.geolocation.getCurrentPosition(
      (found) => {
        // `at` is the press: a place measured later is none the older for it.
        waiting.write(`/m/sos?so=${id}${PLACE}`, { id, at, ...placeOf(found), age_s: at - found.timestamp / 1000 });
        void send();
      },
      () => undefined,
      { enableHighAccuracy: true, maximumAge: 0, timeout: FRESH_MS },
    );
  }

  async function well(): Promise<void> {
    if (!open.value) return;
    try {
      own.value = (await post<{ sos: OwnSos }>(`/m/sos/${encodeURIComponent(open.value.id)}/well`)).sos;
      note();
    } catch (error) {
      toasts.wrong(error);
      await load();
    }
  }

  return { own, open, numbers, unsent, trying, refused, load, send, prepare, raise, well };
});
