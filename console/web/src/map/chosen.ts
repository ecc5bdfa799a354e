/** What is chosen on the live map: an alert, and beside it a camera or a guard; whether that guard can be called for that alert. */

import { computed, ref, watch } from "vue";

import { get } from "@/api/client";
import { useActs } from "@/attention/acts";
import { useNames } from "@/ui/names";
import { readId } from "@/map/things";
import { useSession } from "@/app/session";
import { useStation } from "@/desk/station";
import { useToasts } from "@/ui/toasts";
import type { Candidate } from "@/api/types";

export function useChosen() {
  const { t } = useNames();
  const station = useStation();
  const session = useSession();
  const acts = useActs();
  const toasts = useToasts();
  const alertId = ref<string | null>(null);
  const guard = ref<string | null>(null);
  const camera = ref<string | null>(null);
  const candidates = ref<readonly Candidate[]>([]);
  const alert = computed(() => (alertId.value ? (station.alerts.get(alertId.value) ?? null) : null));
  const chosenCamera = computed(() => station.map?.cameras.find((one) => one.id === camera.value) ?? null);
  const candidate = computed(() => candidates.value.find((one) => one.guard_id === guard.value) ?? null);
  const blocked = computed(() => new Set(candidates.value.filter((one) => !one.allowed).map((one) => one.guard_id)));
  /** Two should go, and one was called: the page asks. */
  const asked = computed(() => (acts.alone && acts.alone.id === alertId.value ? acts.alone : null));
  const busy = computed(() => alertId.value !== null && acts.of(alertId.value) !== null);

  async function nearest(): Promise<void> {
    const of = alert.value;
    if (!of || !session.may("dispatch.call")) {
      candidates.value = [];
      return;
    }
    const path = of.incident ? `/incidents/${of.incident.id}/nearest` : `/alerts/${of.id}/nearest`;
    const found = await get<{ candidates: Candidate[] }>(path).catch(() => ({ candidates: [] }));
    if (of.id === alertId.value) candidates.value = found.candidates;
  }
  watch(() => [alertId.value, alert.value?.incident?.id, alert.value?.incident?.dispatches.map((one) => one.state).join(), guard.value], () => void nearest());

  /** By the id of the thing on the map. */
  function choose(id: string): void {
    const found = readId(id);
    if (found?.[0] === "alert") alertId.value = found[1];
    else if (found?.[0] === "camera") [camera.value, guard.value] = [found[1], null];
    else if (found?.[0] === "guard") [guard.value, camera.value] = [found[1], null];
  }
  async function call(of: Candidate): Promise<void> {
    if (alertId.value && (await acts.call(alertId.value, [of]))) toasts.done(t("desk.called", { name: of.name }));
    void nearest();
  }
  return { alertId, guard, camera: chosenCamera, cameraId: camera, alert, candidate, candidates, asked, busy, blocked, choose, call, nearest };
}
