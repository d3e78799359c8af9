//! How to get the lab: the one place that says it.

use lab_core::views::View;
use yew::prelude::*;

use crate::{
    routes::Route,
    state::session::{Link, use_session},
};

/// Where the source is, as the workspace says it; empty where it does not.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

/// The page.
#[component]
pub fn Get() -> Html {
    let session = use_session();
    let to = |view: View| Route::View(view).href(&session.situation);
    let command = |text: String| html! { <pre tabindex="0"><code>{ text }</code></pre> };
    html! {
        <article class="page get">
            <header>
                <h1>{ "Get the lab" }</h1>
                <p class="lead">{ "This page predicts and simulates by itself. To measure a machine of your \
                    own, to grade exercises in Rust, or to put a copy of the page on the web, get the lab: \
                    one program for the command line, which also serves this page." }</p>
                if session.link == Link::Live {
                    <p>{ "This page comes from a lab that runs on this machine: you have it." }</p>
                }
            </header>
            <section aria-labelledby="needs">
                <h2 id="needs">{ "What it needs" }</h2>
                <p>{ "git, Rust (from " }<a href="https://rustup.rs">{ "rustup.rs" }</a>{ " or your \
                    distribution), and Debian, Ubuntu or a similar Linux. On macOS run " }
                    <code>{ "brew install hwloc pkg-config" }</code>{ " first; there the lab cannot watch what \
                    disturbs a measurement, and its reports say so." }</p>
            </section>
            <section aria-labelledby="start">
                <h2 id="start">{ "Start it" }</h2>
                if REPOSITORY.is_empty() {
                    <p>{ "Get the folder of the lab from whoever gave you this page. In it, run:" }</p>
                    { command("cargo lab".to_owned()) }
                } else {
                    { command(format!("git clone {REPOSITORY} locality-lab\ncd locality-lab\ncargo lab")) }
                }
                <p>{ "It sets up what is missing, builds, measures the machine once, and opens this page \
                    with buttons that measure. The first time takes about ten minutes; later it starts in \
                    seconds." }</p>
            </section>
            <section aria-labelledby="measure">
                <h2 id="measure">{ "Measure" }</h2>
                { command("cargo lab measure --all".to_owned()) }
                <p>{ "It measures every experiment, in up to eight minutes. Close what else runs. The report \
                    is one file: open it in " }<a href={to(View::Replay)}>{ "Replay" }</a>
                    { ", on any machine, beside another one if you like." }</p>
            </section>
            <section aria-labelledby="web">
                <h2 id="web">{ "Put it on the web" }</h2>
                { command("cargo lab export site --report FILE".to_owned()) }
                <p>{ "It writes a folder for any web host, and any path on it. The report travels along; \
                    without " }<code>{ "--report" }</code>{ " the page has none of yours. Once opened, the page works \
                    without a network. How to use it in class stands on the page " }
                    <a href={to(View::Teach)}>{ "for teachers" }</a>{ "." }</p>
            </section>
        </article>
    }
}
