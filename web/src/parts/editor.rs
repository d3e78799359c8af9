//! An editor for the loop language: a text area over its own highlighted text.

use std::{collections::HashMap, rc::Rc};

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
            if event.key() == "}" && !event.ctrl_key() && !event.is_composing() {
                outdent(&event);
                return;
            }
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
    let invalid = !props.problems.is_empty();
    let wrong: Rc<[u32]> = props.problems.iter().map(|problem| problem.line).collect();
    let of = |(at, line): (usize, &str)| {
        let number = at as u32 + 1;
        let here = props
            .problems
            .iter()
            .filter(|problem| problem.line == number);
        let marks: Vec<(usize, usize)> = here.map(|problem| range(line, problem)).collect();
        html! { <Line key={at} text={AttrValue::from(line.to_owned())} {marks} /> }
    };
    html! {
        <div class="editor">
            <Gutter {lines} {wrong} margin={props.margin.clone()} current={props.current} />
            <div class="sheet">
                <div class="paper">
                    <pre aria-hidden="true">{ for props.text.split('\n').enumerate().map(of) }</pre>
                    <textarea id="program" data-testid="program" spellcheck="false" wrap="off"
                        autocomplete="off" autocapitalize="off" aria-label="Program in the loop language"
                        aria-invalid={invalid.to_string()} aria-describedby="problems"
                        rows={lines.to_string()} value={props.text.clone()} {oninput} {onkeydown} />
                </div>
            </div>
        </div>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct GutterProps {
    lines: u32,
    wrong: Rc<[u32]>,
    margin: Vec<(u32, String, bool)>,
    current: Option<u32>,
}

/// Numbers of the lines, and what each did. A key that is typed leaves it as it is, as a rule.
#[component]
fn Gutter(props: &GutterProps) -> Html {
    let margin: HashMap<u32, (&str, bool)> = props
        .margin
        .iter()
        .map(|(line, word, busy)| (*line, (word.as_str(), *busy)))
        .collect();
    let gutter = (1..=props.lines).map(|line| {
        let (word, busy) = margin.get(&line).copied().unwrap_or_default();
        let class = classes!(
            "gutter-line",
            busy.then_some("busy"),
            props.wrong.contains(&line).then_some("wrong"),
            (props.current == Some(line)).then_some("current")
        );
        html! { <span {class} data-line={line.to_string()}>
            <span class="number">{ line }</span><span class="misses">{ word.to_owned() }</span>
        </span> }
    });
    html! { <div class="gutter" aria-hidden="true">{ for gutter }</div> }
}

#[derive(Clone, PartialEq, Properties)]
struct LineProps {
    text: AttrValue,
    /// The bytes of it that are wrong.
    marks: Vec<(usize, usize)>,
}

/// A line in colours. No piece of the language goes on in the next line, so that one that did not change is
/// not drawn again.
#[component]
fn Line(props: &LineProps) -> Html {
    html! { <span class="code">{ highlighted(&props.text, &props.marks) }{ "\n" }</span> }
}

/// The text in coloured pieces, what is wrong underlined.
fn highlighted(text: &str, marks: &[(usize, usize)]) -> Html {
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

/// The bytes of its line that a problem covers.
fn range(line: &str, problem: &Problem) -> (usize, usize) {
    let place = |column: u32| {
        let mut letters = line.char_indices();
        letters
            .nth(column as usize)
            .map_or(line.len(), |(at, _)| at)
    };
    let from = problem.column.saturating_sub(1);
    (place(from), place(from + problem.length.max(1)))
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

/// A closing brace on a line of its own takes a level of indentation away, as its line has been given one.
fn outdent(event: &KeyboardEvent) {
    let area: HtmlTextAreaElement = event.target_unchecked_into();
    let (Ok(Some(start)), Ok(Some(end))) = (area.selection_start(), area.selection_end()) else {
        return;
    };
    let before: Vec<u16> = area.value().encode_utf16().take(start as usize).collect();
    let before = String::from_utf16_lossy(&before);
    let line = before.rsplit('\n').next().unwrap_or_default();
    if start == end && line.len() >= 4 && line.chars().all(|letter| letter == ' ') {
        event.prevent_default();
        let _ = area.set_selection_range(start - 4, end);
        insert("}");
    }
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
