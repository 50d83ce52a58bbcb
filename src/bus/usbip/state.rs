//! What is under way on a link, as its lock guards it.

use super::read_ahead::ReadAhead;
use super::request::{Part, Request};
use crate::error::{Error, Status};
use crate::sync::lock;
use crate::sys::process_generation;
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

pub const LOST: &str = "the connection to its host is lost: the device was unplugged there, the host let go of it, or the network failed; open it again";

/// How far a forked child's numbers are from its parent's: so many bits are for the numbers of each.
const OWN_NUMBERS: u32 = 16;
const OTHER_PROCESSES: u32 = 0x7fff;

#[derive(Default)]
pub struct State {
    pub in_flight: FxHashMap<u32, Owner>,
    pub pipes: FxHashMap<u8, Pipe>,
    pub output: VecDeque<u8>,
    sequence: u32,
    /// The process that has given the last number.
    pub process: u32,
    pub broken: Option<String>,
    /// Its host says that the device was unplugged. What was under way is still answered.
    pub has_left: bool,
    pub leading: bool,
    /// The one that leads waits for bytes, and nobody else reads any.
    pub receiving: bool,
    pub followers: usize,
    /// Requests that are complete, as their host says, and whose answers have not come: whether these are on the way is to be asked.
    pub doubtful: Vec<u32>,
    /// When a cancel was answered last: of thousands each has its turn.
    pub cancel_answered: Option<Instant>,
    /// Something is complete that others may wait for.
    pub news: bool,
    pub woken: bool,
}

/// Who waits for the answer to a message.
#[derive(Clone)]
pub enum Owner {
    Request(Arc<Request>, Part),
    /// The read-ahead of this endpoint.
    Ahead(u8, usize),
    /// It takes another one back.
    Unlink {
        target: u32,
        /// A host has said before that the other one was complete, and its answer had not come.
        again: bool,
    },
    /// Nobody any more. What its answer may have, and which way.
    Retired {
        is_in: bool,
        room: usize,
        packets: usize,
    },
}

/// An IN endpoint with bytes that came too late for the reads that asked for them, and the reads that get them.
#[derive(Default)]
pub struct Pipe {
    pub ahead: ReadAhead,
    pub waiting: VecDeque<Arc<Request>>,
}

impl State {
    pub fn of(process: u32) -> State {
        State { process, ..State::default() }
    }

    pub fn next(&mut self) -> u32 {
        let process = process_generation();
        if process != self.process {
            // A forked child: what answers its parent is not to be taken for its own. Forward, as numbers are compared by their distance.
            self.process = process;
            self.sequence = self.sequence.wrapping_add((1 + std::process::id() % OTHER_PROCESSES) << OWN_NUMBERS);
        }
        // 0 is nobody's number.
        self.sequence = self.sequence.checked_add(1).unwrap_or(1);
        self.sequence
    }

    /// From when on the host owes an answer to a cancel of that time.
    pub fn owed_since(&self, cancelled: Instant) -> Instant {
        self.cancel_answered.map_or(cancelled, |answered| answered.max(cancelled))
    }

    pub fn breakage(&self) -> Option<Error> {
        let why = self.broken.as_deref().or(self.has_left.then_some(LOST))?;
        Some(Error::new(Status::NoDevice, why))
    }

    /// Ends a read whose request stays with the host. Other reads of the endpoint keep their order: what the host has for the first request
    /// is for the first of them now.
    pub fn leave_behind(&mut self, request: &Arc<Request>) {
        let address = request.address();
        let pipe = self.pipes.entry(address).or_default();
        if let Some(at) = pipe.waiting.iter().rposition(|other| Arc::ptr_eq(other, request)) {
            pipe.waiting.remove(at);
            request.finish(Some(Status::Cancelled));
            self.news = true;
            return;
        }
        let own = lock(&request.sequences).first().copied();
        if !own.is_some_and(|own| self.in_flight.contains_key(&own)) {
            // Its answer is on the way, and is waited for.
            return;
        }
        let mut others = Vec::new();
        for (sequence, owner) in &mut self.in_flight {
            let Owner::Request(other, part) = owner else { continue };
            if other.address() != address || !other.is_kept_ahead() {
                continue;
            }
            let room = part.length;
            pipe.ahead.add(*sequence, room);
            if !Arc::ptr_eq(other, request) {
                others.push((*sequence, Arc::clone(other)));
            }
            *owner = Owner::Ahead(address, room);
        }
        let newest = self.sequence;
        others.sort_by_key(|(sequence, _)| std::cmp::Reverse(newest.wrapping_sub(*sequence)));
        pipe.waiting.extend(others.into_iter().map(|(_, other)| other));
        request.finish(Some(Status::Cancelled));
        self.news = true;
    }
}

impl Pipe {
    pub fn is_idle(&self) -> bool {
        self.ahead.is_empty() && self.waiting.is_empty()
    }
}
