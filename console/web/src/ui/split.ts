/** How a room is shared between what stands above a divider and what below. Pure; shares of the upper, 0..1. */

/** Two to one. */
export const USUAL = 2 / 3;
export const LEAST = 0.3;
export const MOST = 0.85;
const STEP = 0.02;
const LEAP = 0.1;

export const within = (share: number): number => Math.min(MOST, Math.max(LEAST, share));

/** What somebody left; the usual where it is nothing that one could leave. */
export function readShare(kept: string | null): number {
  const share = Number(kept);
  return kept !== null && kept.trim() !== "" && Number.isFinite(share) && share >= LEAST && share <= MOST ? share : USUAL;
}

/** The pattern of a window splitter (WAI-ARIA APG); Home is the usual share. Null: not a key of it. */
export function moved(share: number, key: string): number | null {
  switch (key) {
    case "ArrowUp":
      return within(share - STEP);
    case "ArrowDown":
      return within(share + STEP);
    case "PageUp":
      return within(share - LEAP);
    case "PageDown":
      return within(share + LEAP);
    case "Home":
      return USUAL;
    case "End":
      return MOST;
    default:
      return null;
  }
}
