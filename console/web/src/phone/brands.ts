/** Which maker's steps a guard needs, by what the browser says of its phone. */

export const BRANDS = ["huawei", "xiaomi", "oppo", "vivo", "iphone", "other"] as const;
export type Brand = (typeof BRANDS)[number];
/** Steps of each, by their keys `mine.tracker.steps.<brand>_<n>`. */
export const STEPS = 4;

/** Model codes as the makers write them: HarmonyOS and Honor (ABR-AL00, HONOR), Xiaomi (M2102K1C, 2201123C, Redmi, POCO), OPPO
 * (PGBM10, CPH2305, RMX3310), vivo (V2157A, iQOO). */
const KNOWN: readonly [Brand, RegExp][] = [
  ["iphone", /iPhone|iPad|iPod/],
  ["huawei", /huawei|honor|harmony|hmscore|\b[A-Z]{3}-[A-Z]{2}\d{2}/i],
  ["xiaomi", /xiaomi|redmi|\bmi \w|miui|poco|\bM\d{4}[A-Z]\w+|; 2\d{3}\w{4,6}[A-Z]\b/i],
  ["oppo", /oppo|realme|oneplus|heytap|\bP[A-Z]{3}\d{2}|\bCPH\d{4}|\bRMX\d{4}/i],
  ["vivo", /vivo|iqoo|\bV\d{4}[A-Z]{1,2}\b/i],
];

export const brandOf = (agent: string): Brand => KNOWN.find(([, known]) => known.test(agent))?.[0] ?? "other";
