import { defineStore } from "pinia";
import { ref } from "vue";

import { browserSpeaker, PATTERNS, type Sound, type Speaker } from "@/ui/ring";

/** The page's one speaker, and whether it can be heard. */
export const useSound = defineStore("sound", () => {
  const ready = ref(false);
  let made: Speaker | null | undefined;

  function tell(): void {
    ready.value = made?.state === "running";
  }
  function speaker(): Speaker | null {
    if (made === undefined) made = browserSpeaker(tell);
    tell();
    return made;
  }
  /** After a click or a key the browser lets it sound; before, it stays silent and nothing waits for it. */
  function arm(): void {
    if (speaker()?.state !== "running") void made?.resume().then(tell, () => undefined);
  }
  /** Whether it sounded. */
  function play(sound: Sound): boolean {
    const by = speaker();
    if (by?.state !== "running") {
      arm();
      return false;
    }
    for (const [hertz, after, seconds] of PATTERNS[sound]) by.tone(hertz, after, seconds);
    return true;
  }
  return { ready, speaker, arm, play };
});
