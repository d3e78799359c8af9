//! What is taken away from the page: a link to what is seen, a report.

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use yew::prelude::*;

use crate::{
    routes::Route,
    state::{
        api::SAMPLE,
        session::{Handle, use_session},
    },
};

/// How long it is said that a link was copied.
const SAID: u32 = 4_000;

/// Which page is linked.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The page shown.
    pub route: Route,
}

/// Copies a link to exactly what is seen.
#[component]
pub fn CopyLink(props: &Props) -> Html {
    let session = use_session();
    let said = use_state_eq(|| "");
    {
        let setter = said.setter();
        use_effect_with(*said, move |words| {
            let later = (!words.is_empty()).then(|| Timeout::new(SAID, move || setter.set("")));
            move || drop(later)
        });
    }
    let onclick = {
        let (said, hash) = (said.setter(), props.route.link(&session.situation));
        Callback::from(move |_: MouseEvent| {
            let said = said.clone();
            let Some(window) = web_sys::window() else {
                return;
            };
            let here = window.location().href().unwrap_or_default();
            let page = here.split('#').next().unwrap_or_default();
            let clipboard = window.navigator().clipboard();
            // There is none where the page is not served securely.
            if clipboard.is_undefined() {
                said.set("Copy the address of the page");
                return;
            }
            let copied = clipboard.write_text(&format!("{page}{hash}"));
            spawn_local(async move {
                said.set(match JsFuture::from(copied).await {
                    Ok(_) => "Link copied",
                    Err(_) => "Copy the address of the page",
                });
            });
        })
    };
    html! {
        <div class="copy-link">
            <button type="button" class="quiet" data-testid="copy-link" {onclick}
                title="Copy a link to exactly what you see">{ "Copy link" }</button>
            <span role="status">{ *said }</span>
        </div>
    }
}

/// The report at hand, as a file; nothing where there is none.
pub fn save_report(session: &Handle) -> Html {
    let Some(report) = &session.report else {
        return Html::default();
    };
    let address = match &session.origin.report {
        _ if session.is_sample() => SAMPLE.to_owned(),
        Some(address) => address.clone(),
        None => "api/report".to_owned(),
    };
    let day = report.created.get(..10).unwrap_or_default();
    let file = format!("{} {day}.json", report.machine.name);
    html! {
        <a class="button quiet" href={address} download={file} data-testid="save-report">{ "Save report" }</a>
    }
}
