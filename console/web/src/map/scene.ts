/** All that stands or moves on the map, drawn on a canvas of its own above it: what moves each second must not make the map draw itself
 * anew (3,000 dots as a map layer cost 0.2 s a frame where no graphics card helps; here 3 ms). North is up, always. */

import type { maplibregl } from "@/map/map";
import { grouped, type Grouped } from "@/map/clusters";
import type { Datum } from "@/map/gcj";
import { boxAround, LINE_PX, placed, type Box, type Wanted } from "@/map/labels";
import { CLUSTER, drawSign, REACH, themeTokens, type Kind, type Sign, type Token } from "@/map/signs";

export interface Thing {
  /** Of all kinds together: `g:G1`, `c:C01`, `al:...`, `a:A1`. */
  id: string;
  kind: Kind;
  /** WGS-84. */
  lon: number;
  lat: number;
  /** Null: its name alone. */
  sign: Sign | null;
  /** What stands beside it; empty: nothing. */
  label: string;
  /** What it is called in lists. */
  name: string;
  /** What lists say beside the name. */
  note?: string;
  tone?: "text" | "dim" | "red" | "amber" | "accent" | "green";
  /** The lower the sooner its name gets room. */
  rank: number;
  /** Never part of a cluster. */
  alone?: boolean;
  chosen?: boolean;
}
export type Things = Readonly<Partial<Record<Kind, readonly Thing[]>>>;
export type Hit = { thing: Thing } | { members: Thing[] };

/** Web Mercator, 0..1 from the north pole's end to the south's. */
export const mercatorY = (lat: number): number => (1 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / Math.PI) / 2;
export const mercatorX = (lon: number): number => (lon + 180) / 360;

/** Pixels = a * mercator + b, on each axis. */
export interface Scale {
  ax: number;
  bx: number;
  ay: number;
  by: number;
}
type Corner = { lon: number; lat: number; x: number; y: number };

export function scaleOf(one: Corner, two: Corner): Scale {
  const ax = (two.x - one.x) / (mercatorX(two.lon) - mercatorX(one.lon));
  const ay = (two.y - one.y) / (mercatorY(two.lat) - mercatorY(one.lat));
  return { ax, bx: one.x - ax * mercatorX(one.lon), ay, by: one.y - ay * mercatorY(one.lat) };
}

/** From the bottom up. */
export const ORDER: readonly Kind[] = ["area", "camera", "guard", "alert"];
/** An alert stands above its camera, so that both can be seen and taken. */
const RAISED_PX = 19;
/** The chosen one stands higher where others are at its camera. */
const RAISED_CHOSEN_PX = 46;
const FINGER_PX = 12;
/** Of so many names at most it is worked out where they have room. */
const MOST_NAMES = 150;
const WORST: readonly (Sign | null)[] = ["alert-1", "alert-2", "camera-down"];

interface Spot {
  x: number;
  y: number;
  thing: Thing;
  alone: boolean;
}
interface Item {
  x: number;
  y: number;
  up: number;
  sign: Sign | null;
  members: Thing[];
  worst: Sign | null;
  /** Of its name, from its middle; null: none. */
  name: { dx: number; dy: number; text: string; tone: string } | null;
}

export class Scene {
  readonly #map: maplibregl.Map;
  readonly #datum: Datum;
  readonly #canvas = document.createElement("canvas");
  readonly #sprites = new Map<string, HTMLCanvasElement>();
  readonly #widths = new Map<string, number>();
  readonly #spots = new WeakMap<Thing, Spot>();
  readonly #groups = new Map<Kind, { of: readonly Thing[]; zoom: number; groups: Grouped<Spot> }>();
  #things: Things = {};
  #blocks: readonly { lon: number; lat: number; width: number }[] = [];
  #items: Item[] = [];
  #asked = 0;
  #stale = true;

  constructor(map: maplibregl.Map, datum: Datum) {
    this.#map = map;
    this.#datum = datum;
    this.#canvas.className = "scene";
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#canvas.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none";
    map.getCanvas().after(this.#canvas);
    map.on("move", () => this.draw());
    map.on("moveend", () => this.#again());
    map.on("resize", () => this.#again());
  }

  /** `blocks`: other marks on the map, whose places stay free of names; pixels wide. */
  set(things: Things, blocks: readonly { lon: number; lat: number; width: number }[] = []): void {
    this.#things = things;
    this.#blocks = blocks;
    this.#again();
  }

  /** The theme changed. */
  repaint(): void {
    this.#sprites.clear();
    this.draw();
  }

  /** What is within reach of a finger at this place on the map's box; the upper one where two are. */
  at(x: number, y: number): Hit | null {
    const scale = this.#scale();
    let best: Item | null = null;
    let nearest = Infinity;
    for (const item of this.#items) {
      if (!item.sign) continue;
      const apart = Math.hypot(scale.ax * item.x + scale.bx - x, scale.ay * item.y + scale.by - item.up - y);
      if (apart <= Math.max(REACH[item.sign], FINGER_PX) && apart <= nearest) {
        nearest = apart;
        best = item;
      }
    }
    if (!best) return null;
    const [only] = best.members;
    return best.members.length === 1 && only ? { thing: only } : { members: best.members };
  }

  /** What lies in the view, alerts first. */
  inView(): Thing[] {
    const view = this.#map.getBounds();
    const found: Thing[] = [];
    for (const kind of [...ORDER].reverse()) {
      if (kind === "area") continue;
      for (const thing of this.#things[kind] ?? []) if (view.contains(this.#datum.shown([thing.lon, thing.lat]))) found.push(thing);
    }
    return found;
  }

  /** Where the sign of a thing, or of the cluster that has it, stands on the map's box; null where it is not drawn. `still`: the map
   * is not on its way elsewhere. */
  spotOf(id: string): { x: number; y: number; members: number; name: string | null; still: boolean } | null {
    if (this.#stale) this.draw();
    const item = this.#items.find((one) => one.members.some((thing) => thing.id === id));
    if (!item) return null;
    const scale = this.#scale();
    return { x: scale.ax * item.x + scale.bx, y: scale.ay * item.y + scale.by - item.up, members: item.members.length, name: item.name?.text ?? null, still: !this.#map.isMoving() };
  }

  #again(): void {
    this.#stale = true;
    this.#asked ||= requestAnimationFrame(() => this.draw());
  }

  draw(): void {
    this.#asked = 0;
    const box = this.#map.getContainer();
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(box.clientWidth * ratio), Math.round(box.clientHeight * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    // Kept in memory, not on a graphics card: there may be none, and the picture is small.
    const pen = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (!pen) return;
    const scale = this.#scale();
    if (this.#stale) this.#arrange(pen, scale, box.clientWidth, box.clientHeight);
    pen.clearRect(0, 0, width, height);
    const token = themeTokens();
    const edge = 40;
    for (const item of this.#items) {
      const x = scale.ax * item.x + scale.bx;
      const y = scale.ay * item.y + scale.by - item.up;
      if (x < -edge || y < -edge || x > box.clientWidth + edge || y > box.clientHeight + edge) continue;
      if (item.up > 0) this.#stem(pen, x * ratio, y * ratio, item.up * ratio, token("text"), ratio);
      if (item.members[0]?.chosen) this.#put(pen, this.#sign("chosen", 0, null, ratio, token), x, y, ratio);
      if (item.sign) this.#put(pen, this.#sign(item.sign, item.members.length, item.worst, ratio, token), x, y, ratio);
    }
    for (const item of this.#items) {
      if (!item.name) continue;
      const x = scale.ax * item.x + scale.bx + item.name.dx;
      const y = scale.ay * item.y + scale.by - item.up + item.name.dy;
      this.#put(pen, this.#name(item.name.text, item.name.tone, ratio, token), x, y, ratio);
    }
  }

  /** From a raised sign down to its place. */
  #stem(pen: CanvasRenderingContext2D, x: number, y: number, up: number, colour: string, ratio: number): void {
    pen.beginPath();
    pen.moveTo(x, y);
    pen.lineTo(x, y + up - 5 * ratio);
    pen.lineWidth = 1.5 * ratio;
    pen.strokeStyle = colour;
    pen.stroke();
  }

  #put(pen: CanvasRenderingContext2D, sprite: HTMLCanvasElement, x: number, y: number, ratio: number): void {
    pen.drawImage(sprite, Math.round(x * ratio - sprite.width / 2), Math.round(y * ratio - sprite.height / 2));
  }

  #spot(thing: Thing): Spot {
    let spot = this.#spots.get(thing);
    if (!spot) {
      const [lon, lat] = this.#datum.shown([thing.lon, thing.lat]);
      spot = { x: mercatorX(lon), y: mercatorY(lat), thing, alone: thing.alone ?? false };
      this.#spots.set(thing, spot);
    }
    return spot;
  }

  #grouped(kind: Exclude<Kind, "area">): Grouped<Spot> {
    const of = this.#things[kind] ?? [];
    const zoom = Math.round(this.#map.getZoom() * 2) / 2;
    const known = this.#groups.get(kind);
    if (known?.of === of && known.zoom === zoom) return known.groups;
    const groups = grouped(of.map((one) => this.#spot(one)), zoom);
    this.#groups.set(kind, { of, zoom, groups });
    return groups;
  }

  /** What is drawn at this zoom, and which names have room. */
  #arrange(pen: CanvasRenderingContext2D, scale: Scale, width: number, height: number): void {
    this.#stale = false;
    const items: Item[] = [];
    const top: Item[] = [];
    for (const kind of ORDER) {
      if (kind === "area") {
        for (const thing of this.#things.area ?? []) items.push(this.#item(this.#spot(thing)));
        continue;
      }
      const { singles, clusters } = this.#grouped(kind);
      for (const { x, y, members } of clusters) {
        const signs = new Set(members.map((one) => one.thing.sign));
        items.push({ x, y, up: kind === "alert" ? RAISED_PX : 0, sign: CLUSTER[kind], members: members.map((one) => one.thing), worst: WORST.find((one) => signs.has(one)) ?? null, name: null });
      }
      for (const spot of singles) (spot.alone ? top : items).push(this.#item(spot));
    }
    for (const one of top) {
      const isCrowded = one.members[0]?.kind === "alert" && items.some((other) => other.members[0]?.kind === "alert" && Math.hypot((other.x - one.x) * scale.ax, (other.y - one.y) * scale.ay) < 24);
      if (isCrowded) one.up = RAISED_CHOSEN_PX;
    }
    this.#items = [...items, ...top];
    const seen = this.#items
      .map((item) => ({ item, x: scale.ax * item.x + scale.bx, y: scale.ay * item.y + scale.by - item.up }))
      .filter(({ x, y }) => x > 0 && y > 0 && x < width && y < height);
    const named = seen.filter(({ item }) => item.members.length === 1 && item.members[0]?.label).slice(-MOST_NAMES);
    const wanted = named.map(({ item, x, y }): Wanted => {
      const thing = item.members[0] as Thing;
      return { x, y, reach: thing.chosen ? REACH.chosen : thing.sign ? REACH[thing.sign] : 0, width: this.#width(pen, thing.label), rank: thing.rank };
    });
    const signs: Box[] = seen.filter(({ item }) => item.sign).map(({ item, x, y }) => boxAround(x, y, REACH[item.sign as Sign] - 2));
    for (const block of this.#blocks) {
      const [lon, lat] = this.#datum.shown([block.lon, block.lat]);
      const x = scale.ax * mercatorX(lon) + scale.bx;
      const y = scale.ay * mercatorY(lat) + scale.by;
      signs.push({ left: x - 12, top: y - 12, right: x + block.width, bottom: y + 12 });
    }
    const boxes = placed(wanted, signs);
    named.forEach(({ item, x, y }, n) => {
      const box = boxes[n];
      const thing = item.members[0] as Thing;
      if (box) item.name = { dx: (box.left + box.right) / 2 - x, dy: (box.top + box.bottom) / 2 - y, text: thing.label, tone: thing.tone ?? "text" };
    });
  }

  #item({ x, y, thing }: Spot): Item {
    return { x, y, up: thing.kind === "alert" ? RAISED_PX : 0, sign: thing.sign, members: [thing], worst: null, name: null };
  }

  #width(pen: CanvasRenderingContext2D, text: string): number {
    let width = this.#widths.get(text);
    if (width === undefined) {
      if (this.#widths.size > 5000) this.#widths.clear();
      pen.font = FONT;
      width = Math.ceil(pen.measureText(text).width) + 2;
      this.#widths.set(text, width);
    }
    return width;
  }

  #scale(): Scale {
    const view = this.#map.getBounds();
    const corner = (lon: number, lat: number): Corner => ({ lon, lat, ...this.#map.project([lon, lat]) });
    return scaleOf(corner(view.getWest(), view.getNorth()), corner(view.getEast(), view.getSouth()));
  }

  #sign(sign: Sign, count: number, worst: Sign | null, ratio: number, token: Token): HTMLCanvasElement {
    return this.#sprite(`${sign} ${count} ${worst ?? ""} ${ratio}`, 36, 36, ratio, (pen) => drawSign(pen, sign, token, count, worst));
  }

  #name(text: string, tone: string, ratio: number, token: Token): HTMLCanvasElement {
    const width = this.#widths.get(text) ?? 0;
    return this.#sprite(`"${text} ${tone} ${ratio}`, width + 8, LINE_PX + 4, ratio, (pen) => {
      pen.font = FONT;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.lineJoin = "round";
      pen.lineWidth = 3.5;
      pen.strokeStyle = token("map");
      pen.strokeText(text, 0, 0.5);
      pen.fillStyle = token(tone);
      pen.fillText(text, 0, 0.5);
    });
  }

  #sprite(key: string, width: number, height: number, ratio: number, paint: (pen: CanvasRenderingContext2D) => void): HTMLCanvasElement {
    const known = this.#sprites.get(key);
    if (known) return known;
    if (this.#sprites.size > 3000) this.#sprites.clear();
    const sprite = document.createElement("canvas");
    sprite.width = Math.ceil(width * ratio);
    sprite.height = Math.ceil(height * ratio);
    const pen = sprite.getContext("2d");
    if (pen) {
      pen.translate(sprite.width / 2, sprite.height / 2);
      pen.scale(ratio, ratio);
      paint(pen);
    }
    this.#sprites.set(key, sprite);
    return sprite;
  }
}

const FONT = '12.5px system-ui, "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", sans-serif';
