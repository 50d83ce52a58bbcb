//! Whose the connection is. A forked child has it in common with its parent, and what one of them reads the other misses: so one process
//! uses it, until that one has ended.

use super::{Link, Locked};
use crate::sync::atomic::Ordering;
use crate::sync::{lock, sleep, MutexGuard};
use crate::sys::process_generation;
use std::time::{Duration, Instant};

/// How long a child waits for its parent, which ends after the fork where a program goes to the background.
const LEAVING: Duration = Duration::from_millis(500);
const LOOK_AGAIN: Duration = Duration::from_millis(1);

const TAKEN: &str = "this process was forked from the one that has it open, which still runs, and one of them can use it; open it here when that one has closed it";

impl Link {
    /// What the lock guards. In a process whose the connection is not, nothing is under way any more, and nothing begins.
    pub(super) fn enter(&self) -> MutexGuard<'_, Locked> {
        if self.is_of(process_generation()) {
            return lock(&self.state);
        }
        self.enter_forked()
    }

    fn is_of(&self, process: u32) -> bool {
        self.process.load(Ordering::Acquire) == process
    }

    #[cold]
    fn enter_forked(&self) -> MutexGuard<'_, Locked> {
        let (process, until) = (process_generation(), Instant::now() + LEAVING);
        let mut own = self.socket.hold();
        while !own && !self.is_of(process) && Instant::now() < until {
            sleep(LOOK_AGAIN);
            own = self.socket.hold();
        }
        let mut state = lock(&self.state);
        if self.is_of(process) {
            return state;
        }
        // Of the parent's threads none is here.
        (state.leading, state.receiving, state.woken, state.followers) = (false, false, false, 0);
        if !own && state.broken.is_none() {
            self.end_all(&mut state, TAKEN);
            state.give_up.due = None;
        }
        self.process.store(process, Ordering::Release);
        state
    }
}
