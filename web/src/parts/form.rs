//! Forms: fields made from typed parameters, whose values stand in the address.
//!
//! A [`Number`] is typed or moved; what cannot be is refused in the words of the parser that the command
//! line has too, and the text stays to be mended while the last sound value holds. A [`Choice`] is one
//! of some names. A view puts its fields in a `<div class="controls">`.

use lab_core::{parameters::Values, units::Unit};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::slider::grouped;
use crate::state::{session::Handle, setup::Slider};

/// A number with a unit and a range.
#[derive(Clone, PartialEq)]
pub struct Number {
    /// Its key in the address.
    pub key: String,
    /// What refusals and test hooks call it.
    pub name: String,
    /// What it sets.
    pub label: String,
    /// What values it takes.
    pub values: Values,
    /// The value it stands at.
    pub value: f64,
    /// Where the slider stops.
    pub slider: Slider,
    /// Whether only those stops make sense.
    pub stops_only: bool,
}

impl Number {
    /// What a typed text means.
    fn read(&self, text: &str) -> Result<f64, String> {
        let text = text.replace('\u{202f}', "");
        let read = self.values.read(&self.name, &text);
        let value = read.map_err(|error| format!("{error}."))?;
        let stop = self.slider.hold(value);
        if self.stops_only && stop != value {
            let [value, stop] = [value, stop].map(|it| self.values.unit.format(it));
            return Err(format!(
                "`{}` cannot be {value} here; the nearest it can be is {stop}.",
                self.name
            ));
        }
        Ok(value)
    }

    /// The value in words that can be read again.
    fn words(&self) -> String {
        match self.values.unit {
            Unit::Count if self.value.fract() == 0.0 && self.value >= 0.0 => {
                grouped(self.value as u64)
            }
            unit => unit.format(self.value),
        }
    }
}

/// The number as a field.
pub fn number(session: &Handle, number: Number) -> Html {
    let key = number.key.clone();
    let set = session.setter(key.clone());
    html! { <NumberField {key} {number} {set} /> }
}

#[derive(Clone, PartialEq, Properties)]
struct NumberProps {
    number: Number,
    set: Callback<f64>,
}

#[component]
fn NumberField(props: &NumberProps) -> Html {
    let NumberProps { number, set } = props.clone();
    // What was typed and cannot be, and why.
    let refused = use_state_eq(|| None::<(String, String)>);
    let onchange = {
        let (number, set, refused) = (number.clone(), set.clone(), refused.setter());
        Callback::from(move |event: Event| {
            let text = event.target_unchecked_into::<HtmlInputElement>().value();
            match number.read(&text) {
                Ok(value) => {
                    refused.set(None);
                    set.emit(value);
                }
                Err(why) => refused.set(Some((text, why))),
            }
        })
    };
    let slider = number.slider;
    let oninput = {
        let refused = refused.setter();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Ok(position) = input.value().parse() {
                refused.set(None);
                set.emit(slider.value(position));
            }
        })
    };
    let id = number.key.replace('.', "-");
    let hook = format!("control-{}", number.name.replace('.', "-"));
    let words = number.words();
    let (typed, why) = match &*refused {
        Some((text, why)) => (text.clone(), Some(why)),
        None => (words.clone(), None),
    };
    html! {
        <div class="control">
            <label for={id.clone()}>{ &number.label }</label>
            <input type="text" class="number" data-testid={format!("{hook}-typed")} value={typed} {onchange}
                autocomplete="off" spellcheck="false" aria-label={format!("{}, typed", number.label)}
                aria-invalid={why.map(|_| "true")} />
            <input type="range" id={id} data-testid={hook} min="0" max={slider.last.to_string()} step="1"
                value={slider.position(number.value).to_string()} aria-valuetext={words} {oninput} />
            if let Some(why) = why { <p class="problem" role="alert">{ why }</p> }
        </div>
    }
}

/// A choice among names.
pub struct Choice {
    /// Its key in the address.
    pub key: String,
    /// Its name in test hooks.
    pub hook: String,
    /// What it sets.
    pub label: String,
    /// What there is to choose from: value in the address, name.
    pub options: Vec<(String, String)>,
    /// The value chosen.
    pub chosen: String,
    /// What is done with another, where it is more than to put it into the address.
    pub pick: Option<Callback<String>>,
}

/// The choice as a field.
pub fn choice(session: &Handle, choice: Choice) -> Html {
    let Choice {
        key,
        hook,
        label,
        options,
        chosen,
        pick,
    } = choice;
    let id = key.replace('.', "-");
    let session = session.clone();
    let pick = pick.unwrap_or_else(|| {
        Callback::from(move |chosen: String| session.choose(&key, Some(chosen)))
    });
    let onchange =
        pick.reform(|event: Event| event.target_unchecked_into::<HtmlSelectElement>().value());
    // With other options it is another field: one would lose its choice with the option.
    let values: Vec<&str> = options.iter().map(|(value, _)| value.as_str()).collect();
    let all = values.join(" ");
    // The property too, as options forget their attribute once a reader chose: a link moves the choice.
    html! {
        <div class="control">
            <label for={id.clone()}>{ label }</label>
            <select key={all} {id} data-testid={hook} ~value={chosen.clone()} {onchange}>
                { for options.into_iter().map(|(value, name)| {
                    let selected = value == chosen;
                    html! { <option {value} {selected}>{ name }</option> }
                }) }
            </select>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lab_lessons::Scale;

    #[test]
    fn typed_values_are_read_or_refused_in_words() {
        let (min, max) = (64.0, 65_536.0);
        let mut size = Number {
            key: "reuse.l1.size".into(),
            name: "l1.size".into(),
            label: "size of L1".into(),
            values: Values {
                unit: Unit::Bytes,
                min,
                max,
            },
            value: 4096.0,
            slider: Slider::new((min, max), Scale::Powers),
            stops_only: false,
        };
        assert_eq!(size.words(), "4 KiB");
        assert_eq!(size.read(&size.words()), Ok(size.value));
        assert_eq!(size.read("5000"), Ok(5000.0));
        assert!(size.read("much").unwrap_err().contains("a number of bytes"));
        assert!(
            size.read("1 MiB")
                .unwrap_err()
                .contains("between 64 B and 64 KiB")
        );
        size.stops_only = true;
        assert!(size.read("5000").unwrap_err().ends_with("is 4 KiB."));
        assert_eq!(size.read("8KiB"), Ok(8192.0));
        size.values.unit = Unit::Count;
        assert_eq!(size.read(&size.words()), Ok(size.value));
    }
}
