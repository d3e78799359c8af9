// The simulations' worker: the page sends the compiled module first, then asks.
import init from "./lab-web.js";

onmessage = (event) => init({ module_or_path: event.data });
