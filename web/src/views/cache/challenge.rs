//! The next access, to be predicted before it is shown: each one, or some that a teacher's link draws.

use std::rc::Rc;

use lab_core::trace::program::PlacedArray;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::words;
use crate::{simulation::jobs::record::Moment, state::cache::Quest};

/// What is asked about.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The predictions asked for.
    pub quest: Option<Quest>,
    /// The step being shown, with the next access.
    pub moment: Option<Rc<Moment>>,
    /// The access that is to be shown: a moment of another is not asked about.
    pub at: u64,
    /// How many there are.
    pub accesses: u64,
    /// The arrays, for names.
    pub arrays: Rc<[PlacedArray]>,
    /// The first cache's name.
    pub cache: AttrValue,
    /// Begins one, or ends it.
    pub begin: Callback<Option<Quest>>,
    /// Shows an access.
    pub go: Callback<u64>,
}

#[derive(Clone, Copy, Default, PartialEq)]
struct Score {
    right: u32,
    asked: u32,
    row: u32,
    last: Option<(bool, bool)>,
}

/// The challenge.
#[component]
pub fn Challenge(props: &Props) -> Html {
    let score = use_state_eq(Score::default);
    let begin = {
        let (begin, score) = (props.begin.clone(), score.setter());
        Callback::from(move |quest: Option<Quest>| {
            score.set(Score::default());
            begin.emit(quest);
        })
    };
    let toggle = {
        let other = props.quest.is_none().then_some(Quest::Next);
        begin.reform(move |_: MouseEvent| other)
    };
    let places = props.quest.map(|quest| quest.places(props.accesses));
    let places = places.unwrap_or_default();
    let drawn = matches!(props.quest, Some(Quest::Drawn { .. }));
    let here = !drawn || places.get(score.asked as usize) == Some(&props.at);
    // Who goes on before answering has seen the answer: the question is over, without a point.
    let passed = places
        .get(score.asked as usize)
        .map(|place| (*place, props.at > *place));
    let reached = use_mut_ref(|| None::<u64>);
    use_effect_with((passed, here), {
        let (score, reached) = (score.clone(), reached);
        move |(passed, here)| {
            let Some((place, behind)) = *passed else {
                return;
            };
            if *here {
                *reached.borrow_mut() = Some(place);
            } else if behind && *reached.borrow() == Some(place) {
                score.set(Score {
                    asked: score.asked + 1,
                    row: 0,
                    last: None,
                    ..*score
                });
            }
        }
    });
    let moment = props.moment.as_ref();
    let next = moment
        .filter(|moment| here && moment.step.index == props.at)
        .and_then(|moment| moment.ahead.first().copied());
    let answer = |guess: bool| {
        let (score, go, at) = (score.clone(), props.go.clone(), props.at);
        Callback::from(move |_: MouseEvent| {
            let Some((_, hits)) = next else { return };
            let right = guess == hits;
            score.set(Score {
                right: score.right + u32::from(right),
                asked: score.asked + 1,
                row: if right { score.row + 1 } else { 0 },
                last: Some((right, hits)),
            });
            go.emit(at + 1);
        })
    };
    let said = score.last.map(|(right, hits)| {
        format!(
            "{}: it was a {}. {} of {} right{}.",
            if right { "Right" } else { "Not right" },
            if hits { "hit" } else { "miss" },
            score.right,
            score.asked,
            if score.row > 2 {
                format!(", {} in a row", score.row)
            } else {
                String::new()
            }
        )
    });
    let class = match score.last {
        Some((true, _)) => "right",
        Some((false, _)) => "wrong",
        None => "",
    };
    let go_on = places.get(score.asked as usize).map(|&place| {
        let go = props.go.reform(move |_: MouseEvent| place);
        let words = format!("Question {} of {}", score.asked + 1, places.len());
        html! { <button type="button" data-testid="go-on" onclick={go}>{ words }</button> }
    });
    let question = if let Some((access, _)) = next {
        let access = words::access(&access, &props.arrays);
        let number = if drawn {
            format!("Question {} of {}. ", score.asked + 1, places.len())
        } else {
            String::new()
        };
        format!("{number}Next: {access}. Will {} hit?", props.cache)
    } else if drawn && go_on.is_none() {
        format!(
            "That was the last question: {} of {} right.",
            score.right, score.asked
        )
    } else if drawn {
        "The run is hidden from here on.".to_owned()
    } else {
        "Next: there is no further access in this recording; step back to go on.".to_owned()
    };
    html! {
        <section class={classes!("challenge", props.quest.is_some().then_some("on"))} aria-label="Challenge">
            <button type="button" class="quiet" data-testid="challenge" aria-expanded={props.quest.is_some().to_string()}
                onclick={toggle}>
                { if props.quest.is_some() { "End the challenge" } else { "Make it a challenge" } }
            </button>
            if props.quest.is_some() {
                <p data-testid="question">{ question }</p>
                <div class="answers">
                    if let Some(go_on) = go_on.filter(|_| !here) {
                        { go_on }
                    } else {
                        <button type="button" data-testid="guess-hit" disabled={next.is_none()} onclick={answer(true)}>{ "Hit" }</button>
                        <button type="button" data-testid="guess-miss" disabled={next.is_none()} onclick={answer(false)}>{ "Miss" }</button>
                    }
                </div>
                <p class={classes!("verdict", class)} role="status" data-testid="verdict"
                    data-asked={score.asked.to_string()} data-right={score.right.to_string()}>
                    { said.unwrap_or_default() }
                </p>
                <ForClass {begin} />
            }
        </section>
    }
}

#[derive(Clone, PartialEq, Properties)]
struct ForClassProps {
    begin: Callback<Option<Quest>>,
}

/// Draws the same questions for everyone who opens the link.
#[component]
fn ForClass(props: &ForClassProps) -> Html {
    let (length, seed) = (use_node_ref(), use_node_ref());
    let draw = {
        let (begin, length, seed) = (props.begin.clone(), length.clone(), seed.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let number = |field: &NodeRef| {
                let field = field.cast::<HtmlInputElement>()?;
                field.value().trim().parse::<u64>().ok()
            };
            if let (Some(length), Some(seed)) = (number(&length), number(&seed)) {
                let length = length.clamp(1, Quest::MOST);
                begin.emit(Some(Quest::Drawn { length, seed }));
            }
        })
    };
    html! {
        <details>
            <summary>{ "The same questions for a class" }</summary>
            <form class="saving" onsubmit={draw}>
                <label for="challenge-length">{ "Questions" }</label>
                <input id="challenge-length" ref={length} type="number" min="1" max={Quest::MOST.to_string()} value="10" required=true />
                <label for="challenge-seed">{ "Seed" }</label>
                <input id="challenge-seed" ref={seed} type="number" min="0" step="1" value="1" required=true />
                <button type="submit" class="quiet" data-testid="draw">{ "Draw them" }</button>
                <p class="hint">{ "They are drawn from the whole run. The address of this page is then the link to pass on; \
                    another seed gives other questions." }</p>
            </form>
        </details>
    }
}
