/** Where a followed thing stands on the picture at a moment of the clip. */

export type Box = readonly [number, number, number, number];
/** Epoch seconds, box (fractions of the picture), score: how a track's point travels. */
export type TrackPoint = readonly [number, Box, number];

export interface TrackPath {
  track_id: string;
  label: string;
  cause: boolean;
  points: readonly TrackPoint[];
}

export interface Shown {
  track_id: string;
  label: string;
  cause: boolean;
  box: Box;
  score: number;
}

/** A track is drawn this long (seconds) before its first and after its last point, and no longer over a hole in it. */
export const HOLD = 0.3;
export const HOLE = 2.0;

/** The interpolated box of one track at capture time `at`, or null when it was not there. */
export function boxAt(points: readonly TrackPoint[], at: number): { box: Box; score: number } | null {
  const first = points[0];
  const last = points[points.length - 1];
  if (!first || !last || at < first[0] - HOLD || at > last[0] + HOLD) return null;
  if (at <= first[0]) return { box: first[1], score: first[2] };
  if (at >= last[0]) return { box: last[1], score: last[2] };
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const point = points[middle];
    if (point && point[0] <= at) low = middle;
    else high = middle;
  }
  const before = points[low];
  const after = points[high];
  if (!before || !after) return null;
  const gap = after[0] - before[0];
  if (gap > HOLE) {
    if (at - before[0] <= HOLD) return { box: before[1], score: before[2] };
    return after[0] - at <= HOLD ? { box: after[1], score: after[2] } : null;
  }
  const share = gap > 0 ? (at - before[0]) / gap : 0;
  const mix = (i: 0 | 1 | 2 | 3): number => before[1][i] + (after[1][i] - before[1][i]) * share;
  return { box: [mix(0), mix(1), mix(2), mix(3)], score: share < 0.5 ? before[2] : after[2] };
}

/** All boxes at one moment; those that caused the alert last, so that they are drawn on top. */
export function boxesAt(tracks: readonly TrackPath[], at: number): Shown[] {
  return tracks
    .flatMap((track) => {
      const here = boxAt(track.points, at);
      return here ? [{ track_id: track.track_id, label: track.label, cause: track.cause, ...here }] : [];
    })
    .sort((a, b) => Number(a.cause) - Number(b.cause));
}
