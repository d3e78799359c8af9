//! From facts about a machine to what must be installed there. Pure, so that every kind of
//! machine can be tried in a test.

use std::path::PathBuf;

use crate::facts::{Distribution, Facts, Linker, System, oldest_rust};

/// What the command at hand needs beyond the compiler.
#[derive(Clone, Copy, Debug, Default)]
pub struct Needs {
    /// Chromium and its driver, for the tests
    pub browser: bool,
}

/// What builds the page.
#[derive(Clone, Debug, PartialEq)]
pub struct Toolchain {
    pub compiler: Compiler,
    pub linker: PathBuf,
}

/// The compiler that builds the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Compiler {
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
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    pub name: String,
    pub why: &'static str,
}

const TOPOLOGY: &str = "hwloc's headers, to read this machine's topology";
const DEVICES: &str = "libudev's headers, which hwloc needs";
const FINDER: &str = "pkg-config, to find libraries";
const TARGET: &str = "a Rust for wasm32, to build the page";
const LINKER: &str = "a linker as new as that Rust, to build the page";
const BROWSER: &str = "Chromium, to test the page";
const DRIVER: &str = "its driver, to test the page";

/// What this machine needs next.
pub fn plan(facts: &Facts) -> Plan {
    let compiler = if facts.rust.has_wasm {
        Some(Compiler::Same)
    } else if facts.rust.may_download {
        return Plan::AddTarget;
    } else {
        facts.distribution.map(Compiler::Distribution)
    };
    // Which linker is needed is known only once the compiler is there
    let linker = compiler.is_none() || matches!(facts.linker, Linker::Found(_));
    let missing: Vec<&'static str> = [
        (facts.pkg_config, FINDER),
        (facts.hwloc, TOPOLOGY),
        (facts.udev, DEVICES),
        (compiler.is_some(), TARGET),
        (linker, LINKER),
        (facts.chromium, BROWSER),
        (facts.chromedriver, DRIVER),
    ]
    .into_iter()
    .filter_map(|(there, what)| (!there).then_some(what))
    .collect();
    match (compiler, &facts.linker) {
        (Some(compiler), Linker::Found(linker)) if missing.is_empty() => Plan::Ready(Toolchain {
            compiler,
            linker: linker.clone(),
        }),
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
    // Debian's plain `lld` is older than the LLVM of its newer compilers
    if let (LINKER, Linker::Lacking(Some(llvm))) = (what, &facts.linker) {
        return vec![Package {
            name: format!("lld-{llvm}"),
            why: what,
        }];
    }
    let names: &[&str] = match what {
        FINDER => &["pkg-config"],
        TOPOLOGY => &["libhwloc-dev"],
        DEVICES => &["libudev-dev"],
        BROWSER => &["chromium"],
        DRIVER => &["chromium-driver"],
        LINKER => &["lld"],
        _ => rust_packages(facts),
    };
    names
        .iter()
        .map(|&name| Package {
            name: name.to_owned(),
            why: what,
        })
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
        LINKER => "lld",
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
            linker: Linker::Found(PathBuf::from("rust-lld")),
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

    const WEB: Distribution = Distribution { from_source: true };

    /// What Debian 12 offers of the target
    const DEBIAN_12: Option<Version> = Some((1, 63));

    fn ready(compiler: Compiler) -> Plan {
        Plan::Ready(Toolchain {
            compiler,
            linker: PathBuf::from("rust-lld"),
        })
    }

    fn names(plan: &Plan) -> Vec<&str> {
        match plan {
            Plan::Apt { packages, .. } => packages.iter().map(|p| p.name.as_str()).collect(),
            other => panic!("no packages in {other:?}"),
        }
    }

    #[test]
    fn a_complete_machine_needs_nothing() {
        assert_eq!(plan(&complete()), ready(Compiler::Same));
    }

    #[test]
    fn a_distributions_rust_does_when_the_own_one_lacks_the_target() {
        let facts = Facts {
            distribution: Some(WEB),
            ..without_target(complete())
        };
        assert_eq!(plan(&facts), ready(Compiler::Distribution(WEB)));
    }

    #[test]
    fn without_rustup_the_linker_of_the_compilers_llvm_is_asked_for() {
        let facts = |llvm| Facts {
            distribution: Some(WEB),
            linker: Linker::Lacking(llvm),
            ..without_target(complete())
        };
        assert_eq!(names(&plan(&facts(Some(22)))), ["lld-22"]);
        assert_eq!(names(&plan(&facts(None))), ["lld"]);
        // Also where the target came prebuilt
        let prebuilt = Facts {
            linker: Linker::Lacking(Some(22)),
            ..complete()
        };
        assert_eq!(names(&plan(&prebuilt)), ["lld-22"]);
        // Not before there is a compiler: it decides the version
        let nothing = Facts {
            distribution: None,
            ..facts(None)
        };
        assert_eq!(
            names(&plan(&nothing)),
            ["rustc-web", "cargo-web", "rust-web-src"]
        );
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
            plan(&without_target(Facts {
                system,
                ..complete()
            }))
        };
        assert_eq!(
            names(&packages(Some((1, 96)))),
            ["rustc", "cargo", "libstd-rust-dev-wasm32"]
        );
        assert_eq!(
            names(&packages(DEBIAN_12)),
            ["rustc-web", "cargo-web", "rust-web-src"]
        );
        // Lists never fetched: the name is still the best guess, and apt says if it is wrong
        assert_eq!(
            names(&packages(None)),
            ["rustc-web", "cargo-web", "rust-web-src"]
        );
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
                name: "libhwloc-dev".to_owned(),
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
