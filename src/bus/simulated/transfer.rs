//! Transfers to a virtual device: queued by endpoint, moved packet by packet, driven by whoever submits or waits.

use super::model::Model;
use super::plugged::{Plugged, State};
use crate::bus::{Completion, InFlight, Notice, PacketResult, Packets, Target};
use crate::error::{Error, Result, Status};
use crate::sync::{self, lock, Mutex};
use crate::sys::{Buffer, Timestamp};
use crate::usb::{Direction, Endpoint, SetupPacket};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What is pending, by endpoint address.
#[derive(Default)]
pub(super) struct Queues {
    endpoints: BTreeMap<u8, VecDeque<Request>>,
}

struct Request {
    slot: Arc<Slot>,
    buffer: Buffer,
    moved: usize,
    notice: Option<Notice>,
    isochronous: Option<Isochronous>,
}

/// An isochronous transfer, as far as it has got.
struct Isochronous {
    packets: Arc<Packets>,
    submitted: Instant,
    results: Vec<PacketResult>,
    /// Where the next packet's place in the buffer is.
    at: usize,
}

/// Where the completion of one transfer is put.
#[derive(Default)]
struct Slot {
    completion: Mutex<Option<Completion>>,
}

pub(super) struct VirtualTransfer {
    device: Arc<Plugged>,
    target: Target,
    notice: Option<Notice>,
    slot: Arc<Slot>,
}

impl VirtualTransfer {
    pub fn submit(
        device: &Arc<Plugged>,
        state: &mut State,
        target: &Target,
        buffer: Buffer,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        let (device, target) = (Arc::clone(device), target.clone());
        let transfer = VirtualTransfer { device, target, notice, slot: Arc::default() };
        transfer.start(state, buffer)?;
        Ok(Arc::new(transfer))
    }

    fn start(&self, state: &mut State, buffer: Buffer) -> Result<()> {
        let now = Instant::now();
        let isochronous = match &self.target {
            Target::Isochronous { packets, .. } => {
                Some(Isochronous { packets: Arc::clone(packets), submitted: now, results: packets.begin(), at: 0 })
            }
            _ => None,
        };
        let (slot, notice) = (Arc::clone(&self.slot), self.notice.clone());
        let mut request = Request { slot, buffer, moved: 0, notice, isochronous };
        let address = self.target.address();
        match &self.target {
            Target::Control(setup) => {
                // What time alone has moved by now has come before the request, which may be one that ends it.
                state.service(now);
                let result = state.request(setup, &mut request, now);
                request.complete(result);
                // A request may set things going at other endpoints.
                state.service(now);
            }
            _ if state.halted.contains(&address) => request.complete(Err(Status::Pipe)),
            _ if state.endpoint(address).is_none() => {
                return Err(Error::invalid("the device has no such endpoint"));
            }
            _ => {
                state.queues.endpoints.entry(address).or_default().push_back(request);
                state.service(now);
            }
        }
        if state.waiters > 0 {
            self.device.progress.notify_all();
        }
        state.arm(now);
        Ok(())
    }

    fn completion(&self) -> Option<Completion> {
        *lock(&self.slot.completion)
    }
}

impl InFlight for VirtualTransfer {
    fn again(self: Arc<Self>, buffer: Buffer) -> Result<()> {
        let mut state = self.device.state();
        if state.unplugged {
            return Err(Error::no_device());
        }
        let before = lock(&self.slot.completion).take();
        let started = self.start(&mut state, buffer);
        if started.is_err() {
            // It is still as complete as it was.
            *lock(&self.slot.completion) = before;
        }
        started
    }

    fn cancel(&self) {
        let mut state = self.device.state();
        // What time alone has moved by now was on the bus, whether anybody has looked or not.
        state.service(Instant::now());
        let queue = state.queues.endpoints.entry(self.target.address()).or_default();
        if let Some(at) = queue.iter().position(|request| Arc::ptr_eq(&request.slot, &self.slot)) {
            if let Some(request) = queue.remove(at) {
                request.complete(Err(Status::Cancelled));
            }
        }
        if state.waiters > 0 {
            self.device.progress.notify_all();
        }
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<Completion> {
        if let Some(completion) = self.completion() {
            return Some(completion);
        }
        let mut state = self.device.state();
        loop {
            let now = Instant::now();
            if state.service(now) && state.waiters > 0 {
                self.device.progress.notify_all();
            }
            if let Some(completion) = self.completion() {
                return Some(completion);
            }
            state.arm(now);
            if matches!(deadline, Some(deadline) if deadline <= now) {
                return None;
            }
            let until = [deadline, state.due(now)].iter().flatten().min().copied();
            state.waiters += 1;
            state = sync::wait(&self.device.progress, state, until);
            state.waiters -= 1;
        }
    }
}

impl Request {
    fn complete(self, result: std::result::Result<(), Status>) {
        let Request { slot, buffer, moved, notice, isochronous } = self;
        // The buffer goes first: once the completion is told, it is the caller's again.
        drop(buffer);
        if let Some(isochronous) = isochronous {
            isochronous.packets.finish(isochronous.results);
        }
        let completion = Completion { transferred: moved, result };
        *lock(&slot.completion) = Some(completion);
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

impl State {
    fn request(&mut self, setup: &SetupPacket, request: &mut Request, now: Instant) -> std::result::Result<(), Status> {
        match setup.direction() {
            Direction::Out => {
                self.control(setup, request.buffer.bytes(), now).ok_or(Status::Pipe)?;
                request.moved = request.buffer.len();
            }
            Direction::In => {
                let answer = self.control(setup, &[], now).ok_or(Status::Pipe)?;
                request.moved = answer.len().min(request.buffer.len());
                request.buffer.space()[..request.moved].copy_from_slice(&answer[..request.moved]);
            }
        }
        Ok(())
    }

    /// Moves every packet that can be moved now; true if any transfer completed.
    pub fn service(&mut self, now: Instant) -> bool {
        let mut completed = false;
        let mut moving = true;
        while moving {
            moving = false;
            let addresses: Vec<u8> = self.queues.endpoints.keys().copied().collect();
            for address in addresses {
                let (moved, done) = self.service_endpoint(address, now);
                // What one endpoint takes may be what another has been waiting for.
                moving |= moved;
                completed |= done;
            }
        }
        completed
    }

    fn service_endpoint(&mut self, address: u8, now: Instant) -> (bool, bool) {
        let endpoint = match self.endpoint(address) {
            // Without room for a byte it can move nothing.
            Some(endpoint) if endpoint.max_packet_size > 0 => endpoint.clone(),
            _ => return (false, false),
        };
        let (mut moved, mut completed) = (false, false);
        let State { model, queues, clocks, .. } = self;
        let model = &mut **model;
        let queue = match queues.endpoints.get_mut(&address) {
            Some(queue) => queue,
            None => return (false, false),
        };
        while let Some(request) = queue.front_mut() {
            let result = if request.isochronous.is_some() {
                let clock = clocks.entry(address).or_insert(now);
                request.serve(model, &endpoint, clock, now, &mut moved)
            } else if address & 0x80 != 0 {
                request.fill(model, &endpoint, now, &mut moved)
            } else {
                request.drain(model, &endpoint, &mut moved)
            };
            match (result, queue.pop_front()) {
                (Some(result), Some(request)) => request.complete(result),
                (None, Some(request)) => {
                    queue.push_front(request);
                    break;
                }
                (_, None) => break,
            }
            completed = true;
        }
        (moved, completed)
    }

    /// Sets the timer that a queue polls, if one does, to when time alone will move something.
    pub fn arm(&mut self, now: Instant) {
        if self.timer.is_none() {
            return;
        }
        let due = self.due(now);
        if let Some(timer) = self.timer.as_mut().filter(|timer| timer.due != due) {
            timer.set(due, now);
        }
    }

    /// When time alone will move something.
    fn due(&self, now: Instant) -> Option<Instant> {
        let waiting = self.queues.endpoints.iter().filter(|(_, queue)| !queue.is_empty());
        let due = |address: &u8, queue: &VecDeque<Request>| match queue.front().map(|front| front.isochronous.is_some())
        {
            Some(true) => self.clocks.get(address).copied(),
            _ => self.model.due(*address, now),
        };
        waiting.filter_map(|(address, queue)| due(address, queue)).min()
    }
}

/// Of high speed: bInterval counts in powers of two of 125 µs (USB 2.0 section 9.6.6).
fn service_interval(interval: u8) -> Duration {
    Duration::from_micros(125 << (interval.clamp(1, 16) - 1))
}

type Finished = Option<std::result::Result<(), Status>>;

impl Request {
    /// Takes packets until the buffer is full, a short one ends the transfer, or the device has none (`None`).
    fn fill(&mut self, model: &mut dyn Model, endpoint: &Endpoint, now: Instant, moved: &mut bool) -> Finished {
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
    fn serve(
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
            // Nobody had asked: those intervals have passed for nothing. What was asked in time is served however late we look.
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
                // Nobody says whether it was taken (USB 2.0 section 5.6.4: no handshake).
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
    fn drain(&mut self, model: &mut dyn Model, endpoint: &Endpoint, moved: &mut bool) -> Finished {
        loop {
            let rest = &self.buffer.bytes()[self.moved..];
            let packet = &rest[..rest.len().min(usize::from(endpoint.max_packet_size))];
            if !model.receive(endpoint.address, packet) {
                return None;
            }
            *moved = true;
            self.moved += packet.len();
            if self.moved == self.buffer.len() {
                return Some(Ok(()));
            }
        }
    }
}
