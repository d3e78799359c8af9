//! Which program: an example, or one of the reader's own, which are kept and saved.

use std::rc::Rc;

use lab_core::{
    trace::program::{EXAMPLES, Example},
    views::View,
};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::{
    routes::Route,
    scroll,
    state::{
        cache::{with_example, with_text},
        programs::{self, Kept, SHELF},
        session::{Action, Handle, use_session},
    },
};

/// Begins the values of own programs in the menu; the one last worked on has no name.
const OWN: &str = "own:";

/// The size of a file that is opened, bytes.
const LARGEST: f64 = 1e6;

/// Shows another program. Back leads to the one before, where that is the reader's own.
fn show(session: &Handle, leaves_own: bool, text: Option<String>, example: &str) {
    let fresh = with_example(&session.situation, example);
    let shown = match text {
        Some(text) => with_text(&fresh, &text),
        None => fresh,
    };
    if leaves_own {
        let link = |situation| Route::View(View::Cache).link(situation);
        scroll::push(&link(&session.situation), &link(&shown));
    }
    session.dispatch(Action::Situation(shown));
}

/// The menu of all programs; `chosen` is the example shown, if one is.
pub fn menu(session: &Handle, chosen: Option<&'static Example>, kept: &Kept) -> Html {
    let onchange = {
        let session = session.clone();
        Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            let own = value.strip_prefix(OWN).map(|name| match name {
                "" => programs::last(),
                name => SHELF.load(name),
            });
            let example = own.as_ref().map_or(value.as_str(), |_| "");
            show(&session, chosen.is_none(), own.flatten(), example);
        })
    };
    let (own, last) = (&kept.names, kept.last);
    let shown = match (chosen, &kept.name) {
        (Some(example), _) => example.name.to_owned(),
        (None, Some(name)) => format!("{OWN}{name}"),
        (None, None) => String::new(),
    };
    // With other options it is another field: one would lose its choice with the option.
    let all = format!("{last} {}", own.join("/"));
    html! {
        <div class="control">
            <label for="example">{ "Program" }</label>
            <select key={all} id="example" data-testid="example" ~value={shown.clone()} {onchange}>
                <option value="" selected={shown.is_empty()} disabled=true hidden=true>{ "your own program" }</option>
                <optgroup label="Examples">
                    { for EXAMPLES.iter().map(|example| html! {
                        <option value={example.name} selected={shown == example.name}>{ example.title }</option>
                    }) }
                </optgroup>
                if last || !own.is_empty() {
                    <optgroup label="My programs">
                        if last { <option value={OWN}>{ "the one I last worked on" }</option> }
                        { for own.iter().map(|name| {
                            let value = format!("{OWN}{name}");
                            let selected = shown == value;
                            html! { <option {value} {selected}>{ name.clone() }</option> }
                        }) }
                    </optgroup>
                }
            </select>
        </div>
    }
}

/// What is to be saved.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The program shown.
    pub text: AttrValue,
    /// Whether it is the reader's own.
    pub own: bool,
    /// Whether it is too long for an address.
    pub long: bool,
    /// What else is kept.
    pub kept: Rc<Kept>,
    /// Told when there are other programs saved.
    pub changed: Callback<()>,
}

/// Saves the program under a name or as a file, and opens one.
#[component]
pub fn Saving(props: &Props) -> Html {
    let session = use_session();
    let name = use_state_eq(|| props.kept.name.clone().unwrap_or_default());
    let said = use_state_eq(|| None::<String>);
    {
        // What was said of one text does not hold for another.
        let said = said.setter();
        use_effect_with(props.text.clone(), move |_| said.set(None));
    }
    let known = props.kept.names.iter().any(|known| known == name.trim());
    let save = {
        let (name, said, text) = (name.clone(), said.setter(), props.text.clone());
        let changed = props.changed.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let name = name.trim();
            if name.is_empty() {
                said.set(Some("Give it a name first.".to_owned()));
                return;
            }
            said.set(Some(match SHELF.save(name, &text) {
                Ok(()) => {
                    format!("Saved in this browser as “{name}”: it is in the menu of programs.")
                }
                Err(why) => format!("{why} Save the program as a file."),
            }));
            changed.emit(());
        })
    };
    let forget = {
        let (name, said) = (name.clone(), said.setter());
        let changed = props.changed.clone();
        Callback::from(move |_: MouseEvent| {
            SHELF.remove(name.trim());
            changed.emit(());
            said.set(Some(format!("“{}” is no longer saved.", name.trim())));
        })
    };
    let typed = {
        let name = name.setter();
        Callback::from(move |event: InputEvent| {
            name.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    let open = {
        let (session, said, own) = (session.clone(), said.setter(), props.own);
        Callback::from(move |event: Event| {
            let field: HtmlInputElement = event.target_unchecked_into();
            let Some(file) = field.files().and_then(|files| files.get(0)) else {
                return;
            };
            let (session, said) = (session.clone(), said.clone());
            spawn_local(async move {
                let name = file.name();
                if file.size() > LARGEST {
                    said.set(Some(format!(
                        "{name} is too large: a program has a megabyte at most."
                    )));
                    return;
                }
                let text = JsFuture::from(file.text()).await.ok();
                match text.and_then(|text| text.as_string()).as_deref() {
                    None => said.set(Some(format!("{name} cannot be read."))),
                    // What stands for bytes that are no text
                    Some(text) if text.contains(['\0', '\u{fffd}']) => {
                        said.set(Some(format!("{name} is no text.")));
                    }
                    Some(text) if text.trim().is_empty() => {
                        said.set(Some(format!("{name} is empty.")));
                    }
                    Some(text) => {
                        programs::keep(text);
                        show(&session, own, Some(text.to_owned()), "");
                    }
                }
            });
            // The same file can be opened again.
            field.set_value("");
        })
    };
    let field = use_node_ref();
    let ask = {
        let field = field.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                field.click();
            }
        })
    };
    let file = match name.trim() {
        "" => "program.loop".to_owned(),
        name => format!("{name}.loop"),
    };
    let content = use_memo(props.text.clone(), |text| {
        let content = String::from(js_sys::encode_uri_component(text));
        AttrValue::from(format!("data:text/plain;charset=utf-8,{content}"))
    });
    html! {
        <>
            if props.long {
                <p class="hint" role="status" data-testid="too-long">{ "This program is too long for a link: \
                    it is kept in this browser, and a link to this page does not carry it. Save it as a \
                    file to pass it on." }</p>
            }
            <form class="saving" onsubmit={save}>
                <label for="program-name">{ "Name" }</label>
                <input id="program-name" type="text" autocomplete="off" value={(*name).clone()} oninput={typed} />
                <button type="submit" class="quiet" data-testid="save-program">
                    { if known { "Replace" } else { "Save" } }
                </button>
                if known {
                    <button type="button" class="quiet" onclick={forget}>{ "Forget" }</button>
                }
                <a class="button quiet" download={file} data-testid="save-file"
                    href={(*content).clone()}>{ "Save as a file" }</a>
                <button type="button" class="quiet" onclick={ask}>{ "Open a file" }</button>
                <input type="file" hidden=true data-testid="open-program" ref={field} onchange={open} />
            </form>
            <p class="hint" role="status">{ said.as_deref().unwrap_or_default().to_owned() }</p>
        </>
    }
}
