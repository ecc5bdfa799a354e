/** Reads QR codes with the camera: by the browser's own reader where that works, else by one that is fetched when scanning begins. */

/** Why there is no scanning; the code can be typed in every case. */
export type Trouble = "insecure" | "refused" | "no_camera" | "camera_busy" | "no_reader";

type Read = (video: HTMLVideoElement) => Promise<string | null>;
interface Detector {
  detect(source: HTMLVideoElement): Promise<{ rawValue: string }[]>;
}
declare const BarcodeDetector: { new (options: { formats: string[] }): Detector; getSupportedFormats(): Promise<string[]> } | undefined;

const EVERY_MS = 200;
/** The picture that our reader looks at, longest side in pixels: a code that fills a fifth of it is read. */
const LOOKED_AT = 960;
/** Time (ms) a look of our reader may take beyond its first pass. */
const LOOK_MS = 60;

/** What the browser's refusal of a camera means (Media Capture and Streams, W3C, 10.2: names of `getUserMedia`'s errors). */
export function troubleOf(error: unknown): Trouble {
  const name = error instanceof Error || error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "refused";
  if (name === "NotReadableError" || name === "AbortError") return "camera_busy";
  return "no_camera";
}

/** null where the browser has no reader, or has one in name only (Android without Google's services). */
async function browsersReader(): Promise<Read | null> {
  if (typeof BarcodeDetector === "undefined") return null;
  try {
    if (!(await BarcodeDetector.getSupportedFormats()).includes("qr_code")) return null;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? null;
  } catch {
    return null;
  }
}

/** Rejects when it can't be fetched. */
async function ownReader(): Promise<Read> {
  const { default: decode } = await import("qr/decode.js");
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    const scale = Math.min(1, LOOKED_AT / Math.max(video.videoWidth, video.videoHeight));
    const [width, height] = [Math.round(video.videoWidth * scale), Math.round(video.videoHeight * scale)];
    if (!pen || width === 0 || height === 0) return null;
    [canvas.width, canvas.height] = [width, height];
    pen.drawImage(video, 0, 0, width, height);
    try {
      return decode(pen.getImageData(0, 0, width, height), { timeLimit: LOOK_MS });
    } catch {
      return null; // no code in this picture
    }
  };
}

/**
 * Shows the camera in `video` and looks until a code is found; the answer ends it. Then or at the first trouble the camera is
 * let go; after `stop` neither is told any more.
 */
export function scan(video: HTMLVideoElement, found: (text: string) => void, trouble: (why: Trouble) => void): () => void {
  let ended = false;
  let stream: MediaStream | null = null;
  let read: Read | null = null;
  const stop = (): void => {
    ended = true;
    stream?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  const fail = (why: Trouble): void => {
    if (ended) return;
    stop();
    trouble(why);
  };
  async function look(): Promise<void> {
    let text: string | null = null;
    try {
      text = (await read?.(video)) ?? null;
    } catch {
      // A reader in name only shows itself at the first look.
      try {
        read = await ownReader();
      } catch {
        fail("no_reader");
      }
    }
    if (ended) return;
    if (text) {
      stop();
      found(text);
    } else window.setTimeout(() => void look(), EVERY_MS);
  }
  async function begin(): Promise<void> {
    if (!window.isSecureContext) return fail("insecure");
    if (!("mediaDevices" in navigator)) return fail("no_camera");
    const reader = browsersReader().then((one) => one ?? ownReader());
    reader.catch(() => fail("no_reader"));
    try {
      const taken = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } } });
      stream = taken;
      if (ended) return stop();
      video.srcObject = taken;
      taken.getVideoTracks()[0]?.addEventListener("ended", () => fail("camera_busy"));
      await video.play();
    } catch (error) {
      return fail(troubleOf(error));
    }
    try {
      read = await reader;
    } catch {
      return; // told above
    }
    if (!ended) void look();
  }
  void begin();
  return stop;
}
