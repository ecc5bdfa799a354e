/** Evidence as rows of a table: whatever a record holds, flattened, in its order. */

export interface Pair {
  key: string;
  value: unknown;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Nested objects become `outer.inner`; lists of things stay lists. */
export function pairs(record: Record<string, unknown>, prefix = ""): Pair[] {
  return Object.entries(record).flatMap(([key, value]) =>
    isPlain(value) ? pairs(value, `${prefix}${key}.`) : [{ key: prefix + key, value }],
  );
}

/** The columns of a list of records, in the order in which they first appear. */
export function columns(rows: readonly Record<string, unknown>[]): string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** Names that hold a moment: `at`, `called_at`, `first_at`, `until` ... */
export const isMoment = (key: string, value: unknown): value is number =>
  typeof value === "number" && /(^|[._])(at|now|until)$/.test(key) && value > 1e9;
