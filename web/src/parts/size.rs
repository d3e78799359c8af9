//! How wide an element is, followed as it changes.

use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, ResizeObserver};
use yew::prelude::*;

/// Width assumed until the browser tells.
const UNTIL_TOLD: f64 = 720.0;

/// The width of the element behind `node`, in pixels.
#[hook]
pub fn use_width(node: &NodeRef) -> f64 {
    let width = use_state_eq(|| UNTIL_TOLD);
    let (node, set) = (node.clone(), width.setter());
    use_effect_with((), move |()| {
        let element = node.cast::<Element>();
        let measure = {
            let element = element.clone();
            move || {
                if let Some(element) = &element {
                    set.set(f64::from(element.client_width()));
                }
            }
        };
        measure();
        let changed = Closure::<dyn Fn()>::new(measure);
        let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok();
        if let (Some(observer), Some(element)) = (&observer, &element) {
            observer.observe(element);
        }
        move || {
            if let Some(observer) = observer {
                observer.disconnect();
            }
            drop(changed);
        }
    });
    *width
}
