import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";

import { get, post, remove } from "@/api/client";
import { showCount } from "@/attention/badge";
import { useSeat } from "@/seats/seat";
import { AGAIN_S, ESCALATED_AGAIN_S, Hand, News, putBefore, Repeats } from "@/attention/calling";
import { Rings, type Rang } from "@/attention/rings";
import { i18n } from "@/app/i18n";
import { onceAtATime } from "@/api/pages";
import { soundOf, type Sound } from "@/ui/ring";
import { router } from "@/app/router";
import { useLive } from "@/api/live";
import { usePrefs } from "@/app/prefs";
import { useSession } from "@/app/session";
import { useSound } from "@/ui/sound";
import { useStation } from "@/desk/station";
import { useToasts } from "@/ui/toasts";
import type { Alert, CameraBrief, Escalated } from "@/api/types";
import type { MuteAnswer } from "@/api/schema";

export interface OnMyList extends Escalated {
  alert_id: string;
  situation: string;
  priority: number;
  zone_name: string;
  received_at: number;
  camera: Pick<CameraBrief, "id" | "name" | "name_en">;
}
type Mute = MuteAnswer;
interface Attention {
  mutes: Mute[];
  second_seat: { account_id: string; name: string }[];
  escalations: OnMyList[];
}

interface About {
  id: string;
  priority: number;
  situation: string;
  place: string;
}

const HAND = ["pointerdown", "pointermove", "keydown", "wheel", "click"] as const;
/** They let the page sound. A pointer does so once its click has fallen: the warning must not go from under it, and the click to what lies below. */
const ARMS: readonly string[] = ["keydown", "click"];
const IDLE_S = 20;
/** More that come together are one notification. */
const NOTIFIED_ONE_BY_ONE = 3;

/** What calls this page's person: sound, notification, title and icon; and what was escalated to him. Everything is begun by messages
 * of the push: timers of a page out of sight are slow. */
export const useAttention = defineStore("attention", () => {
  const live = useLive();
  const session = useSession();
  const sound = useSound();
  const station = useStation();
  const toasts = useToasts();
  const prefs = usePrefs();
  const seat = useSeat();
  const told = shallowRef<Attention>({ mutes: [], second_seat: [], escalations: [] });
  /** What the desk shows; null while no desk is open here. */
  const shown = ref<string | null>(null);
  /** Alerts of priority 1 that called here and that nobody has looked at. */
  const unlooked = shallowRef<ReadonlySet<string>>(new Set());
  /** Ids that came while the page was open, for the desk to see whether they are in sight. */
  const arrived = shallowRef<readonly string[]>([]);
  const permission = ref<string>("Notification" in window ? Notification.permission : "none");
  const looked = new Set<string>();
  /** Alerts that sounded here: of each the record has it once. */
  const sounded = new Set<string>();
  const pressing = new Repeats(AGAIN_S);
  const escalated = new Repeats(ESCALATED_AGAIN_S);
  const rings = new Rings();
  let hand = new Hand(0);
  let news = new News(0);
  let ends: (() => void)[] = [];
  let asked = 0;
  let unread = false;
  let puts: ((id: string) => void) | null = null;

  const account = computed(() => session.me?.account.id ?? "");
  const mutes = computed(() => told.value.mutes.filter((one) => one.until > live.now));
  const ownMute = computed(() => mutes.value.find((one) => one.account_id === account.value) ?? null);
  const secondSeat = computed(() => told.value.second_seat);
  const sits = computed(() => secondSeat.value.some((one) => one.account_id === account.value));
  /** Judged and shelved ones leave at once, before the server's next word. */
  function waits(id: string): boolean {
    const row = station.alerts.get(id);
    return !station.leaving.has(id) && (row === undefined || (row.state === "new" && !row.shelf));
  }
  const mine = computed(() => told.value.escalations.filter((one) => waits(one.alert_id)));
  const waitingForMe = computed(() => mine.value.filter((one) => one.taken_by === null));
  /** New alerts call operators wherever they are; a leader where he has the desk open. */
  const isCalled = (): boolean => session.role === "operator" || shown.value !== null || router.currentRoute.value.name === "desk";
  const muted = (): boolean => told.value.mutes.some((one) => one.account_id === account.value && one.until > live.moment());
  const idle = (): boolean => hand.idle(performance.now() / 1000, session.me?.settings.desk_idle_seconds ?? IDLE_S);

  async function load(): Promise<void> {
    const number = ++asked;
    unread = false;
    try {
      const found = await get<Attention>("/attention");
      if (number === asked) take(found);
    } catch {
      unread = true; // the page says already that the console is away; the next beat asks again
    }
  }
  function take(found: Attention): void {
    const known = new Set(told.value.escalations.map((one) => one.id));
    told.value = found;
    const fresh = waitingForMe.value.filter((one) => !known.has(one.id));
    if (fresh.length === 0) return;
    for (const one of fresh) escalated.begin(one.alert_id, live.moment());
    call("escalation", "escalation", fresh.map((one) => ({ id: one.alert_id, priority: one.priority, situation: one.situation, place: named(one.camera) })));
  }
  async function act(work: () => Promise<Attention>): Promise<boolean> {
    asked += 1;
    try {
      take(await work());
      return true;
    } catch (error) {
      toasts.wrong(error);
      void load();
      return false;
    }
  }
  const mute = (minutes: number): Promise<boolean> => act(() => post("/attention/mute", { minutes }));
  const unmute = (): Promise<boolean> => act(() => remove("/attention/mute"));
  const sit = (there: boolean): Promise<boolean> => act(() => post("/attention/seat", { sits: there }));
  const takeOver = (id: string): Promise<boolean> => act(() => post(`/escalations/${encodeURIComponent(id)}/take`));

  const named = (thing: Pick<CameraBrief, "name" | "name_en">): string => (prefs.language === "en" && thing.name_en) || thing.name;

  /** One sound for what comes together, a row of the record for each. */
  function call(what: Sound, why: Rang["why"], about: readonly About[]): void {
    const heard: Rang["means"] = muted() ? "muted" : sound.play(what) ? "sound" : "blocked";
    const at = live.moment();
    const hidden = document.hidden;
    for (const one of about) rings.add({ alert_id: one.id, at, why, means: heard, hidden });
    if (heard === "sound") for (const one of about) sounded.add(one.id);
    if ((hidden || !document.hasFocus()) && permission.value === "granted") {
      const told = about.length > NOTIFIED_ONE_BY_ONE ? (notifyAll(about) ? about : []) : about.filter(notify);
      for (const one of told) rings.add({ alert_id: one.id, at, why, means: "notification", hidden });
    }
    void rings.flush();
  }
  function notify(about: About): boolean {
    const { t, te } = i18n.global;
    const situation = te(`situation.${about.situation}`) ? t(`situation.${about.situation}`) : about.situation;
    return show(t("attention.notification", { priority: about.priority, situation }), about.place, about.id);
  }
  /** What came together after a break is one word, not dozens. */
  function notifyAll(about: readonly About[]): boolean {
    const [first] = about;
    const { t } = i18n.global;
    const places = [...new Set(about.map((one) => one.place))].slice(0, NOTIFIED_ONE_BY_ONE).join(t("joint.list"));
    return first !== undefined && show(t("attention.notification_many", { n: about.length, priority: first.priority }), places, first.id);
  }
  function show(title: string, body: string, id: string): boolean {
    try {
      const shows = new Notification(title, { body, tag: id, silent: true });
      shows.onclick = () => {
        window.focus();
        void router.push({ name: "desk", query: { alert: id } });
        shows.close();
      };
      return true;
    } catch {
      return false; // browsers that notify by service workers alone
    }
  }
  async function askToNotify(): Promise<void> {
    permission.value = await Notification.requestPermission();
  }

  function hear(open: readonly Alert[]): void {
    pressing.keep(new Set(open.map((one) => one.id)));
    const fresh = news.of(open);
    if (fresh.length > 0) arrived.value = [...arrived.value, ...fresh.map((one) => one.id)];
    const still = new Set(open.map((one) => one.id));
    arrived.value = arrived.value.filter((id) => still.has(id));
    const first = fresh[0];
    if (first && isCalled()) {
      for (const one of fresh) {
        looked.delete(one.id);
        if (one.priority === 1) pressing.begin(one.id, live.moment());
      }
      call(soundOf(first.priority), "new", fresh.map((one) => ({ id: one.id, priority: one.priority, situation: one.situation, place: named(one.camera) })));
    }
    tellUnlooked();
    offer();
  }
  function tellUnlooked(): void {
    const next = station.open.filter((one) => pressing.has(one.id)).map((one) => one.id);
    if (next.length !== unlooked.value.size || next.some((id) => !unlooked.value.has(id))) unlooked.value = new Set(next);
  }
  /** What called is put before a person whose hand is away. */
  function offer(): void {
    if (!idle() || !isCalled()) return;
    const id = putBefore(station.open.filter((one) => pressing.has(one.id)), looked, shown.value);
    if (!id) return;
    if (puts) puts(id);
    else if (!writes()) void router.push({ name: "desk", query: { alert: id } });
  }
  /** Another page on which something is begun is not left: its top bar tells. */
  const writes = (): boolean =>
    document.querySelector("dialog[open]") !== null ||
    [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>("main input:not([type=search], [type=checkbox], [type=radio]), main textarea")].some((one) => one.value !== "");
  /** A hand is there: what the desk shows was looked at. */
  function touched(event: Event): void {
    if (!event.isTrusted) return;
    hand.touch(performance.now() / 1000);
    if (!sound.ready && ARMS.includes(event.type)) sound.arm();
    seat.touch();
    if (!document.hidden && shown.value) look(shown.value);
  }
  function look(id: string): void {
    looked.add(id);
    escalated.end(id);
    if (!pressing.has(id)) return;
    pressing.end(id);
    tellUnlooked();
  }
  function beat(): void {
    const now = live.moment();
    // Both are asked, so that neither sounds again for having waited.
    const pressed = pressing.due(now);
    const waited = escalated.due(now);
    if (pressed.length + waited.length > 0 && !muted() && sound.play(pressed.length > 0 ? "p1" : "escalation")) {
      heardAt(now, "new", pressed);
      heardAt(now, "escalation", waited);
    }
    offer();
    if (unread) void load();
    void rings.flush();
  }

  /** What was silent when it came, and sounds now, is in the record as well. */
  function heardAt(at: number, why: Rang["why"], ids: readonly string[]): void {
    for (const id of ids.filter((one) => !sounded.has(one))) {
      sounded.add(id);
      rings.add({ alert_id: id, at, why, means: "sound", hidden: document.hidden });
    }
  }

  /** The desk opens here; the answer ends it. */
  function desk(open: (id: string) => void): () => void {
    puts = open;
    return () => {
      puts = null;
      shown.value = null;
    };
  }

  function listen(): void {
    if (ends.length > 0) return;
    hand = new Hand(performance.now() / 1000);
    news = new News(live.moment());
    sound.speaker();
    for (const kind of HAND) window.addEventListener(kind, touched, { capture: true, passive: true });
    const ticks = "Worker" in window ? new Worker(new URL("./ticks.worker.ts", import.meta.url), { type: "module" }) : null;
    if (ticks) ticks.onmessage = () => live.look();
    ends = [
      live.on(["escalation"], onceAtATime(load)),
      live.onReload(() => void load()),
      live.onBeat(beat),
      watch(() => station.open, hear, { immediate: true }),
      // Who judged or took it elsewhere ends its sound here.
      watch(waitingForMe, (now) => escalated.keep(new Set(now.map((one) => one.alert_id)))),
      watch([() => station.open.length, () => prefs.language], ([count]) => showCount(count, i18n.global.t("app.title")), { immediate: true, flush: "post" }),
      () => ticks?.terminate(),
      ...HAND.map((kind) => () => window.removeEventListener(kind, touched, { capture: true })),
    ];
    void load();
  }
  function forget(): void {
    ends.forEach((end) => end());
    ends = [];
    asked += 1;
    told.value = { mutes: [], second_seat: [], escalations: [] };
    looked.clear();
    sounded.clear();
    pressing.keep(new Set());
    escalated.keep(new Set());
    arrived.value = [];
    unlooked.value = new Set();
    showCount(0, i18n.global.t("app.title"));
  }

  return {
    shown, unlooked, arrived, permission, mutes, ownMute, secondSeat, sits, mine, waitingForMe, idle, mute, unmute, sit, takeOver, askToNotify,
    desk, look, listen, forget,
  }; // prettier-ignore
});
