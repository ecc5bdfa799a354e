/** One export: a request whose answer says how far it is and then is the file. Who aborts it cancels it. */
import { get, Problem, streamed } from "@/api/client";
import type { Alert } from "@/api/types";

export type Kind = "picture" | "clip";
/** What may be taken of an alert. */
export interface Source {
  alert_id: string;
  picture: boolean;
  clip: boolean;
  incident_id: string | null;
}
export interface Asked {
  alert_id: string;
  what: Kind;
  clear: boolean;
  purpose: string;
  case_ref: string;
}
export interface Ready {
  number: string;
  file: string;
  bytes: number;
  sha256: string;
  copy_sha256: string;
}
type Line = { state: "waiting" } | { state: "making"; share: number } | ({ state: "ready" } & Ready) | { state: "refused"; key: string; detail: string; values: Record<string, unknown> };

/** What an alert has to take. */
export function sourceOf(alert: Alert): Source {
  const clip = alert.clip_state === "ready" || alert.clip_state === "needs_transcode";
  return { alert_id: alert.id, picture: alert.snapshot !== null && alert.purged_at === null, clip: clip && alert.purged_at === null, incident_id: alert.incident_id };
}
export const sourceOfId = (alertId: string): Promise<Source> => get<Alert>(`/alerts/${encodeURIComponent(alertId)}`).then(sourceOf);

/** Purposes of who takes pictures out of the house. */
export const PURPOSES = ["incident", "case", "complaint", "appeal"] as const;

/** The lines of `stream`, then its bytes. Throws a Problem: refused, or (`export.broken`) not whole. */
export async function read(stream: ReadableStream<Uint8Array>, told: (share: number) => void): Promise<{ ready: Ready; data: Blob }> {
  const reader = stream.getReader();
  let rest = new Uint8Array();
  let ready: Ready | null = null;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (ready) {
      parts.push(value.slice());
      continue;
    }
    const joined = new Uint8Array(rest.length + value.length);
    joined.set(rest);
    joined.set(value, rest.length);
    rest = joined;
    for (let end = rest.indexOf(10); end >= 0 && !ready; end = rest.indexOf(10)) {
      const line = JSON.parse(new TextDecoder().decode(rest.subarray(0, end))) as Line;
      rest = rest.slice(end + 1);
      if (line.state === "making") told(line.share);
      if (line.state === "refused") throw new Problem(422, line.key, line.detail, line.values);
      if (line.state === "ready") ready = line;
    }
    if (ready) parts.push(rest);
  }
  const data = new Blob(parts, { type: "application/zip" });
  if (!ready || data.size !== ready.bytes) throw new Problem(0, "export.broken", "");
  return { ready, data };
}

/** Throws a Problem, or what `signal` throws. */
export async function make(asked: Asked, signal: AbortSignal, told: (share: number) => void): Promise<{ ready: Ready; data: Blob }> {
  const answer = await streamed("/footage-exports", asked, signal);
  if (!answer.body) throw new Problem(0, "export.broken", "");
  return read(answer.body, told);
}

/** Into the browser's downloads. */
export function save(data: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(data);
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
