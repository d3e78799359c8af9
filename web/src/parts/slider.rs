//! What a simulation took, and counts in words.

pub use lab_core::units::grouped;
use yew::prelude::*;

use crate::simulation::{Job, Known};

/// So many accesses, in words.
pub fn accesses(count: u64) -> String {
    format!(
        "{} access{}",
        grouped(count),
        if count == 1 { "" } else { "es" }
    )
}

/// What the simulation took, that it runs, or why it does not.
pub fn status<J: Job>(simulated: &Known<J>) -> Html {
    let effort = simulated.effort.unwrap_or_default();
    let far = simulated
        .progress
        .filter(|_| simulated.running)
        .map_or_else(String::new, |share| {
            format!(" {:.0} %", (share * 100.0).floor())
        });
    html! {
        <p class="status" data-testid="simulation-status" data-run={simulated.completed.to_string()}
            data-milliseconds={format!("{:.1}", effort.milliseconds)}
            data-running={simulated.running.to_string()}>
            if simulated.failed {
                <span role="alert">{ "The simulator did not start in this browser: reload the page, \
                    or open it from a web server." }</span>
            } else if let Some(why) = &simulated.stopped {
                <span role="alert">{ why }</span>
            } else if simulated.completed == 0 {
                { format!("simulating …{far}") }
            } else {
                { format!(
                    "simulated {} in {:.0} ms{}{far}",
                    accesses(effort.accesses),
                    effort.milliseconds,
                    if simulated.running { ", simulating again …" } else { "" }
                ) }
            }
        </p>
    }
}
