/** Which way, how far, and links that open the phone's own map: no request of this page leaves the phone. */

import { towards, type Place } from "@/map/geo";

export const WINDS = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type Wind = (typeof WINDS)[number];

/** Degrees clockwise from north -> the nearest of eight winds. */
export const windOf = (bearing: number): Wind => WINDS[Math.round(bearing / 45) % 8] ?? "n";

/** Closer than this (m), a direction says nothing. */
export const HERE_M = 20;

export interface Way {
  metres: number;
  wind: Wind;
}
export function wayTo(from: Place, to: Place): Way {
  const { bearing, metres } = towards(from, to);
  return { metres, wind: windOf(bearing) };
}

export interface MapLink {
  key: "amap" | "map";
  href: string;
}

/** Amap's own address (on foot, from WGS-84 places: `dev=1`) and the phone's map app (RFC 5870; Apple's on an iPhone). */
export function mapLinks(to: Place, name: string, agent: string): MapLink[] {
  const [lon, lat] = [to[0].toFixed(6), to[1].toFixed(6)];
  const label = encodeURIComponent(name);
  const apple = /iPhone|iPad|iPod/.test(agent);
  const amap = apple
    ? `iosamap://path?sourceApplication=lianqin&dlat=${lat}&dlon=${lon}&dname=${label}&dev=1&t=2`
    : `amapuri://route/plan/?sourceApplication=lianqin&dlat=${lat}&dlon=${lon}&dname=${label}&dev=1&t=2`;
  const map = apple ? `maps:?daddr=${lat},${lon}&dirflg=w` : `geo:${lat},${lon}?q=${lat},${lon}(${label})`;
  return [
    { key: "amap", href: amap },
    { key: "map", href: map },
  ];
}
