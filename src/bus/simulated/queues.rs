//! Transfers that wait for a simulated device, by endpoint, and how their packets move.

use super::fault::{FaultKind, Ongoing};
use super::model::{Finished, Model, WholePackets, WholeTransfer};
use crate::bus::{tap, Completion, Notice, PacketResult, Packets, Tap};
use crate::error::Status;
use crate::sync::{lock, Mutex};
use crate::sys::{Buffer, Timestamp};
use crate::usb::{Endpoint, SetupPacket};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is pending, by endpoint address.
#[derive(Default)]
pub(super) struct Queues {
    endpoints: BTreeMap<u8, VecDeque<QueuedTransfer>>,
}

pub(super) struct QueuedTransfer {
    /// bEndpointAddress; 0 of a control request.
    pub address: u8,
    pub cell: Arc<CompletionCell>,
    /// Of a control request, and the number by which the model knows it.
    pub control: Option<(SetupPacket, u64)>,
    pub buffer: Buffer,
    pub moved: usize,
    pub notice: Option<Notice>,
    pub tap: Tap,
    pub isochronous: Option<Isochronous>,
    /// A zero-length packet after the data, if their length is a multiple of the packet size.
    pub zero_packet: bool,
    /// The device has begun with it.
    pub begun: bool,
    pub fault: Option<Ongoing>,
    /// What the device receives in place of the buffer's bytes.
    pub corrupted: Option<Vec<u8>>,
}

/// An isochronous transfer, as far as it has got.
pub(super) struct Isochronous {
    pub packets: Arc<Packets>,
    /// When it was submitted, if the bus had no other transfer for the endpoint then.
    pub alone_since: Option<Instant>,
    pub results: Vec<PacketResult>,
    /// Where the next packet's place in the buffer is.
    pub at: usize,
}

/// Where the completion of one transfer is put.
#[derive(Default)]
pub(super) struct CompletionCell {
    pub completion: Mutex<Option<Completion>>,
}

impl QueuedTransfer {
    pub fn complete(self, result: std::result::Result<(), Status>) {
        let QueuedTransfer { cell, buffer, moved, notice, mut tap, isochronous, .. } = self;
        if tap.is_on() {
            let packets = isochronous.as_ref().map_or(&[][..], |isochronous| &isochronous.results);
            tap.end(tap::errno(result), moved, buffer.bytes(), packets);
        }
        // The buffer goes first: once the completion is reported, it is the caller's again.
        drop(buffer);
        if let Some(isochronous) = isochronous {
            isochronous.packets.finish(isochronous.results);
        }
        let completion = Completion { transferred: moved, result };
        *lock(&cell.completion) = Some(completion);
        if let Some(notice) = notice {
            notice.give(completion, Timestamp::now());
        }
    }
}

impl Queues {
    pub fn take_first(&mut self, address: u8) -> Option<QueuedTransfer> {
        self.endpoints.get_mut(&address)?.pop_front()
    }

    pub fn put_first(&mut self, address: u8, transfer: QueuedTransfer) {
        self.endpoints.entry(address).or_default().push_front(transfer);
    }

    pub fn add(&mut self, address: u8, transfer: QueuedTransfer) {
        self.endpoints.entry(address).or_default().push_back(transfer);
    }

    /// Takes one transfer out, if it is there.
    pub fn remove(&mut self, address: u8, cell: &Arc<CompletionCell>) -> Option<QueuedTransfer> {
        let queue = self.endpoints.get_mut(&address)?;
        let at = queue.iter().position(|transfer| Arc::ptr_eq(&transfer.cell, cell))?;
        queue.remove(at)
    }

    pub fn has(&self, address: u8) -> bool {
        self.endpoints.get(&address).is_some_and(|queue| !queue.is_empty())
    }

    /// The first address from that one on at which there may be a transfer.
    pub fn next_address(&self, from: u8) -> Option<u8> {
        self.endpoints.range(from..).next().map(|(address, _)| *address)
    }

    /// The transfer that each endpoint is at.
    pub fn firsts(&self) -> impl Iterator<Item = (&u8, &QueuedTransfer)> {
        self.endpoints.iter().filter_map(|(address, queue)| Some((address, queue.front()?)))
    }

    pub fn take_all(&mut self) -> impl Iterator<Item = QueuedTransfer> {
        std::mem::take(&mut self.endpoints).into_values().flatten()
    }

    pub fn take_endpoint(&mut self, address: u8) -> impl Iterator<Item = QueuedTransfer> {
        self.endpoints.remove(&address).into_iter().flatten()
    }
}

/// bInterval counts in powers of two, of frames or of microframes (USB 2.0 section 9.6.6).
fn service_interval(interval: u8, in_frames: bool) -> Duration {
    let unit = if in_frames { 1000 } else { 125 };
    Duration::from_micros(unit << (interval.clamp(1, 16) - 1))
}

impl QueuedTransfer {
    /// How many bytes may move: all of the buffer, unless a fault ends it before.
    fn limit(&self) -> usize {
        let limit = self.fault.as_ref().and_then(Ongoing::limit).unwrap_or(usize::MAX);
        self.buffer.len().min(limit)
    }

    /// Whether a fault's number of bytes has moved, so that it ends here.
    pub fn has_met_fault(&self) -> bool {
        self.fault.as_ref().and_then(Ongoing::limit).is_some_and(|limit| self.moved >= limit)
    }

    /// Takes packets until the buffer is full, a short one ends the transfer, or the device has none (`None`). `rest` is what a fault has left of
    /// a packet before.
    pub fn fill(
        &mut self,
        model: &mut dyn Model,
        endpoint: &Endpoint,
        rest: &mut Vec<u8>,
        now: Instant,
        moved: &mut bool,
    ) -> Finished {
        let packet_size = usize::from(endpoint.max_packet_size);
        let limit = self.limit();
        loop {
            if self.has_met_fault() {
                return Some(Ok(()));
            }
            let space = &mut self.buffer.space()[self.moved..limit];
            if rest.is_empty() {
                let whole = space.len() - space.len() % packet_size;
                let length = model.send_full(endpoint, &mut space[..whole], now);
                if length > 0 {
                    *moved = true;
                    self.moved += length;
                    if self.moved == self.buffer.len() {
                        return Some(Ok(()));
                    }
                    continue;
                }
            }
            let room = space.len().min(packet_size);
            let length = if room == packet_size && rest.is_empty() {
                model.send(endpoint, &mut space[..packet_size], now)?
            } else {
                // wMaxPacketSize has 11 bits for it.
                let mut packet = [0; 2048];
                let length = match rest.len() {
                    0 => model.send(endpoint, &mut packet[..packet_size], now)?,
                    length => {
                        packet[..length].copy_from_slice(rest);
                        rest.clear();
                        length
                    }
                };
                let fits = length.min(room);
                space[..fits].copy_from_slice(&packet[..fits]);
                if self.cuts_at(self.moved + fits) {
                    *rest = packet[fits..length.min(packet_size)].to_vec();
                }
                length
            };
            *moved = true;
            self.moved += length.min(room);
            // More than the rest of the buffer can hold, or more than a packet; a fault has cut it if it ends here.
            if length > room && !self.has_met_fault() {
                return Some(Err(Status::Overflow));
            }
            if length < packet_size || self.moved == self.buffer.len() {
                return Some(Ok(()));
            }
        }
    }

    /// Whether a fault ends it there whose device keeps what is left of the packet: one that sent less has none.
    fn cuts_at(&self, moved: usize) -> bool {
        let kind = self.fault.as_ref().map(|fault| fault.kind);
        matches!(kind, Some(FaultKind::Status(_, bytes)) if bytes == moved)
    }

    /// The whole of it, by a model that moves no packets.
    pub fn advance(&mut self, model: &mut dyn Model, endpoint: &Endpoint, now: Instant) -> Finished {
        let lengths = self.isochronous.as_ref().map(|isochronous| Arc::clone(&isochronous.packets));
        let packets = self.isochronous.as_mut().zip(lengths.as_deref()).map(|(isochronous, packets)| WholePackets {
            lengths: &packets.lengths,
            results: &mut isochronous.results,
            at: &mut isochronous.at,
        });
        let mut transfer = WholeTransfer {
            endpoint: endpoint.address,
            packet_size: endpoint.max_packet_size,
            moved: self.moved,
            packets,
            buffer: &mut self.buffer,
            corrupted: self.corrupted.as_deref(),
        };
        let finished = model.advance(&mut transfer, now);
        self.moved = transfer.moved;
        finished
    }

    /// Serves the packets whose intervals have come, one each; `None` until the last one has.
    pub fn serve(
        &mut self,
        model: &mut dyn Model,
        endpoint: &Endpoint,
        clock: &mut Instant,
        now: Instant,
        in_frames: bool,
        moved: &mut bool,
    ) -> Finished {
        let interval = service_interval(endpoint.interval, in_frames);
        let isochronous = self.isochronous.as_mut()?;
        if let Some(submitted) = isochronous.alone_since.take().filter(|submitted| *clock + interval < *submitted) {
            // No transfer was there: those intervals have passed for nothing. What was submitted in time is served, however late this looks,
            // and however late the device is with what comes before it.
            let missed = (submitted - *clock).as_nanos() / interval.as_nanos();
            *clock += interval * u32::try_from(missed).unwrap_or(u32::MAX);
        }
        let mut packet = vec![0; endpoint.max_bytes_per_interval as usize];
        while let Some(length) = isochronous.packets.lengths.get(isochronous.results.len()) {
            if *clock > now {
                return None;
            }
            let place = isochronous.at..isochronous.at + *length as usize;
            let result = if endpoint.address & 0x80 != 0 {
                let sent = match model.send(endpoint, &mut packet, *clock) {
                    Some(sent) => sent,
                    // It is about to.
                    None if model.due(endpoint.address, now).is_some() => return None,
                    // A device that has nothing to send lets the interval pass: a packet of length 0.
                    None => 0,
                };
                let fits = sent.min(place.len()).min(packet.len());
                self.buffer.space()[place.clone()][..fits].copy_from_slice(&packet[..fits]);
                (fits as u32, if sent > fits { Err(Status::Overflow) } else { Ok(()) })
            } else {
                // The bus does not say whether it was taken (USB 2.0 section 5.6.4: no handshake).
                model.receive(endpoint, &self.buffer.bytes()[place.clone()]);
                (*length, Ok(()))
            };
            isochronous.results.push(result);
            isochronous.at = place.end;
            self.moved += result.0 as usize;
            *clock += interval;
            *moved = true;
        }
        Some(Ok(()))
    }

    /// Offers packets until all are taken, or the device takes no more (`None`).
    pub fn drain(&mut self, model: &mut dyn Model, endpoint: &Endpoint, moved: &mut bool) -> Finished {
        let packet_size = usize::from(endpoint.max_packet_size);
        let limit = self.limit();
        loop {
            if self.has_met_fault() {
                return Some(Ok(()));
            }
            let bytes = self.corrupted.as_deref().unwrap_or_else(|| self.buffer.bytes());
            let rest = &bytes[self.moved..limit];
            let packet = &rest[..rest.len().min(packet_size)];
            if !model.receive(endpoint, packet) {
                return None;
            }
            *moved = true;
            self.moved += packet.len();
            let zero_packet_follows = self.zero_packet && packet.len() == packet_size;
            if self.moved == self.buffer.len() && !zero_packet_follows {
                return Some(Ok(()));
            }
        }
    }

    /// Notes what a fault does to the data before they move. OUT packets move whole or not at all.
    pub fn begin_fault(&mut self, is_in: bool, packet_size: usize) {
        if is_in {
            return;
        }
        let length = self.buffer.len();
        match self.fault.as_mut().map(|fault| &mut fault.kind) {
            Some(FaultKind::Status(_, bytes) | FaultKind::Unplug(bytes)) if *bytes < length && packet_size > 0 => {
                *bytes -= *bytes % packet_size;
            }
            _ => {}
        }
        if let Some((at, bit)) = self.fault.as_ref().and_then(|fault| fault.wrong_bit(self.buffer.len())) {
            let mut bytes = self.buffer.bytes().to_vec();
            bytes[at] ^= bit;
            self.corrupted = Some(bytes);
        }
    }

    /// What a fault makes of the end of a transfer.
    pub fn end_fault(&mut self, result: std::result::Result<(), Status>, is_in: bool, now: Instant) -> Finished {
        let moved = self.moved;
        let Some(fault) = &mut self.fault else { return Some(result) };
        if let (Some((at, bit)), true) = (fault.wrong_bit(moved), is_in) {
            self.buffer.space()[at] ^= bit;
        }
        match fault.kind {
            FaultKind::Status(status, _) => Some(Err(status)),
            FaultKind::Babble if is_in => Some(result.and(Err(Status::Overflow))),
            FaultKind::Delay(time) => {
                fault.until = now.checked_add(time);
                fault.result = Some(result);
                None
            }
            _ => Some(result),
        }
    }
}
