import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";

import { get } from "@/api/client";
import { replaced } from "@/ui/ordered";
import { onceAtATime, PAGE, readAll, soon } from "@/api/pages";
import { byUrgency, byJudgedAt, waitsFrom } from "@/desk/queue";
import { troublesOf } from "@/cameras/troubles";
import { useLive } from "@/api/live";
import { usePrefs } from "@/app/prefs";
import { useSession } from "@/app/session";
import type { Alert, Incident, Listed, MapOf, Named, PointCall, Shift } from "@/api/types";

const FIX_IS_LIVE = 60;
const JUDGED_PAGE = 30;
/** Judged alerts that a desk keeps by itself; a shift judges many more. */
const MOST_JUDGED = 200;
/** Milliseconds in which many changes of one kind are one. */
const MOMENT = 150;
/** Up to so many rows each find their place; more are sorted together. */
const ONE_BY_ONE = 8;
/** So many alerts that changed are read at once: the browser's other connections stay free for keys and for what is new. */
const READ_AT_ONCE = 4;

const waits = (row: Alert | undefined): Alert | null => (row?.state === "new" && !row.shelf ? row : null);
function withTracks(given: Alert, tracks?: Alert["tracks"]): Alert {
  const row = { ...given };
  delete row.tracks;
  return tracks ? { ...row, tracks } : row;
}
const judgedOf = (row: Alert | undefined): Alert | null => (row && row.state !== "new" ? row : null);

/** What the station's desk knows: alerts, shifts, cameras, calls; kept true by the push stream. */
export const useStation = defineStore("station", () => {
  const live = useLive();
  const session = useSession();
  const prefs = usePrefs();
  const alerts = shallowRef(new Map<string, Alert>());
  const map = shallowRef<MapOf | null>(null);
  const shifts = shallowRef<Shift[]>([]);
  const calls = shallowRef<PointCall[]>([]);
  const incidents = shallowRef<Incident[]>([]);
  const zones = shallowRef(new Map<string, Named>());
  const loading = ref(false);
  const problem = ref<unknown>(null);
  const earlier = ref<string | null>(null);
  /** Judged at this desk, the answer still on its way: they have left the queue. */
  const leaving = shallowRef<ReadonlySet<string>>(new Set());
  let listening: (() => void)[] = [];

  /** Both are kept in order with each row that comes: nothing is sorted anew for one. */
  const waiting = shallowRef<readonly Alert[]>([]);
  const judged = shallowRef<readonly Alert[]>([]);
  /** Alerts to judge, most pressing first. */
  const open = computed(() => (leaving.value.size === 0 ? waiting.value : waiting.value.filter((one) => !leaving.value.has(one.id))));
  let judgedRoom = MOST_JUDGED;
  /** Judged ones were let go, so that the page after those shown begins elsewhere. */
  const letGo = ref(false);
  /** There are judged ones beyond those that are kept here. */
  const more = computed(() => earlier.value !== null || letGo.value);
  let held: string | null = null;
  const lastStep = computed(() => Math.max(...(session.me?.settings.escalation_seconds ?? [30, 60, 120])));
  const overdue = computed(() => open.value.filter((one) => live.now - waitsFrom(one) >= lastStep.value).length);
  const onShift = computed(() => shifts.value.length);
  const online = computed(
    () =>
      shifts.value.filter((one) => {
        const place = live.places.get(one.guard_id);
        return place !== undefined && live.now - place.received_at <= FIX_IS_LIVE;
      }).length,
  );
  /** Cameras that don't do what they should, each by what is wrong: nothing comes of it, it shows no view, or nobody keeps up with it. */
  const cameraTroubles = computed(() => troublesOf(map.value?.cameras ?? []));
  const callsRunning = computed(() => calls.value.filter((one) => one.verdict === null).length);
  const dispatchesRunning = computed(
    () =>
      incidents.value
        .flatMap((one) => one.dispatches)
        .filter((one) => ["called", "accepted", "arrived"].includes(one.state)).length,
  );

  function put(...rows: Alert[]): void {
    const next = new Map(alerts.value);
    const single = rows.length <= ONE_BY_ONE;
    for (const given of rows) {
      const before = next.get(given.id);
      // The list carries no tracks; keep those that were loaded, unless the new row has its own. A judged one is read again when it is shown.
      const row = given.state === "new" || given.id === held ? withTracks(given, given.tracks ?? before?.tracks) : withTracks(given);
      next.set(row.id, row);
      if (!single) continue;
      waiting.value = replaced(waiting.value, waits(before), waits(row), byUrgency);
      judged.value = replaced(judged.value, judgedOf(before), judgedOf(row), byJudgedAt);
    }
    take(next, single);
  }

  /** All alerts of now; `ordered`: both lists have them in their places already. */
  function take(all: Map<string, Alert>, ordered = false): void {
    if (!ordered) {
      const rows = [...all.values()];
      waiting.value = rows.filter(waits).sort(byUrgency);
      judged.value = rows.filter(judgedOf).sort(byJudgedAt);
    }
    const over = judged.value.slice(judgedRoom).filter((one) => one.id !== held);
    if (over.length > 0) {
      letGo.value = true;
      for (const one of over) all.delete(one.id);
      judged.value = judged.value.filter((one) => all.has(one.id));
    }
    alerts.value = all;
  }
  /** The alert that a desk shows is never let go, nor are its tracks. */
  function hold(id: string | null): void {
    const before = alerts.value.get(held ?? "");
    held = id;
    if (before?.tracks && before.id !== id && before.state !== "new") put(before);
  }

  function leave(id: string, gone: boolean): void {
    const next = new Set(leaving.value);
    if (gone) next.add(id);
    else next.delete(id);
    leaving.value = next;
  }

  /** Rows read one by one while a list is on its way are newer than the list. */
  const fresher = new Set<string>();
  let reading = 0;
  let listing = false;
  let again = false;

  /** The whole queue, page by page, each shown as it comes; null where a later reading has begun meanwhile. */
  async function readOpen(number: number): Promise<Alert[] | null> {
    const rows: Alert[] = [];
    let cursor: string | null = null;
    do {
      const page: Listed<Alert> = await get<Listed<Alert>>("/alerts", { state: "open", limit: PAGE, cursor });
      if (number !== reading) return null;
      const listed = page.items.filter((row) => !fresher.has(row.id));
      put(...listed);
      rows.push(...listed);
      cursor = page.next;
    } while (cursor);
    return rows;
  }

  /** One reading at a time: what is asked meanwhile is read once after it, so that a line that breaks often still comes to the end of a long queue. */
  async function loadAlerts(): Promise<void> {
    if (listing) return void (again = true);
    const number = ++reading;
    loading.value ||= alerts.value.size === 0;
    listing = true;
    fresher.clear();
    try {
      const [listed, done] = await Promise.all([readOpen(number), get<Listed<Alert>>("/alerts", { state: "judged", limit: JUDGED_PAGE })]);
      if (listed === null || number !== reading) return;
      put(...done.items.filter((row) => !fresher.has(row.id)));
      const present = new Set(listed.map((row) => row.id));
      // What the desk shows and the queue has no more was shelved or purged: its row says it, and it stays before its reader.
      if (held !== null && alerts.value.get(held)?.state === "new" && !present.has(held) && !fresher.has(held)) {
        await loadAlert(held).catch(() => undefined);
        if (number !== reading) return;
      }
      take(new Map([...alerts.value].filter(([id, row]) => row.state !== "new" || fresher.has(id) || present.has(id))));
      earlier.value = done.next;
      problem.value = null;
    } catch (error) {
      if (number === reading) problem.value = error;
    } finally {
      listing = false;
      if (again) {
        again = false;
        quietly(loadAlerts);
      } else loading.value = false;
    }
  }

  async function loadEarlier(): Promise<void> {
    if (!more.value) return;
    const page = await get<Listed<Alert>>("/alerts", { state: "judged", ...(letGo.value ? { limit: PAGE } : { limit: JUDGED_PAGE, cursor: earlier.value }) });
    letGo.value = false;
    judgedRoom += page.items.length;
    put(...page.items);
    earlier.value = page.next;
  }

  async function loadAlert(id: string): Promise<Alert> {
    const row = await get<Alert>(`/alerts/${id}`);
    if (listing) fresher.add(id);
    put(row);
    return row;
  }
  /** Alerts that are being read because they changed; true: they changed once more since. */
  const changing = new Map<string, boolean>();
  /** However often it changes in a moment, it is read once at a time and once after the last. */
  async function readNow(id: string): Promise<void> {
    if (changing.has(id)) return void changing.set(id, true);
    try {
      do {
        changing.set(id, false);
        await loadAlert(id);
      } while (changing.get(id));
    } finally {
      changing.delete(id);
    }
  }
  /** Alerts in the list that changed, in a line to be read: a whole queue may be escalated in one moment. */
  const due = new Set<string>();
  let batch: string[] = [];
  let readsDue = false;
  async function readOrTell(id: string): Promise<Alert | null> {
    try {
      return await get<Alert>(`/alerts/${id}`);
    } catch (error) {
      problem.value = error;
      return null;
    }
  }
  async function readDue(): Promise<void> {
    if (readsDue) return;
    readsDue = true;
    try {
      while (due.size > 0) {
        if (due.size > PAGE) {
          due.clear();
          await loadAlerts();
          continue;
        }
        batch = [...due].slice(0, READ_AT_ONCE);
        batch.forEach((id) => due.delete(id));
        const rows = await Promise.all(batch.map(readOrTell));
        if (listing) batch.forEach((id) => fresher.add(id));
        put(...rows.flatMap((row) => (row ? [row] : [])));
        batch = [];
      }
    } finally {
      readsDue = false;
    }
  }
  /** What is new and what the desk shows is read at once; the others in their turn. */
  function changed(id: string): Promise<void> {
    if (!batch.includes(id) && (id === held || !alerts.value.has(id))) return readNow(id);
    due.add(id);
    return readDue();
  }

  const loadMap = async (): Promise<void> => void (map.value = await get<MapOf>("/map"));
  /** For the English of their names alone. */
  const loadZones = async (): Promise<void> => {
    if (prefs.language !== "en") return;
    const cameras = await readAll<{ zones: Named[] }>("/cameras");
    zones.value = new Map(cameras.flatMap((camera) => camera.zones.map((zone) => [zone.id, zone] as const)));
  };
  /** An alert keeps the name that its zone had then; the zone knows the English of it, unless it was renamed since. */
  function zoneOf(alert: Alert): Pick<Named, "name" | "name_en"> {
    const zone = zones.value.get(alert.zone_id);
    if (zone?.name === alert.zone_name) return zone;
    // A device alert bears the names of its areas.
    const of = alert.zone_name.split("、").map((part) => map.value?.areas.find((one) => one.name === part)?.name_en);
    return { name: alert.zone_name, name_en: of.every(Boolean) ? of.join(", ") : "" };
  }
  const loadShifts = async (): Promise<void> =>
    void (shifts.value = await readAll<Shift>("/shifts", { state: "open" }));
  const loadCalls = async (): Promise<void> =>
    void (calls.value = await readAll<PointCall>("/point-calls", { state: "running" }));
  const loadIncidents = async (): Promise<void> =>
    void (incidents.value = await readAll<Incident>("/incidents", { state: "open" }));

  const quietly = (work: () => Promise<unknown>): void => void work().catch((error: unknown) => (problem.value = error));

  function reload(): void {
    quietly(loadAlerts);
    quietly(loadMap);
    quietly(loadZones);
    quietly(loadShifts);
    quietly(loadCalls);
    quietly(loadIncidents);
  }

  /** Many changes of one kind in a moment ask for one reload, one at a time and once after the last. */
  const reloads = (work: () => Promise<unknown>): (() => void) => soon(onceAtATime(async () => {
    try {
      await work();
    } catch (error) {
      problem.value = error;
    }
  }), MOMENT);

  function listen(): void {
    if (listening.length > 0) return;
    listening = [
      live.on(["alert"], (change) => quietly(() => changed(change.id))),
      live.on(["shelf"], reloads(loadAlerts)),
      live.on(["camera", "zone"], reloads(loadMap)),
      live.on(["zone"], reloads(loadZones)),
      live.on(["shift"], reloads(loadShifts)),
      live.on(["point_call", "draw"], reloads(loadCalls)),
      live.on(["incident", "dispatch"], reloads(loadIncidents)),
      live.onReload(reload),
      watch(() => prefs.language, () => quietly(loadZones)),
    ];
    reload();
  }

  function forget(): void {
    listening.forEach((end) => end());
    listening = [];
    reading += 1;
    take(new Map());
    fresher.clear();
    due.clear();
    judgedRoom = MOST_JUDGED;
    letGo.value = false;
    held = null;
    map.value = null;
  }

  return {
    alerts, leaving, leave, map, shifts, calls, incidents, loading, problem, more, open, judged, overdue, onShift, online, zoneOf, cameraTroubles,
    callsRunning, dispatchesRunning, put, hold, listen, forget, reload, loadAlert, loadEarlier, loadIncidents, loadMap,
  };
});
