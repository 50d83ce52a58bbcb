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
    pub tap: Tap,
    pub packets: Option<Arc<Packets>>,
    /// Requests that the system has.
    pub outstanding: usize,
    results: Vec<PacketResult>,
    pub moved: usize,
    pub failure: Option<Status>,
    pub completion: Option<Completion>,
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
        let packets = match target {
            Target::Isochronous { packets, .. } => Some(Arc::clone(packets)),
            _ => None,
        };
        Progress { packets, ..Progress::without_packets(notice) }
    }

    pub fn without_packets(notice: Option<Notice>) -> Progress {
        Progress {
            held: Held::Done,
            notice,
            tap: Tap::default(),
            packets: None,
            outstanding: 0,
            results: Vec::new(),
            moved: 0,
            failure: None,
            completion: None,
        }
    }

    /// The system has these requests, or was to have more: what becomes of the packets is written down from now on.
    #[inline]
    pub fn begin(&mut self, outstanding: usize, failure: Option<Status>) {
        (self.outstanding, self.failure, self.moved, self.completion) = (outstanding, failure, 0, None);
        if let Some(packets) = &self.packets {
            self.results = packets.begin();
        }
    }

    /// The places of the packets from this one on; none without packets. Requests that were cancelled come back in any order.
    pub fn places(&mut self, from: usize) -> Option<&mut [PacketResult]> {
        self.results.resize(self.packets.as_ref()?.lengths.len(), NEVER);
        Some(&mut self.results[from..])
    }

    /// The system's own number for how a request ended, for those that record: 0 or a negative errno of Linux.
    #[inline]
    pub fn note_errno(&mut self, errno: i32) {
        if errno != 0 {
            self.tap.note(errno);
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
        if self.tap.is_on() {
            return self.complete_recorded();
        }
        self.place_data();
        self.finish()
    }

    /// Apart, so that nothing is kept for it while nobody records.
    #[cold]
    fn complete_recorded(&mut self) -> Completion {
        self.place_data();
        self.report();
        self.finish()
    }

    #[inline(always)]
    fn place_data(&mut self) {
        if let Held::Control { bytes, buffer, way } = &mut self.held {
            // The request has room for the setup packet, too.
            self.moved = self.moved.min(buffer.len());
            if *way == Direction::In {
                buffer.space()[..self.moved].copy_from_slice(&bytes[SETUP..SETUP + self.moved]);
            }
        }
    }

    #[inline(always)]
    fn finish(&mut self) -> Completion {
        self.held = Held::Done;
        if let Some(packets) = &self.packets {
            let results = std::mem::take(&mut self.results);
            self.moved = results.iter().map(|(moved, _)| *moved as usize).sum();
            packets.finish(results);
        }
        let completion = Completion { transferred: self.moved, result: self.failure.map_or(Ok(()), Err) };
        self.completion = Some(completion);
        completion
    }

    /// To those that record, while the bytes are still here.
    fn report(&mut self) {
        let Progress { held, tap, results, moved, failure, .. } = self;
        let buffer = match held {
            Held::Caller { buffer } | Held::Control { buffer, .. } => buffer.bytes(),
            Held::Done => &[],
        };
        let of_packets = results.iter().map(|(moved, _)| *moved as usize).sum();
        let moved = if results.is_empty() { *moved } else { of_packets };
        tap.end(errno(failure.map_or(Ok(()), Err)), moved, buffer, results);
    }
}
