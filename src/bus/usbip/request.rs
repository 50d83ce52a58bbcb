//! What a link keeps of one transfer, from submission to completion.

use super::protocol::{Header, Message, Packet, URB_ISO_ASAP, URB_ZERO_PACKET};
use crate::bus::{Held, Notice, Progress, Tap, Target, Wire};
use crate::error::Status;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{lock, Mutex, MutexGuard};
use crate::sys::{Buffer, Timestamp};
use crate::usb::{Direction, SetupPacket, TransferType};
use smallvec::SmallVec;
use std::sync::Arc;
use std::time::Instant;

pub struct Request {
    pub target: Target,
    pub is_in: bool,
    /// In frames or microframes, as the speed wants it; 0 for control and bulk endpoints.
    interval: u32,
    /// None for the library's own set-up calls, which are reported by those that make them.
    wire: Option<Arc<Wire>>,
    progress: Mutex<Progress>,
    complete: AtomicBool,
    /// Under which numbers the host has it; changed with the link's lock held.
    pub sequences: Mutex<SmallVec<[u32; 1]>>,
    /// Since when it is to end.
    pub cancelled: Mutex<Option<Instant>>,
}

/// What one message of it moves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Part {
    /// Where it lies in the buffer.
    pub offset: usize,
    pub length: usize,
    /// Its packets, if it is isochronous.
    pub first: usize,
    pub packets: usize,
}

/// Linux takes no more (drivers/usb/usbip/usbip_common.h).
const MOST_PACKETS: usize = 1024;

impl Request {
    pub fn new(target: &Target, interval: u32, wire: Option<Arc<Wire>>, notice: Option<Notice>) -> Arc<Request> {
        Arc::new(Request {
            target: target.clone(),
            is_in: target.direction() == Direction::In,
            interval,
            wire,
            progress: Mutex::new(Progress::new(target, notice)),
            complete: AtomicBool::new(false),
            sequences: Mutex::default(),
            cancelled: Mutex::default(),
        })
    }

    pub fn address(&self) -> u8 {
        self.target.address()
    }

    /// Whether what comes after its end is kept for the next read.
    pub fn is_kept_ahead(&self) -> bool {
        self.is_in && matches!(self.target, Target::Endpoint { .. })
    }

    pub fn max_packet_size(&self) -> usize {
        match &self.target {
            Target::Endpoint { max_packet_size, .. } => usize::from(*max_packet_size).max(1),
            _ => 1,
        }
    }

    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    pub fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    /// Takes the buffer, for so many messages. The link's lock is held.
    pub fn begin(&self, buffer: Buffer, messages: usize) {
        let mut progress = self.progress();
        if let Some(wire) = self.wire.as_ref().filter(|_| Tap::is_wanted()) {
            progress.record(Tap::begin(wire, &self.target, buffer.bytes(), buffer.len()));
        }
        progress.held = Held::Caller { buffer };
        progress.begin(messages, None);
        *lock(&self.cancelled) = None;
        lock(&self.sequences).clear();
        self.complete.store(false, Ordering::Release);
    }

    /// Ends it, unless that was done: reports what has moved, and why it ends if not well. The link's lock is held.
    pub fn finish(&self, failure: Option<Status>) {
        if self.is_complete() {
            return;
        }
        let mut progress = self.progress();
        progress.failure = progress.failure.or(failure);
        let completion = progress.complete();
        let notice = progress.notice.clone();
        drop(progress);
        self.complete.store(true, Ordering::Release);
        if let Some(notice) = notice {
            notice.give(completion, Timestamp::now());
        }
    }

    /// How many bytes of its buffer are still to come.
    pub fn missing(&self) -> usize {
        let progress = self.progress();
        match &progress.held {
            Held::Caller { buffer } => buffer.len() - progress.moved,
            _ => 0,
        }
    }

    /// Into how many messages it is divided, and what each moves.
    pub fn parts(&self, length: usize) -> SmallVec<[Part; 1]> {
        let Target::Isochronous { packets, .. } = &self.target else {
            return SmallVec::from_elem(Part { length, ..Part::default() }, 1);
        };
        let (mut offset, mut first) = (0, 0);
        packets
            .lengths
            .chunks(MOST_PACKETS)
            .map(|lengths| {
                let length = lengths.iter().map(|length| *length as usize).sum();
                let part = Part { offset, length, first, packets: lengths.len() };
                (offset, first) = (offset + length, first + lengths.len());
                part
            })
            .collect()
    }

    /// The message that asks for a part, without data.
    pub fn message(&self, part: &Part) -> Message {
        let nothing = SetupPacket { request_type: 0, request: 0, value: 0, index: 0, length: 0 };
        // 0 packets where it is not isochronous, as the kernel's client says.
        let (mut flags, mut setup, mut packets) = (0, nothing, 0);
        match &self.target {
            Target::Control(request) => setup = *request,
            Target::Endpoint { extras, .. } => flags = if extras.zero_packet { URB_ZERO_PACKET } else { 0 },
            Target::Isochronous { .. } => (flags, packets) = (URB_ISO_ASAP, part.packets as u32),
        }
        Message::Submit { flags, length: part.length as u32, start_frame: 0, packets, interval: self.interval, setup }
    }

    /// The same for what is read ahead.
    pub fn message_ahead(&self, length: usize) -> Message {
        self.message(&Part { length, ..Part::default() })
    }

    pub fn header(&self, sequence: u32, device: u32, message: Message) -> Header {
        Header { sequence, device, is_in: self.is_in, endpoint: self.address() & 0x0f, message }
    }

    /// Behind the data of an isochronous part.
    pub fn packets(&self, part: &Part) -> Vec<u8> {
        let Target::Isochronous { packets, .. } = &self.target else { return Vec::new() };
        let mut offset = 0;
        let lengths = &packets.lengths[part.first..part.first + part.packets];
        lengths
            .iter()
            .flat_map(|length| {
                let packet = Packet { offset, length: *length, actual: 0, status: 0 };
                offset += length;
                packet.bytes()
            })
            .collect()
    }
}

/// How an interval is told: in frames or microframes (Linux, struct urb).
pub fn interval(transfer_type: TransferType, interval: u8, in_frames: bool) -> u32 {
    match transfer_type {
        TransferType::Control | TransferType::Bulk => 0,
        TransferType::Interrupt if in_frames => u32::from(interval).max(1),
        _ => 1 << (interval.clamp(1, 16) - 1),
    }
}
