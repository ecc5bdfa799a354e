/** Live video as fragmented MP4 through the console (Media Source Extensions): where WebRTC does not get through. */

import { fragmented, type Query } from "@/api/client";

export interface Flowing {
  transcoded: boolean;
  blurred: boolean;
  /** Says once when it is over, for whatever reason. */
  lost: Promise<void>;
  end: () => void;
}

/** A browser keeps six connections to a server; the push and the page's own requests need theirs. */
const MOST = 3;
const BEHIND_S = 1.5;
const KEPT_S = 10;
let flowing = 0;

export const canFlow = (): boolean => "MediaSource" in window && flowing < MOST;

export async function flow(video: HTMLVideoElement, cameraId: string, query: Query): Promise<Flowing> {
  const stop = new AbortController();
  flowing++;
  let going = true;
  let url = "";
  const end = (): void => {
    if (!going) return;
    going = false;
    flowing--;
    stop.abort();
    if (url) URL.revokeObjectURL(url);
  };
  try {
    const answer = await fragmented(`/cameras/${encodeURIComponent(cameraId)}/fmp4`, query, stop.signal);
    const type = answer.headers.get("Content-Type") ?? "";
    if (!answer.body || !MediaSource.isTypeSupported(type)) throw new Error(`this browser does not play ${type}`);
    const source = new MediaSource();
    url = URL.createObjectURL(source);
    const opened = new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
    video.srcObject = null;
    video.src = url;
    await opened;
    const buffer = source.addSourceBuffer(type);
    const lost = pour(answer.body.getReader(), buffer, video).catch(() => undefined).finally(end);
    return { transcoded: answer.headers.get("X-Transcoded") === "1", blurred: answer.headers.get("X-Blurred") === "1", lost, end };
  } catch (error) {
    end();
    throw error;
  }
}

async function pour(reader: ReadableStreamDefaultReader<Uint8Array>, buffer: SourceBuffer, video: HTMLVideoElement): Promise<void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    await settled(buffer, () => buffer.appendBuffer(value as BufferSource));
    const ranges = buffer.buffered;
    if (ranges.length === 0) continue;
    const [first, last] = [ranges.start(0), ranges.end(ranges.length - 1)];
    if (video.paused) void video.play().catch(() => undefined);
    if (last - video.currentTime > BEHIND_S) video.currentTime = last - 0.1;
    if (video.currentTime - first > 2 * KEPT_S) await settled(buffer, () => buffer.remove(first, video.currentTime - KEPT_S));
  }
}

function settled(buffer: SourceBuffer, work: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    buffer.addEventListener("updateend", () => resolve(), { once: true });
    buffer.addEventListener("error", () => reject(new Error("the browser refused the video")), { once: true });
    work();
  });
}
