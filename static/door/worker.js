/* Opens the door's page when there is no network. The page itself decides what is kept (door.js); this only answers.
   It stands over /door/ and /p/ and never over the public site. */

const PATIENCE = 4000; // milliseconds; a hall's network dies by falling silent

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request, url));
  else if (url.pathname.startsWith("/static/")) event.respondWith(kept(event.request));
});

/* What is sent is waited for: an answer that comes late may carry the cookie of a pass. */
async function page(request, url) {
  const instead = await shell(url);
  if (!instead) return fetch(request);
  try {
    return await fetch(request, request.method === "GET" ? { signal: AbortSignal.timeout(PATIENCE) } : {});
  } catch {
    return instead;
  }
}

/* The kept page of this session, else of the one that was kept last: a ticket's address names none. */
async function shell(url) {
  const cache = await caches.open("door");
  const [, session] = url.pathname.match(/^\/door\/(\d+)\//) ?? [];
  const shells = (await cache.keys()).filter((key) => key.url.endsWith("/shell/"));
  const key = shells.find((one) => session && one.url.endsWith(`/door/${session}/shell/`)) ?? shells.at(-1);
  return key && cache.match(key, { ignoreVary: true });
}

async function kept(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}
