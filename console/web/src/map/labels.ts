/** Names beside their signs that cover neither one another nor a sign. Pure; pixels, y downwards. */

export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}
export interface Wanted {
  /** The middle of the sign, and how far it reaches from there; 0: there is no sign, the name stands on its place. */
  x: number;
  y: number;
  reach: number;
  width: number;
  /** The lower the sooner it gets its place. */
  rank: number;
}

export const LINE_PX = 16;
const GAP_PX = 4;

export const apart = (one: Box, two: Box): boolean => one.right <= two.left || two.right <= one.left || one.bottom <= two.top || two.bottom <= one.top;
export const boxAround = (x: number, y: number, reach: number): Box => ({ left: x - reach, top: y - reach, right: x + reach, bottom: y + reach });

/** Right of the sign, else left, below, above. */
function places({ x, y, reach, width }: Wanted): Box[] {
  const half = LINE_PX / 2;
  if (reach === 0) return [{ left: x - width / 2, top: y - half, right: x + width / 2, bottom: y + half }];
  const off = reach + GAP_PX;
  return [
    { left: x + off, top: y - half, right: x + off + width, bottom: y + half },
    { left: x - off - width, top: y - half, right: x - off, bottom: y + half },
    { left: x - width / 2, top: y + reach + 1, right: x + width / 2, bottom: y + reach + 1 + LINE_PX },
    { left: x - width / 2, top: y - reach - 1 - LINE_PX, right: x + width / 2, bottom: y - reach - 1 },
  ];
}

/** A box for each name, in the order given; null where it has no room. `signs` are kept free by all. */
export function placed(wanted: readonly Wanted[], signs: readonly Box[]): (Box | null)[] {
  const result: (Box | null)[] = wanted.map(() => null);
  const cells = new Map<string, Box[]>();
  const CELL = 128;
  const keys = (box: Box): string[] => {
    const found: string[] = [];
    for (let cx = Math.floor(box.left / CELL); cx <= Math.floor(box.right / CELL); cx += 1)
      for (let cy = Math.floor(box.top / CELL); cy <= Math.floor(box.bottom / CELL); cy += 1) found.push(`${cx},${cy}`);
    return found;
  };
  const put = (box: Box): void => {
    for (const key of keys(box)) {
      const cell = cells.get(key);
      if (cell) cell.push(box);
      else cells.set(key, [box]);
    }
  };
  const isFree = (box: Box): boolean => keys(box).every((key) => (cells.get(key) ?? []).every((other) => apart(box, other)));
  signs.forEach(put);
  const order = wanted.map((_, n) => n).sort((a, b) => (wanted[a] as Wanted).rank - (wanted[b] as Wanted).rank || a - b);
  for (const n of order) {
    const box = places(wanted[n] as Wanted).find(isFree);
    if (!box) continue;
    result[n] = box;
    put(box);
  }
  return result;
}
