/** Lists kept in order: one row in or out costs a search and a copy, and no sort. Pure. The order tells any two rows apart. */

type Order<T> = (a: T, b: T) => number;

/** How many of the rows stand before it. */
export function placeIn<T>(rows: readonly T[], row: T, order: Order<T>): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (order(rows[middle] as T, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The rows with `after` in the place of `before`; null: none. The same list where neither is one. */
export function replaced<T>(rows: readonly T[], before: T | null, after: T | null, order: Order<T>): readonly T[] {
  if (before === null && after === null) return rows;
  const next = [...rows];
  if (before !== null) {
    const at = placeIn(next, before, order);
    if (next[at] === before) next.splice(at, 1);
  }
  if (after !== null) next.splice(placeIn(next, after, order), 0, after);
  return next;
}
