// Starts the page, which then starts its worker (worker.js).
import init from "./lab-web.js";
import { keep } from "./offline.js";

init({ module_or_path: new URL("lab-web_bg.wasm", import.meta.url) }).then(keep, (error) => {
  const line = document.getElementById("loading");
  if (!line) throw error;
  line.setAttribute("role", "alert");
  line.textContent =
    "The lab could not start in this browser. It needs WebAssembly with SIMD (any browser since 2023) " +
    "and a page that was loaded completely: try to reload, or another browser. (" + error + ")";
});
