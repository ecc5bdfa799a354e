/** Cells of the coverage as the map holds them: GeoJSON features, each of one area. */

export interface Cell {
  area_id: string;
  cell: string;
  state: "unseen" | "overdue" | "due" | "covered" | "left_out";
  /** Of a cell that doesn't count: `by_map`, or a person's reason with who and when (null by the map). */
  why?: string;
  by?: string | null;
  at?: number | null;
}

export const ofArea = (area_id: string, features: readonly GeoJSON.Feature[]): GeoJSON.Feature[] =>
  features.map((one) => ({ ...one, properties: { ...one.properties, area_id } }));

export const cellOf = (feature: GeoJSON.Feature): Cell => feature.properties as Cell;

export const byHand = (one: Cell): boolean => one.state === "left_out" && typeof one.at === "number";

/** Those that a person took out, the newest first. */
export const leftOutByHand = (features: readonly GeoJSON.Feature[]): Cell[] =>
  features.map(cellOf).filter(byHand).sort((a, b) => (b.at ?? 0) - (a.at ?? 0));

/** What is drawn of them: two lists that agree here look the same. */
export const drawnAs = (features: readonly GeoJSON.Feature[]): string =>
  features.map((one) => [one.properties?.cell, one.properties?.state, one.properties?.why, one.properties?.at].join(" ")).join();

/** The cell that holds a place; null: none does. */
export function cellAt(features: readonly GeoJSON.Feature[], lon: number, lat: number): Cell | null {
  const found = features.find((one) => one.geometry.type === "Polygon" && holds(one.geometry.coordinates[0] ?? [], lon, lat));
  return found ? cellOf(found) : null;
}

/** A ray to the east crosses the ring an odd number of times. */
function holds(ring: readonly GeoJSON.Position[], lon: number, lat: number): boolean {
  let inside = false;
  for (let n = 0, last = ring.length - 1; n < ring.length; last = n++) {
    const [x1 = 0, y1 = 0] = ring[n] ?? [];
    const [x2 = 0, y2 = 0] = ring[last] ?? [];
    if (y1 > lat !== y2 > lat && lon < ((x2 - x1) * (lat - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}

/** Its middle, for a mark: the mean of its corners. */
export function middleOf(features: readonly GeoJSON.Feature[], cell: string): { lon: number; lat: number } | null {
  const found = features.find((one) => one.properties?.cell === cell);
  const ring = found?.geometry.type === "Polygon" ? (found.geometry.coordinates[0] ?? []).slice(1) : [];
  const mean = (axis: 0 | 1): number => ring.reduce((sum, point) => sum + (point[axis] ?? 0), 0) / ring.length;
  return ring.length > 0 ? { lon: mean(0), lat: mean(1) } : null;
}
