// The report form where there is no network: an empty form, the same for everybody, and the files it is drawn with.
// Nothing else is kept, and no other page is touched.
const KEPT = "heritage-form";
const PATIENCE_MS = 10_000;
// What a form is drawn with; all that it asks for itself goes its own way.
const DRAWN = new Set(["style", "script", "font", "image"]);

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.respondWith(page(event.request));
  else if (DRAWN.has(event.request.destination)) event.respondWith(file(event.request));
});

async function page(request) {
  const cache = await caches.open(KEPT);
  const blank = (await cache.keys()).find((each) => new URL(each.url).pathname.endsWith("/blank"));
  if (!blank) return fetch(request);
  try {
    // A report on its way is waited for; a form that is only being opened is not, for a line may be dead without saying so.
    return await (request.method === "GET" ? inTime(fetch(request)) : fetch(request));
  } catch {
    return (await cache.match(blank, { ignoreVary: true })) ?? Response.error();
  }
}

async function file(request) {
  const cache = await caches.open(KEPT);
  return (await cache.match(request.url, { ignoreVary: true })) ?? fetch(request);
}

function inTime(answer) {
  return Promise.race([answer, new Promise((_, fail) => setTimeout(fail, PATIENCE_MS, new Error("late")))]);
}
