//! Who is inside an object that can be closed while other threads use it.

use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{self, lock, Condvar, Mutex};

/// Lets calls in until it is shut. A close shuts it, tells those inside to end, and waits until they have left.
pub struct Gate {
    inside: Mutex<usize>,
    /// Set with the lock held.
    shut: AtomicBool,
    left: Condvar,
}

/// A call that is inside; dropped, it has left.
pub struct Inside<'a>(&'a Gate);

impl Gate {
    pub fn new() -> Gate {
        Gate { inside: Mutex::new(0), shut: AtomicBool::new(false), left: Condvar::new() }
    }

    /// `None` once it is shut.
    pub fn enter(&self) -> Option<Inside<'_>> {
        let mut inside = lock(&self.inside);
        if self.is_shut() {
            return None;
        }
        *inside += 1;
        Some(Inside(self))
    }

    /// Also while it is being closed: for a call that close waits for in any case.
    pub fn enter_again(&self) -> Inside<'_> {
        *lock(&self.inside) += 1;
        Inside(self)
    }

    /// No further call enters.
    pub fn shut(&self) {
        let _inside = lock(&self.inside);
        self.shut.store(true, Ordering::SeqCst);
    }

    pub fn is_shut(&self) -> bool {
        self.shut.load(Ordering::SeqCst)
    }

    /// Waits until every call has left.
    pub fn wait_until_empty(&self) {
        let mut inside = lock(&self.inside);
        while *inside > 0 {
            inside = sync::wait(&self.left, inside, None);
        }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut inside = lock(&self.0.inside);
        *inside -= 1;
        if *inside == 0 && self.0.is_shut() {
            self.0.left.notify_all();
        }
    }
}
