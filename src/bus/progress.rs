//! What a bus over a system's own requests keeps of a transfer, from submission to the last completion.

use super::tap::{errno, Tap};
use super::transfer::{Completion, Notice, PacketResult, Packets, Target, NEVER};
use crate::error::{Result, Status};
use crate::sys::{try_vec, Buffer};
use crate::usb::{Direction, SetupPacket};
use std::sync::Arc;

pub const SETUP: usize = 8;

pub struct Progress {
    pub held: Held,
    pub notice: Option<Notice>,
    /// What most transfers do without: one look says so.
    extra: Option<Box<Extra>>,
    /// Requests that the system has.
    pub outstanding: usize,
    pub moved: usize,
    pub failure: Option<Status>,
    pub completion: Option<Completion>,
}

/// Of an isochronous transfer, and of one that is recorded.
#[derive(Default)]
struct Extra {
    tap: Tap,
    packets: Option<Arc<Packets>>,
    results: Vec<PacketResult>,
}

/// What the transfer moves data in and out of: kept until it is complete.
pub enum Held {
    Caller {
        buffer: Buffer,
    },
    /// Setup packet and data in one piece, and where the data of an IN request goes.
    Control {
        bytes: Vec<u8>,
        buffer: Buffer,
        way: Direction,
    },
    Done,
}

/// A control request with its data, as systems want it.
pub fn setup_and_data(request: &SetupPacket, buffer: &Buffer, length: usize) -> Result<Vec<u8>> {
    let mut bytes = try_vec(SETUP + length)?;
    bytes.extend_from_slice(&request.bytes());
    match request.direction() {
        Direction::Out => bytes.extend_from_slice(&buffer.bytes()[..length]),
        Direction::In => bytes.resize(SETUP + length, 0),
    }
    Ok(bytes)
}

impl Held {
    /// `setup`: of a control request, what the system has of it.
    pub fn new(target: &Target, setup: Vec<u8>, buffer: Buffer) -> Held {
        match target {
            Target::Control(request) => Held::Control { bytes: setup, buffer, way: request.direction() },
            _ => Held::Caller { buffer },
        }
    }
}

impl Progress {
    pub fn new(target: &Target, notice: Option<Notice>) -> Progress {
        let extra = match target {
            Target::Isochronous { packets, .. } => {
                Some(Box::new(Extra { packets: Some(Arc::clone(packets)), ..Extra::default() }))
            }
            _ => None,
        };
        Progress { extra, ..Progress::without_packets(notice) }
    }

    pub fn without_packets(notice: Option<Notice>) -> Progress {
        Progress { held: Held::Done, notice, extra: None, outstanding: 0, moved: 0, failure: None, completion: None }
    }

    /// Of an isochronous transfer.
    #[inline]
    pub fn packets(&self) -> Option<&Arc<Packets>> {
        self.extra.as_ref()?.packets.as_ref()
    }

    /// The transfer is about to begin, and this is its line to those that record.
    #[cold]
    pub fn record(&mut self, tap: Tap) {
        self.extra.get_or_insert_with(Box::default).tap = tap;
    }

    /// Whether the bus has taken it.
    #[inline]
    pub fn begun<T>(&mut self, submitted: Result<T>) -> Result<T> {
        submitted.map_err(|error| {
            if let Some(extra) = &mut self.extra {
                extra.tap.refused(error.status);
            }
            error
        })
    }

    /// The system has these requests, or was to have more: what becomes of the packets is written down from now on.
    #[inline]
    pub fn begin(&mut self, outstanding: usize, failure: Option<Status>) {
        (self.outstanding, self.failure, self.moved, self.completion) = (outstanding, failure, 0, None);
        if let Some(Extra { packets: Some(packets), results, .. }) = self.extra.as_deref_mut() {
            *results = packets.begin();
        }
    }

    /// The places of the packets from this one on; none without packets. Requests that were cancelled come back in any order.
    pub fn places(&mut self, from: usize) -> Option<&mut [PacketResult]> {
        let Extra { packets, results, .. } = self.extra.as_deref_mut()?;
        results.resize(packets.as_ref()?.lengths.len(), NEVER);
        Some(&mut results[from..])
    }

    /// The system's own number for how a request ended, for those that record: 0 or a negative errno of Linux.
    #[inline]
    pub fn note_errno(&mut self, errno: i32) {
        if let Some(extra) = self.extra.as_mut().filter(|_| errno != 0) {
            extra.tap.note(errno);
        }
    }

    /// Takes note of a request that came back; true if it was the last one.
    #[inline]
    pub fn returned(&mut self, moved: usize, failure: Option<Status>) -> bool {
        self.moved += moved;
        self.failure = self.failure.or(failure);
        self.outstanding -= 1;
        self.outstanding == 0
    }

    /// Nothing is moved any more: the data and the packets' results are where the caller finds them.
    #[inline(never)]
    pub fn complete(&mut self) -> Completion {
        if let Held::Control { bytes, buffer, way } = &mut self.held {
            // The request has room for the setup packet, too.
            self.moved = self.moved.min(buffer.len());
            if *way == Direction::In {
                buffer.space()[..self.moved].copy_from_slice(&bytes[SETUP..SETUP + self.moved]);
            }
        }
        if self.extra.is_some() {
            self.complete_extra();
        }
        self.held = Held::Done;
        let completion = Completion { transferred: self.moved, result: self.failure.map_or(Ok(()), Err) };
        self.completion = Some(completion);
        completion
    }

    /// To those that record, while the bytes are still here; and the packets' results.
    #[cold]
    fn complete_extra(&mut self) {
        let Progress { held, extra: Some(extra), moved, failure, .. } = self else { return };
        let results = std::mem::take(&mut extra.results);
        if extra.packets.is_some() {
            *moved = results.iter().map(|(moved, _)| *moved as usize).sum();
        }
        if extra.tap.is_on() {
            let buffer = match held {
                Held::Caller { buffer } | Held::Control { buffer, .. } => buffer.bytes(),
                Held::Done => &[],
            };
            extra.tap.end(errno(failure.map_or(Ok(()), Err)), *moved, buffer, &results);
        }
        // It is the caller's again once it has the results.
        *held = Held::Done;
        if let Some(packets) = &extra.packets {
            packets.finish(results);
        }
    }
}
