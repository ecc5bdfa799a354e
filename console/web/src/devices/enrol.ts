/** What a phone's client reads from a QR code to send here as its guard. */

export type Client = "traccar" | "owntracks";

/** Seconds between fixes while moving, and metres after which one more is sent. */
const INTERVAL_S = 15;
const DISTANCE_M = 30;

const base64 = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

/** Traccar Client reads its settings from a link's query; OwnTracks takes a whole configuration, inline. */
export function configOf(client: Client, address: string, credential: string, guardId: string): string {
  if (client === "traccar") {
    const link = new URL(address);
    link.search = new URLSearchParams({ id: credential, interval: String(INTERVAL_S), distance: String(DISTANCE_M), buffer: "true" }).toString();
    return link.toString();
  }
  const config = {
    _type: "configuration", mode: 3, url: address, auth: true, username: guardId, password: credential, deviceId: guardId,
    tid: guardId.slice(-2), monitoring: 2, locatorInterval: INTERVAL_S, moveModeLocatorInterval: INTERVAL_S, cmd: false,
  };
  return `owntracks:///config?inline=${base64(JSON.stringify(config))}`;
}
