/** MapLibre with GeoJSON layers, and below them the base map where one is set (`map/base.ts`). Without one nothing comes from elsewhere. */

import "maplibre-gl/dist/maplibre-gl.css";

import * as maplibregl from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";

import { bounds, circle, viewSector, type Place } from "@/map/geo";
import type { Shade } from "@/map/trail";
import { datumOf, type BaseMap } from "@/map/base";
import { AS_STORED, shownFeatures, type Datum } from "@/map/gcj";
import type { Area, MapCamera, MapOf } from "@/api/types";

maplibregl.setWorkerUrl(workerUrl);

type Feature = GeoJSON.Feature;
const collection = (features: Feature[]): GeoJSON.FeatureCollection => ({ type: "FeatureCollection", features });
const polygon = (ring: Place[], properties: GeoJSON.GeoJsonProperties = {}): Feature => ({
  type: "Feature",
  properties,
  geometry: { type: "Polygon", coordinates: [ring] },
});

export const LAYERS = ["streets", "areas", "cells", "checkpoints", "views", "trail", "gaps", "ways", "accuracy"] as const;
export type Layer = (typeof LAYERS)[number];

/** A ring is closed for drawing, however it was written down. */
export function closed(ring: readonly Place[]): Place[] {
  const first = ring[0];
  const last = ring[ring.length - 1];
  return !first || !last || (first[0] === last[0] && first[1] === last[1]) ? [...ring] : [...ring, first];
}

export function areaFeatures(areas: readonly Area[], chosen: string | null): Feature[] {
  return areas.map((area) => polygon(closed(area.polygon), { id: area.id, key: area.key_area, chosen: area.id === chosen }));
}

export function checkpointFeatures(areas: readonly Area[]): Feature[] {
  return areas.flatMap((area) =>
    area.checkpoints.map((point) => polygon(circle([point.lon, point.lat], point.radius_m), { id: point.id })),
  );
}

/** What each camera sees; a camera without bearing or field of view has none. */
/** What cameras see. Which of them is chosen, `chooseView` says. */
export function viewFeatures(cameras: readonly MapCamera[]): Feature[] {
  return cameras.flatMap((one) => {
    if (one.lon === null || one.lat === null || one.bearing === null || one.fov === null) return [];
    const ring = viewSector([one.lon, one.lat], one.bearing, one.fov, one.range_m ?? 40);
    return [polygon(ring, { id: one.id })];
  });
}

/** Without the map working out anew what 1,600 cameras see. */
export function chooseView(map: maplibregl.Map, before: string | null, now: string | null): void {
  if (before !== null) map.removeFeatureState({ source: "views", id: before });
  if (now !== null) map.setFeatureState({ source: "views", id: now }, { chosen: true });
}

export function lineFeatures(lines: readonly Place[][]): Feature[] {
  return lines
    .filter((line) => line.length > 1)
    .map((line) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: line } }));
}

/** A trail's stretches, each in its tone. */
export function shadeFeatures(shades: readonly Shade[]): Feature[] {
  return shades.map(({ line, tone, passed }) => ({ type: "Feature", properties: { tone, passed }, geometry: { type: "LineString", coordinates: line } }));
}

/** What the whole map shows: all areas, cameras and streets. */
export function extentOf(map: MapOf): [number, number, number, number] | null {
  const places: Place[] = map.areas.flatMap((area) => area.polygon);
  for (const one of map.cameras) if (one.lon !== null && one.lat !== null) places.push([one.lon, one.lat]);
  return bounds(places);
}

export interface Labels {
  zoomIn: string;
  zoomOut: string;
  north: string;
  map: string;
  sources: string;
}

const isRoad: maplibregl.ExpressionSpecification = ["==", ["geometry-type"], "LineString"];
const isGround: maplibregl.ExpressionSpecification = ["!=", ["geometry-type"], "LineString"];

const datums = new WeakMap<maplibregl.Map, Datum>();
/** Between places as they are stored and as this map shows them. */
export const datumFor = (map: maplibregl.Map): Datum => datums.get(map) ?? AS_STORED;

/** A map in `container`; what is set on it by `setLayer` is shifted where its base map is in GCJ-02. Throws where the browser has no WebGL. */
export function makeMap(container: HTMLElement, labels: Labels, base: BaseMap | null = null): maplibregl.Map {
  const map = new maplibregl.Map({
    container,
    style: {
      version: 8,
      sources: Object.fromEntries(LAYERS.map((id) => [id, { type: "geojson", data: collection([]), ...(id === "views" ? { promoteId: "id" } : {}) }])),
      layers: [
        { id: "ground", type: "background" },
        { id: "streets-fill", type: "fill", source: "streets", filter: isGround },
        { id: "areas-fill", type: "fill", source: "areas" },
        {
          id: "streets-line",
          type: "line",
          source: "streets",
          filter: isRoad,
          layout: { "line-cap": "round", "line-join": "round" },
        },
        { id: "cells-fill", type: "fill", source: "cells" },
        { id: "cells-line", type: "line", source: "cells" },
        { id: "areas-line", type: "line", source: "areas" },
        { id: "views-fill", type: "fill", source: "views" },
        { id: "views-line", type: "line", source: "views" },
        { id: "checkpoints-line", type: "line", source: "checkpoints" },
        { id: "accuracy-fill", type: "fill", source: "accuracy" },
        { id: "gaps-line", type: "line", source: "gaps" },
        { id: "ways-line", type: "line", source: "ways", layout: { "line-cap": "round" } },
        { id: "trail-line", type: "line", source: "trail", layout: { "line-cap": "round", "line-join": "round" } },
      ],
    },
    center: [119.2, 34],
    zoom: 15,
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    canvasContextAttributes: { preserveDrawingBuffer: false },
    locale: {
      "NavigationControl.ZoomIn": labels.zoomIn,
      "NavigationControl.ZoomOut": labels.zoomOut,
      "NavigationControl.ResetBearing": labels.north,
      "Map.Title": labels.map,
      "AttributionControl.ToggleAttribution": labels.sources,
    },
  });
  datums.set(map, datumOf(base));
  if (base) {
    const plain = document.createElement("span");
    plain.textContent = base.attribution;
    map.addControl(new maplibregl.AttributionControl({ compact: false, ...(base.attribution ? { customAttribution: plain.innerHTML } : {}) }), "bottom-right");
  }
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
  return map;
}

export function setLayer(map: maplibregl.Map, layer: Layer, features: GeoJSON.FeatureCollection | Feature[]): void {
  const source = map.getSource<maplibregl.GeoJSONSource>(layer);
  const all = Array.isArray(features) ? features : features.features;
  source?.setData(collection(shownFeatures(all, datumFor(map))));
}

/** Stored bounds as this map shows them. */
export function shownBounds(map: maplibregl.Map, [west, south, east, north]: [number, number, number, number]): [number, number, number, number] {
  const datum = datumFor(map);
  return [...datum.shown([west, south]), ...datum.shown([east, north])];
}

/** Colours from the theme's tokens. `over`: there is a base map below, which is to be seen through the areas. */
export function paint(map: maplibregl.Map, over = false): void {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const chosen = (yes: string | number, no: string | number, from: "get" | "feature-state" = "get"): maplibregl.ExpressionSpecification => [
    "case",
    ["boolean", [from, "chosen"], false],
    yes,
    no,
  ];
  const seen = (yes: string | number, no: string | number): maplibregl.ExpressionSpecification => chosen(yes, no, "feature-state");
  map.setPaintProperty("ground", "background-color", token("map"));
  map.setPaintProperty("streets-fill", "fill-color", token("building"));
  map.setPaintProperty("streets-line", "line-color", token("road"));
  // A street 10 m wide at 34 degrees north, at any zoom.
  map.setPaintProperty("streets-line", "line-width", ["interpolate", ["exponential", 2], ["zoom"], 13, 1.2, 20, 130]);
  map.setPaintProperty("areas-fill", "fill-color", token("area"));
  map.setPaintProperty("areas-fill", "fill-opacity", over ? chosen(0.3, 0.14) : chosen(0.95, 0.7));
  map.setPaintProperty("areas-line", "line-color", ["case", ["boolean", ["get", "key"], false], token("amber"), token("faint")]);
  map.setPaintProperty("areas-line", "line-width", chosen(2, 1));
  map.setPaintProperty("areas-line", "line-opacity", 0.7);
  // What waits is filled, the more the longer: what nobody ever passed the most. What doesn't count is an empty outline.
  const tint: maplibregl.ExpressionSpecification = ["match", ["get", "state"], "unseen", token("red"), "overdue", token("red"), "due", token("amber"), "covered", token("green"), token("faint")];
  map.setPaintProperty("cells-fill", "fill-color", tint);
  map.setPaintProperty("cells-fill", "fill-opacity", ["match", ["get", "state"], "unseen", 0.6, "overdue", 0.36, "due", 0.26, "covered", 0.12, 0]);
  map.setPaintProperty("cells-line", "line-color", tint);
  map.setPaintProperty("cells-line", "line-opacity", ["match", ["get", "state"], "unseen", 1, "overdue", 0.9, 0.35]);
  map.setPaintProperty("cells-line", "line-width", ["match", ["get", "state"], "unseen", 2, "overdue", 1.6, 0.8]);
  map.setPaintProperty("views-fill", "fill-color", seen(token("amber"), token("faint")));
  map.setPaintProperty("views-fill", "fill-opacity", seen(0.35, 0.12));
  map.setPaintProperty("views-line", "line-color", seen(token("amber"), token("faint")));
  map.setPaintProperty("views-line", "line-opacity", seen(1, 0.5));
  map.setPaintProperty("checkpoints-line", "line-color", token("dim"));
  map.setPaintProperty("checkpoints-line", "line-dasharray", [2, 2]);
  map.setPaintProperty("accuracy-fill", "fill-color", token("accent"));
  map.setPaintProperty("accuracy-fill", "fill-opacity", 0.15);
  map.setPaintProperty("trail-line", "line-color", ["match", ["get", "tone"], 0, token("tone-0"), 1, token("tone-1"), 2, token("tone-2"), 3, token("tone-3"), 4, token("tone-4"), token("accent")]);
  map.setPaintProperty("trail-line", "line-width", ["case", ["==", ["get", "passed"], true], 5, ["==", ["get", "passed"], false], 2, 3]);
  map.setPaintProperty("trail-line", "line-opacity", ["case", ["==", ["get", "passed"], false], 0.55, 1]);
  map.setPaintProperty("ways-line", "line-color", token("accent"));
  map.setPaintProperty("ways-line", "line-width", 2.5);
  map.setPaintProperty("ways-line", "line-dasharray", [0.1, 2.2]);
  map.setPaintProperty("gaps-line", "line-color", token("amber"));
  map.setPaintProperty("gaps-line", "line-width", 2);
  map.setPaintProperty("gaps-line", "line-dasharray", [1, 2]);
}

export { maplibregl };
