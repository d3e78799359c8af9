// Starts the page, which then starts its worker (worker.js).
import init from "./lab-web.js";
import { keep } from "./offline.js";

// What each part of the program consists of; completed when the page is built.
const NEEDS = {};

// The view's own parts are on their way before the page knows that it needs them.
const view = location.hash.split(/[/?]/)[1] ?? "";
for (const file of NEEDS["view_" + view] ?? []) {
  const link = document.createElement("link");
  const type = "application/wasm";
  Object.assign(link, { rel: "preload", as: "fetch", crossOrigin: "anonymous", type, href: file });
  document.head.append(link);
}

init({ module_or_path: new URL("lab-web_bg.wasm", import.meta.url) }).then(keep, (error) => {
  const line = document.getElementById("loading");
  if (!line) throw error;
  line.setAttribute("role", "alert");
  line.textContent =
    "The lab could not start in this browser. It needs WebAssembly with SIMD (any browser since 2023) " +
    "and a page that was loaded completely: try to reload, or another browser. (" + error + ")";
});
