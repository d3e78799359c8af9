//! Replay: reports from elsewhere, one or two side by side.

use std::rc::Rc;

use lab_core::report::Report;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use wasm_split_helpers::wasm_split;
use web_sys::{DragEvent, FileList, HtmlInputElement};
use yew::prelude::*;

use super::compare::CompareView;
use crate::{
    chart::words::moment,
    parts::{
        experiments::Experiments,
        findings::{inferred, notes},
        later::{Fetched, later},
        machine::{conditions, machine_sheet},
        overview::overview,
    },
    state::session::{Action, Handle, Opened, use_session},
};

/// Names of the two places, and the keys of their addresses in the URL.
const SLOTS: [(&str, &str); 2] = [("A", "url"), ("B", "url-b")];

/// The view.
#[component]
pub fn Replay() -> Html {
    let session = use_session();
    let slots = session.slots.iter();
    let mut opened = slots.filter_map(|slot| Some(slot.opened.as_ref()?.report.clone()));
    html! {
        <article class="page replay">
            <header>
                <h1>{ "Replay" }</h1>
                <p class="lead">{ "Open a report that the lab wrote on any machine; open a second one \
                    to compare the two. Nothing is uploaded: reports stay in this page." }</p>
            </header>
            <div class="slots">
                { for (0..2).map(|slot| html! { <SlotView {slot} /> }) }
            </div>
            if let Some(first) = opened.next() {
                { later("reports", || Box::pin(reports_replayed()), (first, opened.next())) }
            }
        </article>
    }
}

#[wasm_split(reports, fallible)]
fn reports_replayed() -> Fetched<(Rc<Report>, Option<Rc<Report>>)> {
    Ok(|(first, second)| match second {
        Some(second) => html! { <CompareView a={first.clone()} b={second.clone()} /> },
        None => one(first),
    })
}

fn one(report: &Rc<Report>) -> Html {
    html! {
        <>
            <h2>{ &report.machine.name }</h2>
            <p>{ format!("Measured {} by {}.", moment(&report.created), report.generator) }</p>
            { machine_sheet(&report.machine, report.topology.as_ref()) }
            <h2>{ "Conditions of the run" }</h2>
            { notes(&report.notes) }
            { conditions(&report.environment) }
            { inferred(&report.inferred, None) }
            <h2>{ "Predicted, simulated, measured" }</h2>
            { overview(report) }
            <Experiments report={report.clone()} />
        </>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct SlotProps {
    slot: usize,
}

/// Where a report is dropped, chosen, or named by its address.
#[component]
fn SlotView(props: &SlotProps) -> Html {
    let session = use_session();
    let slot = props.slot;
    let (name, key) = SLOTS[slot];
    let over = use_state_eq(|| false);
    let address = use_node_ref();
    let state = session.slots[slot].clone();
    {
        // An address in the link opens by itself, once.
        let session = session.clone();
        let url = session.situation.get(key).map(str::to_owned);
        use_effect_with(url, move |url| {
            if let Some(url) = url.clone() {
                session.open_url(slot, url);
            }
        });
    }

    let onchange = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            open_file(&session, slot, input.files());
            // The same file can be chosen again after it changed.
            input.set_value("");
        })
    };
    let ondrop = {
        let (session, over) = (session.clone(), over.setter());
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            open_file(
                &session,
                slot,
                event.data_transfer().and_then(|data| data.files()),
            );
        })
    };
    let hover = |is: bool| {
        let over = over.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(is);
        })
    };
    let onsubmit = {
        let (session, address) = (session.clone(), address.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let url = address
                .cast::<HtmlInputElement>()
                .map(|input| input.value());
            let Some(url) = url
                .map(|url| url.trim().to_owned())
                .filter(|url| !url.is_empty())
            else {
                return;
            };
            if session.situation.get(key) == Some(&url) {
                session.open_url(slot, url);
            } else {
                session.choose(key, Some(url));
            }
        })
    };
    let close = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| {
            session.choose(key, None);
            session.dispatch(Action::Close(slot));
        })
    };
    let mine = session.report.clone().map(|report| {
        let session = session.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            session.dispatch(Action::Open(
                slot,
                Ok(Opened {
                    from: report.machine.name.clone(),
                    report: report.clone(),
                }),
            ));
        });
        html! {
            <button type="button" class="quiet" {onclick}>{ "Use the report of this page" }</button>
        }
    });
    html! {
        <section class={classes!("slot", over.then_some("over"))} data-testid="drop-zone"
            aria-label={format!("Report {name}")} {ondrop} ondragover={hover(true)}
            ondragenter={hover(true)} ondragleave={hover(false)}>
            <h2>{ format!("Report {name}") }</h2>
            if let Some(opened) = &state.opened {
                <p class="opened" data-testid="opened">
                    <strong>{ &opened.report.machine.name }</strong>
                    { format!(", {}, from {}", moment(&opened.report.created), opened.from) }
                    <button type="button" class="quiet" onclick={close}>{ "Close" }</button>
                </p>
            }
            if let Some(why) = &state.refused {
                <p class="problem" role="alert">
                    { why }
                    if state.opened.is_some() { { " What was open stays open." } }
                </p>
            }
            <label class="file">
                <span>{ "Drop a report here, or choose a file" }</span>
                <input type="file" accept=".json,application/json" {onchange} />
            </label>
            <form class="address" {onsubmit}>
                <label>
                    <span>{ "or its address" }</span>
                    <input type="text" inputmode="url" autocomplete="off" spellcheck="false"
                        placeholder="https://…/report.json" ref={address}
                        value={session.situation.get(key).unwrap_or_default().to_owned()} />
                </label>
                <button type="submit" class="quiet">{ "Open" }</button>
            </form>
            { mine }
        </section>
    }
}

/// Reads the first of the files given, if any.
fn open_file(session: &Handle, slot: usize, files: Option<FileList>) {
    let Some(file) = files.and_then(|files| files.get(0)) else {
        return;
    };
    let session = session.clone();
    spawn_local(async move {
        let name = file.name();
        match JsFuture::from(file.text()).await {
            Ok(text) => session.open_text(slot, name, text.as_string().unwrap_or_default()),
            Err(_) => {
                let why = format!("{name} could not be read.");
                session.dispatch(Action::Open(slot, Err(why)));
            }
        }
    });
}
