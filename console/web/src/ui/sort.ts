/** Sorting of a list by one of its columns; what has no value stands last in either direction. */

export type Sortable = string | number | null | undefined;

export interface Sort {
  by: string;
  down: boolean;
}

export function sorted<T>(rows: readonly T[], sort: Sort, valueOf: (row: T, by: string) => Sortable, language = "zh-CN"): T[] {
  if (!sort.by) return [...rows];
  const words = new Intl.Collator(language, { numeric: true });
  const sign = sort.down ? -1 : 1;
  const empty = (value: Sortable): boolean => value === null || value === undefined || value === "";
  return [...rows].sort((a, b) => {
    const [x, y] = [valueOf(a, sort.by), valueOf(b, sort.by)];
    if (empty(x) || empty(y)) return Number(empty(x)) - Number(empty(y));
    return sign * (typeof x === "number" && typeof y === "number" ? x - y : words.compare(String(x), String(y)));
  });
}

/** A press on a head: upwards first, then downwards, then as it came. */
export function pressed(sort: Sort, by: string): Sort {
  if (sort.by !== by) return { by, down: false };
  return sort.down ? { by: "", down: false } : { by, down: true };
}
