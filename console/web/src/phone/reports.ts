import { defineStore } from "pinia";
import { computed, ref, shallowRef, watch } from "vue";

import { get, postAs, Problem, uploadAs } from "@/api/client";
import { inMemory, onDisk, type KeptReport } from "@/phone/kept-reports";
import { placeNow } from "@/phone/place";
import { sendAll, type ReportLine } from "@/phone/send-reports";
import { useSession } from "@/app/session";
import { sentence } from "@/ui/toasts";
import type { Listed } from "@/api/types";
import type { OwnReportAnswer } from "@/api/schema";

export const KINDS = ["hazard", "fire", "facility", "suspicious", "dispute", "help", "traffic", "other"] as const;
export type Kind = (typeof KINDS)[number];

/** As the server has it, with what became of it. */
export type OwnReport = OwnReportAnswer;

export interface Written {
  kind: Kind | "task";
  words: string;
  media: Blob | null;
  promised: "" | "photo" | "voice";
  /** The task that a picture was taken at. */
  dispatch_id?: string;
}

const PLACE_MS = 4000;
/** Between two tries. */
const EVERY_MS = 5000;
const newId = (): string => `gr-${Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;

/** Reports of this guard: those that wait on the phone, and those that the server has. */
export const useReports = defineStore("reports", () => {
  const session = useSession();
  const owner = computed(() => session.me?.account.id ?? "");
  const keep = "indexedDB" in window ? onDisk() : inMemory();
  const waiting = shallowRef<KeptReport[]>([]);
  const othersWaiting = ref(0);
  const known = shallowRef<OwnReport[]>([]);
  const sending = ref(false);

  async function look(): Promise<void> {
    const all = await keep.all().catch(() => []);
    waiting.value = all.filter((one) => one.owner === owner.value).sort((a, b) => b.at - a.at);
    othersWaiting.value = all.length - waiting.value.length;
  }

  const line: ReportLine = {
    say: async (one) => {
      if (session.stale) await session.load();
      const { id, kind, words, at, promised, lon, lat, accuracy_m, dispatch_id } = one;
      await postAs(one.owner, "/m/reports", { id, kind, words, at, promised, ...(lon !== undefined ? { lon, lat, accuracy_m } : {}), ...(dispatch_id ? { dispatch_id } : {}) });
    },
    attach: (one, bytes) => uploadAs(one.owner, `/m/reports/${one.id}/media`, new Blob([bytes], { type: one.type })),
  };

  async function load(): Promise<void> {
    const asked = owner.value;
    try {
      const found = (await get<Listed<OwnReport>>("/m/reports")).items;
      if (asked === owner.value) known.value = found;
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // away: what was last known stays
    }
  }

  async function send(): Promise<void> {
    if (sending.value || !owner.value) return;
    sending.value = true;
    try {
      const taken = await sendAll(keep, line, owner.value, Date.now() / 1000, sentence);
      await look();
      if (taken) await load();
    } catch {
      // The phone's own database failed: what waits stays where it is, and is tried again.
    } finally {
      sending.value = false;
    }
  }

  /** Kept on the phone first, then sent. Throws where the phone can't keep it. */
  async function write(written: Written): Promise<void> {
    const at = Date.now() / 1000;
    const bytes = written.media ? await written.media.arrayBuffer() : null;
    const one: KeptReport = {
      id: newId(), owner: owner.value, kind: written.kind, words: written.words, at, promised: bytes ? written.promised : "", bytes,
      type: written.media?.type ?? "", ...(written.dispatch_id ? { dispatch_id: written.dispatch_id } : {}), saidAt: null, refused: "", notBefore: at + PLACE_MS / 1000 + 1,
    }; // prettier-ignore
    await keep.put(one);
    await look();
    void placeNow(PLACE_MS, 30_000).then(async (place) => {
      await keep.put({ ...one, notBefore: 0, ...(place ? { lon: place.lon, lat: place.lat, accuracy_m: place.accuracy_m } : {}) });
      await send();
    });
  }

  async function drop(id: string): Promise<void> {
    await keep.remove(id);
    await look();
  }

  watch(owner, () => {
    known.value = [];
    void look();
  }, { immediate: true });

  // As long as the page is open, whichever part of it is shown.
  window.addEventListener("online", () => void send());
  window.setInterval(() => waiting.value.some((one) => !one.refused) && void send(), EVERY_MS);

  return { waiting, othersWaiting, known, sending, look, load, send, write, drop };
});
