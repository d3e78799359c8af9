//! Turns a compiled page into what a browser loads: a module of JavaScript bindings
//! and the WebAssembly beside it.
//!
//! `xtask-bindgen INPUT.wasm NAME FOLDER` writes `NAME.js` and `NAME_bg.wasm`.
//! It stands apart from `xtask` because its libraries take a minute to compile.

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [input, name, folder] = arguments.as_slice() else {
        bail!("usage: xtask-bindgen INPUT.wasm NAME FOLDER");
    };
    Bindgen::new()
        .input_path(input)
        .out_name(name)
        .web(true)?
        // `init()` alone then finds the WebAssembly beside the script, under any sub-path.
        .omit_default_module_path(false)
        .typescript(false)
        // Names would cost a third of the download; the page reports errors in words.
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(folder)
        .with_context(|| format!("no bindings could be made for {input}"))
}
