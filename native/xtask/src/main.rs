//! The lab's build tool, behind two aliases of `.cargo/config.toml`:
//!
//! ```text
//! cargo lab [ARGS…]         set up, build, and run `lab ARGS…`
//! cargo lab build           set up and build only
//! cargo lab build --quick   the same with a page that is larger, and built again in seconds after an edit
//! cargo lab dist [--cpu N]  one binary that travels to other machines
//! cargo lab-test [FILTER…]  set up, build, and run every test
//! ```
//!
//! | file        | what it decides or does                                    |
//! |-------------|------------------------------------------------------------|
//! | `facts.rs`  | looks at the machine                                       |
//! | `plan.rs`   | facts → what to install (pure)                             |
//! | `setup.rs`  | says so and does so                                        |
//! | `page.rs`   | the browser lab: WebAssembly and static files, given to    |
//! | `../pack`   | what makes of them what a browser loads                    |
//! | `native.rs` | the `lab` binary, for here or to travel                    |
//! | `suite.rs`  | the tests                                                  |
//! | `shell.rs`  | running other programs                                     |
//!
//! With nothing to do, all of it takes a fraction of a second.

mod facts;
mod native;
mod page;
mod plan;
mod setup;
mod shell;
mod suite;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::native::Cpu;
use crate::page::Care;
use crate::plan::Needs;

fn main() -> ExitCode {
    match run(std::env::args().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Vec<String>) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["run", "build"] | ["run", "build", "--quick"] => {
            let care = if words.len() > 2 {
                Care::Quick
            } else {
                Care::Full
            };
            let lab = build(Needs::default(), care)?;
            println!("Built {}", lab.display());
            Ok(ExitCode::SUCCESS)
        }
        ["run", "build", surplus, ..] => {
            bail!("`cargo lab build` takes `--quick` or nothing, but got `{surplus}`")
        }
        ["run", "dist", rest @ ..] => {
            let cpu = Cpu::from_arguments(rest)?;
            let toolchain = setup::prepare(Needs::default())?;
            let page = page::build(toolchain, &native::build()?.pack, Care::Full)?;
            native::dist(&page, &cpu)?;
            Ok(ExitCode::SUCCESS)
        }
        ["run", ..] => {
            shell::become_program(&build(Needs::default(), Care::Full)?, &arguments[1..])
        }
        ["test", ..] => {
            let lab = build(Needs { browser: true }, Care::Full)?;
            suite::run(&lab, &arguments[1..])
        }
        _ => bail!("start this through `cargo lab` or `cargo lab-test`"),
    }
}

/// Sets the machine up and builds the `lab` binary and the page, which it serves.
fn build(needs: Needs, care: Care) -> Result<std::path::PathBuf> {
    let toolchain = setup::prepare(needs)?;
    let built = native::build()?;
    page::build(toolchain, &built.pack, care)?;
    Ok(built.lab)
}
