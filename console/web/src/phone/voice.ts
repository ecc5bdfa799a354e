/** A voice of thirty seconds at most. */

export const MOST_S = 30;
const BITS = 24_000;
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

export interface Recording {
  /** Ends it now; what was recorded comes by `whole`. */
  stop(): void;
  whole: Promise<Blob>;
}

/** Throws where the browser has no microphone or may not use it. Ends by itself after `MOST_S`. */
export async function record(): Promise<Recording> {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: BITS, ...(type ? { mimeType: type } : {}) });
  const parts: Blob[] = [];
  const whole = new Promise<Blob>((then) => {
    recorder.ondataavailable = ({ data }) => void parts.push(data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      then(new Blob(parts, { type: recorder.mimeType }));
    };
  });
  recorder.start();
  const ends = window.setTimeout(() => recorder.state !== "inactive" && recorder.stop(), MOST_S * 1000);
  return {
    whole,
    stop() {
      window.clearTimeout(ends);
      if (recorder.state !== "inactive") recorder.stop();
    },
  };
}
