//! What a capture takes down, on the threads that move data.

use super::head::{self, Known};
use super::pcapng::{packet, Remarks, OVERHEAD};
use super::store::{Block, Store};
use super::usbmon::{Record, HEADER, MOST_DATA};
use super::Options;
use crate::bus::tap::{Event, Phase, Recorder};
use crate::bus::Wire;
use crate::sync::{lock, wait, Condvar, Mutex, MutexGuard};
use crate::sys::{process_generation, Timestamp};
use rustc_hash::FxHashMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a capture has done so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Records taken: in the file, or on the way there. Two for a transfer.
    pub records: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Records for which there was no memory, or no room in the file.
    pub dropped: u64,
    /// Records that newer ones have replaced in the ring.
    pub replaced: u64,
    /// Transfers that failed; cancelled ones do not count.
    pub errors: u64,
    pub devices: u64,
    pub failed: bool,
}

/// A block that the thread has written, or as much of it as possible.
pub struct Written {
    pub block: Block,
    pub bytes: usize,
    pub records: u64,
    pub failure: Option<String>,
}

pub struct Recording {
    options: Options,
    process: u32,
    to_wall: u64,
    state: Mutex<State>,
    /// There is something for the thread to do.
    changed: Condvar,
}

struct State {
    store: Store,
    /// Of a ring: what goes before the records, and is kept.
    heads: Block,
    /// Of a ring: what is to be written, as a transfer has failed.
    sealed: VecDeque<Block>,
    /// By bus and address.
    known: FxHashMap<(u8, u8), Known>,
    /// Transfers with a lower number began before the capture did.
    first: u64,
    statistics: Statistics,
    /// Records dropped since the last one that was not.
    gap: u64,
    ending: bool,
    failure: Option<String>,
    thread: Thread,
}

/// What the thread waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Thread {
    Works,
    /// For anything.
    Sleeps,
    /// For enough to be worth it, or for some time to pass.
    Gathers,
}

/// How long records wait for others that go to the file with them. What a program has done before it crashed is there, but for this time.
const GATHER: Duration = Duration::from_millis(10);

impl Recording {
    pub fn new(options: &Options, limit: usize) -> Recording {
        let ring = options.ring > 0;
        let state = State {
            store: Store::new(limit, ring),
            heads: Block::default(),
            sealed: VecDeque::new(),
            known: FxHashMap::default(),
            first: u64::MAX,
            statistics: Statistics::default(),
            gap: 0,
            ending: false,
            failure: None,
            thread: Thread::Works,
        };
        Recording {
            options: options.clone(),
            process: process_generation(),
            to_wall: Timestamp::to_wall(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// `add` says which number the first transfer has. No record comes in between.
    pub fn begin(&self, add: impl FnOnce() -> u64) {
        let mut state = lock(&self.state);
        state.first = add();
    }

    pub fn statistics(&self) -> Statistics {
        let state = lock(&self.state);
        Statistics { devices: state.known.len() as u64, failed: state.failure.is_some(), ..state.statistics }
    }

    pub fn failure(&self) -> Option<String> {
        lock(&self.state).failure.clone()
    }

    /// Nothing more comes; what is there is to be written.
    pub fn end(&self) {
        lock(&self.state).ending = true;
        self.changed.notify_all();
    }

    pub fn wall(&self, at: Timestamp) -> u64 {
        at.0.wrapping_add(self.to_wall)
    }

    /// For the thread: waits for something to write. False at the end, when there is nothing any more.
    pub fn next(&self, blocks: &mut VecDeque<Block>) -> bool {
        let mut state = lock(&self.state);
        let mut gathered = None;
        loop {
            let something = state.has_something();
            if state.ending || something && state.is_urgent() {
                break;
            }
            let deadline = match (something, gathered) {
                (false, _) => None,
                (true, None) => Some(*gathered.insert(Instant::now() + GATHER)),
                (true, deadline) => deadline,
            };
            if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                break;
            }
            state.thread = if something { Thread::Gathers } else { Thread::Sleeps };
            state = wait(&self.changed, state, deadline);
        }
        state.thread = Thread::Works;
        debug_assert!(blocks.is_empty());
        *blocks = std::mem::take(&mut state.sealed);
        if !state.store.is_ring() {
            let portion = state.store.portion();
            blocks.append(&mut state.store.take(portion));
        } else if state.ending {
            blocks.append(&mut state.store.take(usize::MAX));
        }
        if !state.heads.bytes.is_empty() && !blocks.is_empty() {
            blocks.push_front(std::mem::take(&mut state.heads));
        }
        !blocks.is_empty()
    }

    /// For the thread: what became of the blocks. All at once, as each look in here may meet a thread that moves data.
    pub fn wrote(&self, blocks: Vec<Written>) {
        let mut state = lock(&self.state);
        for Written { block, bytes, records, failure } in blocks {
            state.statistics.bytes += bytes as u64;
            let lost = block.records - records;
            state.statistics.dropped += lost;
            state.statistics.records -= lost;
            state.failure = state.failure.take().or(failure);
            state.store.give_back(block);
        }
    }

    pub fn is_ending(&self) -> bool {
        lock(&self.state).ending
    }

    fn is_meant(&self, wire: &Wire) -> bool {
        self.options.device.is_empty() || self.options.device == wire.info.path
    }

    /// Tells the thread, if it is to do something now.
    fn wake(&self, mut state: MutexGuard<'_, State>) {
        let wakes = match state.thread {
            Thread::Works => false,
            Thread::Sleeps => state.has_something(),
            Thread::Gathers => state.is_urgent(),
        };
        if wakes {
            state.thread = Thread::Works;
            drop(state);
            self.changed.notify_all();
        }
    }
}

impl Recorder for Recording {
    fn record(&self, event: &Event<'_>) {
        // Of a forked child: its copy of the lock may be taken for ever.
        if self.process != process_generation() {
            return;
        }
        if !self.is_meant(event.wire) {
            return;
        }
        let mut state = lock(&self.state);
        if event.id < state.first || state.ending {
            return;
        }
        let time = self.wall(event.at);
        state.know(event.wire, time);
        let most = if self.options.snap_length == 0 { usize::MAX } else { self.options.snap_length };
        state.add(event, time, most);
        let failed = match event.phase {
            Phase::Begun => false,
            // Of a piece that did not fit the rest of the system's memory, smaller ones follow.
            Phase::Refused(code) => code != NO_MEMORY,
            Phase::Complete(code) => ![0, KILLED, UNLINKED, SHORT].contains(&code),
        };
        if failed {
            state.statistics.errors += 1;
            if state.store.is_ring() {
                let mut blocks = state.store.take(usize::MAX);
                state.sealed.append(&mut blocks);
            }
        }
        self.wake(state);
    }

    fn opened(&self, wire: &Arc<Wire>, at: Timestamp) {
        if self.process != process_generation() || !self.is_meant(wire) {
            return;
        }
        let mut state = lock(&self.state);
        if !state.ending {
            let time = self.wall(at);
            state.know(wire, time);
            self.wake(state);
        }
    }
}

const KILLED: i32 = -2;
const NO_MEMORY: i32 = -12;
const UNLINKED: i32 = -104;
const SHORT: i32 = -121;

impl State {
    /// Whether there is anything to write.
    fn has_something(&self) -> bool {
        !self.sealed.is_empty() || !self.store.is_ring() && !self.store.is_empty()
    }

    /// Whether that is to be written without waiting for more.
    fn is_urgent(&self) -> bool {
        !self.sealed.is_empty() || self.store.is_worth_writing()
    }

    /// Writes down what the device is, the first time.
    fn know(&mut self, wire: &Arc<Wire>, time: u64) {
        let at = (wire.info.bus, wire.info.address);
        if self.known.get(&at).is_some_and(|known| known.is(wire)) {
            return;
        }
        let mut bytes = Vec::new();
        let count = head::write(&mut bytes, wire, time);
        let place = match self.store.is_ring() {
            true => Some(&mut self.heads),
            false => self.store.place(bytes.len()).0,
        };
        let Some(place) = place else {
            // With the next record, maybe.
            return;
        };
        place.bytes.extend_from_slice(&bytes);
        place.records += count;
        self.statistics.records += count;
        self.known.insert(at, Known::new(wire));
    }

    fn add(&mut self, event: &Event<'_>, time: u64, most: usize) {
        let interval = self.known.get(&(event.wire.info.bus, event.wire.info.address));
        let interval = interval.map_or(0, |known| known.interval(event.target.address()));
        let first = Record::new(event, time, most, interval);
        let all = &event.data[..first.original.min(most)];
        let rest = &all[first.data.len()..];
        self.put(&first, time, "");
        for data in rest.chunks(MOST_DATA) {
            self.put(&first.further(data), time, "the data go on that did not fit the record before");
        }
    }

    fn put(&mut self, record: &Record, time: u64, comment: &str) {
        let length = HEADER + record.packets.len() + record.data.len();
        let (place, replaced) = match self.failure {
            None => self.store.place(length + OVERHEAD + comment.len()),
            Some(_) => (None, 0),
        };
        self.statistics.replaced += replaced;
        self.statistics.records -= replaced;
        let Some(place) = place else {
            self.statistics.dropped += 1;
            self.gap += 1;
            return;
        };
        let parts = [&record.header[..], &record.packets, record.data];
        let original = HEADER + record.packets.len() + record.original;
        packet(&mut place.bytes, time, &parts, original, Remarks { dropped: self.gap, comment });
        place.records += 1;
        self.statistics.records += 1;
        self.gap = 0;
    }
}
