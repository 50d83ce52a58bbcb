//! One transfer's life as a device sees it: set up, running, told to end, done.

use crate::backend::InFlight;
use crate::descriptor::Kind;
use crate::error::{Error, Status};
use crate::ffi::Buffer;
use crate::sync::atomic::{AtomicU64, AtomicU8, Ordering};
use crate::sync::{lock, Mutex, MutexGuard};
use rustix::time::{clock_gettime, ClockId};
use std::fmt;
use std::sync::Arc;

/// The eight bytes that start a control transfer (USB 2.0 section 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    pub request_type: u8,
    pub request: u8,
    pub value: u16,
    pub index: u16,
    pub length: u16,
}

impl Setup {
    pub fn direction(&self) -> Direction {
        if self.request_type & 0x80 != 0 {
            Direction::In
        } else {
            Direction::Out
        }
    }

    pub fn bytes(&self) -> [u8; 8] {
        let ([v0, v1], [i0, i1], [l0, l1]) =
            (self.value.to_le_bytes(), self.index.to_le_bytes(), self.length.to_le_bytes());
        [self.request_type, self.request, v0, v1, i0, i1, l0, l1]
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "control request 0x{:02x} 0x{:02x} (value 0x{:04x}, index 0x{:04x}, length {})",
            self.request_type, self.request, self.value, self.index, self.length
        )
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    In,
    Out,
}

impl Direction {
    pub fn verb(self, kind: Kind) -> &'static str {
        match (self, kind) {
            (Direction::In, Kind::Bulk) => "bulk read from",
            (Direction::Out, Kind::Bulk) => "bulk write to",
            (Direction::In, Kind::Interrupt) => "interrupt read from",
            (Direction::Out, Kind::Interrupt) => "interrupt write to",
            (Direction::In, Kind::Isochronous) => "isochronous read from",
            (Direction::Out, Kind::Isochronous) => "isochronous write to",
            (_, Kind::Control) => "control request to",
        }
    }
}

/// Where a transfer goes.
#[derive(Clone)]
pub enum Target {
    Control(Setup),
    Endpoint {
        kind: Kind,
        address: u8,
        max_packet_size: u16,
    },
    /// One packet in each service interval; each has its own place in the buffer, one behind the other.
    Isochronous {
        address: u8,
        packets: Arc<Packets>,
    },
}

/// The packets of an isochronous transfer: how long each may be, and what became of it.
pub struct Packets {
    pub lengths: Vec<u32>,
    results: Mutex<Vec<PacketResult>>,
}

pub type PacketResult = (u32, Result<(), Status>);

/// Of a packet that was never on the bus.
pub const NEVER: PacketResult = (0, Err(Status::Cancelled));

impl Packets {
    pub fn new(lengths: Vec<u32>) -> crate::error::Result<Packets> {
        let results = Mutex::new(crate::room::room(lengths.len())?);
        Ok(Packets { lengths, results })
    }

    pub fn total(&self) -> usize {
        self.lengths.iter().map(|length| *length as usize).sum()
    }

    /// Takes the table of results out, empty, with room for all: for the backend, once it has the transfer.
    pub fn begin(&self) -> Vec<PacketResult> {
        let mut results = std::mem::take(&mut *lock(&self.results));
        results.clear();
        results
    }

    /// By the backend, before it completes the transfer, with that table. A packet that is not in it was never on the bus.
    pub fn finish(&self, mut results: Vec<PacketResult>) {
        results.resize(self.lengths.len(), NEVER);
        *lock(&self.results) = results;
    }

    /// One for each packet; none before the first transfer is complete.
    pub fn results(&self) -> MutexGuard<'_, Vec<PacketResult>> {
        lock(&self.results)
    }
}

impl Target {
    /// bEndpointAddress; 0 for control requests in both directions.
    pub fn address(&self) -> u8 {
        match self {
            Target::Control(_) => 0,
            Target::Endpoint { address, .. } | Target::Isochronous { address, .. } => *address,
        }
    }

    pub fn direction(&self) -> Direction {
        match self {
            Target::Control(setup) => setup.direction(),
            _ if self.address() & 0x80 != 0 => Direction::In,
            _ => Direction::Out,
        }
    }
}

/// How a backend says that a transfer went. `Status::Cancelled` means that it was told to end, whoever told it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    pub transferred: usize,
    pub result: Result<(), Status>,
}

/// Who hears of a completion. It is told once, on whichever thread finds out, maybe inside the bus's own locks: it takes a
/// note and no more.
pub trait Sink: Send + Sync {
    fn completed(&self, id: u64, completion: Completion, at: Timestamp);
}

/// Nanoseconds of CLOCK_MONOTONIC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub u64);

impl Timestamp {
    pub fn now() -> Timestamp {
        let now = clock_gettime(ClockId::Monotonic);
        Timestamp(now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64)
    }
}

/// Whom to tell of one transfer, and under which number.
#[derive(Clone)]
pub struct Notice {
    pub sink: Arc<dyn Sink>,
    pub id: u64,
}

impl Notice {
    pub fn give(&self, completion: Completion, at: Timestamp) {
        self.sink.completed(self.id, completion, at);
    }
}

/// Who told a transfer to end before its time. The first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum End {
    Timeout = 1,
    Cancel = 2,
    Close = 3,
}

impl End {
    pub fn status(self) -> Status {
        match self {
            End::Timeout => Status::Timeout,
            End::Cancel => Status::Cancelled,
            End::Close => Status::Closed,
        }
    }
}

/// How long something in the device's book stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// As long as a call, which leaves by itself.
    Call,
    /// A call that runs as several transfers, between which nobody else's may come.
    LongCall,
    /// Longer than the call that started it.
    Queued,
}

/// What moves data, in the device's book of what is pending: a call, or a transfer of a queue or stream.
pub struct Pending {
    /// bEndpointAddress; 0 for control requests.
    pub endpoint: u8,
    pub life: Life,
    /// Whoever was admitted earlier has a lower one. 0 as long as it is in no book.
    number: AtomicU64,
    end: AtomicU8,
    /// The oldest first. Empty between two transfers of a long call, and when the device has seen it out.
    running: Mutex<[Option<Arc<dyn InFlight>>; MOST_RUNNING]>,
}

/// How many transfers a call has in flight at once.
pub(crate) const MOST_RUNNING: usize = 2;

impl Pending {
    pub fn new(endpoint: u8, life: Life) -> Pending {
        Pending { endpoint, life, number: AtomicU64::new(0), end: AtomicU8::new(0), running: Mutex::default() }
    }

    /// By the device, under its lock, when it lets it in.
    pub fn set_number(&self, number: u64) {
        self.number.store(number, Ordering::Relaxed);
    }

    pub fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    /// Tells it to end: its transfers complete as soon as the backend has let go of their buffers.
    pub fn end(&self, why: End) {
        let _ = self.end.compare_exchange(0, why as u8, Ordering::SeqCst, Ordering::SeqCst);
        self.cancel();
    }

    /// Ends the transfers that run now, for the sake of what they have got; others may follow.
    pub fn cancel(&self) {
        // No lock is held across the call: the completion may come inside it. The newest first, so that none gets data that
        // would be another's.
        let running = lock(&self.running).clone();
        running.iter().rev().flatten().for_each(|transfer| transfer.cancel());
    }

    pub fn ended(&self) -> Option<End> {
        match self.end.load(Ordering::SeqCst) {
            0 => None,
            1 => Some(End::Timeout),
            2 => Some(End::Cancel),
            _ => Some(End::Close),
        }
    }

    /// Notes what the backend runs for it; `end` may have come between submission and this.
    pub fn run(&self, transfer: Arc<dyn InFlight>) {
        let mut running = lock(&self.running);
        if let Some(place) = running.iter_mut().find(|place| place.is_none()) {
            *place = Some(transfer);
        }
        drop(running);
        if self.ended().is_some() {
            self.cancel();
        }
    }

    /// Starts its one transfer once more, with another buffer of the same length.
    pub fn run_again(&self, buffer: Buffer) -> crate::error::Result<()> {
        let running = lock(&self.running)[0].clone();
        let transfer = running.ok_or_else(|| Error::new(Status::Closed, "its device has seen it out"))?;
        Arc::clone(&transfer).again(buffer)?;
        // This one: it may be forgotten already.
        if self.ended().is_some() {
            transfer.cancel();
        }
        Ok(())
    }

    /// Forgets the oldest of what runs: it is complete, and keeps nothing of the backend any more.
    pub fn ran(&self) {
        let mut running = lock(&self.running);
        running[0] = None;
        running.rotate_left(1);
    }

    /// Waits until the backend has let go of the buffers, driving the bus on the calling thread, and forgets what ran.
    pub fn drain(&self) {
        let running = lock(&self.running).clone();
        running.iter().flatten().for_each(|transfer| {
            transfer.wait(None);
        });
        drop(running);
        self.forget();
    }

    /// Lets go of what ran: it is complete.
    pub fn forget(&self) {
        let running = std::mem::take(&mut *lock(&self.running));
        drop(running);
    }

    /// What a backend's completion means to the caller: it knows who told the transfer to end.
    pub fn judge(&self, completion: Completion) -> Completion {
        let result = match (completion.result, self.ended()) {
            (Err(Status::Cancelled), Some(end)) => Err(end.status()),
            (Err(Status::Cancelled), None) => Err(Status::Io),
            (result, _) => result,
        };
        Completion { result, ..completion }
    }
}
