//! What one thread hands over to another, in order. Not the standard library's channel: ThreadSanitizer follows the locks of
//! `crate::sync` only.

use crate::sync::{self, lock, Condvar, Mutex};
use std::collections::VecDeque;

pub struct Handover<T> {
    state: Mutex<State<T>>,
    /// Notified when there is something, or the end.
    given: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    ended: bool,
}

impl<T> Default for Handover<T> {
    fn default() -> Handover<T> {
        Handover { state: Mutex::new(State { waiting: VecDeque::new(), ended: false }), given: Condvar::new() }
    }
}

impl<T> Handover<T> {
    pub fn give(&self, one: T) {
        lock(&self.state).waiting.push_back(one);
        self.given.notify_all();
    }

    /// Nothing more will be given.
    pub fn end(&self) {
        lock(&self.state).ended = true;
        self.given.notify_all();
    }

    /// What is there already.
    pub fn take(&self) -> Option<T> {
        lock(&self.state).waiting.pop_front()
    }

    /// Waits for the next one; `None` at the end.
    pub fn wait(&self) -> Option<T> {
        let mut state = lock(&self.state);
        loop {
            if let Some(one) = state.waiting.pop_front() {
                return Some(one);
            }
            if state.ended {
                return None;
            }
            state = sync::wait(&self.given, state, None);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn all_that_was_given_comes_before_the_end() {
        let handover = Arc::new(Handover::default());
        let taker = Arc::clone(&handover);
        let taken = std::thread::spawn(move || std::iter::from_fn(|| taker.wait()).collect::<Vec<i32>>());
        (0..100).for_each(|number| handover.give(number));
        handover.end();
        assert_eq!(taken.join().unwrap(), (0..100).collect::<Vec<i32>>());
        assert_eq!((handover.wait(), handover.take()), (None, None));
    }
}
