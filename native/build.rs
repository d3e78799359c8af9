//! Tells the compiler where the build tool keeps the page (see `src/assets.rs`).
//!
//! The answer is a path and never what stands there: a page built anew compiles nothing here, and
//! neither tests nor benchmarks bring about another `lab` than the build tool does.

use std::{
    env,
    path::{Path, PathBuf},
};

fn main() {
    println!("cargo:rerun-if-env-changed=LAB_PAGE");
    println!("cargo:rerun-if-changed=build.rs");
    let page = env::var_os("LAB_PAGE").map_or_else(beside_this_build, PathBuf::from);
    println!("cargo:rustc-env=LAB_PAGE={}", page.display());
    if env::var_os("CARGO_FEATURE_EMBED").is_some() {
        println!("cargo:rerun-if-changed={}", page.display());
    }
}

/// `web/dist` in the folder of all build output, which Cargo marks as a cache.
fn beside_this_build() -> PathBuf {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("Cargo sets it"));
    let is_target = |folder: &&Path| folder.join("CACHEDIR.TAG").is_file();
    let target = out.ancestors().find(is_target);
    target.unwrap_or(&out).join("web/dist")
}
