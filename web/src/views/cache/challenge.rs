//! "Make it a challenge": hit or miss, said before it is shown.

use std::rc::Rc;

use lab_core::sim::Event;
use yew::prelude::*;

use super::words;
use crate::simulation::protocol::Seen;

/// What is guessed at, and what is shown after the guess.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// The access.
    pub seen: Rc<Seen>,
    /// Told where to go on.
    pub go: Callback<u64>,
    /// What hides until the guess.
    pub children: Html,
}

/// How the guesses went.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Score {
    right: u32,
    guesses: u32,
    /// The access guessed last, and whether it was right.
    last: Option<(u64, bool)>,
}

/// The step as it is, or hidden until somebody guesses.
#[component]
pub fn Challenge(props: &Props) -> Html {
    let score = use_state(|| None::<Score>);
    let toggle = {
        let score = score.clone();
        Callback::from(move |_: MouseEvent| {
            score.set(match *score {
                None => Some(Score::default()),
                Some(_) => None,
            });
        })
    };
    let Some(step) = &props.seen.step else {
        return props.children.clone();
    };
    let switch = html! {
        <button type="button" class="quiet" data-testid="challenge" onclick={toggle}>
            { if score.is_some() { "End the challenge" } else { "Make it a challenge" } }
        </button>
    };
    let Some(now) = *score else {
        return html! { <>{ switch }{ props.children.clone() }</> };
    };
    let guessed = now.last.filter(|(index, _)| *index == step.index);
    let missed = step
        .events
        .iter()
        .any(|event| matches!(event, Event::Miss { depth: 0, .. }));
    let first = step
        .caches
        .first()
        .map_or("", |cache| cache.name.as_str())
        .to_owned();
    let tally = format!("{} of {} right", now.right, now.guesses);
    let guess = |says_miss: bool, word: &'static str| {
        let (score, index) = (score.clone(), step.index);
        let onclick = Callback::from(move |_: MouseEvent| {
            let right = says_miss == missed;
            score.set(Some(Score {
                right: now.right + u32::from(right),
                guesses: now.guesses + 1,
                last: Some((index, right)),
            }));
        });
        html! { <button type="button" data-testid={format!("guess-{word}")} {onclick}>{ word }</button> }
    };
    let on = {
        let (go, next) = (props.go.clone(), step.index + 1);
        Callback::from(move |_: MouseEvent| go.emit(next))
    };
    let ended = step.index + 1 >= props.seen.summary.accesses;
    html! {
        <>
            <div class="challenge">
                { switch }
                <span data-testid="score" aria-live="polite">{ tally }</span>
            </div>
            if let Some((_, right)) = guessed {
                <p role="status" class={if right { "right" } else { "wrong" }}>
                    { if right { "Right. " } else { "No. " } }
                    { if missed { "It misses." } else { "It hits." } }
                </p>
                if !ended {
                    <button type="button" data-testid="next-guess" onclick={on}>{ "Next access" }</button>
                }
                { props.children.clone() }
            } else {
                <p class="question">
                    { format!("{} Does it hit or miss {first}?",
                        words::sentences(&props.seen, step).first().cloned().unwrap_or_default()) }
                </p>
                <div class="moves">{ guess(false, "hit") }{ guess(true, "miss") }</div>
            }
        </>
    }
}
