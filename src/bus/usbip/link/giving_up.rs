//! The end of a connection: when its host is given up, and what becomes of all that is under way.

use super::{Link, Locked};
use crate::bus::usbip::request::Request;
use crate::bus::usbip::state::{Owner, State};
use crate::error::{Error, Status};
use crate::sync::lock;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

const SILENT: &str =
    "its host did not answer in time when a transfer was to end, and was given up; open the device again";

impl Link {
    pub fn is_broken(&self) -> bool {
        self.breakage().is_some()
    }

    /// Why it is broken, if it is.
    pub fn breakage(&self) -> Option<Error> {
        self.enter().breakage()
    }

    /// Why it is broken, if it is by now: nobody may have looked for a while.
    pub fn look(&self) -> Option<Error> {
        self.pump();
        self.breakage()
    }

    /// When a cancel of that time has gone without an answer for too long.
    pub(super) fn gives_up_at(&self, state: &State, since: Instant) -> Instant {
        state.owed_since(since) + self.patience
    }

    /// Cancels that have no answer for too long end the connection.
    pub(super) fn check_cancels(&self, state: &mut Locked) {
        let Some(due) = state.give_up.due else { return };
        let now = Instant::now();
        if due > now {
            return;
        }
        let owners = state.in_flight.values().chain(state.input.owner());
        let since = owners.filter_map(|owner| match owner {
            Owner::Request(request, _) => *lock(&request.cancelled),
            _ => None,
        });
        let due = since.min().map(|since| self.gives_up_at(state, since));
        match due {
            Some(due) if due <= now => self.give_up(state),
            due => state.give_up.set(due, now),
        }
    }

    pub(super) fn give_up(&self, state: &mut Locked) {
        self.break_off(state, SILENT);
    }

    pub(super) fn break_off(&self, state: &mut Locked, why: &str) {
        if state.broken.is_some() {
            return;
        }
        self.poll.remove(&self.socket);
        self.socket.shut_down();
        state.give_up.set(None, Instant::now());
        self.end_all(state, why);
        if !state.has_left {
            (self.on_break)();
        }
    }

    /// Nothing comes any more of what is under way.
    pub(super) fn end_all(&self, state: &mut Locked, why: &str) {
        state.broken = Some(why.to_owned());
        state.output = VecDeque::new();
        let Locked { state: own, input, .. } = &mut *state;
        let mut all: Vec<Arc<Request>> = input.abandon(own).into_iter().collect();
        for address in std::mem::take(&mut state.input.answered) {
            self.serve(state, address);
        }
        // In the order in which they began.
        let mut in_flight: Vec<(u32, Owner)> = state.in_flight.drain().collect();
        in_flight.sort_by_key(|(sequence, _)| *sequence);
        all.extend(in_flight.into_iter().filter_map(|(_, owner)| match owner {
            Owner::Request(request, _) => Some(request),
            _ => None,
        }));
        all.extend(state.pipes.drain().flat_map(|(_, pipe)| pipe.waiting));
        all.iter().for_each(|request| request.finish(Some(Status::NoDevice)));
        state.news = true;
    }
}
