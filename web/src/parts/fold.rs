//! What is folded away, and made when it is first opened.

use web_sys::Element;
use yew::prelude::*;

/// Whether a disclosure was opened yet, and what hears it of a `details`.
#[hook]
pub fn use_fold() -> (bool, Callback<Event>) {
    let opened = use_state_eq(|| false);
    let setter = opened.setter();
    let ontoggle = Callback::from(move |event: Event| {
        let details: Element = event.target_unchecked_into();
        if details.has_attribute("open") {
            setter.set(true);
        }
    });
    (*opened, ontoggle)
}
