//! A prediction: a question before the figure that answers it.

use lab_lessons::Quiz;
use yew::prelude::*;

use crate::state::{progress::Step, session::use_session};

/// What is asked.
#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    /// Id of the lesson it stands in.
    pub lesson: &'static str,
    /// The question.
    pub quiz: &'static Quiz,
}

/// A question with choices; the answer is remembered in this browser.
#[component]
pub fn QuizView(props: &Props) -> Html {
    let session = use_session();
    let quiz = props.quiz;
    let given = session.progress.prediction(props.lesson, quiz.id);
    let marked = use_state_eq(|| given);
    let again = use_state_eq(|| false);
    let answered = given
        .filter(|_| !*again)
        .and_then(|index| quiz.choices.get(index));

    let choices = quiz.choices.iter().enumerate().map(|(index, choice)| {
        let mark = {
            let (marked, again) = (marked.setter(), again.setter());
            Callback::from(move |_: Event| {
                marked.set(Some(index));
                again.set(true);
            })
        };
        let verdict = match (answered.is_some(), choice.correct, given == Some(index)) {
            (true, true, _) => "right",
            (true, false, true) => "wrong",
            _ => "",
        };
        html! {
            <label class={verdict}>
                <input type="radio" name={quiz.id} value={index.to_string()}
                    checked={*marked == Some(index)} onchange={mark} />
                <span>
                    { Html::from_html_unchecked(choice.text.into()) }
                    if verdict == "right" { <em>{ " ✓ right" }</em> }
                    if verdict == "wrong" { <em>{ " ✗ not this one" }</em> }
                </span>
            </label>
        }
    });
    let check = {
        let (session, again, marked) = (session.clone(), again.setter(), *marked);
        let (lesson, quiz) = (props.lesson, quiz.id);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(choice) = marked {
                let step = Step::Predicted(lesson.to_owned(), quiz.to_owned(), choice);
                session.dispatch(crate::state::session::Action::Did(step));
                again.set(false);
            }
        })
    };
    html! {
        <form class="quiz" id={quiz.id} onsubmit={check} data-testid="quiz">
            <fieldset>
                <legend>
                    <span class="kicker">{ "Predict" }</span>
                    { Html::from_html_unchecked(quiz.question.into()) }
                </legend>
                { for choices }
            </fieldset>
            <button type="submit" disabled={marked.is_none()}>{ "Check my prediction" }</button>
            <div class="answer" aria-live="polite">
                if let Some(choice) = answered {
                    <p class="because">
                        <strong>{ if choice.correct { "Right. " } else { "Not this one. " } }</strong>
                        { Html::from_html_unchecked(choice.because.into()) }
                    </p>
                    <div class="explanation">
                        { Html::from_html_unchecked(quiz.explanation.into()) }
                    </div>
                }
            </div>
        </form>
    }
}
