/** Name and password of an address, as `lianqin.addresses.split_address` reads them: a password may be typed raw. */

export interface Split {
  /** The address without them. */
  url: string;
  user: string;
  password: string;
}

const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;
const PLACE = /(\[[0-9A-Fa-f:.]+(?:%[^\]\s]+)?\]|[^\s/?#@:[\]]+)(?::\d{0,5})?(?=[/?#]|$)/y;
const NUMBERS = /^\d{1,3}(?:\.\d{1,3}){3}$/;
const MOST_AT = 100;
const HIDDEN = "***";

/** `%` as it is meant; what is no UTF-8 stays as it was written. */
function meant(text: string): string {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (written) => {
    try {
      return decodeURIComponent(written);
    } catch {
      return written;
    }
  });
}

/** Null: the address holds none that can be shown apart, or can be read in two ways. */
export function splitLogin(url: string): Split | null {
  const mark = SCHEME.exec(url);
  if (!mark) return null;
  const body = url.slice(mark[0].length);
  const places = [...body.matchAll(/@/g)].map((one) => one.index);
  if (places.length === 0 || places.length > MOST_AT) return null;
  const first = body.search(/[/?#]/);
  const end = first < 0 ? body.length : first;
  const found: { at: number; sure: boolean }[] = [];
  for (const at of [body.slice(0, end).lastIndexOf("@"), ...places.filter((n) => n > end)]) {
    PLACE.lastIndex = at + 1;
    const host = PLACE.exec(body)?.[1];
    if (host === undefined || (at > end && !body.slice(0, at).includes(":"))) continue;
    found.push({ at, sure: host.startsWith("[") || NUMBERS.test(host) || (at > end && host.includes(".")) || host === "localhost" });
  }
  const sure = found.filter((one) => one.sure);
  const taken = sure[0] ?? found[0];
  if (!taken || sure.length > 1 || taken.at < 0) return null;
  const who = body.slice(0, taken.at);
  if (who === HIDDEN) return null;
  const colon = who.indexOf(":");
  return {
    url: mark[0] + body.slice(taken.at + 1),
    user: meant(colon < 0 ? who : who.slice(0, colon)),
    password: colon < 0 ? "" : meant(who.slice(colon + 1)),
  };
}

/** Without the mask that stands for name and password. */
export const bare = (url: string): string => url.replace(`://${HIDDEN}@`, "://");
/** Host in small letters; empty where the address names none. */
export const hostOf = (url: string): string => /^[a-z]+:\/\/(?:[^/?#]*@)?(\[[^\]]*\]|[^/?#:]*)/i.exec(url)?.[1]?.toLowerCase() ?? "";
