//! What a report says in sentences: its notes, and what the machine says of itself beside what timing
//! says.

use lab_core::report::{Inference, Note};
use yew::prelude::*;

/// Sentences, each after what it is for; nothing where there are none.
pub fn notes<'n>(notes: impl IntoIterator<Item = &'n Note>) -> Html {
    let items: Vec<Html> = notes.into_iter().map(item).collect();
    html! {
        if !items.is_empty() { <ul class="notes">{ for items }</ul> }
    }
}

fn item(note: &Note) -> Html {
    html! {
        <li>
            if let Some(label) = note.kind.label() { <strong>{ label }{ ": " }</strong> }
            { &note.text }
        </li>
    }
}

/// What was inferred from timing beside what is reported, with a sentence for each mismatch; `of` names
/// the report where there are several on a page.
pub fn inferred(inferences: &[Inference], of: Option<&str>) -> Html {
    if inferences.is_empty() {
        return Html::default();
    }
    // What is under the heading of its report stands one level deeper.
    let (id, heading, named) = match of {
        Some(of) => (format!("inferred-{of}"), "h3", format!(", {of}")),
        None => ("inferred".to_owned(), "h2", String::new()),
    };
    let row = |inference: &Inference| {
        let reported = inference.reported.map_or_else(
            || "not said".to_owned(),
            |value| inference.unit.format(value),
        );
        let found = inference.inferred.map_or_else(
            || "not found".to_owned(),
            |found| found.text(inference.unit),
        );
        let verdict = match inference.agree {
            Some(true) => "agree",
            Some(false) => "differ ≠",
            None => "",
        };
        html! {
            <tr class={(inference.agree == Some(false)).then_some("differs")}>
                <th scope="row">{ &inference.what }</th>
                <td>{ reported }</td><td>{ found }</td><td>{ verdict }</td><td>{ &inference.from }</td>
            </tr>
        }
    };
    // Where the two differ first: that is what a reader must not miss.
    let differ = |is: bool| {
        let some = move |it: &&Inference| (it.agree == Some(false)) == is;
        inferences.iter().filter(some).filter_map(Inference::remark)
    };
    let remarks = differ(true).chain(differ(false));
    html! {
        <section aria-labelledby={id.clone()} data-testid="inferred">
            <@{heading} {id}>{ "Reported and inferred" }{ &named }</@>
            <div class="scroll" tabindex="0" role="region"
                aria-label={format!("Figures from both sources{named}")}>
                <table class="inferred">
                    <thead><tr>
                        <th scope="col">{ "what" }</th><th scope="col">{ "reported" }</th>
                        <th scope="col">{ "inferred from timing" }</th><th scope="col">{ "they" }</th>
                        <th scope="col">{ "how" }</th>
                    </tr></thead>
                    <tbody>{ for inferences.iter().map(row) }</tbody>
                </table>
            </div>
            <ul class="notes">
                { for remarks.map(|remark| html! { <li>{ remark }{ "." }</li> }) }
            </ul>
        </section>
    }
}
