//! The editor of the loop language: a text area over the same text in colours.

use std::collections::BTreeMap;

use lab_core::trace::program::{Problem, TokenKind, tokens};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

/// What the editor shows.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The text.
    pub source: String,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
    /// Misses of the first level, by line.
    pub misses: BTreeMap<u32, u64>,
    /// The line of the access looked at.
    pub line: Option<u32>,
    /// Told of every change.
    pub oninput: Callback<String>,
}

/// The editor, with misses beside the lines and problems below.
#[component]
pub fn Editor(props: &Props) -> Html {
    let oninput = {
        let tell = props.oninput.clone();
        Callback::from(move |event: InputEvent| {
            tell.emit(event.target_unchecked_into::<HtmlTextAreaElement>().value());
        })
    };
    let lines = props.source.split('\n').count();
    let most = props.misses.values().max().copied().unwrap_or(0).max(1);
    let gutter = (1..=lines as u32).map(|line| {
        let misses = props.misses.get(&line);
        let wrong = props.problems.iter().any(|problem| problem.line == line);
        let here = props.line == Some(line);
        html! {
            <li class={classes!(wrong.then_some("wrong"), here.then_some("here"))}>
                if let Some(misses) = misses {
                    <span class={format!("misses share-{}", (misses * 5).div_ceil(most))}
                        title={format!("{misses} misses of the first level")}>{ misses }</span>
                }
                <span>{ line }</span>
            </li>
        }
    });
    let described = (!props.problems.is_empty()).then_some("program-problems");
    html! {
        <div class="editor">
            <ol class="gutter" aria-hidden="true">{ for gutter }</ol>
            <div class="code">
                <pre aria-hidden="true">{ coloured(&props.source, &props.problems) }</pre>
                <textarea data-testid="program" aria-label="Program" spellcheck="false"
                    autocapitalize="off" autocomplete="off" wrap="off" rows={lines.to_string()}
                    aria-describedby={described} aria-invalid={(!props.problems.is_empty()).to_string()}
                    value={props.source.clone()} {oninput} />
            </div>
        </div>
    }
}

/// The list of what is wrong.
pub fn problem_list(problems: &[Problem]) -> Html {
    html! {
        <ul id="program-problems" class="problems" role="alert" data-testid="problems">
            { for problems.iter().map(|problem| html! { <li>{ problem.to_string() }</li> }) }
        </ul>
    }
}

/// The text in colours, with what is wrong underlined.
fn coloured(source: &str, problems: &[Problem]) -> Html {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(source.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let wrong = |start: usize| {
        let line = starts.partition_point(|first| *first <= start);
        let first = starts[line - 1];
        let column = source[first..start].chars().count() as u32 + 1;
        problems.iter().any(|problem| {
            problem.line == line as u32
                && (problem.column..problem.column + problem.length).contains(&column)
        })
    };
    let mut pieces = Vec::new();
    let mut end = 0;
    for token in tokens(source) {
        pieces.push(html! { { &source[end..token.start] } });
        let class = match token.kind {
            TokenKind::Keyword => "keyword",
            TokenKind::Type => "type",
            TokenKind::Number => "number",
            TokenKind::Comment => "comment",
            TokenKind::Error => "error",
            TokenKind::Name | TokenKind::Operator => "plain",
        };
        let class = classes!(class, wrong(token.start).then_some("wrong"));
        pieces.push(html! { <span {class}>{ &source[token.start..token.end] }</span> });
        end = token.end;
    }
    pieces.push(html! { { &source[end..] } });
    // A last empty line has a height only if something stands in it.
    pieces.push(html! { { "\n" } });
    html! { <>{ for pieces }</> }
}
