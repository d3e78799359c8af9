//! Measuring from the page: the button that starts a run, and the bar that follows it.

use lab_core::study::Study;
use yew::prelude::*;

use crate::state::{
    run::End,
    session::{Handle, Link, use_session},
};

/// A button that measures these studies (all when there are none), or the reason why it cannot.
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
            <button type="button" class="run" data-testid="run-now" disabled={busy} {onclick}>
                { if busy { "Measuring…" } else { label } }
            </button>
        };
    }
    html! {
        <p class="hint">
            { match session.link {
                Link::Static => html! {
                    <>{ "To measure your own machine, run " }<code>{ "cargo lab" }</code>
                    { " in the lab's folder: it opens this page with a button here." }</>
                },
                Link::Live => html! {
                    "This page may only look. To measure, open the whole address that the lab \
                     printed, token included."
                },
                Link::Lost => html! { "The lab no longer answers: start it again to measure." },
            } }
        </p>
    }
}

/// What runs now, at the foot of every page.
#[component]
pub fn RunBar() -> Html {
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

fn time_left(seconds: Option<f64>) -> String {
    match seconds.map(f64::round) {
        None => String::new(),
        Some(seconds) if seconds < 1.0 => "nearly done".to_owned(),
        Some(seconds) if seconds < 90.0 => format!("{seconds} s left"),
        Some(seconds) => format!("{} min left", (seconds / 60.0).round()),
    }
}

#[cfg(test)]
mod tests {
    use super::time_left;

    #[test]
    fn time_left_is_said_as_people_say_it() {
        assert_eq!(time_left(None), "");
        assert_eq!(time_left(Some(12.4)), "12 s left");
        assert_eq!(time_left(Some(150.0)), "3 min left");
        assert_eq!(time_left(Some(0.2)), "nearly done");
    }
}
