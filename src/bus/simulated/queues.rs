//! Transfers that wait for a simulated device, by endpoint, and how their packets move.

use super::model::Model;
use crate::bus::{tap, Completion, Notice, PacketResult, Packets, Tap};
use crate::error::Status;
use crate::sync::{lock, Mutex};
use crate::sys::{Buffer, Timestamp};
use crate::usb::Endpoint;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is pending, by endpoint address.
#[derive(Default)]
pub(super) struct Queues {
    pub endpoints: BTreeMap<u8, VecDeque<QueuedTransfer>>,
}

pub(super) struct QueuedTransfer {
    pub cell: Arc<CompletionCell>,
    pub buffer: Buffer,
    pub moved: usize,
    pub notice: Option<Notice>,
    pub tap: Tap,
    pub isochronous: Option<Isochronous>,
    /// A zero-length packet after the data, if their length is a multiple of the packet size.
    pub zero_packet: bool,
}

/// An isochronous transfer, as far as it has got.
pub(super) struct Isochronous {
    pub packets: Arc<Packets>,
    pub submitted: Instant,
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
        let packets = isochronous.as_ref().map_or(&[][..], |isochronous| &isochronous.results);
        tap.end(tap::errno(result), moved, buffer.bytes(), packets);
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
    pub fn complete_all(&mut self, status: Status) {
        for request in std::mem::take(&mut self.endpoints).into_values().flatten() {
            request.complete(Err(status));
        }
    }

    pub fn complete_endpoint(&mut self, address: u8, status: Status) {
        for request in self.endpoints.remove(&address).into_iter().flatten() {
            request.complete(Err(status));
        }
    }
}

/// Of high speed: bInterval counts in powers of two of 125 µs (USB 2.0 section 9.6.6).
fn service_interval(interval: u8) -> Duration {
    Duration::from_micros(125 << (interval.clamp(1, 16) - 1))
}

type Finished = Option<std::result::Result<(), Status>>;

impl QueuedTransfer {
    /// Takes packets until the buffer is full, a short one ends the transfer, or the device has none (`None`).
    pub fn fill(&mut self, model: &mut dyn Model, endpoint: &Endpoint, now: Instant, moved: &mut bool) -> Finished {
        let packet_size = usize::from(endpoint.max_packet_size);
        loop {
            let space = &mut self.buffer.space()[self.moved..];
            let room = space.len().min(packet_size);
            let length = if room == packet_size {
                model.send(endpoint.address, &mut space[..packet_size], now)?
            } else {
                // wMaxPacketSize has 11 bits for it.
                let mut packet = [0; 2048];
                let length = model.send(endpoint.address, &mut packet[..packet_size], now)?;
                let fits = length.min(room);
                space[..fits].copy_from_slice(&packet[..fits]);
                length
            };
            *moved = true;
            self.moved += length.min(room);
            // More than the rest of the buffer can hold, or more than a packet.
            if length > room {
                return Some(Err(Status::Overflow));
            }
            if length < packet_size || self.moved == self.buffer.len() {
                return Some(Ok(()));
            }
        }
    }

    /// Serves the packets whose intervals have come, one each; `None` until the last one has.
    pub fn serve(
        &mut self,
        model: &mut dyn Model,
        endpoint: &Endpoint,
        clock: &mut Instant,
        now: Instant,
        moved: &mut bool,
    ) -> Finished {
        let interval = service_interval(endpoint.interval);
        let isochronous = self.isochronous.as_mut()?;
        if isochronous.results.is_empty() && *clock + interval < isochronous.submitted {
            // No transfer was there: those intervals have passed for nothing. What was submitted in time is served, however late this looks.
            let missed = (isochronous.submitted - *clock).as_nanos() / interval.as_nanos();
            *clock += interval * u32::try_from(missed).unwrap_or(u32::MAX);
        }
        let mut packet = vec![0; endpoint.max_bytes_per_interval as usize];
        while let Some(length) = isochronous.packets.lengths.get(isochronous.results.len()) {
            if *clock > now {
                return None;
            }
            let place = isochronous.at..isochronous.at + *length as usize;
            let result = if endpoint.address & 0x80 != 0 {
                // A device that has nothing to send lets the interval pass: a packet of length 0.
                let sent = model.send(endpoint.address, &mut packet, *clock).unwrap_or(0);
                let fits = sent.min(place.len()).min(packet.len());
                self.buffer.space()[place.clone()][..fits].copy_from_slice(&packet[..fits]);
                (fits as u32, if sent > fits { Err(Status::Overflow) } else { Ok(()) })
            } else {
                // The bus does not say whether it was taken (USB 2.0 section 5.6.4: no handshake).
                model.receive(endpoint.address, &self.buffer.bytes()[place.clone()]);
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
        loop {
            let rest = &self.buffer.bytes()[self.moved..];
            let packet = &rest[..rest.len().min(packet_size)];
            if !model.receive(endpoint.address, packet) {
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
}
