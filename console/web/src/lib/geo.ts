/** Small geometry on WGS-84 for drawing; distances of a few hundred metres. */

export type Place = [number, number];

const METRES_PER_DEGREE = 111_320;

/** The place `metres` away from `from` towards `bearing` (degrees clockwise from north). */
export function offset(from: Place, bearing: number, metres: number): Place {
  const angle = (bearing * Math.PI) / 180;
  const lat = from[1] + (Math.cos(angle) * metres) / METRES_PER_DEGREE;
  const lon = from[0] + (Math.sin(angle) * metres) / (METRES_PER_DEGREE * Math.cos((from[1] * Math.PI) / 180));
  return [lon, lat];
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

/** West, south, east, north of the places; null without any. */
export function bounds(places: readonly Place[]): [number, number, number, number] | null {
  if (places.length === 0) return null;
  const lons = places.map((p) => p[0]);
  const lats = places.map((p) => p[1]);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}
