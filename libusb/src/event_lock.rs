//! Who handles a context's events, and who waits for that: libusb's two locks, which a program takes and gives back in calls of its own.

use crate::context::lock;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

#[derive(Default)]
struct State {
    /// The thread that has the lock of the events.
    handler: Option<ThreadId>,
    /// Calls that close a device, which come first.
    closing: usize,
    /// The lock of those that wait for another thread's handling.
    waiters_locked: bool,
    /// Grows when there may be something new for these.
    news: u64,
    /// What the thread that has the lock of the waiters knows of.
    seen: u64,
    /// Threads that sleep until something changes. To wake nobody costs a system call, too.
    sleepers: usize,
}

pub struct EventLock {
    state: Mutex<State>,
    changed: Condvar,
}

fn this_thread() -> ThreadId {
    std::thread::current().id()
}

impl EventLock {
    pub fn new() -> EventLock {
        EventLock { state: Mutex::default(), changed: Condvar::new() }
    }

    fn wait<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.sleepers += 1;
        let mut state = self.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        state.sleepers -= 1;
        state
    }

    fn wait_for<'a>(&self, mut state: MutexGuard<'a, State>, time: Duration) -> MutexGuard<'a, State> {
        state.sleepers += 1;
        let mut state = self.changed.wait_timeout(state, time).unwrap_or_else(|poisoned| poisoned.into_inner()).0;
        state.sleepers -= 1;
        state
    }

    fn notify(&self, state: MutexGuard<'_, State>) {
        let wanted = state.sleepers > 0;
        drop(state);
        if wanted {
            self.changed.notify_all();
        }
    }

    pub fn try_lock(&self) -> bool {
        let mut state = lock(&self.state);
        let free = state.handler.is_none() && state.closing == 0;
        if free {
            state.handler = Some(this_thread());
        }
        free
    }

    pub fn lock(&self) {
        let mut state = lock(&self.state);
        while state.handler.is_some() {
            state = self.wait(state);
        }
        state.handler = Some(this_thread());
    }

    /// False if no thread has it.
    pub fn unlock(&self) -> bool {
        let mut state = lock(&self.state);
        let had = state.handler.take().is_some();
        state.news += 1;
        self.notify(state);
        had
    }

    /// Runs it while no event is handled. The thread that handles them itself needs no lock for that.
    pub fn closing(&self, interrupt: impl Fn(), close: impl FnOnce()) {
        let mut state = lock(&self.state);
        if state.handler == Some(this_thread()) {
            drop(state);
            return close();
        }
        state.closing += 1;
        while state.handler.is_some() {
            interrupt();
            state = self.wait(state);
        }
        state.handler = Some(this_thread());
        drop(state);
        close();
        let mut state = lock(&self.state);
        state.handler = None;
        state.closing -= 1;
        state.news += 1;
        self.notify(state);
    }

    pub fn is_handling_ok(&self) -> bool {
        lock(&self.state).closing == 0
    }

    pub fn is_handler_active(&self) -> bool {
        let state = lock(&self.state);
        state.handler.is_some() || state.closing > 0
    }

    pub fn lock_waiters(&self) {
        let mut state = lock(&self.state);
        while state.waiters_locked {
            state = self.wait(state);
        }
        state.waiters_locked = true;
        state.seen = state.news;
    }

    pub fn unlock_waiters(&self) {
        let mut state = lock(&self.state);
        state.waiters_locked = false;
        self.notify(state);
    }

    /// Tells those that wait for an event to look again.
    pub fn tell(&self) {
        let mut state = lock(&self.state);
        state.news += 1;
        self.notify(state);
    }

    /// By the thread that has the lock of the waiters, which is free meanwhile: false if the time is up first.
    pub fn wait_for_event(&self, time: Option<Duration>) -> bool {
        let until = time.and_then(|time| Instant::now().checked_add(time));
        let mut state = lock(&self.state);
        let before = state.seen;
        state.waiters_locked = false;
        if state.sleepers > 0 {
            self.changed.notify_all();
        }
        let told = loop {
            if state.news != before {
                break true;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            state = match left {
                None => self.wait(state),
                Some(left) if left.is_zero() => break false,
                Some(left) => self.wait_for(state, left),
            };
        };
        while state.waiters_locked {
            state = self.wait(state);
        }
        state.waiters_locked = true;
        state.seen = state.news;
        told
    }
}
