/** Lets the guard's page open without network: `public/sw.js` answers, from what is put into its cache here. */

const KEPT = "lianqin-page-2"; // the name that sw.js uses
const DOCUMENTS = ["/m", "/", "/icon.svg"];

/** The page and the built files it has loaded so far. Quietly does nothing where the browser can't. */
export async function keepPage(): Promise<void> {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return;
  try {
    await navigator.serviceWorker.register("/sw.js");
    const cache = await caches.open(KEPT);
    const built = new Set((await (await fetch("/assets.json")).json()) as string[]);
    const loaded = performance
      .getEntriesByType("resource")
      .map((one) => new URL(one.name))
      .filter((url) => url.origin === location.origin && built.has(url.pathname))
      .map((url) => url.pathname);
    const kept = (await cache.keys()).map((one) => new URL(one.url).pathname);
    // What an earlier build left goes; what this build's page fetched once (the code reader, the map) stays.
    for (const path of kept) if (!built.has(path) && !DOCUMENTS.includes(path)) await cache.delete(path);
    await cache.addAll([...DOCUMENTS, ...loaded.filter((path) => !kept.includes(path))]);
  } catch {
    // Private windows refuse both; the page works without, as long as there is network.
  }
}
