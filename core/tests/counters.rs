//! Two threads take turns on a word, in order, as often as they were told.

use std::sync::atomic::{AtomicU64, Ordering};

use lab_core::kernels::counters::take_turns;

#[test]
fn turns_alternate() {
    let word = AtomicU64::new(1);
    std::thread::scope(|scope| {
        scope.spawn(|| take_turns(&word, 2, 1, 1000));
        take_turns(&word, 1, 2, 1000);
    });
    assert_eq!(word.load(Ordering::Relaxed), 1);
}
