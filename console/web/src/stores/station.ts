import { defineStore } from "pinia";
import { computed, ref, shallowRef } from "vue";

import { get } from "@/api";
import { byUrgency, waitsFrom } from "@/lib/queue";
import { troublesOf } from "@/lib/troubles";
import { useLive } from "@/stores/live";
import { useSession } from "@/stores/session";
import type { Alert, Incident, Listed, MapOf, Named, PointCall, Shift } from "@/types";

const FIX_IS_LIVE = 60;

/** What the station's desk knows: alerts, shifts, cameras, calls; kept true by the push stream. */
export const useStation = defineStore("station", () => {
  const live = useLive();
  const session = useSession();
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

  const open = computed(() => [...alerts.value.values()].filter((one) => one.state === "new" && !one.shelf && !leaving.value.has(one.id)).sort(byUrgency));
  const judged = computed(() =>
    [...alerts.value.values()]
      .filter((one) => one.state !== "new")
      .sort((a, b) => (b.judged_at ?? 0) - (a.judged_at ?? 0)),
  );
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
    for (const row of rows) {
      // The list carries no tracks; keep those that were loaded, unless the new row has its own.
      const tracks = row.tracks ?? next.get(row.id)?.tracks;
      next.set(row.id, tracks ? { ...row, tracks } : row);
    }
    alerts.value = next;
  }

  function leave(id: string, gone: boolean): void {
    const next = new Set(leaving.value);
    if (gone) next.add(id);
    else next.delete(id);
    leaving.value = next;
  }

  /** Rows read one by one while a list is on its way are newer than the list. */
  const fresher = new Set<string>();

  async function loadAlerts(): Promise<void> {
    loading.value = alerts.value.size === 0;
    fresher.clear();
    try {
      const [waiting, done] = await Promise.all([
        get<Listed<Alert>>("/alerts", { state: "open", limit: 200 }),
        get<Listed<Alert>>("/alerts", { state: "judged", limit: 30 }),
      ]);
      const before = alerts.value;
      const kept = [...before.values()].filter((row) => row.state !== "new" || fresher.has(row.id));
      alerts.value = new Map(before);
      const listed = [...waiting.items, ...done.items].filter((row) => !fresher.has(row.id));
      put(...listed);
      const present = new Set([...kept, ...listed].map((row) => row.id));
      alerts.value = new Map([...alerts.value].filter(([id]) => present.has(id)));
      earlier.value = done.next;
      problem.value = null;
    } catch (error) {
      problem.value = error;
    } finally {
      loading.value = false;
    }
  }

  async function loadEarlier(): Promise<void> {
    if (!earlier.value) return;
    const page = await get<Listed<Alert>>("/alerts", { state: "judged", limit: 30, cursor: earlier.value });
    put(...page.items);
    earlier.value = page.next;
  }

  async function loadAlert(id: string): Promise<Alert> {
    const row = await get<Alert>(`/alerts/${id}`);
    fresher.add(id);
    put(row);
    return row;
  }

  const loadMap = async (): Promise<void> => void (map.value = await get<MapOf>("/map"));
  const loadZones = async (): Promise<void> => {
    const cameras = (await get<Listed<{ zones: Named[] }>>("/cameras", { limit: 200 })).items;
    zones.value = new Map(cameras.flatMap((camera) => camera.zones.map((zone) => [zone.id, zone] as const)));
  };
  /** An alert keeps the name that its zone had then; the zone knows the English of it, unless it was renamed since. */
  function zoneOf(alert: Alert): Pick<Named, "name" | "name_en"> {
    const zone = zones.value.get(alert.zone_id);
    if (zone?.name === alert.zone_name) return zone;
    // A device alert bears its area's name.
    return map.value?.areas.find((one) => one.name === alert.zone_name) ?? { name: alert.zone_name };
  }
  const loadShifts = async (): Promise<void> =>
    void (shifts.value = (await get<Listed<Shift>>("/shifts", { state: "open", limit: 200 })).items);
  const loadCalls = async (): Promise<void> =>
    void (calls.value = (await get<Listed<PointCall>>("/point-calls", { state: "running", limit: 200 })).items);
  const loadIncidents = async (): Promise<void> =>
    void (incidents.value = (await get<Listed<Incident>>("/incidents", { state: "open", limit: 100 })).items);

  const quietly = (work: () => Promise<unknown>): void => void work().catch((error: unknown) => (problem.value = error));

  function reload(): void {
    quietly(loadAlerts);
    quietly(loadMap);
    quietly(loadZones);
    quietly(loadShifts);
    quietly(loadCalls);
    quietly(loadIncidents);
  }

  /** Many changes of one kind in a moment ask for one reload. */
  function soon(work: () => Promise<unknown>): () => void {
    let timer = 0;
    return () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => quietly(work), 150);
    };
  }

  function listen(): void {
    if (listening.length > 0) return;
    listening = [
      live.on(["alert"], (change) => quietly(() => loadAlert(change.id))),
      live.on(["shelf"], soon(loadAlerts)),
      live.on(["camera", "zone"], soon(loadMap)),
      live.on(["zone"], soon(loadZones)),
      live.on(["shift"], soon(loadShifts)),
      live.on(["point_call", "draw"], soon(loadCalls)),
      live.on(["incident", "dispatch"], soon(loadIncidents)),
      live.onReload(reload),
    ];
    reload();
  }

  function forget(): void {
    listening.forEach((end) => end());
    listening = [];
    alerts.value = new Map();
    map.value = null;
  }

  return {
    alerts, leaving, leave, map, shifts, calls, incidents, loading, problem, earlier, open, judged, overdue, onShift, online, zoneOf, cameraTroubles,
    callsRunning, dispatchesRunning, put, listen, forget, reload, loadAlert, loadEarlier, loadIncidents, loadMap,
  };
});
