/** Numbers as people say them. */

/** 0.741 -> `0.74`; null -> `–`. */
export function share(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : value.toFixed(2);
}

/** Score points without a needless decimal: 18, 17.5. */
export function points(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

export function percent(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : `${(value * 100).toFixed(1)} %`;
}

/** Metres rounded to what a walk needs. */
export function metres(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (value < 1000) return `${Math.round(value / 10) * 10} m`;
  return `${(value / 1000).toFixed(1)} km`;
}
