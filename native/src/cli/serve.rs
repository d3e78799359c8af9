//! `lab serve`.

use std::{env, path::PathBuf, sync::Arc};

use anyhow::Result;
use clap::Args;

use crate::{
    experiments::{self, Plan},
    keep::Keeper,
    serve::{self, ServeOptions},
    store,
};

/// Where to serve, and what.
#[derive(Debug, Args)]
// `lab` alone takes these too, and a command may have one group of that name only.
#[group(skip)]
pub struct Options {
    /// The port on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 7420)]
    port: u16,
    /// Print the address instead of opening a browser
    #[arg(long)]
    no_open: bool,
    /// The report to show, and to keep what the page measures in [default: the newest]
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Serves until interrupted.
///
/// # Errors
/// When the report is broken, or the port is in use.
pub fn run(options: Options) -> Result<()> {
    let report = match options.report {
        Some(path) => {
            // A broken file is told now, not by the page.
            store::load(&path)?;
            path
        }
        None => store::default_path()?,
    };
    let kept = report.clone();
    let open = !options.no_open;
    serve::run(ServeOptions {
        port: options.port,
        report,
        measure: Arc::new(move |request, watcher| {
            let plan = Plan {
                studies: request.studies.clone(),
                quick: request.quick,
                data: None,
            };
            let mut keeper = Keeper::new(watcher, &kept, store::load_or_warn(&kept));
            let measured = experiments::run(&plan, &mut keeper)?;
            keeper.save(&measured)
        }),
        ready: Box::new(move |address| welcome(address, open)),
    })
}

/// Says where the lab is, and opens it.
fn welcome(address: &str, open: bool) {
    // A reader that went away does not end the server.
    let _ = super::output::say(format!("The lab is at {address}\nCtrl-C ends it."));
    if !open {
        return;
    }
    if !has_display() {
        eprintln!("There is no display to open a browser on: open that address yourself.");
    } else if let Err(error) = open::that_detached(address) {
        eprintln!("No browser could be opened ({error}): open that address yourself.");
    }
}

/// Whether a browser could show anything. Without a display, what stands in for a browser may be
/// one for terminals, which would fight with us for this one.
fn has_display() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"]
            .into_iter()
            .any(set)
}
