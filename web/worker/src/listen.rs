//! The worker's turns: it listens, works for a while, and listens again.

use std::{cell::RefCell, collections::VecDeque, rc::Rc};

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{DedicatedWorkerGlobalScope, MessageChannel, MessageEvent};

use serde::de::DeserializeOwned;

use crate::{
    protocol::{Answer, Message, Request},
    queue::{Queue, find},
};

/// How long to simulate before listening again, milliseconds.
const SLICE: f64 = 6.0;

/// Listens, and works on what is asked. Outside of a worker nothing is done, and false is returned.
pub fn listen() -> bool {
    let Ok(scope) = js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() else {
        return false;
    };
    // Own messages take turns with the page's; a timer would wait four milliseconds each time.
    let Ok(turns) = MessageChannel::new() else {
        return true;
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

    // Requests in the order they came. One whose part is still to be fetched holds up those behind it.
    let inbox = Rc::new(RefCell::new(VecDeque::new()));
    let here = scope.clone();
    let hear = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(request) = read::<Request>(&event) else {
            return;
        };
        inbox.borrow_mut().push_back(request);
        if inbox.borrow().len() > 1 {
            return;
        }
        let (inbox, queue) = (inbox.clone(), queue.clone());
        let (here, clock, next) = (here.clone(), clock.clone(), next.clone());
        wasm_bindgen_futures::spawn_local(async move {
            loop {
                let Some(request) = inbox.borrow().front().cloned() else {
                    return;
                };
                let begin = find(&request.head).await;
                let mut queue = queue.borrow_mut();
                let idle = queue.is_empty();
                if let Some(answer) = queue.take(request, begin, clock()) {
                    send(&here, &answer);
                }
                if idle && !queue.is_empty() {
                    let _ = next.post_message(&JsValue::NULL);
                }
                inbox.borrow_mut().pop_front();
            }
        });
    });
    scope.set_onmessage(Some(hear.as_ref().unchecked_ref()));
    hear.forget();
    let ready = Message {
        head: Answer::Ready,
        body: Vec::new(),
    };
    send(&scope, &ready);
    true
}

fn send(scope: &DedicatedWorkerGlobalScope, answer: &Message<Answer>) {
    if let Some(bytes) = answer.bytes() {
        let _ = scope.post_message(&Uint8Array::from(&bytes[..]));
    }
}

/// The message of an event, on either side.
pub fn read<H: DeserializeOwned>(event: &MessageEvent) -> Option<Message<H>> {
    let bytes = event.data().dyn_into::<Uint8Array>().ok()?;
    Message::read(&bytes.to_vec())
}
