//! The browser lab: compiled to WebAssembly, cut into parts, given its bindings, and put beside the static
//! files, as `target/web/dist`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::facts::WASM;
use crate::plan::{Compiler, Toolchain};
use crate::shell::{cargo, program, root, run, target_dir};

/// The crate of the page and its worker, its binary, and the stem of its files.
const NAME: &str = "lab-web";

/// How the page is compiled.
#[derive(Clone, Copy)]
pub enum Care {
    /// Small and fast, as it is given to others: a minute or two after each edit.
    Full,
    /// For looking at an edit: crates are compiled apart, and only what changed.
    Quick,
}

impl Care {
    /// The profile of Cargo.toml.
    fn profile(self) -> &'static str {
        match self {
            Self::Full => "web",
            Self::Quick => "web-quick",
        }
    }
}

/// Builds the page where anything changed; returns the folder with all its files.
pub fn build(toolchain: Toolchain, pack: &Path, care: Care) -> Result<PathBuf> {
    let work = target_dir().join("web");
    let course = work.join("course.rs");
    fs::create_dir_all(&work).with_context(|| work.display().to_string())?;
    run(program(pack).arg("course").arg(&course)).context("the course was not written")?;
    let wasm = compile(&toolchain, &course, care.profile()).context("the page was not built")?;
    let statics = root().join("web/static");
    let (dist, stamp) = (work.join("dist"), work.join("stamp"));

    let state = fingerprint(&[&statics, pack, &wasm])?;
    if dist.is_dir() && fs::read_to_string(&stamp).is_ok_and(|old| old == state) {
        return Ok(dist);
    }
    // Built aside and then moved, so that a failure leaves no half page behind
    let fresh = work.join("dist.new");
    remove(&fresh)?;
    copy(&statics, &fresh)?;
    run(program(pack).arg("page").arg(&wasm).arg(NAME).arg(&fresh))
        .context("the page was not packed")?;
    remove(&dist)?;
    fs::rename(&fresh, &dist)
        .with_context(|| format!("{} could not be moved into place", fresh.display()))?;
    fs::write(&stamp, state)
        .with_context(|| format!("{} could not be written", stamp.display()))?;
    Ok(dist)
}

/// Cargo decides whether there is anything to compile.
fn compile(toolchain: &Toolchain, course: &Path, profile: &str) -> Result<PathBuf> {
    // Of its own, so that two compilers do not evict each other's work
    let target = target_dir().join("wasm");
    let mut command = match toolchain.compiler {
        Compiler::Same => cargo(),
        Compiler::Distribution(_) => distributions_cargo(),
    };
    command.args(["build", "--profile", profile, "--target", WASM]);
    command.args(["--package", NAME]);
    command.arg("--target-dir").arg(&target);
    command.env("LAB_COURSE", course);
    command.env(
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
        &toolchain.linker,
    );
    // These would replace what .cargo/config.toml says for the page
    command
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    if let Compiler::Distribution(rust) = toolchain.compiler
        && rust.from_source
    {
        // A stable compiler builds the standard library only when told it may
        command
            .env("RUSTC_BOOTSTRAP", "1")
            // Nothing there prints backtraces
            .args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features="]);
    }
    run(&mut command)?;
    let folder = target.join(WASM).join(profile);
    Ok(folder.join(format!("{NAME}.wasm")))
}

/// /usr/bin/cargo with /usr/bin/rustc, and no proxy of rustup's in between.
fn distributions_cargo() -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(PathBuf::from("/usr/bin")).chain(std::env::split_paths(&path));
    let mut command = program("/usr/bin/cargo");
    command
        .env("RUSTC", "/usr/bin/rustc")
        .env_remove("CARGO")
        .env_remove("RUSTUP_TOOLCHAIN");
    if let Ok(path) = std::env::join_paths(folders) {
        command.env("PATH", path);
    }
    command
}

/// Paths, sizes and times of all files: enough to see that nothing changed.
fn fingerprint(inputs: &[&Path]) -> Result<String> {
    let mut state = String::new();
    for input in inputs {
        for file in files(input)? {
            let data = file
                .metadata()
                .with_context(|| format!("{}", file.display()))?;
            writeln!(
                state,
                "{} {} {:?}",
                file.display(),
                data.len(),
                data.modified()?
            )?;
        }
    }
    Ok(state)
}

/// The files below a folder in a fixed order, or the file itself.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries =
        fs::read_dir(path).with_context(|| format!("{} is not readable", path.display()))?;
    let mut entries: Vec<PathBuf> = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    entries.sort();
    let mut all = Vec::new();
    for entry in entries {
        all.extend(files(&entry)?);
    }
    Ok(all)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files(from)? {
        let target = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(&file, &target)
            .with_context(|| format!("{} could not be copied", file.display()))?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} could not be removed", folder.display()))
        }
        _ => Ok(()),
    }
}
