/** Where this phone is, if it says so. */

import { shallowRef } from "vue";

export interface PhonePlace {
  lon: number;
  lat: number;
  accuracy_m: number;
  /** Epoch seconds. */
  at: number;
}

/** The last place that the phone gave to this page. */
export const phonePlace = shallowRef<PhonePlace | null>(null);

/** Asked once, for `patience` ms at most; null where the phone has no place or doesn't tell it. */
export function placeNow(patience: number, maximumAge = 10_000): Promise<PhonePlace | null> {
  if (!("geolocation" in navigator)) return Promise.resolve(null);
  return new Promise((then) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords, timestamp }) => {
        phonePlace.value = { lon: coords.longitude, lat: coords.latitude, accuracy_m: coords.accuracy, at: timestamp / 1000 };
        then(phonePlace.value);
      },
      () => then(null),
      { enableHighAccuracy: true, timeout: patience, maximumAge },
    );
  });
}

/** May the page ask for the place without a question to the guard? */
export async function mayLocate(): Promise<boolean> {
  try {
    return (await navigator.permissions.query({ name: "geolocation" })).state === "granted";
  } catch {
    return false;
  }
}
