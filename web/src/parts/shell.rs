//! The frame around every view: head with machine and theme, course at the left, foot.

use lab_core::{machine::Machine, views::View};
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::{course::course, keep::CopyLink, measure::run_bar};
use crate::{
    chart::words::moment,
    routes::{self, Route},
    state::{
        session::{Handle, Link, use_session},
        situation::{SAMPLE, THIS},
        theme,
    },
};

/// What stands in the frame.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The page being shown.
    pub route: Route,
    /// Its view.
    pub children: Html,
}

/// The frame.
#[component]
pub fn Shell(props: &Props) -> Html {
    let session = use_session();
    let open = use_state_eq(|| false);
    {
        // A link followed closes the menu it stood in.
        let open = open.setter();
        use_effect_with(props.route.clone(), move |_| open.set(false));
    }
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let open = open.setter();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                open.set(false);
            }
        })
    };
    let skip = Callback::from(|event: MouseEvent| {
        event.prevent_default();
        routes::focus("main");
    });
    let places = View::ALL.iter().map(|view| {
        let route = Route::View(*view);
        let current = (route == props.route).then_some("page");
        let info = view.info();
        html! {
            <li><a href={route.href(&session.situation)} title={info.help} aria-current={current}>
                { info.menu }
            </a></li>
        }
    });
    html! {
        <div class={classes!("shell", open.then_some("menu-open"))} {onkeydown}>
            <a class="skip" href="#main" onclick={skip}>{ "Skip to the content" }</a>
            <header class="head">
                <button type="button" class="menu" aria-expanded={open.to_string()}
                    aria-controls="course" onclick={toggle}>
                    <svg width="18" height="14" viewBox="0 0 18 14" aria-hidden="true">
                        <path d="M1 1h16M1 7h16M1 13h16" />
                    </svg>
                    <span>{ "Menu" }</span>
                </button>
                <a class="brand" href={Route::View(View::Home).href(&session.situation)}>
                    <svg width="26" height="20" viewBox="0 0 26 20" aria-hidden="true">
                        <path d="M1 19h7v-6h7V7h7V1h3" />
                    </svg>
                    <span>{ "Locality Lab" }</span>
                </a>
                <CopyLink route={props.route.clone()} />
                <Choices />
            </header>
            <nav class="course" id="course" aria-label="Course">
                <ul class="places">{ for places }</ul>
                { course(&session, &props.route) }
                { connection(&session) }
            </nav>
            <main id="main" tabindex="-1">{ no_such_machine(&session) }{ sample(&session) }{ props.children.clone() }</main>
            { run_bar(&session) }
        </div>
    }
}

/// That a link asks for a machine that is not here, and which there are.
fn no_such_machine(session: &Handle) -> Html {
    let Some(asked) = session.machine_choice() else {
        return Html::default();
    };
    let measured =
        session.report.is_some() || session.origin.report.is_some() || session.link != Link::Static;
    let why = match asked {
        THIS if !measured => {
            "the link asks for a measured machine, and this copy of the page has no report of one."
        }
        THIS => return Html::default(),
        SAMPLE if session.report.is_none() || session.is_sample() => return Html::default(),
        SAMPLE => "this page has a report of its own; the sample opens in Replay, as sample.json.",
        name if Machine::preset(name).is_some() => return Html::default(),
        _ => "there is no such machine.",
    };
    let choose = |name: &'static str| {
        let session = session.clone();
        let onclick =
            Callback::from(move |_: MouseEvent| session.choose("machine", Some(name.to_owned())));
        html! { <button type="button" class="quiet" {onclick}>{ name }</button> }
    };
    html! {
        <div class="refused" role="alert" data-testid="no-such-machine">
            <p class="problem">{ "machine=" }{ asked }{ ": " }{ why }{ " The page goes on with the machine it \
                suggests. There are:" }</p>
            <div class="chips">{ for Machine::preset_names().map(choose) }</div>
        </div>
    }
}

/// While the sample is shown: what it is, on every page.
fn sample(session: &Handle) -> Html {
    let Some(report) = session.report.as_ref().filter(|_| session.is_sample()) else {
        return Html::default();
    };
    let leave = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.choose("machine", None))
    };
    html! {
        <div class="sample" role="note" data-testid="of-sample">
            <p><strong>{ "Sample" }</strong>{ ": measured on " }{ &report.machine.name }{ ", " }
                { moment(&report.created) }{ ", not on your machine." }</p>
            <button type="button" class="quiet" onclick={leave}>{ "Leave the sample" }</button>
        </div>
    }
}

#[component]
fn Choices() -> Html {
    let session = use_session();
    let theme = use_state_eq(theme::load);
    let choice = session
        .situation
        .get("machine")
        .unwrap_or_default()
        .to_owned();
    let machine = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
            session.choose("machine", Some(chosen));
        })
    };
    let paint = {
        let theme = theme.clone();
        Callback::from(move |event: Event| {
            let chosen = event.target_unchecked_into::<HtmlSelectElement>().value();
            theme::choose(&chosen);
            theme.set(chosen);
        })
    };
    let option = |value: &str, name: String| {
        html! { <option value={value.to_owned()} selected={choice == value}>{ name }</option> }
    };
    html! {
        <div class="choices">
            <label>
                <span>{ "Machine" }</span>
                <select data-testid="machine" onchange={machine}>
                    { option("", "as the page suggests".to_owned()) }
                    { for Machine::preset_names().map(|name| option(name, name.to_owned())) }
                    if session.report.is_none() || session.is_sample() {
                        { option(SAMPLE, "a measured sample".to_owned()) }
                    } else if let Some(report) = &session.report {
                        { option(THIS, format!("{}: {}", whose(&session), report.machine.name)) }
                    }
                </select>
            </label>
            <label>
                <span>{ "Theme" }</span>
                <select data-testid="theme" onchange={paint}>
                    { for theme::THEMES.iter().map(|(value, name)| html! {
                        <option value={*value} selected={*theme == *value}>{ *name }</option>
                    }) }
                </select>
            </label>
        </div>
    }
}

/// What to call the machine of the report at hand: a static copy of the page stands anywhere.
pub fn whose(session: &Handle) -> &'static str {
    if session.is_sample() {
        "a sample, not your machine"
    } else if session.origin.live {
        "this machine"
    } else {
        "the measured machine"
    }
}

/// How the page stands to a server, said as it is.
fn connection(session: &Handle) -> Html {
    let again = {
        let session = session.clone();
        Callback::from(move |_: MouseEvent| session.look())
    };
    let (class, name, what) = match (session.link, session.origin.token.is_some()) {
        (Link::Static, _) => (
            "static",
            "Static copy",
            "Predictions and simulations run here; measuring needs the lab itself.",
        ),
        (Link::Live, true) => (
            "live",
            "Live",
            "This machine can be measured from this page.",
        ),
        (Link::Live, false) => (
            "live",
            "Live, read-only",
            "To measure, open the whole address that the lab printed, token included.",
        ),
        (Link::Lost, _) => (
            "lost",
            "Server gone",
            "The lab no longer answers. Predictions and simulations still run here.",
        ),
    };
    html! {
        <div class={classes!("connection", class)} role="status" data-testid="connection">
            <strong>{ name }</strong>
            <span>{ what }</span>
            if session.link == Link::Lost {
                <button type="button" class="quiet" onclick={again}>{ "Look again" }</button>
            }
            if let Some(why) = &session.report_problem {
                <span role="alert">{ why }</span>
            }
        </div>
    }
}
