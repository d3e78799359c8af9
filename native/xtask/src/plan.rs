//! From facts about a machine to what must be installed there. Pure, so that every kind of
//! machine can be tried in a test.

use crate::facts::{Distribution, Facts, System, oldest_rust};

/// What the command at hand needs beyond the compiler.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    /// Chromium and its driver, for the tests
    pub browser: bool,
}

/// The compiler that builds the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Toolchain {
    /// The one that builds everything else
    Same,
    /// The distribution's
    Distribution(Distribution),
}

/// What is to be done next.
#[derive(Debug, PartialEq)]
pub enum Plan {
    /// Nothing: build.
    Ready(Toolchain),
    /// `rustup target add`, then look again.
    AddTarget,
    /// Debian packages, then look again.
    Apt {
        packages: Vec<Package>,
        as_root: bool,
    },
    /// Only the user can go on: what is missing, and the command or place that helps.
    Ask {
        missing: Vec<&'static str>,
        remedy: String,
    },
}

/// A package and its reason.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Package {
    pub name: &'static str,
    pub why: &'static str,
}

const TOPOLOGY: &str = "hwloc's headers, to read this machine's topology";
const DEVICES: &str = "libudev's headers, which hwloc needs";
const FINDER: &str = "pkg-config, to find libraries";
const TARGET: &str = "a Rust for wasm32, to build the page";
const BROWSER: &str = "Chromium, to test the page";
const DRIVER: &str = "its driver, to test the page";

/// What this machine needs next.
pub fn plan(facts: &Facts) -> Plan {
    let toolchain = if facts.rust.has_wasm {
        Some(Toolchain::Same)
    } else if facts.rust.may_download {
        return Plan::AddTarget;
    } else {
        facts.distribution.clone().map(Toolchain::Distribution)
    };
    let missing: Vec<&'static str> = [
        (facts.pkg_config, FINDER),
        (facts.hwloc, TOPOLOGY),
        (facts.udev, DEVICES),
        (toolchain.is_some(), TARGET),
        (facts.chromium, BROWSER),
        (facts.chromedriver, DRIVER),
    ]
    .into_iter()
    .filter_map(|(there, what)| (!there).then_some(what))
    .collect();
    match toolchain {
        Some(toolchain) if missing.is_empty() => Plan::Ready(toolchain),
        _ => obtain(facts, missing),
    }
}

fn obtain(facts: &Facts, missing: Vec<&'static str>) -> Plan {
    match &facts.system {
        System::Apt { root, .. } => {
            let packages = missing
                .iter()
                .flat_map(|what| debian(facts, what))
                .collect();
            Plan::Apt {
                packages,
                as_root: *root,
            }
        }
        System::Mac => Plan::Ask {
            remedy: remedy(&missing, "brew install", homebrew),
            missing,
        },
        System::OtherLinux => Plan::Ask {
            remedy: "install them with this system's package manager \
                     (Fedora: sudo dnf install hwloc-devel systemd-devel pkgconf; \
                     Arch: sudo pacman -S hwloc pkgconf), \
                     and the target with `rustup target add wasm32-unknown-unknown`"
                .to_owned(),
            missing,
        },
        System::Other => Plan::Ask {
            remedy: "the lab builds on Linux and macOS; on Windows use WSL".to_owned(),
            missing,
        },
    }
}

/// The Debian packages for one missing thing.
fn debian(facts: &Facts, what: &'static str) -> Vec<Package> {
    let names: &[&'static str] = match what {
        FINDER => &["pkg-config"],
        TOPOLOGY => &["libhwloc-dev"],
        DEVICES => &["libudev-dev"],
        BROWSER => &["chromium"],
        DRIVER => &["chromium-driver"],
        _ => rust_packages(facts),
    };
    names
        .iter()
        .map(|&name| Package { name, why: what })
        .collect()
}

/// The distribution's Rust that can build the page: with the target prebuilt where that is
/// new enough (Debian 13 on), else the newer compiler Debian keeps for its browsers, whose
/// standard library is then built from source.
fn rust_packages(facts: &Facts) -> &'static [&'static str] {
    match &facts.system {
        System::Apt { prebuilt, .. } if *prebuilt >= Some(oldest_rust()) => {
            &["rustc", "cargo", "libstd-rust-dev-wasm32"]
        }
        _ => &["rustc-web", "cargo-web", "rust-web-src"],
    }
}

fn homebrew(what: &str) -> &'static str {
    match what {
        FINDER => "pkg-config",
        TOPOLOGY | DEVICES => "hwloc",
        BROWSER => "--cask chromium",
        DRIVER => "--cask chromedriver",
        _ => "rustup",
    }
}

fn remedy(missing: &[&str], command: &str, name: fn(&str) -> &'static str) -> String {
    // Casks and formulas are separate calls
    let (casks, formulas): (Vec<_>, Vec<_>) = missing
        .iter()
        .map(|what| name(what))
        .partition(|name| name.starts_with("--cask"));
    let mut calls = Vec::new();
    if !formulas.is_empty() {
        calls.push(format!("{command} {}", formulas.join(" ")));
    }
    calls.extend(casks.iter().map(|cask| format!("{command} {cask}")));
    format!("run: {}", calls.join(" && "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Rust, Version};
    use std::path::PathBuf;

    fn complete() -> Facts {
        Facts {
            system: System::Apt {
                root: true,
                prebuilt: None,
            },
            pkg_config: true,
            hwloc: true,
            udev: true,
            rust: Rust {
                has_wasm: true,
                may_download: false,
            },
            distribution: None,
            chromium: true,
            chromedriver: true,
        }
    }

    fn without_target(facts: Facts) -> Facts {
        Facts {
            rust: Rust {
                has_wasm: false,
                may_download: false,
            },
            ..facts
        }
    }

    /// What Debian 12 offers of the target
    const DEBIAN_12: Option<Version> = Some((1, 63));

    fn names(plan: &Plan) -> Vec<&'static str> {
        match plan {
            Plan::Apt { packages, .. } => packages.iter().map(|package| package.name).collect(),
            other => panic!("no packages in {other:?}"),
        }
    }

    #[test]
    fn a_complete_machine_needs_nothing() {
        assert_eq!(plan(&complete()), Plan::Ready(Toolchain::Same));
    }

    #[test]
    fn a_distributions_rust_does_when_the_own_one_lacks_the_target() {
        let web = Distribution {
            from_source: true,
            linker: Some(PathBuf::from("rust-lld")),
        };
        let facts = Facts {
            distribution: Some(web.clone()),
            ..without_target(complete())
        };
        assert_eq!(plan(&facts), Plan::Ready(Toolchain::Distribution(web)));
    }

    #[test]
    fn rustup_comes_first_where_it_may_download() {
        let facts = Facts {
            rust: Rust {
                has_wasm: false,
                may_download: true,
            },
            ..complete()
        };
        assert_eq!(plan(&facts), Plan::AddTarget);
    }

    #[test]
    fn a_bare_debian_12_gets_everything_in_one_go() {
        let facts = without_target(Facts {
            system: System::Apt {
                root: true,
                prebuilt: DEBIAN_12,
            },
            pkg_config: false,
            hwloc: false,
            udev: false,
            chromium: false,
            chromedriver: false,
            ..complete()
        });
        let plan = plan(&facts);
        assert!(matches!(plan, Plan::Apt { as_root: true, .. }));
        assert_eq!(
            names(&plan),
            [
                "pkg-config",
                "libhwloc-dev",
                "libudev-dev",
                "rustc-web",
                "cargo-web",
                "rust-web-src",
                "chromium",
                "chromium-driver"
            ]
        );
    }

    #[test]
    fn a_prebuilt_target_is_taken_only_when_new_enough() {
        let packages = |prebuilt| {
            let system = System::Apt {
                root: false,
                prebuilt,
            };
            names(&plan(&without_target(Facts {
                system,
                ..complete()
            })))
        };
        assert_eq!(
            packages(Some((1, 96))),
            ["rustc", "cargo", "libstd-rust-dev-wasm32"]
        );
        assert_eq!(
            packages(DEBIAN_12),
            ["rustc-web", "cargo-web", "rust-web-src"]
        );
        // Lists never fetched: the name is still the best guess, and apt says if it is wrong
        assert_eq!(packages(None), ["rustc-web", "cargo-web", "rust-web-src"]);
    }

    #[test]
    fn every_package_states_its_reason() {
        let facts = Facts {
            hwloc: false,
            ..complete()
        };
        let Plan::Apt { packages, .. } = plan(&facts) else {
            panic!()
        };
        assert_eq!(
            packages,
            [Package {
                name: "libhwloc-dev",
                why: TOPOLOGY
            }]
        );
    }

    #[test]
    fn a_mac_is_told_the_homebrew_command() {
        let facts = Facts {
            system: System::Mac,
            pkg_config: false,
            hwloc: false,
            ..complete()
        };
        let Plan::Ask { missing, remedy } = plan(&facts) else {
            panic!()
        };
        assert_eq!(missing, [FINDER, TOPOLOGY]);
        assert_eq!(remedy, "run: brew install pkg-config hwloc");

        let facts = Facts {
            chromium: false,
            chromedriver: false,
            ..facts
        };
        let Plan::Ask { remedy, .. } = plan(&facts) else {
            panic!()
        };
        assert_eq!(
            remedy,
            "run: brew install pkg-config hwloc && brew install --cask chromium \
             && brew install --cask chromedriver"
        );
    }
}
