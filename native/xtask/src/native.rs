//! The `lab` binary: for this machine, where it reads the page that was built, or to travel, with
//! the page inside.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::shell::{cargo, output, run, target_dir};

/// What [`build`] brings about.
pub struct Built {
    /// The `lab` binary.
    pub lab: PathBuf,
    /// What makes the page of the compiler's output.
    pub pack: PathBuf,
}

/// Builds `lab` for this machine's CPU and the packer of the page, where anything changed: in one
/// go, so that what both need is compiled once.
pub fn build() -> Result<Built> {
    let target = target_dir();
    run(cargo()
        .args(["build", "--release"])
        .args(["--package", "lab-native", "--bin", "lab"])
        .args(["--package", "xtask-pack", "--bin", "xtask-pack"])
        .arg("--target-dir")
        .arg(&target))
    .context("the lab was not built")?;
    let built = |name: &str| target.join("release").join(executable(name));
    Ok(Built {
        lab: built("lab"),
        pack: built("xtask-pack"),
    })
}

/// Builds `lab` for a kind of CPU, into `target/dist`.
pub fn dist(page: &Path, cpu: &Cpu) -> Result<()> {
    // Of its own: other flags would evict the build for this machine
    let target = target_dir().join("dist-build");
    let flags = match &cpu.0 {
        Some(name) => format!("-Ctarget-cpu={name}"),
        None => String::new(),
    };
    run(cargo()
        .args(["build", "--release", "--features", "embed"])
        .args(["--package", "lab-native", "--bin", "lab"])
        .arg("--target-dir")
        .arg(&target)
        // Replaces `target-cpu=native` of .cargo/config.toml, even when empty
        .env("RUSTFLAGS", flags)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env("CARGO_PROFILE_RELEASE_STRIP", "symbols")
        // Read by `native/build.rs`
        .env("LAB_PAGE", page))
    .context("the lab was not built")?;

    let folder = target_dir().join("dist");
    let file = folder.join(executable("lab"));
    fs::create_dir_all(&folder)
        .and_then(|()| fs::copy(target.join("release").join(executable("lab")), &file))
        .with_context(|| format!("{} could not be written", file.display()))?;
    let level = cpu.0.as_deref().unwrap_or("any");
    println!(
        "Built {} for {level} {} CPUs.",
        file.display(),
        std::env::consts::ARCH
    );
    if cfg!(target_os = "linux") {
        println!("Where it runs it needs hwloc's library (Debian: libhwloc15), nothing else.");
    }
    Ok(())
}

fn executable(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// The CPU a travelling binary is built for; none is the architecture's baseline.
#[derive(Debug, PartialEq)]
pub struct Cpu(Option<String>);

impl Cpu {
    /// Reads what follows `cargo lab dist`.
    pub fn from_arguments(arguments: &[&str]) -> Result<Cpu> {
        let name = match arguments {
            [] => return Ok(Cpu(None)),
            ["--cpu", name] => name,
            [one] if one.starts_with("--cpu=") => &one["--cpu=".len()..],
            ["--cpu"] => bail!("--cpu needs a name, such as x86-64-v3"),
            [other, ..] => {
                bail!("`cargo lab dist` knows only `--cpu NAME`, but got `{other}`")
            }
        };
        // The compiler would only warn, and build something else
        let known = output("rustc", &["--print", "target-cpus"])
            .context("the compiler did not list the CPUs it knows")?;
        let is_known = known
            .lines()
            .any(|line| line.split_whitespace().next() == Some(name));
        ensure!(
            is_known,
            "unknown CPU `{name}`; `rustc --print target-cpus` lists them"
        );
        Ok(Cpu(Some(name.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dist_understands_a_cpu_and_refuses_the_rest() {
        assert_eq!(Cpu::from_arguments(&[]).unwrap(), Cpu(None));
        let native = Cpu(Some("native".to_owned()));
        assert_eq!(Cpu::from_arguments(&["--cpu", "native"]).unwrap(), native);
        assert_eq!(Cpu::from_arguments(&["--cpu=native"]).unwrap(), native);
        for wrong in [
            &["--cpu"][..],
            &["--cpu", "abacus"],
            &["--what"],
            &["--cpu", "native", "x"],
        ] {
            assert!(Cpu::from_arguments(wrong).is_err(), "{wrong:?}");
        }
    }
}
