//! Brings the machine to where everything builds, and says what it does and why.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::facts::{Facts, WASM};
use crate::plan::{Needs, Package, Plan, Toolchain, plan};
use crate::shell::{program, run};

/// Installs what is missing, or says what to run. Returns the compiler for the page.
pub fn prepare(needs: Needs) -> Result<Toolchain> {
    let mut facts = Facts::gather(needs);
    let mut installed: Vec<Package> = Vec::new();
    let mut lists = Lists::AsFound;
    loop {
        match plan(&facts) {
            Plan::Ready(toolchain) => return Ok(toolchain),
            Plan::AddTarget => {
                eprintln!("Adding the target {WASM} with rustup, to build the page.");
                if let Err(error) = run(program("rustup").args(["target", "add", WASM])) {
                    eprintln!("{error:#}; trying the distribution's compiler instead.");
                    facts.rust.may_download = false;
                    continue;
                }
                let looked = Facts::gather(needs);
                if !looked.rust.has_wasm {
                    bail!("rustup added {WASM}, but the active toolchain does not have it");
                }
                facts = looked;
            }
            // A second round may follow the first: the compiler decides which linker it needs
            Plan::Apt { packages, .. } if packages.iter().any(|p| installed.contains(p)) => {
                if lists == Lists::Fetched {
                    bail!(
                        "after installing, still missing: {}",
                        reasons(&packages).join("; ")
                    );
                }
                // Old lists offer old versions: a compiler that installs, but cannot build the lab
                eprintln!("What was installed is too old; looking for newer versions.");
                lists.fetch()?;
                installed.clear();
            }
            Plan::Apt {
                packages,
                as_root: false,
            } => bail!(
                "this machine lacks {}.\nRun this, then try again:\n\n    \
                 sudo apt-get update && sudo apt-get install --no-install-recommends {}\n",
                reasons(&packages).join("; "),
                names(&packages).join(" ")
            ),
            Plan::Apt {
                packages,
                as_root: true,
            } => {
                install(&packages, &mut lists)?;
                installed.extend(packages);
                let may_download = facts.rust.may_download;
                facts = Facts::gather(needs);
                facts.rust.may_download &= may_download;
            }
            Plan::Ask { missing, remedy } => {
                bail!("this machine lacks {}; {remedy}", missing.join("; "))
            }
        }
    }
}

/// The package lists of this machine: absent, stale or fresh, until they are fetched.
#[derive(PartialEq)]
enum Lists {
    AsFound,
    Fetched,
}

impl Lists {
    fn fetch(&mut self) -> Result<()> {
        eprintln!("Fetching the package lists.");
        run(apt().arg("update"))?;
        *self = Lists::Fetched;
        Ok(())
    }
}

fn install(packages: &[Package], lists: &mut Lists) -> Result<()> {
    eprintln!("Installing with apt-get, as this machine lacks:");
    for reason in reasons(packages) {
        let names: Vec<_> = packages
            .iter()
            .filter(|package| package.why == reason)
            .map(|p| p.name.as_str())
            .collect();
        eprintln!("  {reason} ({})", names.join(", "));
    }
    let install = || {
        run(apt()
            .args(["install", "--yes", "--no-install-recommends"])
            .args(names(packages)))
    };
    // The lists may be absent or stale; fetching them first always would cost ten seconds
    install()
        .or_else(|_| {
            lists.fetch()?;
            install()
        })
        .context("the packages could not be installed")
}

/// Nobody may be there to answer: no questions, no reading of input.
fn apt() -> Command {
    let mut apt = program("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive")
        .stdin(Stdio::null())
        .args(["--quiet", "--quiet", "--option", "Dpkg::Use-Pty=0"]);
    apt
}

fn names(packages: &[Package]) -> Vec<&str> {
    packages
        .iter()
        .map(|package| package.name.as_str())
        .collect()
}

/// Each reason once, in order.
fn reasons(packages: &[Package]) -> Vec<&'static str> {
    let mut reasons: Vec<_> = packages.iter().map(|package| package.why).collect();
    reasons.dedup();
    reasons
}
