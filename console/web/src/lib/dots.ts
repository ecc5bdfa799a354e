/** Many who move, drawn on a canvas of their own above the map: what moves each second must not make the map draw itself
 * anew (3,000 dots as a map layer cost 0.2 s a frame where no graphics card helps; here 3 ms). North is up, always. */

import type { maplibregl } from "@/lib/map";

export interface Dot {
  id: string;
  lon: number;
  lat: number;
  label: string;
  tone: "green" | "amber" | "dim";
  hollow: boolean;
  /** The place is known to be wrong: drawn as a cross. */
  doubted?: boolean;
}

/** Web Mercator, 0..1 from the north pole's end to the south's. */
export const mercatorY = (lat: number): number => (1 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / Math.PI) / 2;

/** Pixels = a * mercator + b, on each axis. */
export interface Scale {
  ax: number;
  bx: number;
  ay: number;
  by: number;
}
type Corner = { lon: number; lat: number; x: number; y: number };

export function scaleOf(one: Corner, two: Corner): Scale {
  const ax = (two.x - one.x) / (two.lon - one.lon);
  const ay = (two.y - one.y) / (mercatorY(two.lat) - mercatorY(one.lat));
  return { ax, bx: one.x - ax * one.lon, ay, by: one.y - ay * mercatorY(one.lat) };
}

const RADIUS = 6;
const REACH = 12;

export class Dots {
  readonly #map: maplibregl.Map;
  readonly #canvas = document.createElement("canvas");
  readonly #sprites = new Map<string, HTMLCanvasElement>();
  #dots: readonly Dot[] = [];
  #asked = 0;

  constructor(map: maplibregl.Map) {
    this.#map = map;
    this.#canvas.className = "dots";
    this.#canvas.setAttribute("aria-hidden", "true");
    this.#canvas.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none";
    map.getCanvas().after(this.#canvas);
    map.on("move", () => this.draw());
    map.on("resize", () => this.draw());
  }

  set(dots: readonly Dot[]): void {
    this.#dots = dots;
    this.#asked ||= requestAnimationFrame(() => this.draw());
  }

  /** The theme changed. */
  repaint(): void {
    this.#sprites.clear();
    this.draw();
  }

  /** Who is within reach of a finger at this place on the map's box. */
  at(x: number, y: number): string | null {
    const scale = this.#scale();
    let best: string | null = null;
    let nearest = REACH;
    for (const dot of this.#dots) {
      const apart = Math.hypot(scale.ax * dot.lon + scale.bx - x, scale.ay * mercatorY(dot.lat) + scale.by - y);
      if (apart < nearest) {
        nearest = apart;
        best = dot.id;
      }
    }
    return best;
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
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    context.clearRect(0, 0, width, height);
    const { ax, bx, ay, by } = this.#scale();
    const size = this.#map.getZoom() < 13 ? 0.6 : 1;
    const half = (RADIUS + 2) * size * ratio;
    for (const dot of this.#dots) {
      const x = (ax * dot.lon + bx) * ratio;
      const y = (ay * mercatorY(dot.lat) + by) * ratio;
      if (x < -half || y < -half || x > width + half || y > height + half) continue;
      context.drawImage(this.#sprite(dot.tone, dot.hollow, dot.doubted ?? false, ratio), x - half, y - half, 2 * half, 2 * half);
    }
  }

  #scale(): Scale {
    const view = this.#map.getBounds();
    const corner = (lon: number, lat: number): Corner => ({ lon, lat, ...this.#map.project([lon, lat]) });
    return scaleOf(corner(view.getWest(), view.getNorth()), corner(view.getEast(), view.getSouth()));
  }

  #sprite(tone: Dot["tone"], hollow: boolean, doubted: boolean, ratio: number): HTMLCanvasElement {
    const key = `${tone}${String(hollow)}${String(doubted)}${ratio}`;
    const known = this.#sprites.get(key);
    if (known) return known;
    const style = getComputedStyle(document.documentElement);
    const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
    const side = (RADIUS + 2) * ratio;
    const sprite = document.createElement("canvas");
    sprite.width = sprite.height = Math.ceil(2 * side);
    const context = sprite.getContext("2d");
    if (context && doubted) {
      const [near, far] = [side - (RADIUS - 1) * ratio, side + (RADIUS - 1) * ratio];
      for (const [colour, width] of [[token("map"), 5], [token("red"), 2.5]] as const) {
        context.beginPath();
        context.moveTo(near, near);
        context.lineTo(far, far);
        context.moveTo(near, far);
        context.lineTo(far, near);
        context.lineWidth = width * ratio;
        context.strokeStyle = colour;
        context.stroke();
      }
    } else if (context) {
      context.beginPath();
      context.arc(side, side, (hollow ? RADIUS - 0.5 : RADIUS) * ratio, 0, 2 * Math.PI);
      context.fillStyle = hollow ? token("map") : token(tone);
      context.fill();
      context.lineWidth = (hollow ? 3 : 2) * ratio;
      context.strokeStyle = hollow ? token(tone) : token("map");
      context.stroke();
    }
    this.#sprites.set(key, sprite);
    return sprite;
  }
}
