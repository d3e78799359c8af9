//! Measuring from the page: the button that starts a run, how thorough it is to be, and the bar that
//! follows it.

use lab_core::{live::time_left, study::Study, views::View};
use wasm_split_helpers::wasm_split;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::later::{Fetched, later};
use crate::{
    routes::Route,
    state::{
        run::End,
        session::{Action, Handle, Link, use_session},
        situation::SAMPLE,
    },
};

/// A button that measures these studies (all when there are none) and the choice how thoroughly, or the
/// reason why it cannot.
pub fn run_now(session: &Handle, studies: &[&'static str], label: &'static str) -> Html {
    let studies: Vec<&'static str> = if studies.is_empty() {
        Study::ALL.iter().map(|study| study.info().name).collect()
    } else {
        studies.to_vec()
    };
    if session.can_measure() {
        let onclick = {
            let (session, studies) = (session.clone(), studies.clone());
            Callback::from(move |_: MouseEvent| session.measure(studies.clone()))
        };
        let busy = session.running().is_some();
        return html! {
            <div class="run-now">
                <button type="button" class="run" data-testid="run-now" disabled={busy} {onclick}>
                    { if busy { "Measuring…" } else { label } }
                </button>
                { effort(session) }
            </div>
        };
    }
    html! {
        <p class="hint">
            { match session.link {
                Link::Static => html! {
                    <>{ "This page cannot measure. To measure your own machine, " }
                    <a href={Route::View(View::Get).href(&session.situation)}>{ "get the lab" }</a>
                    { ": it opens this page with a button here." }
                    { show_sample(session) }</>
                },
                Link::Live => html! {
                    "This page can look, but not measure. To measure, open the whole address that the lab \
                     printed, token included."
                },
                Link::Lost => html! { "The lab no longer answers: start it again to measure." },
            } }
        </p>
    }
}

/// A way to see all three readings where nothing was measured.
fn show_sample(session: &Handle) -> Html {
    if session.report.is_some() {
        return Html::default();
    }
    let session = session.clone();
    let onclick =
        Callback::from(move |_: MouseEvent| session.choose("machine", Some(SAMPLE.to_owned())));
    html! {
        <>{ " Or " }<button type="button" class="quiet" data-testid="show-sample" {onclick}>
            { "show a measured sample" }
        </button></>
    }
}

/// How thoroughly to measure: one choice for all buttons, as each of them shows.
fn effort(session: &Handle) -> Html {
    let onchange = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
            session.dispatch(Action::Thorough(chosen == THOROUGH));
        })
    };
    let option = |value: &'static str, thorough: bool, words: &'static str| {
        html! { <option {value} selected={session.thorough == thorough}>{ words }</option> }
    };
    // The property too, as options forget their attribute once a reader chose: what is chosen beside one
    // button shows beside all.
    let value = if session.thorough { THOROUGH } else { QUICK };
    html! {
        <select class="effort" data-testid="effort" aria-label="How thoroughly to measure"
            ~value={value} {onchange}
            title="The new measurement replaces the old one, even where that was more thorough">
            { option(QUICK, false, "quick (seconds)") }
            { option(THOROUGH, true, "thorough (minutes)") }
        </select>
    }
}

/// The values of the choice.
const QUICK: &str = "quick";
const THOROUGH: &str = "thorough";

/// What runs now, at the foot of every page.
pub fn run_bar(session: &Handle) -> Html {
    match (&session.run, &session.run_problem) {
        (None, None) => Html::default(),
        _ => later("run_bar", || Box::pin(reports_to_come()), ()),
    }
}

#[wasm_split(reports, fallible)]
fn reports_to_come() -> Fetched<()> {
    Ok(|()| html! { <RunBar /> })
}

#[component]
fn RunBar() -> Html {
    let session = use_session();
    let dismissed = use_state_eq(|| None::<u64>);
    let problem = session.run_problem.clone();
    let id = session.run.as_ref().map(|run| run.id);
    let Some(run) = session
        .run
        .as_ref()
        .filter(|run| *dismissed != Some(run.id))
    else {
        return html! {
            if let Some(why) = problem {
                <aside class="run-bar" aria-label="Measurement"><p role="alert">{ why }</p></aside>
            }
        };
    };
    let dismiss = {
        let dismissed = dismissed.setter();
        Callback::from(move |_: MouseEvent| dismissed.set(id))
    };
    let cancel = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.cancel())
    };
    let percent = (run.done * 100.0).round();
    let body = match &run.end {
        None => html! {
            <>
                <p aria-live="polite">{ "Measuring this machine: " }{ &run.doing }</p>
                <progress role="progressbar" aria-label="Measurement" max="100"
                    value={percent.to_string()} aria-valuenow={percent.to_string()}
                    aria-valuemin="0" aria-valuemax="100"></progress>
                <span class="left">{ time_left(run.seconds_left) }</span>
                if session.origin.token.is_some() {
                    <button type="button" class="quiet" data-testid="cancel-run" onclick={cancel}>
                        { "Cancel" }
                    </button>
                }
            </>
        },
        Some(end) => {
            let words = match end {
                End::Finished => {
                    html! { <p role="status">{ "Measured. The plots show the new report." }</p> }
                }
                End::Cancelled => html! {
                    <p role="status">{ "Cancelled. What was measured until then is in the report." }</p>
                },
                End::Failed(why) => {
                    html! { <p role="alert">{ "The measurement failed: " }{ why }</p> }
                }
            };
            html! {
                <>
                    { words }
                    <button type="button" class="quiet" onclick={dismiss}>{ "Dismiss" }</button>
                </>
            }
        }
    };
    html! {
        <aside class="run-bar" aria-label="Measurement">
            { body }
            if let Some(why) = problem { <p role="alert">{ why }</p> }
        </aside>
    }
}
