/** Lets the guard's page open without network: `public/sw.js` answers, from what is put into its cache here. */

const KEPT = "lianqin-page-1"; // the name that sw.js uses

/** The page and the built files it has loaded so far. Quietly does nothing where the browser can't. */
export async function keepPage(): Promise<void> {
  if (!("serviceWorker" in navigator) || !("caches" in window)) return;
  try {
    await navigator.serviceWorker.register("/sw.js");
    const loaded = performance
      .getEntriesByType("resource")
      .map((one) => new URL(one.name))
      .filter((url) => url.origin === location.origin && url.pathname.startsWith("/assets/"))
      .map((url) => url.pathname);
    const cache = await caches.open(KEPT);
    const wanted = new Set(["/", "/icon.svg", ...loaded]);
    // What an earlier build left goes.
    for (const old of await cache.keys()) if (!wanted.has(new URL(old.url).pathname)) await cache.delete(old);
    await cache.addAll([...wanted]);
  } catch {
    // Private windows refuse both; the page works without, as long as there is network.
  }
}
