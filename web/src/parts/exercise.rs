//! An exercise that is checked in the worker, by the grader the command line uses.

use std::rc::Rc;

use lab_core::views::View;
use lab_lessons::exercise::{Exercise, Face, Grade as Verdict, Remark, exercise};
use wasm_bindgen::JsCast;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::{
    routes::Route,
    simulation::{jobs::grade::Grade, use_job},
    state::{
        cache,
        progress::Step,
        session::{Action, use_session},
        situation::Situation,
    },
};

/// Which exercise.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Its name.
    pub name: &'static str,
}

/// The task, a place for the answer, what the grader says of it, hints.
#[component]
pub fn ExerciseView(props: &Props) -> Html {
    let session = use_session();
    let Some(exercise) = exercise(props.name) else {
        return Html::default();
    };
    let name = exercise.name;
    let solved = session.progress.solved.contains(name);
    let answer = use_state_eq(|| {
        let kept = session.progress.answers.get(name).cloned();
        kept.unwrap_or_else(|| exercise.unsolved.to_owned())
    });
    let asked = use_state(|| None::<Rc<Grade>>);
    let graded = use_job((*asked).clone(), None);
    let hints = use_state_eq(|| 0_usize);

    let change = {
        let answer = answer.setter();
        Callback::from(move |text: String| answer.set(text))
    };
    let check = {
        let (answer, asked) = (answer.clone(), asked.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let grade = Grade {
                exercise: name.to_owned(),
                answer: (*answer).clone(),
                round: asked.as_ref().map_or(0, |asked| asked.round) + 1,
            };
            asked.set(Some(grade.into()));
        })
    };
    use_effect_with(graded.shown.clone(), {
        let session = session.clone();
        move |shown| {
            if let Some((grade, verdict)) = shown.as_deref() {
                let answer = grade.answer.clone();
                let step = Step::Answered(grade.exercise.clone(), answer, verdict.pass);
                session.dispatch(Action::Did(step));
            }
        }
    });
    // A verdict on something else would mislead.
    let current = asked.as_ref().is_some_and(|asked| asked.answer == *answer);
    let verdict = graded.shown.as_deref();
    let verdict = verdict.filter(|shown| shown.0.answer == *answer);
    let verdict = verdict.map(|shown| &shown.1);
    let again = {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| change.emit(exercise.unsolved.to_owned()))
    };
    let hint = {
        let hints = hints.clone();
        Callback::from(move |_: MouseEvent| hints.set(*hints + 1))
    };
    let face = exercise.face();
    let (by_hand, in_place) = (face != Face::Code, matches!(face, Face::Letters { .. }));
    html! {
        <section class="task" id={name} aria-labelledby={format!("{name}-title")} data-testid="exercise">
            <form onsubmit={check}>
                <p class="kicker">
                    { "Exercise" }
                    if solved { <em>{ " ✓ solved" }</em> }
                </p>
                <h2 id={format!("{name}-title")}>{ exercise.title }</h2>
                { text(exercise.task) }
                { match face {
                    Face::Letters { rows, choices } => {
                        letter_for_each(name, &rows, choices, &answer, verdict, &change)
                    }
                    Face::Program { machine } => program(name, &machine, &answer, &change),
                    Face::Code => natively(exercise),
                } }
                <div class="buttons">
                    if by_hand {
                        <button type="submit">
                            { if graded.running { "Checking …" } else { "Check" } }
                        </button>
                        <button type="button" class="quiet" onclick={again}>{ "Start again" }</button>
                    }
                    if *hints < exercise.hints.len() {
                        <button type="button" class="quiet" onclick={hint}>
                            { format!("Hint {} of {}", *hints + 1, exercise.hints.len()) }
                        </button>
                    }
                </div>
            </form>
            <div aria-live="polite">
                if *hints > 0 {
                    <ol class="hints">
                        { for exercise.hints.iter().take(*hints).map(|hint| html! { <li>{ text(hint) }</li> }) }
                    </ol>
                }
                if graded.failed {
                    <p class="problem">{ "Answers cannot be checked here: the simulator did not start \
                        in this browser. Reload the page, or open it from a web server." }</p>
                } else if let Some(why) = graded.stopped.as_ref().filter(|_| current) {
                    <p class="problem">{ why }</p>
                } else if let Some(verdict) = verdict {
                    { told(verdict, in_place) }
                }
                if solved {
                    <details class="answer">
                        <summary>{ "The author's solution, and why" }</summary>
                        <pre tabindex="0"><code>{ exercise.solution }</code></pre>
                        { text(exercise.because) }
                    </details>
                }
            </div>
        </section>
    }
}

/// Paragraphs with code between backticks.
fn text(source: &str) -> Html {
    let paragraph = |paragraph: &str| html! { <p>{ text_of(paragraph) }</p> };
    source.trim().split("\n\n").map(paragraph).collect()
}

/// The letters an answer chooses, one for each row; those not chosen are question marks.
fn letters(answer: &str, choices: &[(char, &str)], count: usize) -> Vec<char> {
    let known = |letter: &char| *letter == '?' || choices.iter().any(|choice| choice.0 == *letter);
    let made = answer.lines().flat_map(|line| {
        let text = line.split('#').next().unwrap_or_default();
        text.chars().filter(known).collect::<Vec<_>>()
    });
    made.chain(std::iter::repeat('?')).take(count).collect()
}

fn letter_for_each(
    name: &'static str,
    rows: &[String],
    choices: &'static [(char, &'static str)],
    answer: &str,
    verdict: Option<&Verdict>,
    change: &Callback<String>,
) -> Html {
    let letters = letters(answer, choices, rows.len());
    let row = |(at, words): (usize, &String)| {
        let choice = |(letter, word): &(char, &'static str)| {
            let onchange = {
                let (change, mut chosen) = (change.clone(), letters.clone());
                chosen[at] = *letter;
                Callback::from(move |_: Event| change.emit(chosen.iter().collect()))
            };
            html! {
                <label>
                    <input type="radio" name={format!("{name}-{at}")} checked={letters[at] == *letter} {onchange} />
                    <span>{ *word }</span>
                </label>
            }
        };
        let remark = verdict.and_then(|verdict| verdict.remarks.get(at));
        let class = remark.map_or("", |remark| if remark.good { "right" } else { "wrong" });
        html! {
            <li {class}>
                <fieldset>
                    <legend>{ words }</legend>
                    { for choices.iter().map(choice) }
                </fieldset>
                if let Some(remark) = remark {
                    <p class="because">
                        <strong>{ if remark.good { "✓ " } else { "✗ " } }</strong>
                        { &remark.text }
                    </p>
                }
            </li>
        }
    };
    html! { <ol class="accesses">{ for rows.iter().enumerate().map(row) }</ol> }
}

fn program(name: &'static str, machine: &str, answer: &str, change: &Callback<String>) -> Html {
    let there = Situation::default().with("machine", Some(machine.to_owned()));
    let there = Route::View(View::Cache).link(&cache::with_text(&there, answer));
    let oninput = {
        let change = change.clone();
        Callback::from(move |event: InputEvent| {
            let area = event.target().and_then(|target| target.dyn_into().ok());
            if let Some(area) = area.map(|area: HtmlTextAreaElement| area.value()) {
                change.emit(area);
            }
        })
    };
    let rows = (answer.lines().count() + 2).clamp(8, 24).to_string();
    html! {
        <>
            <label class="code" for={format!("{name}-program")}>{ "Your program" }</label>
            <textarea id={format!("{name}-program")} {rows} spellcheck="false" autocomplete="off"
                autocapitalize="off" wrap="off" value={answer.to_owned()} {oninput} />
            <p class="hint"><a href={there} target="_blank" data-testid="watch">
                { "Watch this program in the Cache view, access by access" }
            </a></p>
        </>
    }
}

/// What cannot be built in a browser: what to start from, and how to check it.
fn natively(exercise: &Exercise) -> Html {
    let name = exercise.name;
    html! {
        <>
            <pre tabindex="0"><code>{ exercise.unsolved }</code></pre>
            <p>
                { "Rust is built on your machine. This writes a small project to start from, and checks it as often as you like:" }
            </p>
            <pre tabindex="0"><code>
                { format!("lab exercise start {name}\nlab exercise check {name}") }
            </code></pre>
        </>
    }
}

/// The verdict; the remarks too, unless they stand where they belong.
fn told(verdict: &Verdict, in_place: bool) -> Html {
    let remark = |remark: &Remark| {
        let (class, mark) = if remark.good {
            ("right", "✓ ")
        } else {
            ("wrong", "✗ ")
        };
        html! {
            <li {class}>
                <strong>{ mark }{ &remark.place }</strong>{ ": " }{ text_of(&remark.text) }
            </li>
        }
    };
    html! {
        <div class={if verdict.pass { "verdict pass" } else { "verdict" }} data-testid="verdict">
            <p>
                <strong>{ text_of(&verdict.message) }</strong>
                { format!(" {} of {} points.", verdict.score, verdict.max) }
            </p>
            if !in_place && !verdict.remarks.is_empty() {
                <ul>{ for verdict.remarks.iter().map(remark) }</ul>
            }
        </div>
    }
}

/// A sentence with code between backticks.
fn text_of(sentence: &str) -> Html {
    let parts = sentence
        .split('`')
        .enumerate()
        .map(|(at, part)| match at % 2 {
            0 => html! { { part.to_owned() } },
            _ => html! { <code>{ part.to_owned() }</code> },
        });
    parts.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_those_of_the_answer() {
        let choices = [('H', "hit"), ('M', "miss")];
        assert_eq!(letters("H # 1: Has M\nM", &choices, 3), ['H', 'M', '?']);
        let task = exercise("hits-and-misses").unwrap();
        assert_eq!(letters(task.unsolved, &choices, 12), ['?'; 12]);
        let solved: String = letters(task.solution, &choices, 12).iter().collect();
        assert!(task.grade(&solved, 0).pass);
    }
}
