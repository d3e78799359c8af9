//! The next access, to be predicted before it is shown.

use std::rc::Rc;

use lab_core::trace::program::PlacedArray;
use yew::prelude::*;

use super::words;
use crate::simulation::jobs::record::Moment;

/// What is asked about.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Whether predictions are asked for.
    pub on: bool,
    /// The step being shown, with the next access.
    pub moment: Option<Rc<Moment>>,
    /// The access that is to be shown: a moment of another is not asked about.
    pub at: u64,
    /// The arrays, for names.
    pub arrays: Rc<[PlacedArray]>,
    /// The first cache's name.
    pub cache: AttrValue,
    /// Begins and ends.
    pub toggle: Callback<()>,
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
    let toggle = {
        let (toggle, score) = (props.toggle.clone(), score.clone());
        Callback::from(move |_: MouseEvent| {
            score.set(Score::default());
            toggle.emit(());
        })
    };
    let moment = props.moment.as_ref();
    let next = moment
        .filter(|moment| moment.step.index == props.at)
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
            if right { "Right" } else { "Not so" },
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
    html! {
        <section class="challenge" aria-label="Challenge">
            <button type="button" class="quiet" data-testid="challenge" aria-expanded={props.on.to_string()}
                onclick={toggle}>
                { if props.on { "End the challenge" } else { "Make it a challenge" } }
            </button>
            if props.on {
                <p data-testid="question">
                    { "Next: " }
                    if let Some((access, _)) = next {
                        { words::access(&access, &props.arrays) }
                        { format!(". Will {} hit?", props.cache) }
                    } else {
                        { "there is no further access in this recording; step back to go on." }
                    }
                </p>
                <div class="answers">
                    <button type="button" data-testid="guess-hit" disabled={next.is_none()} onclick={answer(true)}>{ "Hit" }</button>
                    <button type="button" data-testid="guess-miss" disabled={next.is_none()} onclick={answer(false)}>{ "Miss" }</button>
                </div>
                <p class={classes!("verdict", class)} role="status" data-testid="verdict"
                    data-asked={score.asked.to_string()} data-right={score.right.to_string()}>
                    { said.unwrap_or_default() }
                </p>
            }
        </section>
    }
}
