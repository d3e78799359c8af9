// Keeps this version of the page for times without a network. It answers for the page's own files only:
// no API, no report, nothing else of this host.

// Completed when the page is built: what the files hold, and which there are.
const [VERSION, FILES] = ["", []];

const scope = registration.scope;
// Another lab on the same host has a scope of its own, and so caches of its own.
const ours = `locality-lab ${scope} `;
const cache = caches.open(ours + VERSION);
const files = new Set(FILES.map((file) => new URL(file, scope).href));

addEventListener("install", (event) => {
  const fresh = FILES.map((file) => new Request(new URL(file, scope), { cache: "no-cache" }));
  event.waitUntil(cache.then((cache) => cache.addAll(fresh)));
});

addEventListener("activate", (event) => {
  const old = (name) => name.startsWith(ours) && name !== ours + VERSION;
  const tidy = async () => {
    for (const name of await caches.keys()) if (old(name)) await caches.delete(name);
    await clients.claim();
  };
  event.waitUntil(tidy());
});

// From offline.js, when the reader asks for the version that waits.
addEventListener("message", (event) => {
  if (event.data === "update") skipWaiting();
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  url.search = url.hash = "";
  if (url.href === scope + "index.html") url.href = scope;
  if (request.method !== "GET" || !files.has(url.href)) return;
  // The start page says where it is served and with which report, so the host's is better than ours.
  const answer = request.mode === "navigate" ? fetch(request).catch(() => kept(url)) : kept(url);
  event.respondWith(answer.then((answer) => answer ?? fetch(request)));
});

async function kept(url) {
  return (await cache).match(url.href);
}
