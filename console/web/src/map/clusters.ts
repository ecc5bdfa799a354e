/** What stands too close together to be told apart is one sign with a count. Pure; places in Web Mercator, 0..1. */

export interface Point {
  x: number;
  y: number;
  /** Never part of a cluster: what is chosen, who is sent. */
  alone?: boolean;
}
export interface Cluster<T> {
  x: number;
  y: number;
  members: T[];
}
export interface Grouped<T> {
  singles: T[];
  clusters: Cluster<T>[];
}

/** Pixels of the whole world at a zoom level of MapLibre, whose tiles are 512 wide. */
export const worldPx = (zoom: number): number => 512 * 2 ** zoom;
/** From this zoom on only what lies upon each other is one. */
export const APART_FROM = 15.5;
const NEAR_PX = 40;
const UPON_PX = 8;
/** So many near each other are one; two only where they lie upon each other. */
const LEAST = 3;
const MOST_CELLS = 2 ** 25;

/** Groups in the order of the points: the first one that is not yet in a group takes its neighbours (as supercluster does). */
export function grouped<T extends Point>(points: readonly T[], zoom: number): Grouped<T> {
  const scale = worldPx(zoom);
  const wide = zoom < APART_FROM;
  const reach = (wide ? NEAR_PX : UPON_PX) / scale;
  const upon = UPON_PX / scale;
  const cells = new Map<number, T[]>();
  const cellOf = (value: number): number => Math.floor(value / reach);
  // Cells far apart may share a key; how far their points are is asked anyway.
  const keyOf = (cx: number, cy: number): number => (cx % MOST_CELLS) * MOST_CELLS + (cy % MOST_CELLS);
  for (const point of points) {
    if (point.alone) continue;
    const key = keyOf(cellOf(point.x), cellOf(point.y));
    const cell = cells.get(key);
    if (cell) cell.push(point);
    else cells.set(key, [point]);
  }
  const taken = new Set<T>();
  const result: Grouped<T> = { singles: [], clusters: [] };
  for (const point of points) {
    if (taken.has(point)) continue;
    if (point.alone) {
      result.singles.push(point);
      continue;
    }
    const near: T[] = [point];
    const same: T[] = [point];
    for (let dx = -1; dx <= 1; dx += 1) {
      for (let dy = -1; dy <= 1; dy += 1) {
        for (const other of cells.get(keyOf(cellOf(point.x) + dx, cellOf(point.y) + dy)) ?? []) {
          if (other === point || taken.has(other)) continue;
          const apart = Math.hypot(other.x - point.x, other.y - point.y);
          if (apart <= reach) near.push(other);
          if (apart <= upon) same.push(other);
        }
      }
    }
    const members = wide && near.length >= LEAST ? near : same;
    if (members.length < 2) {
      result.singles.push(point);
      taken.add(point);
      continue;
    }
    members.forEach((one) => taken.add(one));
    result.clusters.push({
      x: members.reduce((sum, one) => sum + one.x, 0) / members.length,
      y: members.reduce((sum, one) => sum + one.y, 0) / members.length,
      members,
    });
  }
  return result;
}
