/** A map on paper: streets, area and trail as paths of an inline SVG; nothing is fetched from elsewhere. */

import { bounds, METRES_PER_DEGREE, type Place } from "@/map/geo";

export interface Paper {
  width: number;
  height: number;
  /** A path's `d` of places; `closed`: a ring. */
  path: (line: readonly Place[], closed?: boolean) => string;
  spot: (place: Place) => { x: number; y: number };
  /** A round length for the scale, in metres and in the picture's units. */
  scale: { metres: number; length: number };
  /** Does any of it lie on the paper? */
  holds: (line: readonly Place[]) => boolean;
}
/** Metres around what must be seen, and the least side of the picture. */
const MARGIN = 60;
const LEAST = 240;
const ROUND = [20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/** Everything of `shown` on a paper of that width and height (any unit), north up, as large as it fits. */
export function paperOf(shown: readonly Place[], width: number, height: number): Paper {
  const [west, south, east, north] = bounds(shown) ?? [0, 0, 0, 0];
  const middle: Place = [(west + east) / 2, (south + north) / 2];
  const shrink = Math.cos((middle[1] * Math.PI) / 180);
  const wide = Math.max(LEAST, (east - west) * METRES_PER_DEGREE * shrink + 2 * MARGIN);
  const high = Math.max(LEAST, (north - south) * METRES_PER_DEGREE + 2 * MARGIN);
  const perMetre = Math.min(width / wide, height / high);
  const spot = (place: Place): { x: number; y: number } => ({
    x: width / 2 + (place[0] - middle[0]) * METRES_PER_DEGREE * shrink * perMetre,
    y: height / 2 - (place[1] - middle[1]) * METRES_PER_DEGREE * perMetre,
  });
  const metres = ROUND.filter((one) => one * perMetre <= width / 4).pop() ?? ROUND[0] ?? 20;
  return {
    width,
    height,
    spot,
    path: (line, closed = false) =>
      line.map(spot).map(({ x, y }, n) => `${n === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("") + (closed ? "Z" : ""),
    scale: { metres, length: metres * perMetre },
    holds: (line) => {
      const spots = line.map(spot);
      const box = bounds(spots.map(({ x, y }): Place => [x, y]));
      return box !== null && box[0] <= width && box[2] >= 0 && box[1] <= height && box[3] >= 0;
    },
  };
}

/** The lines and rings of a GeoJSON collection's streets. */
export function waysOf(streets: unknown): Place[][] {
  const features = (streets as GeoJSON.FeatureCollection | null)?.features ?? [];
  return features.flatMap(({ geometry }): Place[][] => {
    if (geometry.type === "LineString") return [geometry.coordinates as Place[]];
    return geometry.type === "MultiLineString" ? (geometry.coordinates as Place[][]) : [];
  });
}

export type PointState = "visited" | "missed" | "unknown";

/** How a point stands over all rounds: visited once is visited; never, and not known in one of them, is not known. `of`: points by round. */
export function visitsOf(
  visits: readonly { checkpoint_id: string }[],
  of: readonly { checkpoint_id: string; state: string }[],
): (point: string) => PointState {
  const seen = new Set([...visits, ...of.filter((one) => one.state === "visited")].map((one) => one.checkpoint_id));
  const missed = new Set(of.filter((one) => one.state === "missed").map((one) => one.checkpoint_id));
  const unknown = new Set(of.filter((one) => one.state === "unknown").map((one) => one.checkpoint_id));
  return (point) => (seen.has(point) ? "visited" : missed.has(point) && !unknown.has(point) ? "missed" : "unknown");
}
