//! One transfer as a bus sees it: where it goes, what came of it, who hears of that.

use crate::error::Status;
use crate::sync::{lock, Mutex, MutexGuard};
use crate::sys::{try_vec, Timestamp};
use crate::usb::{Direction, SetupPacket, TransferType};
use std::sync::Arc;

/// What a transfer of a bulk or interrupt endpoint may ask for besides its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extras {
    /// OUT: a zero-length packet after the data, if their length is a multiple of the packet size.
    pub zero_packet: bool,
    /// The bulk stream (USB 3), from 1; 0 without streams.
    pub stream: u16,
}

/// Where a transfer goes.
#[derive(Clone)]
pub enum Target {
    Control(SetupPacket),
    Endpoint {
        transfer_type: TransferType,
        address: u8,
        max_packet_size: u16,
        extras: Extras,
    },
    /// One packet in each service interval; each has its own place in the buffer, one after the other.
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
        let results = Mutex::new(try_vec(lengths.len())?);
        Ok(Packets { lengths, results })
    }

    pub fn total(&self) -> usize {
        self.lengths.iter().map(|length| *length as usize).sum()
    }

    /// Takes the table of results out, empty, with room for all: for the bus, once it has the transfer.
    pub fn begin(&self) -> Vec<PacketResult> {
        let mut results = std::mem::take(&mut *lock(&self.results));
        results.clear();
        results
    }

    /// By the bus, before it completes the transfer, with that table. A packet that is not in it was never on the bus.
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

/// How a transfer went, as the bus says. `Status::Cancelled` means that it was told to end, by any caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    pub transferred: usize,
    pub result: Result<(), Status>,
}

/// What hears of a completion. It is reported once, on whichever thread finds out, maybe inside the bus's own locks: it takes a
/// note and no more.
pub trait Sink: Send + Sync {
    fn completed(&self, id: u64, completion: Completion, at: Timestamp);
}

/// Where to report one transfer, and under which number.
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
