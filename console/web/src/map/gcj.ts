/**
 * WGS-84 to GCJ-02, the offset datum of Chinese map services, and back: `lianqin/geo.py` in TypeScript, held to the same values by
 * `tests/gcj.test.ts`. What is stored is WGS-84 always; this is for drawing on tiles that are in GCJ-02.
 */

import type { Place } from "@/map/geo";

const AXIS = 6_378_245.0;
const ECCENTRICITY2 = 0.006693421622965943;

/** The rough rectangle in which the public formula is applied. */
export const inChina = ([lon, lat]: Place): boolean => lon >= 72.004 && lon <= 137.8347 && lat >= 0.8293 && lat <= 55.8271;

function shift([lon, lat]: Place): Place {
  const [x, y, pi] = [lon - 105, lat - 35, Math.PI];
  const root = Math.sqrt(Math.abs(x));
  const wave = ((20 * Math.sin(6 * x * pi) + 20 * Math.sin(2 * x * pi)) * 2) / 3;
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave;
  north += ((20 * Math.sin(y * pi) + 40 * Math.sin((y / 3) * pi)) * 2) / 3;
  north += ((160 * Math.sin((y / 12) * pi) + 320 * Math.sin((y * pi) / 30)) * 2) / 3;
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave;
  east += ((20 * Math.sin(x * pi) + 40 * Math.sin((x / 3) * pi)) * 2) / 3;
  east += ((150 * Math.sin((x / 12) * pi) + 300 * Math.sin((x / 30) * pi)) * 2) / 3;
  const angle = (lat * pi) / 180;
  const magic = 1 - ECCENTRICITY2 * Math.sin(angle) ** 2;
  return [(east * 180) / ((AXIS / Math.sqrt(magic)) * Math.cos(angle) * pi), (north * 180) / (((AXIS * (1 - ECCENTRICITY2)) / (magic * Math.sqrt(magic))) * pi)];
}

/** As Chinese map services draw it; unchanged outside China. */
export function wgs84ToGcj02(place: Place): Place {
  if (!inChina(place)) return place;
  const [east, north] = shift(place);
  return [place[0] + east, place[1] + north];
}

/** The inverse, by fixed-point iteration: the shift changes by less than 1 % over its own length. */
export function gcj02ToWgs84(place: Place): Place {
  if (!inChina(place)) return place;
  let guess = place;
  for (let turn = 0; turn < 12; turn += 1) {
    const there = wgs84ToGcj02(guess);
    guess = [guess[0] + place[0] - there[0], guess[1] + place[1] - there[1]];
  }
  return guess;
}

/** Between what is stored (WGS-84) and what a map shows. */
export interface Datum {
  shown: (stored: Place) => Place;
  stored: (shown: Place) => Place;
}
export const AS_STORED: Datum = { shown: (place) => place, stored: (place) => place };
export const GCJ02: Datum = { shown: wgs84ToGcj02, stored: gcj02ToWgs84 };

type Nested = number[] | Nested[];
const moved = (of: Nested, datum: Datum): Nested => (typeof of[0] === "number" ? datum.shown([of[0], of[1] as number]) : (of as Nested[]).map((one) => moved(one, datum)));

/** Features as that map shows them. */
export function shownFeatures<T extends GeoJSON.Feature>(features: readonly T[], datum: Datum): T[] {
  if (datum === AS_STORED) return [...features];
  return features.map((one) => {
    if (!("coordinates" in one.geometry)) return one;
    return { ...one, geometry: { ...one.geometry, coordinates: moved(one.geometry.coordinates as Nested, datum) } } as T;
  });
}
