/** The signs on the map: each kind of thing and each of its states has a shape of its own, so that colour is never alone. */

export const SIGNS = [
  "alert-1", "alert-2", "alert-3", "camera", "camera-down", "guard", "guard-stale", "guard-blocked", "guard-outside", "guard-doubted", "sent", "arrived", "sos", "chosen",
  "alerts", "cameras", "guards",
] as const;
export type Sign = (typeof SIGNS)[number];
/** A cluster's sign bears its count. */
export type Kind = "alert" | "camera" | "guard" | "area";
export const CLUSTER: Readonly<Record<Exclude<Kind, "area">, Sign>> = { alert: "alerts", camera: "cameras", guard: "guards" };

/** Pixels from its middle that a sign takes. */
export const REACH: Readonly<Record<Sign, number>> = {
  "alert-1": 11, "alert-2": 10, "alert-3": 9, camera: 7, "camera-down": 7, guard: 7, "guard-stale": 7, "guard-blocked": 7, "guard-outside": 7, "guard-doubted": 7,
  sent: 10, arrived: 10, sos: 11, chosen: 15, alerts: 15, cameras: 13, guards: 13,
};

/** `--name` of the theme, or its value. */
export type Token = (name: string) => string;
export const themeTokens = (): Token => {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(`--${name}`).trim();
};

type Pen = CanvasRenderingContext2D;

function polygon(pen: Pen, corners: readonly (readonly [number, number])[]): void {
  pen.beginPath();
  corners.forEach(([x, y], n) => (n === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  pen.closePath();
}
function disc(pen: Pen, radius: number): void {
  pen.beginPath();
  pen.arc(0, 0, radius, 0, 2 * Math.PI);
}
function filled(pen: Pen, fill: string, edge: string, width = 2): void {
  pen.fillStyle = fill;
  pen.fill();
  pen.lineWidth = width;
  pen.strokeStyle = edge;
  pen.stroke();
}
function strokes(pen: Pen, colour: string, width: number, ...lines: readonly (readonly [number, number])[][]): void {
  pen.beginPath();
  for (const line of lines) line.forEach(([x, y], n) => (n === 0 ? pen.moveTo(x, y) : pen.lineTo(x, y)));
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  pen.stroke();
}
function word(pen: Pen, text: string, colour: string, px: number, y = 0): void {
  pen.font = `700 ${px}px system-ui, sans-serif`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.fillStyle = colour;
  pen.fillText(text, 0, y + px * 0.06);
}
const TRIANGLE = [[0, -10.5], [11, 8.5], [-11, 8.5]] as const;
const DIAMOND = [[0, -9.5], [9.5, 0], [0, 9.5], [-9.5, 0]] as const;
const SMALL_DIAMOND = [[0, -6], [6, 0], [0, 6], [-6, 0]] as const;
const ARROW = [[0, -10], [8.5, 9], [0, 5], [-8.5, 9]] as const;
const square = (half: number): [number, number][] => [[-half, -half], [half, -half], [half, half], [-half, half]];

/** Draws a sign around (0, 0) at one pixel a unit. `count`: of a cluster; `worst`: the sign of its worst member. */
export function drawSign(pen: Pen, sign: Sign, token: Token, count = 0, worst: Sign | null = null): void {
  const map = token("map");
  const figure = count > 999 ? "999+" : String(count);
  switch (sign) {
    case "alert-1":
      polygon(pen, TRIANGLE);
      filled(pen, token("red"), map);
      word(pen, "1", map, 10, 3);
      break;
    case "alert-2":
      polygon(pen, DIAMOND);
      filled(pen, token("amber"), map);
      word(pen, "2", map, 10);
      break;
    case "alert-3":
      polygon(pen, square(7.5));
      filled(pen, token("dim"), map);
      word(pen, "3+", map, 9);
      break;
    case "camera":
    case "camera-down":
      polygon(pen, SMALL_DIAMOND);
      filled(pen, sign === "camera" ? token("dim") : map, sign === "camera" ? map : token("red"));
      if (sign === "camera-down") strokes(pen, token("red"), 2, [[-3, -3], [3, 3]], [[3, -3], [-3, 3]]);
      break;
    case "guard":
    case "guard-outside":
      disc(pen, 6);
      filled(pen, token(sign === "guard" ? "green" : "dim"), map);
      if (sign === "guard-outside") strokes(pen, map, 2, [[-3, 0], [3, 0]]);
      break;
    case "guard-stale":
      disc(pen, 5.5);
      filled(pen, map, token("amber"), 3);
      break;
    case "guard-blocked":
      disc(pen, 5.5);
      filled(pen, map, token("dim"), 2.5);
      strokes(pen, token("dim"), 2, [[-3.5, 3.5], [3.5, -3.5]]);
      break;
    case "guard-doubted":
      for (const [colour, width] of [[map, 5], [token("red"), 2.5]] as const) strokes(pen, colour, width, [[-5, -5], [5, 5]], [[-5, 5], [5, -5]]);
      break;
    case "sent":
      polygon(pen, ARROW);
      filled(pen, token("accent"), token("text"), 1.5);
      break;
    case "arrived":
      polygon(pen, square(8));
      filled(pen, token("green"), token("text"), 1.5);
      strokes(pen, map, 2.5, [[-4.5, 0], [-1, 4], [5, -4]]);
      break;
    case "sos":
      polygon(pen, DIAMOND);
      filled(pen, token("red"), map);
      word(pen, "!", map, 12);
      break;
    case "chosen":
      for (const [colour, width] of [[map, 5], [token("text"), 2]] as const) {
        disc(pen, 14);
        pen.lineWidth = width;
        pen.strokeStyle = colour;
        pen.stroke();
      }
      break;
    case "alerts": {
      const tone = worst === "alert-1" ? "red" : worst === "alert-2" ? "amber" : "dim";
      polygon(pen, [[0, -15], [15, 0], [0, 15], [-15, 0]]);
      filled(pen, token(tone), map);
      word(pen, figure, map, count > 99 ? 9 : 12);
      break;
    }
    case "cameras":
      polygon(pen, square(10));
      filled(pen, token("raised"), token(worst === "camera-down" ? "red" : "dim"));
      word(pen, figure, token("text"), count > 99 ? 9 : 11);
      break;
    case "guards":
      disc(pen, 12);
      filled(pen, token("raised"), token("green"), 2.5);
      word(pen, figure, token("text"), count > 99 ? 9 : 11);
      break;
  }
}
