//! An editor for the loop language: a text area over its own highlighted text.

use std::collections::HashMap;

use lab_core::trace::program::{Problem, TokenKind, tokens};
use wasm_bindgen::JsCast;
use web_sys::{HtmlDocument, HtmlTextAreaElement};
use yew::prelude::*;

/// What is edited, and what is known of it.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The program.
    pub text: AttrValue,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// What each line did, for the gutter: its number, the word, whether it is the busiest.
    pub margin: Vec<(u32, String, bool)>,
    /// The line of the step being shown.
    pub current: Option<u32>,
    /// Called with every change.
    pub change: Callback<String>,
}

/// The editor.
#[component]
pub fn Editor(props: &Props) -> Html {
    let oninput = {
        let change = props.change.clone();
        Callback::from(move |event: InputEvent| {
            change.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value());
        })
    };
    // Enter keeps the indentation. Tab is left to the keyboard's own way through the page.
    let onkeydown = {
        Callback::from(move |event: KeyboardEvent| {
            event.stop_propagation();
            if event.key() != "Enter" || event.ctrl_key() || event.is_composing() {
                return;
            }
            let area: HtmlTextAreaElement = event.target_unchecked_into();
            let Ok(Some(start)) = area.selection_start() else {
                return;
            };
            let before: Vec<u16> = area.value().encode_utf16().take(start as usize).collect();
            let before = String::from_utf16_lossy(&before);
            let line = before.rsplit('\n').next().unwrap_or_default();
            let mut indent: String = line.chars().take_while(|c| *c == ' ').collect();
            if line.trim_end().ends_with('{') {
                indent += "    ";
            }
            if indent.is_empty() {
                return;
            }
            event.prevent_default();
            insert(&format!("\n{indent}"));
        })
    };
    let lines = props.text.split('\n').count() as u32;
    let wrong: HashMap<u32, &Problem> = props
        .problems
        .iter()
        .rev()
        .map(|problem| (problem.line, problem))
        .collect();
    let margin: HashMap<u32, (&str, bool)> = props
        .margin
        .iter()
        .map(|(line, word, busy)| (*line, (word.as_str(), *busy)))
        .collect();
    let gutter = (1..=lines).map(|line| {
        let (word, busy) = margin.get(&line).copied().unwrap_or_default();
        let class = classes!(
            "gutter-line",
            busy.then_some("busy"),
            wrong.contains_key(&line).then_some("wrong"),
            (props.current == Some(line)).then_some("current")
        );
        html! { <span {class} data-line={line.to_string()}>
            <span class="number">{ line }</span><span class="misses">{ word.to_owned() }</span>
        </span> }
    });
    let invalid = !props.problems.is_empty();
    html! {
        <div class="editor">
            <div class="gutter" aria-hidden="true">{ for gutter }</div>
            <div class="sheet">
                <div class="paper">
                    <pre aria-hidden="true">{ highlighted(&props.text, &props.problems) }{ "\n" }</pre>
                    <textarea id="program" data-testid="program" spellcheck="false" wrap="off"
                        autocomplete="off" autocapitalize="off" aria-label="Program in the loop language"
                        aria-invalid={invalid.to_string()} aria-describedby="problems"
                        rows={lines.to_string()} value={props.text.clone()} {oninput} {onkeydown} />
                </div>
            </div>
        </div>
    }
}

/// The text in coloured pieces, what is wrong underlined.
fn highlighted(text: &str, problems: &[Problem]) -> Html {
    let mut marks: Vec<(usize, usize)> = problems
        .iter()
        .filter_map(|problem| range(text, problem))
        .collect();
    marks.sort_unstable();
    let mut cuts: Vec<usize> = marks.iter().flat_map(|&(from, to)| [from, to]).collect();
    let tokens = tokens(text);
    cuts.extend(tokens.iter().flat_map(|token| [token.start, token.end]));
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    let mut token = tokens.iter().peekable();
    let pieces = cuts.windows(2).filter_map(|cut| {
        let (from, to) = (cut[0], cut[1]);
        while token.next_if(|token| token.end <= from).is_some() {}
        let kind = token.peek().filter(|token| token.start <= from);
        let class = kind.map(|token| class_of(token.kind));
        let wrong = marks.iter().any(|&(start, end)| start <= from && to <= end);
        let piece = text.get(from..to)?.to_owned();
        Some(if class.is_none() && !wrong {
            html! { { piece } }
        } else {
            html! { <span class={classes!(class, wrong.then_some("wrong"))}>{ piece }</span> }
        })
    });
    html! { <>{ for pieces }</> }
}

/// The bytes a problem covers.
fn range(text: &str, problem: &Problem) -> Option<(usize, usize)> {
    let line = text
        .split('\n')
        .nth(problem.line.checked_sub(1)? as usize)?;
    let start = line.as_ptr() as usize - text.as_ptr() as usize;
    let place = |column: u32| {
        let mut letters = line.char_indices();
        letters
            .nth(column as usize)
            .map_or(line.len(), |(at, _)| at)
    };
    let from = problem.column.saturating_sub(1);
    let (from, to) = (place(from), place(from + problem.length.max(1)));
    Some((start + from, start + to))
}

fn class_of(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Keyword => "t-keyword",
        TokenKind::Name => "t-name",
        TokenKind::Number => "t-number",
        TokenKind::Type => "t-type",
        TokenKind::Operator => "t-operator",
        TokenKind::Comment => "t-comment",
        TokenKind::Error => "t-error",
    }
}

/// What is wrong, as a list: line, column, what was expected, what mends it.
pub fn problem_list(problems: &[Problem]) -> Html {
    let go = |problem: &Problem| {
        let (line, column) = (problem.line, problem.column);
        Callback::from(move |_: MouseEvent| put_cursor(line, column))
    };
    html! {
        <div id="problems" aria-live="polite" data-testid="problems">
            if !problems.is_empty() {
                <ul class="problems">
                    { for problems.iter().map(|problem| html! {
                        <li>
                            <button type="button" class="quiet" onclick={go(problem)}>
                                { format!("line {}, column {}", problem.line, problem.column) }
                            </button>
                            <span>{ problem.sentence() }</span>
                        </li>
                    }) }
                </ul>
            }
        </div>
    }
}

fn document() -> Option<HtmlDocument> {
    web_sys::window()?.document()?.dyn_into().ok()
}

fn area() -> Option<HtmlTextAreaElement> {
    let element = document()?.get_element_by_id("program")?;
    element.dyn_into().ok()
}

/// Types into the editor, as a hand would: the browser can undo it.
fn insert(text: &str) {
    if let Some(document) = document() {
        let _ = document.exec_command_with_show_ui_and_value("insertText", false, text);
    }
}

/// Types another text over the whole of the editor's.
pub fn replace(text: &str) {
    if let Some(area) = area() {
        let _ = area.focus();
        area.select();
        insert(text);
    }
}

/// Puts the cursor of the editor to a place.
fn put_cursor(line: u32, column: u32) {
    if let Some(area) = area() {
        let text = area.value();
        let before: usize = text
            .split('\n')
            .take(line.saturating_sub(1) as usize)
            .map(|line| line.encode_utf16().count() + 1)
            .sum();
        let place = before as u32 + column.saturating_sub(1);
        let _ = area.focus();
        let _ = area.set_selection_range(place, place);
    }
}
