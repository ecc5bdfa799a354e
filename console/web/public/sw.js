// Keeps the page itself, so that it opens without network. Answers of the API are never kept here.
const KEPT = "lianqin-page-2";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(Promise.all([self.clients.claim(), forgetOlder()])));

async function forgetOlder() {
  for (const name of await caches.keys()) if (name.startsWith("lianqin-page-") && name !== KEPT) await caches.delete(name);
}

// The guard's page is a document of its own: its headers permit what no other page may use.
function documentOf(path) {
  return /^\/m(\/|$)/i.test(path) ? "/m" : "/";
}

async function firstTheNetwork(request, path) {
  const cache = await caches.open(KEPT);
  const key = documentOf(path);
  try {
    const answer = await fetch(request);
    if (answer.ok && [key, "/login"].includes(path)) await cache.put(key, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(key);
    if (kept) return kept;
    throw error;
  }
}

async function firstTheKept(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(firstTheNetwork(event.request, url.pathname));
  else if (url.pathname.startsWith("/assets/") || url.pathname === "/icon.svg") event.respondWith(firstTheKept(event.request));
});
