// Starts the worker: the page's program, compiled, which it sends.
import init from "./lab-web.js";

const start = (event) => init({ module_or_path: event.data });
addEventListener("message", start, { once: true });
