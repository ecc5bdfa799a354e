/** Times are epoch seconds; people read them in Asia/Shanghai, wherever their computer stands. */

/** Asia/Shanghai has been UTC+8 without summer time since 1991; written here, no browser chooses order, zone or digits. */
const AHEAD_S = 8 * 3600;
const iso = (at: number): string => new Date((at + AHEAD_S) * 1000).toISOString();

/** `22:14:05` */
export function clock(at: number | null | undefined): string {
  return at === null || at === undefined ? "–" : iso(at).slice(11, 19);
}

/** `2026-11-25` */
export function day(at: number): string {
  return iso(at).slice(0, 10);
}

/** `2026-11-25 22:14:05` */
export function dayClock(at: number | null | undefined): string {
  return at === null || at === undefined ? "–" : `${day(at)} ${clock(at)}`;
}

/** `2026-11-25 22:14` */
export function dayMinute(at: number | null | undefined): string {
  return at === null || at === undefined ? "–" : dayClock(at).slice(0, 16);
}

/** Minutes and seconds: `0:07`, `12:30`, `1:02:03`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const m = Math.floor(whole / 60) % 60;
  const h = Math.floor(whole / 3600);
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

export interface Spoken {
  key: "seconds" | "minutes" | "minutes_seconds" | "hours" | "hours_whole";
  values: Record<string, number>;
}

/** A length of time as said aloud: exact to the second up to a minute, to ten seconds up to ten minutes, then to the minute. */
export function spoken(seconds: number): Spoken {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return { key: "seconds", values: { n: whole } };
  const tens = Math.round(whole / 10) * 10;
  if (tens < 600 && tens % 60 > 0) return { key: "minutes_seconds", values: { m: Math.floor(tens / 60), s: tens % 60 } };
  const minutes = Math.round((tens < 600 ? tens : whole) / 60);
  if (minutes < 60) return { key: "minutes", values: { n: minutes } };
  if (minutes % 60 === 0) return { key: "hours_whole", values: { h: minutes / 60 } };
  return { key: "hours", values: { h: Math.floor(minutes / 60), m: minutes % 60 } };
}

/** Whole seconds that remain until `from + seconds`; never below 0. It reaches 0 when the time is over, not before. */
export function countdown(from: number, seconds: number, now: number): number {
  return Math.max(0, Math.ceil(from + seconds - now));
}

/** The share of `seconds` that has gone by, 0..1. */
export function elapsedShare(from: number, seconds: number, now: number): number {
  return seconds <= 0 ? 1 : Math.min(1, Math.max(0, (now - from) / seconds));
}

/** `2026-11-25T22:14:05`, read as Asia/Shanghai (UTC+8, no summer time) -> epoch seconds; null for nonsense. */
export function fromLocalInput(text: string): number | null {
  if (!text) return null;
  const whole = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(text) ? `${text}:00` : text;
  const at = Date.parse(`${whole}+08:00`);
  return Number.isNaN(at) ? null : at / 1000;
}
