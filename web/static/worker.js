// Starts the worker, a program of its own beside the page's.
import init from "./lab-worker.js";

init({ module_or_path: new URL("lab-worker_bg.wasm", import.meta.url) });
