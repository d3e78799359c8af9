//! The worker's side: the same wasm as the page, started by `worker.js`.

use std::{cell::RefCell, rc::Rc};

use js_sys::JsString;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

use super::{
    protocol::{Answer, Request},
    queue::Queue,
};

/// How long to simulate before listening again, milliseconds.
const SLICE: f64 = 6.0;

/// The worker's global scope, when this is a worker.
pub fn scope() -> Option<DedicatedWorkerGlobalScope> {
    js_sys::global().dyn_into().ok()
}

/// Listens, and simulates what is asked.
pub fn run(scope: DedicatedWorkerGlobalScope) {
    // Own messages take turns with the page's; a timer would wait four milliseconds each time.
    let Ok(turns) = MessageChannel::new() else {
        return;
    };
    let (next, turn) = (turns.port1(), turns.port2());
    let queue = Rc::new(RefCell::new(Queue::default()));
    let clock = {
        let scope = scope.clone();
        move || {
            scope
                .performance()
                .map_or(0.0, |performance| performance.now())
        }
    };

    let work = {
        let (queue, clock, scope, next) =
            (queue.clone(), clock.clone(), scope.clone(), next.clone());
        Closure::<dyn Fn(MessageEvent)>::new(move |_| {
            let mut queue = queue.borrow_mut();
            if let Some(answer) = queue.work(clock() + SLICE, &clock) {
                send(&scope, &answer);
            }
            if !queue.is_empty() {
                let _ = next.post_message(&JsValue::NULL);
            }
        })
    };
    turn.set_onmessage(Some(work.as_ref().unchecked_ref()));
    work.forget();

    let here = scope.clone();
    let listen = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(request) = read::<Request>(&event) else {
            return;
        };
        let mut queue = queue.borrow_mut();
        let idle = queue.is_empty();
        if let Some(answer) = queue.take(request, clock()) {
            send(&here, &answer);
        }
        if idle && !queue.is_empty() {
            let _ = next.post_message(&JsValue::NULL);
        }
    });
    scope.set_onmessage(Some(listen.as_ref().unchecked_ref()));
    listen.forget();
    send(&scope, &Answer::Ready);
}

fn send(scope: &DedicatedWorkerGlobalScope, answer: &Answer) {
    if let Ok(text) = serde_json::to_string(answer) {
        let _ = scope.post_message(&JsValue::from(text));
    }
}

/// The message of an event.
pub fn read<T: serde::de::DeserializeOwned>(event: &MessageEvent) -> Option<T> {
    let text = String::from(event.data().dyn_into::<JsString>().ok()?);
    serde_json::from_str(&text).ok()
}
