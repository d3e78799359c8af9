//! The cursor of a plot: put by pointer or keyboard, on the x that have values.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::{layout::nearest, scale::Scale};

/// Where the cursor is, and what moves it.
pub struct Cursor {
    /// Its x; none while it is away.
    pub at: Option<f64>,
    /// Whether it was put there by the keyboard, and its place is to be told.
    pub told: bool,
    /// To be listened for by the plot's element.
    pub onpointermove: Callback<PointerEvent>,
    /// The same.
    pub onpointerleave: Callback<PointerEvent>,
    /// The same.
    pub onkeydown: Callback<KeyboardEvent>,
    /// The same.
    pub onblur: Callback<FocusEvent>,
}

/// A cursor on `stops` (rising) in the plot that is the element `area`.
#[hook]
pub fn use_cursor(area: &NodeRef, stops: Rc<Vec<f64>>, scale: Option<Scale>) -> Cursor {
    let at = use_state_eq(|| None::<usize>);
    let told = use_state_eq(|| false);
    let onpointermove = {
        let (area, at, told, stops) = (area.clone(), at.setter(), told.setter(), stops.clone());
        Callback::from(move |event: PointerEvent| {
            if let (Some(area), Some(scale)) = (area.cast::<HtmlElement>(), scale) {
                let left = area.get_bounding_client_rect().left();
                told.set(false);
                at.set(nearest(&stops, &scale, f64::from(event.client_x()) - left));
            }
        })
    };
    let onpointerleave = {
        let at = at.setter();
        Callback::from(move |event: PointerEvent| {
            if event.pointer_type() == "mouse" {
                at.set(None);
            }
        })
    };
    let onkeydown = {
        let (at, told, count) = (at.clone(), told.setter(), stops.len());
        Callback::from(move |event: KeyboardEvent| {
            let step = if event.shift_key() { 5 } else { 1 };
            let next = match (event.key().as_str(), *at) {
                ("Escape", _) => None,
                _ if count == 0 => return,
                ("ArrowRight", Some(now)) => Some((now + step).min(count - 1)),
                ("ArrowLeft", Some(now)) => Some(now.saturating_sub(step).min(count - 1)),
                ("ArrowRight" | "Home", _) => Some(0),
                ("ArrowLeft" | "End", _) => Some(count - 1),
                _ => return,
            };
            event.prevent_default();
            told.set(true);
            at.set(next);
        })
    };
    let onblur = {
        let at = at.setter();
        Callback::from(move |_: FocusEvent| at.set(None))
    };
    Cursor {
        at: at.and_then(|index| stops.get(index).copied()),
        told: *told,
        onpointermove,
        onpointerleave,
        onkeydown,
        onblur,
    }
}
