//! What the machine has and lacks. Nothing here changes anything.

use std::env;
use std::path::{Path, PathBuf};

use crate::plan::Needs;
use crate::shell::{find, output};

/// The name of the page's compilation target.
pub const WASM: &str = "wasm32-unknown-unknown";

/// `major.minor` of a version, enough to compare with what the lab asks for.
pub type Version = (u32, u32);

/// The oldest Rust that compiles the lab.
pub fn oldest_rust() -> Version {
    version(env!("CARGO_PKG_RUST_VERSION")).expect("the workspace states its rust-version")
}

/// What was found on this machine.
#[derive(Clone, Debug)]
pub struct Facts {
    pub system: System,
    pub pkg_config: bool,
    /// hwloc's headers, in a version the binding can use
    pub hwloc: bool,
    /// libudev's headers, which hwloc's binding asks for on Linux
    pub udev: bool,
    pub rust: Rust,
    /// The distribution's compiler, where it can build the page
    pub distribution: Option<Distribution>,
    pub linker: Linker,
    pub chromium: bool,
    pub chromedriver: bool,
}

/// Who can install what is missing.
#[derive(Clone, Debug)]
pub enum System {
    /// Debian and its descendants
    Apt {
        root: bool,
        /// The page's target prebuilt for the distribution's `rustc`, in the version the
        /// package lists offer; none also when the lists were never fetched
        prebuilt: Option<Version>,
    },
    Mac,
    OtherLinux,
    Other,
}

/// The Rust that builds the native side.
#[derive(Clone, Debug)]
pub struct Rust {
    pub has_wasm: bool,
    /// Managed by rustup, which is allowed to download
    pub may_download: bool,
}

/// A distribution's Rust in /usr/bin that can build the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distribution {
    /// The target's standard library is built with the page, from its source
    pub from_source: bool,
}

/// The linker for the page. It must be as new as the compiler, whose files it reads; rustup
/// brings its own, a distribution's Rust does not.
#[derive(Clone, Debug, PartialEq)]
pub enum Linker {
    Found(PathBuf),
    /// The major version of LLVM whose linker is needed; none while there is no compiler
    Lacking(Option<u32>),
}

impl Facts {
    /// Looks at this machine. What is not needed is not looked for.
    pub fn gather(needs: Needs) -> Facts {
        let pkg_config = find(&["pkg-config"]).is_some();
        let has = |library: &str| output("pkg-config", &["--exists", library]).is_some();
        let sysroot = sysroot();
        let has_wasm = sysroot
            .as_ref()
            .is_some_and(|root| root.join("lib/rustlib").join(WASM).is_dir());
        let distribution = if has_wasm { None } else { distribution() };
        let compiler = match &distribution {
            Some(_) => "/usr/bin/rustc",
            None => "rustc",
        };
        Facts {
            system: system(has_wasm || distribution.is_some()),
            pkg_config,
            hwloc: pkg_config && has("hwloc >= 2.8"),
            udev: !cfg!(target_os = "linux") || pkg_config && has("libudev"),
            rust: Rust {
                has_wasm,
                may_download: env::var_os("RUSTUP_TOOLCHAIN").is_some()
                    && env::var("RUSTUP_AUTO_INSTALL").as_deref() != Ok("0"),
            },
            distribution,
            linker: linker(sysroot.as_deref(), compiler),
            chromium: !needs.browser || find(CHROMIUM).is_some() || mac_chrome(),
            chromedriver: !needs.browser || find(&["chromedriver"]).is_some(),
        }
    }
}

/// Names under which a Chromium goes.
const CHROMIUM: &[&str] = &[
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

fn mac_chrome() -> bool {
    cfg!(target_os = "macos")
        && ["Google Chrome", "Chromium"]
            .iter()
            .any(|name| Path::new(&format!("/Applications/{name}.app")).is_dir())
}

fn system(page_can_be_built: bool) -> System {
    if cfg!(target_os = "macos") {
        System::Mac
    } else if find(&["apt-get"]).is_some() {
        // Asking the package lists takes half a second: only where the answer matters
        let policy = || output("apt-cache", &["policy", "libstd-rust-dev-wasm32"]);
        let prebuilt = if page_can_be_built { None } else { policy() };
        System::Apt {
            root: output("id", &["-u"]).as_deref() == Some("0"),
            prebuilt: prebuilt.as_deref().and_then(candidate),
        }
    } else if cfg!(target_os = "linux") {
        System::OtherLinux
    } else {
        System::Other
    }
}

fn sysroot() -> Option<PathBuf> {
    output("rustc", &["--print", "sysroot"]).map(PathBuf::from)
}

fn distribution() -> Option<Distribution> {
    let (usr, cargo) = (Path::new("/usr/lib/rustlib"), Path::new("/usr/bin/cargo"));
    // `rustc 1.96.0 (…)`
    let compiler = output("/usr/bin/rustc", &["--version"])?;
    let new_enough = version(compiler.strip_prefix("rustc ")?)? >= oldest_rust();
    let prebuilt = usr.join(WASM).is_dir();
    let source = usr.join("src/rust/library").is_dir();
    (new_enough && cargo.is_file() && (prebuilt || source)).then_some(Distribution {
        from_source: !prebuilt,
    })
}

fn linker(active_sysroot: Option<&Path>, compiler: &str) -> Linker {
    rust_lld(active_sysroot).map_or_else(|| distributions_linker(compiler), Linker::Found)
}

/// rustup's own linker.
fn rust_lld(active_sysroot: Option<&Path>) -> Option<PathBuf> {
    let hosts = std::fs::read_dir(active_sysroot?.join("lib/rustlib")).ok()?;
    hosts
        .flatten()
        .map(|host| host.path().join("bin/rust-lld"))
        .find(|file| file.is_file())
}

fn distributions_linker(compiler: &str) -> Linker {
    let llvm = output(compiler, &["-vV"]).as_deref().and_then(llvm);
    llvm.and_then(|version| find(&[&format!("wasm-ld-{version}")]))
        .map_or(Linker::Lacking(llvm), Linker::Found)
}

/// The major version in `LLVM version: 22.1.8`.
fn llvm(about: &str) -> Option<u32> {
    let text = about
        .lines()
        .find_map(|line| line.strip_prefix("LLVM version: "))?;
    Some(version(text)?.0)
}

/// The first two numbers of a version, whatever follows them.
fn version(text: &str) -> Option<Version> {
    let mut numbers = text.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The version `apt-cache policy` would install.
fn candidate(policy: &str) -> Option<Version> {
    version(
        policy
            .lines()
            .find_map(|line| line.trim().strip_prefix("Candidate: "))?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_with_whatever_follows() {
        assert_eq!(version("1.95"), Some((1, 95)));
        assert_eq!(version("1.96.0+dfsg1-1~deb12u2"), Some((1, 96)));
        assert_eq!(version("1.95.0 (59807616e 2026-04-14)"), Some((1, 95)));
        assert_eq!(version("(none)"), None);
        assert_eq!(version(""), None);
    }

    #[test]
    fn the_compiler_tells_its_llvm() {
        assert_eq!(
            llvm("rustc 1.96.0\nhost: x\nLLVM version: 22.1.8"),
            Some(22)
        );
        assert_eq!(llvm("rustc 1.96.0\nhost: x"), None);
    }

    #[test]
    fn the_candidate_is_what_apt_would_install() {
        let policy = "rustc-web:\n  Installed: (none)\n  Candidate: 1.96.0+dfsg1-1~deb12u2\n  \
                      Version table:\n     1.85.0+dfsg3-1~deb12u3 500\n";
        assert_eq!(candidate(policy), Some((1, 96)));
        assert_eq!(
            candidate("x:\n  Installed: (none)\n  Candidate: (none)\n"),
            None
        );
        assert_eq!(candidate(""), None);
    }
}
