//! Who is inside an object that can be closed while other threads use it.

use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sync::{self, lock, Condvar, Mutex};

/// Lets calls in until it is shut. A close shuts it, tells those inside to end, and waits until they have left. To enter and to leave takes
/// no lock: each call of a queue, of a device and of a watch does.
pub struct Gate {
    /// How many calls are inside, and `SHUT`.
    inside: AtomicUsize,
    /// Of those that wait for the last one to leave.
    waiting: Mutex<()>,
    left: Condvar,
}

const SHUT: usize = 1 << (usize::BITS - 1);

/// A call that is inside; dropped, it has left.
pub struct Inside<'a>(&'a Gate);

impl Gate {
    pub fn new() -> Gate {
        Gate { inside: AtomicUsize::new(0), waiting: Mutex::new(()), left: Condvar::new() }
    }

    /// `None` once it is shut.
    #[inline]
    pub fn enter(&self) -> Option<Inside<'_>> {
        let before = self.inside.fetch_add(1, Ordering::SeqCst);
        let inside = Inside(self);
        // Who finds it shut was inside for a moment, for which a close may wait.
        (before & SHUT == 0).then_some(inside)
    }

    /// Also while it is being closed: for a call that close waits for in any case.
    #[inline]
    pub fn enter_again(&self) -> Inside<'_> {
        self.inside.fetch_add(1, Ordering::SeqCst);
        Inside(self)
    }

    /// No further call enters.
    pub fn shut(&self) {
        self.inside.fetch_or(SHUT, Ordering::SeqCst);
    }

    pub fn is_shut(&self) -> bool {
        self.inside.load(Ordering::SeqCst) & SHUT != 0
    }

    /// Waits until every call has left. It is shut.
    pub fn wait_until_empty(&self) {
        let mut waiting = lock(&self.waiting);
        while self.inside.load(Ordering::SeqCst) != SHUT {
            waiting = sync::wait(&self.left, waiting, None);
        }
    }

    #[cold]
    fn is_empty(&self) {
        // With the lock: who waits has looked before, and sleeps, or looks afterwards.
        let _waiting = lock(&self.waiting);
        self.left.notify_all();
    }
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.0.inside.fetch_sub(1, Ordering::SeqCst) == SHUT + 1 {
            self.0.is_empty();
        }
    }
}
