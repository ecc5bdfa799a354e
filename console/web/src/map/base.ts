/**
 * The county's map under what we draw (`console/county/base_map.py` says which): raster tiles, a style of vector tiles, or a PMTiles file. It
 * lies below the streets, which are hidden while it is there and stand in for it while it does not come.
 */

import type { maplibregl } from "@/map/map";
import { AS_STORED, GCJ02, type Datum } from "@/map/gcj";
import type { Token } from "@/map/signs";

interface Told {
  gcj02: boolean;
  attribution: string;
}
export type BaseMap = Told &
  ({ kind: "tiles"; tiles: string[]; max_zoom: number } | { kind: "style"; url: string } | { kind: "pmtiles"; url: string; vector: boolean; max_zoom: number });
/** none: nobody set one; waiting: nothing came yet; missing: asked for, and nothing comes. */
export type BaseState = "none" | "waiting" | "there" | "missing";

export const datumOf = (base: BaseMap | null | undefined): Datum => (base?.gcj02 ? GCJ02 : AS_STORED);

type SourceOf = maplibregl.SourceSpecification;
type LayerOf = maplibregl.LayerSpecification;
interface Parts {
  sources: Record<string, SourceOf>;
  layers: LayerOf[];
  glyphs?: string;
  sprite?: string;
}

const PREFIX = "base:";
/** The first of our own layers above the base map. */
const ABOVE = "streets-fill";
const AGAIN_MS = 20_000;
/** A map that showed a tile a moment ago is there, whatever one tile's error says. */
const FRESH_MS = 10_000;

/** Tiles are fetched by a worker, which knows no relative address. */
export const absolute = (url: string, origin: string): string => (url.startsWith("/") ? origin + url : url);

/** Source layers of the schemas of Protomaps and OpenMapTiles, and what each is drawn as; what is not named is not drawn. */
export const DRAWN: readonly { of: string; as: "fill" | "line" | "name"; token: string; width?: number; opacity?: number }[] = [
  ...["earth", "landcover", "landuse", "park"].map((of) => ({ of, as: "fill" as const, token: "area", opacity: 0.45 })),
  { of: "water", as: "fill", token: "accent", opacity: 0.22 },
  ...["buildings", "building"].map((of) => ({ of, as: "fill" as const, token: "building" })),
  ...["physical_line", "waterway"].map((of) => ({ of, as: "line" as const, token: "accent", width: 1, opacity: 0.4 })),
  ...["roads", "transportation"].map((of) => ({ of, as: "line" as const, token: "road", width: 2 })),
  ...["boundaries", "boundary"].map((of) => ({ of, as: "line" as const, token: "faint", width: 1 })),
  ...["places", "place", "transportation_name"].map((of) => ({ of, as: "name" as const, token: "dim" })),
];

function vectorLayers(token: Token): LayerOf[] {
  return DRAWN.map(({ of, as, token: name, width, opacity }): LayerOf => {
    const common = { id: `${as}-${of}`, source: "map", "source-layer": of };
    if (as === "fill") return { ...common, type: "fill", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": token(name), "fill-opacity": opacity ?? 1 } };
    if (as === "line")
      return { ...common, type: "line", layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": token(name), "line-opacity": opacity ?? 1, "line-width": ["interpolate", ["exponential", 1.6], ["zoom"], 10, (width ?? 1) * 0.5, 18, (width ?? 1) * 5] } }; // prettier-ignore
    return { ...common, type: "symbol", layout: { "text-field": ["coalesce", ["get", "name:zh"], ["get", "name"], ""], "text-size": 12 },
      paint: { "text-color": token(name), "text-halo-color": token("map"), "text-halo-width": 1.5 } }; // prettier-ignore
  });
}

async function partsOf(base: BaseMap, origin: string, token: Token): Promise<Parts> {
  // Names on the base map are drawn from the computer's own fonts where a style names none.
  if (base.kind === "tiles")
    return { sources: { map: { type: "raster", tiles: base.tiles.map((one) => absolute(one, origin)), tileSize: 256, maxzoom: base.max_zoom } }, layers: [{ id: "tiles", type: "raster", source: "map" }] };
  if (base.kind === "pmtiles") {
    await knowPmtiles();
    const url = `pmtiles://${absolute(base.url, origin)}`;
    if (base.vector) return { sources: { map: { type: "vector", url } }, layers: vectorLayers(token) };
    return { sources: { map: { type: "raster", url, tileSize: 256 } }, layers: [{ id: "tiles", type: "raster", source: "map" }] };
  }
  const answer = await fetch(absolute(base.url, origin), { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the style answers ${answer.status}`);
  const style = (await answer.json()) as { sources?: Parts["sources"]; layers?: LayerOf[]; glyphs?: string; sprite?: string };
  return { sources: style.sources ?? {}, layers: style.layers ?? [], ...(style.glyphs ? { glyphs: style.glyphs } : {}), ...(typeof style.sprite === "string" ? { sprite: style.sprite } : {}) };
}

let known: Promise<void> | null = null;
/** The protocol is fetched when the first map needs it. */
function knowPmtiles(): Promise<void> {
  known ??= Promise.all([import("pmtiles"), import("maplibre-gl")]).then(([{ Protocol }, maplibre]) => {
    maplibre.addProtocol("pmtiles", new Protocol({ metadata: true, errorOnMissingTile: false }).tile);
  });
  return known;
}

export class BaseLayers {
  #state: BaseState;
  #lastTile = -Infinity;
  #timer = 0;
  #round = 0;
  #style = false;

  /** `told` hears each change; call `begin` once the map is loaded. */
  constructor(
    private readonly map: maplibregl.Map,
    private readonly base: BaseMap | null,
    private readonly told: (state: BaseState) => void,
    private readonly token: () => Token,
    private readonly isDark: () => boolean,
  ) {
    this.#state = base ? "waiting" : "none";
    if (!base) return;
    map.on("error", (event) => {
      const id = (event as { sourceId?: string }).sourceId;
      if (id?.startsWith(PREFIX)) this.#failed();
    });
    map.on("sourcedata", (event) => {
      if (event.sourceId?.startsWith(PREFIX) && event.tile) this.#came();
    });
    map.on("remove", () => window.clearTimeout(this.#timer));
  }

  get state(): BaseState {
    return this.#state;
  }

  begin(): void {
    if (!this.base) return;
    this.told(this.#state);
    void this.#add();
  }

  /** Anew in the theme's colours. */
  repaint(): void {
    if (this.base && this.#state !== "none") void this.#add();
  }

  async #add(): Promise<void> {
    if (!this.base) return;
    const mine = ++this.#round;
    let parts: Parts;
    try {
      parts = await partsOf(this.base, window.location.origin, this.token());
    } catch {
      if (mine === this.#round) this.#failed();
      return;
    }
    if (mine !== this.#round) return;
    try {
      this.#remove();
      if (parts.glyphs) this.map.setGlyphs(parts.glyphs);
      if (parts.sprite) this.map.setSprite(parts.sprite);
      for (const [id, source] of Object.entries(parts.sources)) this.map.addSource(PREFIX + id, source);
      for (const layer of parts.layers) {
        const own = { ...layer, id: PREFIX + layer.id, ...("source" in layer ? { source: PREFIX + layer.source } : {}) } as LayerOf;
        this.map.addLayer(own, ABOVE);
        // Bright tiles would blind who looks at a dark page all night.
        if (own.type === "raster" && this.isDark()) {
          this.map.setPaintProperty(own.id, "raster-brightness-max", 0.62);
          this.map.setPaintProperty(own.id, "raster-saturation", -0.35);
        }
      }
      this.#style = true;
    } catch {
      this.#failed(); // a style that makes no sense
    }
  }

  #remove(): void {
    const style = this.map.getStyle();
    for (const layer of style.layers) if (layer.id.startsWith(PREFIX)) this.map.removeLayer(layer.id);
    for (const id of Object.keys(style.sources)) if (id.startsWith(PREFIX)) this.map.removeSource(id);
  }

  #came(): void {
    this.#lastTile = performance.now();
    this.#put("there");
  }

  #failed(): void {
    if (performance.now() - this.#lastTile < FRESH_MS) return;
    this.#put("missing");
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#add(), AGAIN_MS);
  }

  #put(state: BaseState): void {
    if (state === "there" && !this.#style) return;
    if (state === this.#state) return;
    this.#state = state;
    const streets = state === "there" ? "none" : "visible";
    for (const id of ["streets-fill", "streets-line"]) this.map.setLayoutProperty(id, "visibility", streets);
    this.told(state);
  }
}
