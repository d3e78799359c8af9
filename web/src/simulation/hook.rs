//! The one way from a view to the worker.

use std::{cell::RefCell, ops::Deref, rc::Rc};

use lab_worker::Job;
use yew::prelude::*;

use super::{
    client::{News, Ticket, now},
    desk::{Desk, Known, Reply},
};

type Shared<J> = Rc<RefCell<Desk<J, Ticket>>>;

/// What is known of what a view asked, and a way to look at it.
pub struct Asked<J: Job> {
    known: Known<J>,
    desk: Shared<J>,
}

impl<J: Job> Clone for Asked<J> {
    fn clone(&self) -> Self {
        Self {
            known: self.known.clone(),
            desk: self.desk.clone(),
        }
    }
}

impl<J: Job> Deref for Asked<J> {
    type Target = Known<J>;

    fn deref(&self) -> &Known<J> {
        &self.known
    }
}

impl<J: Job> Asked<J> {
    /// Looks at something once; `reply` hears what is seen, unless a newer look comes first.
    pub fn look(&self, look: J::Look, reply: Reply<J>) {
        self.desk.borrow_mut().look(look, Some(reply));
    }
}

/// Asks the worker, again whenever the question changes; nothing while there is none. What `look`
/// says is looked at, again whenever it changes or there is more to see.
#[hook]
pub fn use_job<J: Job>(asked: Option<Rc<J>>, look: Option<J::Look>) -> Asked<J> {
    let update = use_force_update();
    let desk: Shared<J> = use_mut_ref(Desk::default);
    {
        let (update, desk) = (update.clone(), desk.clone());
        use_effect_with((), move |()| {
            let weak = Rc::downgrade(&desk);
            let ticket = Ticket::new(Callback::from(move |news: News| {
                let Some(desk) = weak.upgrade() else {
                    return;
                };
                let (changed, reply) = desk.borrow_mut().hear(news, now());
                if changed {
                    update.force_update();
                }
                if let Some((reply, seen)) = reply {
                    reply.emit(seen);
                }
            }));
            desk.borrow_mut().post = Some(ticket);
            move || drop(desk.borrow_mut().post.take())
        });
    }
    {
        let desk = desk.clone();
        use_effect_with(asked, move |asked| {
            desk.borrow_mut().ask(asked.clone(), now());
            update.force_update();
        });
    }
    {
        let desk = desk.clone();
        use_effect_with(look, move |look| desk.borrow_mut().want(look.clone()));
    }
    let known = desk.borrow().known.clone();
    Asked { known, desk }
}
