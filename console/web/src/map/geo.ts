/** Small geometry on WGS-84 for drawing; distances of a few hundred metres. */

export type Place = [number, number];

/** On a sphere of the mean radius, 6,371,008.8 m, as in `lianqin/geo.py`: the page and the server say the same distances. */
export const METRES_PER_DEGREE = 111_195.08;

/** The place `metres` away from `from` towards `bearing` (degrees clockwise from north). */
export function offset(from: Place, bearing: number, metres: number): Place {
  const angle = (bearing * Math.PI) / 180;
  const lat = from[1] + (Math.cos(angle) * metres) / METRES_PER_DEGREE;
  const lon = from[0] + (Math.sin(angle) * metres) / (METRES_PER_DEGREE * Math.cos((from[1] * Math.PI) / 180));
  return [lon, lat];
}

/** What a camera sees: degrees clockwise from north, degrees wide, metres far. */
export interface View {
  bearing: number;
  fov: number;
  metres: number;
}

/** Which way and how far it is from one place to another; the inverse of `offset`. */
export function towards(from: Place, to: Place): { bearing: number; metres: number } {
  const north = (to[1] - from[1]) * METRES_PER_DEGREE;
  const east = (to[0] - from[0]) * METRES_PER_DEGREE * Math.cos((from[1] * Math.PI) / 180);
  return { bearing: ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360, metres: Math.hypot(east, north) };
}

/** A closed ring: what a camera sees, from its place out to `metres`, `fov` degrees wide. */
export function viewSector(from: Place, bearing: number, fov: number, metres: number): Place[] {
  const steps = Math.max(4, Math.ceil(fov / 6));
  const arc = Array.from({ length: steps + 1 }, (_, i) => offset(from, bearing - fov / 2 + (fov * i) / steps, metres));
  return [from, ...arc, from];
}

/** A closed ring around a place. */
export function circle(centre: Place, metres: number): Place[] {
  return Array.from({ length: 33 }, (_, i) => offset(centre, (i * 360) / 32, metres));
}

const side = (a: Place, b: Place, p: Place): number => (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);

/** Where the border of an open ring crosses itself; null where it doesn't. */
export function crossing(ring: readonly Place[]): Place | null {
  const edges = ring.map((from, n): [Place, Place] => [from, ring[(n + 1) % ring.length] as Place]);
  for (let one = 0; one < edges.length; one += 1) {
    for (let two = one + 2; two < edges.length; two += 1) {
      if (one === 0 && two === edges.length - 1) continue; // neighbours over the first corner
      const [a, b] = edges[one] as [Place, Place];
      const [c, d] = edges[two] as [Place, Place];
      const before = side(a, b, c);
      const behind = side(a, b, d);
      if (before * behind > 0 || side(c, d, a) * side(c, d, b) > 0 || before === behind) continue;
      const along = before / (before - behind);
      return [c[0] + (d[0] - c[0]) * along, c[1] + (d[1] - c[1]) * along];
    }
  }
  return null;
}

/** Between which two corners of an open ring a new one lies best: the index it gets. */
export function slotFor(ring: readonly Place[], place: Place): number {
  if (ring.length < 3) return ring.length;
  const shrink = Math.cos((place[1] * Math.PI) / 180);
  const flat = (p: Place): Place => [(p[0] - place[0]) * shrink, p[1] - place[1]];
  let best = ring.length;
  let nearest = Infinity;
  ring.forEach((from, n) => {
    const [ax, ay] = flat(from);
    const [bx, by] = flat(ring[(n + 1) % ring.length] as Place);
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, -(ax * (bx - ax) + ay * (by - ay)) / length));
    const apart = Math.hypot(ax + along * (bx - ax), ay + along * (by - ay));
    if (apart < nearest) {
      nearest = apart;
      best = n + 1;
    }
  });
  return best;
}

/** Square metres inside an open ring. */
export function areaOf(ring: readonly Place[]): number {
  const first = ring[0];
  if (!first) return 0;
  const east = METRES_PER_DEGREE * Math.cos((first[1] * Math.PI) / 180);
  let sum = 0;
  ring.forEach((from, n) => {
    const to = ring[(n + 1) % ring.length] as Place;
    sum += (from[0] - first[0]) * east * (to[1] - first[1]) * METRES_PER_DEGREE - (to[0] - first[0]) * east * (from[1] - first[1]) * METRES_PER_DEGREE;
  });
  return Math.abs(sum) / 2;
}

/** West, south, east, north of the places; null without any. */
export function bounds(places: readonly Place[]): [number, number, number, number] | null {
  if (places.length === 0) return null;
  const lons = places.map((p) => p[0]);
  const lats = places.map((p) => p[1]);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
