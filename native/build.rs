//! Tells the compiler which folder holds the page to embed.

use std::{env, path::PathBuf};

fn main() {
    println!("cargo:rerun-if-env-changed=LAB_WEB_DIST");
    let source = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    // The build tool names the built page; alone, this crate embeds one that says what to run.
    let dist =
        env::var("LAB_WEB_DIST").map_or_else(|_| source.join("src/serve/unbuilt"), PathBuf::from);
    println!("cargo:rerun-if-changed={}", dist.display());
    println!("cargo:rustc-env=LAB_WEB_DIST={}", dist.display());
}
