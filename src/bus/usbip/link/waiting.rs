//! Calls that wait: one of them leads, which is to sleep on the socket and to read for all.

use super::{Link, Locked};
use crate::bus::usbip::request::Request;
use crate::bus::usbip::state::State;
use crate::sync::{self, lock, MutexGuard};
use crate::sys::Moved;
use std::time::{Duration, Instant};

/// How long a call waits for bytes alone. The poll set tells it more: of time that is up, and of room for what is to be written.
pub(super) const RECEIVING: Duration = Duration::from_millis(50);
/// Bytes read at once then: more than the answer to most control requests.
const SOON: usize = 256;

impl Link {
    /// Waits until the request is complete or time is up.
    pub fn wait_for(&self, own: &Request, deadline: Option<Instant>) {
        let mut state = self.enter();
        // Nothing but bytes tells of an early end if these bring it: where a read leaves its request behind, they do not.
        let mut for_bytes = self.waits && (self.keeps || !own.is_kept_ahead());
        while !own.is_complete() {
            let give_up = lock(&own.cancelled).map(|since| self.gives_up_at(&state, since));
            let until = deadline.into_iter().chain(give_up).min();
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                if until == deadline {
                    break;
                }
                self.give_up(&mut state);
                // The one that sleeps on the socket, too: it hears of nothing more there.
                self.tell(&mut state);
                continue;
            }
            if state.leading {
                state.followers += 1;
                state = sync::wait(&self.round, state, until);
                state.followers -= 1;
                continue;
            }
            state.leading = true;
            let is_long = left.map_or(true, |left| left >= RECEIVING);
            if for_bytes && is_long && give_up.is_none() && state.output.is_empty() {
                (state, for_bytes) = self.wait_for_bytes(state);
                continue;
            }
            drop(state);
            let slept = self.poll.wait(left);
            state = lock(&self.state);
            state.leading = false;
            if std::mem::take(&mut state.woken) {
                self.wake.clear();
            }
            match slept {
                Ok(_) => self.drive(&mut state),
                Err(error) => self.break_off(&mut state, &error.reason()),
            }
            self.tell(&mut state);
        }
        // Another one leads.
        if !state.leading && state.followers > 0 {
            self.round.notify_all();
        }
    }

    /// Leads without the poll set, for a moment: an answer that comes soon takes a system call less. False if none came.
    fn wait_for_bytes<'a>(&'a self, mut state: MutexGuard<'a, Locked>) -> (MutexGuard<'a, Locked>, bool) {
        state.receiving = true;
        drop(state);
        let mut bytes = [0; SOON];
        let received = self.socket.wait_and_receive(&mut bytes);
        let mut state = lock(&self.state);
        (state.leading, state.receiving) = (false, false);
        match received {
            Moved::Bytes(count) => self.drive_with(&mut state, &bytes[..count], count == SOON),
            Moved::Nothing | Moved::Over => self.drive(&mut state),
        }
        self.tell(&mut state);
        (state, received != Moved::Nothing)
    }

    /// Tells those that wait what is complete.
    pub(super) fn tell(&self, state: &mut State) {
        if !std::mem::take(&mut state.news) {
            return;
        }
        if state.followers > 0 {
            self.round.notify_all();
        }
        if state.leading && !state.receiving && !state.woken {
            state.woken = true;
            self.wake.set();
        }
    }
}
