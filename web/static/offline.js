// Keeps the page for times without a network (sw.js), and says when a newer one is there.
import { keepParts } from "./parts.js";

const home = new URL("./", import.meta.url).href;

// For a page that is in use: what it did not need yet is fetched now.
export function keep() {
  const workers = navigator.serviceWorker;
  // Not on plain HTTP, in some private windows, or where the reader wants few bytes.
  if (!workers || navigator.connection?.saveData) return;
  const live = document.querySelector("meta[name=lab-live]");
  // What cannot be kept (a full disk, a forbidden cache) is fetched each time, as ever.
  const start = () =>
    quiet()
      .then(() => (live ? leave(workers) : settle(workers)))
      .catch(() => {});
  if ("requestIdleCallback" in window) requestIdleCallback(start);
  else setTimeout(start, 1000);
}

// Until the page has all it asked for: fetching the rest beside it would make it wait.
async function quiet() {
  const resources = () => performance.getEntriesByType("resource").length;
  for (let seen = -1; ; seen = resources()) {
    const drawn = !document.querySelector(".fetching, #loading");
    if (drawn && seen === resources()) return;
    await new Promise((go) => setTimeout(go, 1000));
  }
}

// What a page needs of a server with an API it fetches now, for when the server is gone. What an exported
// page once left at its address must not answer for it.
async function leave(workers) {
  // Whoever drives the page can see that it needs the server for measuring only.
  keepParts().then(() => (document.documentElement.dataset.kept = "parts"), () => {});
  const left = await workers.getRegistration(home);
  if (left?.scope !== home) return;
  await left.unregister();
  if (workers.controller) location.reload();
}

async function settle(workers) {
  const updating = Boolean(workers.controller);
  workers.addEventListener("controllerchange", () => updating && location.reload());
  const registration = await workers.register(new URL("sw.js", home));
  const watch = (worker) => {
    const look = () => worker.state === "installed" && updating && offer(worker);
    worker?.addEventListener("statechange", look);
    if (worker) look();
  };
  watch(registration.waiting ?? registration.installing);
  registration.addEventListener("updatefound", () => watch(registration.installing));
}

function offer(worker) {
  if (document.querySelector(".update")) return;
  const line = document.createElement("p");
  line.className = "run-bar update";
  line.setAttribute("role", "status");
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Reload";
  button.addEventListener("click", () => worker.postMessage("update"));
  line.append("A new version of the lab is there. ", button);
  document.body.append(line);
}
