/** A camera and its zones as the list gives them. */

import type { Span } from "@/cameras/hours";
import type { Box } from "@/desk/boxes";

export type Point = [number, number];

export interface ZoneShown {
  id: string;
  name: string;
  name_en: string;
  situation: string;
  points: Point[];
  labels?: string[];
  seconds?: number | null;
  people?: number | null;
  both_ways?: boolean;
  priority?: number | null;
  key_area?: boolean;
  schedules?: Span[];
  on_calendars?: string[];
  off_calendars?: string[];
  /** Of the picture's height. */
  least_height?: number;
  instruction?: string;
  enabled?: boolean;
  version?: number;
  camera_id?: string;
}

/** Where the detector gives boxes of nothing, as the camera's tracker learned; epoch seconds when it last did. */
export interface FalsePlace {
  family: string;
  box: Box;
  seconds: number;
  at: number;
}

export interface CameraRow {
  id: string;
  code: string;
  name: string;
  name_en: string;
  state: string;
  reason: string;
  since: number | null;
  fps: number | null;
  codec: string | null;
  width: number | null;
  height: number | null;
  active: boolean | null;
  reconnects: number | null;
  clock_error_s: number | null;
  last_frame_at: number | null;
  worker: string | null;
  detail: string | null;
  /** By what it is read where that is not our own reader, and why: a word and its detail in English. */
  read_by: "" | "ffmpeg" | "ffmpeg_udp" | "alone" | null;
  read_why: string | null;
  read_detail: string | null;
  /** Seconds between key frames where they are far apart, else 0. */
  group_s: number | null;
  /** Null while no worker speaks of the camera. */
  false_places: FalsePlace[] | null;
  /** Without name and password, whose place is marked. */
  url?: string;
  sub_url?: string | null;
  user?: string;
  has_password?: boolean;
  /** The sub-stream has another host, name or password than the main stream. */
  sub_apart?: boolean;
  transport?: "tcp" | "udp";
  lon?: number | null;
  lat?: number | null;
  bearing?: number | null;
  fov?: number | null;
  range_m?: number | null;
  area_id?: string | null;
  enabled?: boolean;
  priority?: number;
  keep_days?: number | null;
  sampling?: "gated" | "key_frames" | "full";
  due_rate: number | null;
  looked_rate: number | null;
  zones: ZoneShown[];
  masks: Point[][];
}

export const SITUATIONS = ["intrusion", "line_crossing", "loitering", "density"] as const;

/** The board that is drawn on, over the picture. */
export const BOARD = { width: 1000, height: 562.5 } as const;
const LINE = 24;

/** A box on the board, cut off at the picture's edge; its label stands above it, or within where no room is. */
export function rectOf([left, top, right, bottom]: Box): { x: number; y: number; width: number; height: number; label: number } {
  const [x, y] = [Math.max(0, left) * BOARD.width, Math.max(0, top) * BOARD.height];
  const width = Math.max(0, Math.min(1, right) * BOARD.width - x);
  return { x, y, width, height: Math.max(0, Math.min(1, bottom) * BOARD.height - y), label: y >= LINE ? y - 6 : y + LINE - 4 };
}

/** A free id for a new zone. */
export function freeZoneId(camera: CameraRow): string {
  const taken = new Set(camera.zones.map((one) => one.id));
  for (let n = 1; ; n++) if (!taken.has(`${camera.id}-z${n}`)) return `${camera.id}-z${n}`;
}

const cross = (o: Point, a: Point, b: Point): number => (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);
function crosses(a: Point, b: Point, c: Point, d: Point): boolean {
  return cross(a, b, c) * cross(a, b, d) < 0 && cross(c, d, a) * cross(c, d, b) < 0;
}

/** What is wrong with what was drawn, as a key; null: nothing. The server says the same. */
export function faultOf(situation: string, points: readonly Point[]): "few" | "two" | "crossing" | null {
  if (situation === "line_crossing") return points.length === 2 ? null : "two";
  if (points.length < 3) return "few";
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 2; j < points.length; j++) {
      if (i === 0 && j === points.length - 1) continue;
      const [a, b, c, d] = [points[i], points[(i + 1) % points.length], points[j], points[(j + 1) % points.length]] as [Point, Point, Point, Point];
      if (crosses(a, b, c, d)) return "crossing";
    }
  }
  return null;
}
