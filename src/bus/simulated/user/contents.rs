//! What waits in a mailbox: events that the program has not taken, the control request on its way, the program's transfers.

use super::super::model::{Answer, HostEvent};
use super::super::queues::CompletionCell;
use crate::bus::Completion;
use crate::error::{Error, Status};
use crate::sync::{lock, Condvar};
use crate::sys::{self, Buffer};
use crate::usb::SetupPacket;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Events that wait at most. The oldest are lost then.
const MOST_EVENTS: usize = 1024;

/// Isochronous packets of one endpoint that wait at most.
const MOST_PACKETS: usize = 4096;

/// How long an interval waits for a packet of a program that was told of it. A program that does not send in that time is not waited for
/// again until it sends.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long it waits for a program that is at work, on what it was told or on something else between two waits: on a busy computer that
/// may take longer.
const AT_WORK: Duration = Duration::from_secs(2);

/// How often an interval that waits longer looks whether the program is still at work.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

#[derive(Default)]
pub struct Contents {
    pub events: VecDeque<Event>,
    /// Events that were lost since the last one that was taken.
    pub lost: u64,
    pub waiting: usize,
    /// Ready while there is an event: there is one once a program has asked for it.
    pub ready: Option<sys::Event>,
    pub request: Option<Asked>,
    /// The host gave up the request that the program has in hand.
    pub given_up: bool,
    pub transfers: BTreeMap<u8, VecDeque<DeviceTransfer>>,
    /// Of isochronous endpoints.
    pub packets: BTreeMap<u8, VecDeque<Vec<u8>>>,
    /// Endpoints at which the host waits, as the program was told.
    pub told: BTreeSet<u8>,
    /// Since when an isochronous interval waits for the program.
    pub patience: BTreeMap<u8, Instant>,
    /// The program has taken an event, or waited for one, and not asked for the next one since.
    pub at_work: bool,
    /// Which interfaces have which endpoint addresses.
    pub places: BTreeSet<(u8, u8)>,
    /// Events that ended transfers and that the program has not taken: until then those endpoints answer NAK, so that nothing of
    /// before is mistaken for what comes after.
    pub unseen: usize,
    pub answers_standard_requests: bool,
    pub closed: bool,
}

#[derive(Clone, Copy)]
pub enum Event {
    Setup,
    Host(HostEvent),
    /// With the beginning of the interval, of an isochronous endpoint.
    Wanted(u8, Option<Instant>),
}

/// A control request on its way through the program.
pub struct Asked {
    pub id: u64,
    pub setup: SetupPacket,
    pub data: Vec<u8>,
    pub answer: Option<Answer>,
    pub in_hand: bool,
}

/// A read or write of the program's.
pub struct DeviceTransfer {
    pub buffer: Buffer,
    pub moved: usize,
    pub cell: Arc<CompletionCell>,
}

/// What a program takes out.
#[derive(Debug, PartialEq, Eq)]
pub enum Happening {
    /// A control request, which is in hand from now on, and its data.
    Setup(SetupPacket, Vec<u8>),
    Host(HostEvent),
    /// The host waits at this endpoint: for data of an IN endpoint, with data for an OUT endpoint; since when, if it is isochronous.
    Wanted(u8, Option<Instant>),
}

impl DeviceTransfer {
    pub fn complete(self, result: std::result::Result<(), Status>) {
        let DeviceTransfer { buffer, moved, cell } = self;
        drop(buffer);
        *lock(&cell.completion) = Some(Completion { transferred: moved, result });
    }
}

impl Contents {
    pub fn add(&mut self, event: Event, arrived: &Condvar) {
        if self.events.len() >= MOST_EVENTS {
            // A request and a wanted endpoint are told once: something else is there to lose.
            if let Some(at) = self.events.iter().position(|event| matches!(event, Event::Host(_))) {
                if let Some(Event::Host(event)) = self.events.remove(at) {
                    self.unseen -= usize::from(ends_transfers(event));
                }
                self.lost += 1;
            }
        }
        self.events.push_back(event);
        if let Some(ready) = &self.ready {
            ready.set();
        }
        if self.waiting > 0 {
            arrived.notify_all();
        }
    }

    pub fn taken(&mut self) {
        if let (true, Some(ready)) = (self.events.is_empty(), &self.ready) {
            ready.clear();
        }
    }

    /// Adds an isochronous packet, if there is room.
    pub fn add_packet(&mut self, address: u8, packet: &[u8]) -> bool {
        let packets = self.packets.entry(address).or_default();
        let room = packets.len() < MOST_PACKETS;
        if room {
            packets.push_back(packet.to_vec());
        }
        room
    }

    /// A packet of what the program writes, of at most that room; `None` if it writes nothing.
    pub fn send(&mut self, address: u8, packet: &mut [u8]) -> Option<usize> {
        let queue = self.transfers.get_mut(&address).filter(|queue| !queue.is_empty())?;
        Some(send(queue, packet))
    }

    /// The same for full packets alone, as many as there are and have room: how many bytes.
    pub fn send_full(&mut self, address: u8, packet_size: usize, packets: &mut [u8]) -> usize {
        let Some(queue) = self.transfers.get_mut(&address) else { return 0 };
        let mut sent = 0;
        for packet in packets.chunks_exact_mut(packet_size) {
            if queue.front().map_or(0, |first| first.buffer.len() - first.moved) < packet_size {
                break;
            }
            sent += send(queue, packet);
        }
        sent
    }

    pub fn end_transfers(&mut self, is_meant: impl Fn(u8) -> bool, status: Status) {
        let addresses: Vec<u8> = self.transfers.keys().copied().filter(|address| is_meant(*address)).collect();
        for address in addresses {
            for transfer in self.transfers.remove(&address).into_iter().flatten() {
                transfer.complete(Err(status));
            }
        }
        self.packets.iter_mut().filter(|(address, _)| is_meant(**address)).for_each(|(_, packets)| packets.clear());
        self.told.retain(|address| !is_meant(*address));
        self.patience.retain(|address, _| !is_meant(*address));
    }

    /// Whether that ended the transfers of this endpoint.
    fn is_about(&self, event: HostEvent, address: u8) -> bool {
        match event {
            HostEvent::Reset | HostEvent::Configured(_) => true,
            HostEvent::AltSetting { interface, .. } => self.places.contains(&(interface, address)),
            _ => false,
        }
    }

    /// Whether the program has to take an event first.
    pub fn is_held(&self, address: u8) -> bool {
        self.unseen > 0
            && self.events.iter().any(|event| matches!(event, Event::Host(event) if self.is_about(*event, address)))
    }

    pub fn end_transfers_of(&mut self, event: HostEvent) {
        let places = std::mem::take(&mut self.places);
        let is_meant = |address| match event {
            HostEvent::AltSetting { interface, .. } => places.contains(&(interface, address)),
            _ => ends_transfers(event),
        };
        self.end_transfers(is_meant, Status::Cancelled);
        self.places = places;
    }

    /// The interval of an isochronous endpoint waits for the program from now on.
    pub fn patience(&mut self, address: u8) {
        self.patience.entry(address).or_insert_with(Instant::now);
    }

    /// When the interval is to be looked at again that waits for the program; `None` if it does not wait any longer.
    pub fn due(&self, address: u8, now: Instant) -> Option<Instant> {
        let since = *self.patience.get(&address)?;
        // A thread that waits for events although there are some has not been given a processor yet.
        let is_at_work = self.at_work || self.waiting > 0 && !self.events.is_empty();
        match now.saturating_duration_since(since) {
            waited if waited < PATIENCE => Some(since + PATIENCE),
            waited if waited < AT_WORK && is_at_work => Some(now + LOOK_AGAIN),
            _ => None,
        }
    }

    pub fn take(&mut self, event: Event, capacity: usize) -> std::result::Result<Happening, (Error, usize)> {
        let happening = match (event, &mut self.request) {
            (Event::Setup, Some(asked)) => {
                let length = asked.data.len();
                if length > capacity {
                    let reason = format!(
                        "the request has {length} bytes of data, and there is room for {capacity}; pass more room, and it comes again"
                    );
                    return Err((Error::new(Status::Overflow, reason), length));
                }
                asked.in_hand = true;
                self.given_up = false;
                Happening::Setup(asked.setup, std::mem::take(&mut asked.data))
            }
            (Event::Setup, None) => {
                return Err((Error::new(Status::Internal, "a request was told of that is not there"), 0))
            }
            (Event::Host(event), _) => {
                if ends_transfers(event) {
                    self.unseen -= 1;
                    // What the program began before it knew.
                    self.end_transfers_of(event);
                }
                Happening::Host(event)
            }
            (Event::Wanted(address, interval), _) => Happening::Wanted(address, interval),
        };
        self.events.pop_front();
        self.taken();
        self.at_work = true;
        Ok(happening)
    }
}

fn send(queue: &mut VecDeque<DeviceTransfer>, packet: &mut [u8]) -> usize {
    let Some(first) = queue.front_mut() else { return 0 };
    let rest = &first.buffer.bytes()[first.moved..];
    let length = rest.len().min(packet.len());
    packet[..length].copy_from_slice(&rest[..length]);
    first.moved += length;
    if first.moved == first.buffer.len() {
        if let Some(done) = queue.pop_front() {
            done.complete(Ok(()));
        }
    }
    length
}

fn ends_transfers(event: HostEvent) -> bool {
    matches!(event, HostEvent::Reset | HostEvent::Configured(_) | HostEvent::AltSetting { .. })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::sys::Memory;
    use proptest::prelude::*;

    const SIZE: usize = 8;

    fn program(writes: &[usize]) -> Contents {
        let (mut contents, mut next) = (Contents::default(), 0u8);
        for length in writes {
            let memory = Memory::heap((*length).max(1)).unwrap();
            memory.access(|space| {
                space[..*length].iter_mut().for_each(|byte| (*byte, next) = (next, next.wrapping_add(1)))
            });
            let buffer = memory.lend(*length).unwrap();
            let transfer = DeviceTransfer { buffer, moved: 0, cell: Arc::default() };
            contents.transfers.entry(0x81).or_default().push_back(transfer);
        }
        contents
    }

    proptest! {
        /// Full packets that are taken together are those that come one by one, and the others stay.
        #[test]
        fn full_packets_come_together_as_they_do_one_by_one(writes in proptest::collection::vec(0usize..40, 0..6), room in 0usize..100) {
            let (mut together, mut single) = (program(&writes), program(&writes));
            let (mut space, mut packet) = (vec![0; room], [0; SIZE]);
            let moved = together.send_full(0x81, SIZE, &mut space);
            prop_assert!(moved % SIZE == 0 && moved <= room);
            for part in space[..moved].chunks(SIZE) {
                prop_assert_eq!(single.send(0x81, &mut packet), Some(SIZE));
                prop_assert_eq!(part, packet);
            }
            let left = |contents: &mut Contents| {
                let mut packet = [0; SIZE];
                std::iter::from_fn(|| contents.send(0x81, &mut packet).map(|length| packet[..length].to_vec())).collect::<Vec<_>>()
            };
            let (left_together, left_single) = (left(&mut together), left(&mut single));
            // No full packet is left behind for which there was room.
            let next = left_single.first().map_or(0, |packet| packet.len());
            prop_assert!(next < SIZE || room - moved < SIZE);
            prop_assert_eq!(left_together, left_single);
        }
    }
}
