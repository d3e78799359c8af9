//! Which values the program's parameters have, and how much of its run is recorded.

use lab_core::{
    parameters::Values,
    trace::program::Param,
    units::{Unit, counted},
};
use lab_lessons::Scale;
use yew::prelude::*;

use crate::{
    parts::{
        form::{Number, number},
        slider::grouped,
    },
    state::{cache::key, session::Handle, setup::Slider},
};

/// Positions for a parameter: powers of two where only they make sense, or where there would be too
/// many steps.
fn positions(param: &Param) -> Slider {
    let (min, max) = (param.min as f64, param.max as f64);
    if param.doubling && min >= 1.0 {
        return Slider::new((min, max), Scale::Powers);
    }
    let span = (max - min).max(1.0);
    let step = if span <= 1000.0 {
        1.0
    } else {
        (span / 500.0).ceil()
    };
    Slider::new((min, max), Scale::Linear(step))
}

/// A slider for each parameter.
pub fn params(session: &Handle, params: &[Param]) -> Html {
    let knobs = params.iter().map(|param| {
        // The wish itself, which the reading of the program may not have followed yet.
        let wish = session
            .situation
            .number(&key(&format!("param.{}", param.name)));
        let value = wish.map_or(param.default, |wish| {
            (wish as i64).clamp(param.min, param.max)
        });
        number(
            session,
            Number {
                key: key(&format!("param.{}", param.name)),
                name: param.name.clone(),
                label: if param.note.is_empty() {
                    param.name.clone()
                } else {
                    format!("{}: {}", param.name, param.note)
                },
                values: Values {
                    unit: Unit::Count,
                    min: param.min as f64,
                    max: param.max as f64,
                },
                value: value as f64,
                slider: positions(param),
                stops_only: param.doubling,
            },
        )
    });
    html! { <>{ for knobs }</> }
}

/// How much is recorded of how much, and whether that is not all.
pub fn extent_words(
    extent: lab_core::trace::program::Extent,
    limit: u64,
    sampled: bool,
) -> (String, bool) {
    use lab_core::trace::{REACH, SLICES, program::Extent};
    let (count, words) = match extent {
        Extent::Exact(count) => (count, counted(count, "access", "accesses")),
        Extent::AtMost(count) => (
            count,
            format!("at most {}", counted(count, "access", "accesses")),
        ),
    };
    if count > limit {
        let recorded = if sampled {
            let of = if count > REACH {
                format!("the first {}", grouped(REACH))
            } else {
                "all of them".to_owned()
            };
            format!(
                "{SLICES} slices of {}, evenly spread over {of}, are recorded. In between the caches \
                 stand still: a slice begins with what the last one left in them.",
                grouped(limit / SLICES)
            )
        } else {
            format!("the first {} are recorded.", grouped(limit))
        };
        (format!("The program makes {words}; {recorded}"), true)
    } else {
        (format!("The program makes {words}."), false)
    }
}
