// Starts the worker: the page's program, compiled, which it sends.
import init from "./lab-web.js";
import { keepParts } from "./parts.js";

const start = (event) => init({ module_or_path: event.data }).then(keep);
addEventListener("message", start, { once: true });

// As offline.js does for the page.
function keep() {
  if (location.search === "?live") setTimeout(() => keepParts().catch(() => {}), 1000);
}
