/** A list's filter as text: what stands in an address, in a saved view, or is kept for a person. Keys that a list doesn't know are left out. */

export type Filters<K extends string> = Partial<Record<K, string>>;

/** Of anything like an address's query, what is a filter. */
export function picked<K extends string>(keys: readonly K[], query: Readonly<Record<string, unknown>>): Filters<K> {
  const found: Filters<K> = {};
  for (const key of keys) {
    const value = query[key];
    if (typeof value === "string" && value) found[key] = value;
  }
  return found;
}

export function without<F extends object>(filter: F, ...keys: (keyof F)[]): F {
  return Object.fromEntries(Object.entries(filter).filter(([key]) => !keys.some((one) => one === key))) as F;
}

/** In one order, so that two filters are told apart by their text. */
export function textOf<K extends string>(keys: readonly K[], filter: Filters<K>): string {
  const text = new URLSearchParams();
  for (const key of keys) {
    const value = filter[key];
    if (value) text.set(key, value);
  }
  return text.toString();
}

export const parsed = <K extends string>(keys: readonly K[], text: string): Filters<K> => picked(keys, Object.fromEntries(new URLSearchParams(text)));
