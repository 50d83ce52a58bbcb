//! What a simulated device is at a moment: plugged in, set up by its host; and the packets that move when a caller looks.

use super::description::Description;
use super::fault::{FaultKind, Faults};
use super::model::{Answer, Departure, Finished, HostEvent, Model, Request};
use super::queues::{QueuedTransfer, Queues};
use super::settings::{Settings, Standard};
use crate::error::Status;
use crate::sys::Timer;
use crate::usb::{Direction, SetupPacket};
use std::collections::BTreeMap;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::time::Instant;

pub(super) struct State {
    pub model: Box<dyn Model>,
    pub settings: Settings,
    pub unplugged: bool,
    /// The device has left of itself, and the bus has not heard of that.
    pub departure: Option<Departure>,
    pub queues: Queues,
    pub faults: Faults,
    /// The next service interval of each isochronous endpoint in use.
    pub clocks: BTreeMap<u8, Instant>,
    /// By address, what a fault left of a packet: the next transfer has it.
    pub rests: BTreeMap<u8, Vec<u8>>,
    /// Threads that wait on `progress`.
    pub waiters: usize,
    /// Ready when time alone moves something: there is one from the first queue on.
    pub timer: Option<Timer>,
    /// Claimed interfaces, each with the handle that has it.
    pub claims: BTreeMap<u8, u64>,
    pub handles: u64,
    /// Numbers control requests.
    pub requests: u64,
}

impl State {
    pub fn new(description: Description, model: Box<dyn Model>) -> State {
        State {
            model,
            settings: Settings::new(description),
            unplugged: false,
            departure: None,
            queues: Queues::default(),
            faults: Faults::default(),
            clocks: BTreeMap::new(),
            rests: BTreeMap::new(),
            waiters: 0,
            timer: None,
            claims: BTreeMap::new(),
            handles: 0,
            requests: 0,
        }
    }

    /// As after a bus reset by this handle; transfers of whatever handle end. The host puts back the settings that other handles have
    /// selected; this one selects its own anew.
    pub fn reset(&mut self, handle: u64) {
        self.end_transfers();
        let settings = &self.settings;
        let others = self.claims.iter().filter(|(_, id)| **id != handle);
        let selected = others.filter_map(|(interface, _)| Some((*interface, settings.selected(*interface)?)));
        let selected: Vec<(u8, u8)> = selected.collect();
        self.settings.start_over();
        self.model.host(HostEvent::Reset);
        selected.into_iter().for_each(|(interface, alt_setting)| self.set_alt_setting(interface, alt_setting));
    }

    /// False if there is no such configuration.
    pub fn configure(&mut self, value: u8) -> bool {
        self.end_transfers();
        let there = self.settings.configure(value);
        if there {
            self.model.host(HostEvent::Configured(value));
        }
        there
    }

    fn end_transfers(&mut self) {
        self.service(Instant::now());
        self.abandon_all(Status::Cancelled);
        self.rests.clear();
    }

    pub fn set_alt_setting(&mut self, interface: u8, alt_setting: u8) {
        let addresses = self.settings.set_alt_setting(interface, alt_setting);
        self.clocks.retain(|address, _| !addresses.contains(address));
        self.rests.retain(|address, _| !addresses.contains(address));
        self.model.host(HostEvent::AltSetting { interface, alt_setting });
    }

    /// By the host. Transfers that wait at a halted endpoint end.
    pub fn set_halt(&mut self, endpoint: u8, halted: bool) {
        if self.halt(endpoint, halted) {
            self.model.host(HostEvent::Halt { endpoint, halted });
        }
    }

    /// By the device too. Whether that changes anything.
    pub fn halt(&mut self, endpoint: u8, halted: bool) -> bool {
        let changed = self.settings.halt(endpoint, halted);
        if halted {
            let waiting: Vec<_> = self.queues.take_endpoint(endpoint).collect();
            waiting.into_iter().for_each(|transfer| self.abandon(transfer, Status::Pipe));
        }
        changed
    }

    /// Ends everything, for good.
    pub fn unplug(&mut self) {
        if !self.unplugged {
            self.unplugged = true;
            self.abandon_all(Status::NoDevice);
            self.model.host(HostEvent::Unplugged);
        }
    }

    /// Moves every packet that can be moved now; true if any moved, or any transfer is complete.
    pub fn service(&mut self, now: Instant) -> bool {
        let mut progress = false;
        let mut moving = true;
        while moving && !self.unplugged {
            moving = false;
            let mut next = self.queues.next_address(0);
            while let Some(address) = next {
                // What one endpoint takes may be what another has been waiting for.
                let (moved, completed) = self.service_endpoint(address, now);
                moving |= moved;
                progress |= moved | completed;
                next = address.checked_add(1).and_then(|from| self.queues.next_address(from));
            }
            if let Some(departure) = self.model.departure() {
                self.depart(departure);
            }
        }
        progress
    }

    fn depart(&mut self, departure: Departure) {
        self.unplug();
        self.departure = Some(departure);
    }

    fn service_endpoint(&mut self, address: u8, now: Instant) -> (bool, bool) {
        let (mut moved, mut completed) = (false, false);
        while let Some(mut transfer) = self.queues.take_first(address) {
            if !transfer.begun {
                transfer.begun = true;
                transfer.fault = self.faults.begin(address, now);
                if transfer.fault.is_some() {
                    let packet_size = self.settings.endpoint(address).map_or(0, |endpoint| endpoint.max_packet_size);
                    transfer.begin_fault(address & 0x80 != 0, packet_size.into());
                }
            }
            let advanced = catch_unwind(AssertUnwindSafe(|| self.advance(&mut transfer, address, now, &mut moved)));
            let finished = match advanced {
                Ok(finished) => finished,
                // It is still to end: its caller waits for that.
                Err(defect) => {
                    self.queues.put_first(address, transfer);
                    resume_unwind(defect);
                }
            };
            match finished {
                Some(result) => {
                    completed = true;
                    self.finish(transfer, address, result);
                }
                None => {
                    self.queues.put_first(address, transfer);
                    break;
                }
            }
        }
        (moved, completed)
    }

    fn finish(&mut self, transfer: QueuedTransfer, address: u8, result: Result<(), Status>) {
        let kind = transfer.fault.as_ref().map(|fault| fault.kind);
        match kind {
            Some(FaultKind::Unplug(_)) if transfer.has_met_fault() => {
                transfer.complete(Err(Status::NoDevice));
                self.depart(Departure { next: None });
                return;
            }
            Some(FaultKind::Unplug(bytes)) => self.faults.carry_on(address, bytes - transfer.moved.min(bytes)),
            _ => {}
        }
        if let (Some(FaultKind::Status(Status::Pipe, _)), true) = (kind, address != 0) {
            self.settings.halt(address, true);
        }
        match result {
            Ok(()) => transfer.complete(result),
            Err(status) => self.end(transfer, status),
        }
    }

    fn abandon_all(&mut self, status: Status) {
        let waiting: Vec<_> = self.queues.take_all().collect();
        waiting.into_iter().for_each(|transfer| self.abandon(transfer, status));
    }

    /// Ends a transfer that the device may be at.
    pub fn abandon(&mut self, transfer: QueuedTransfer, status: Status) {
        if transfer.control.is_none() {
            self.model.gave_up(transfer.address);
        }
        self.end(transfer, status);
    }

    /// A request that the model may be at is not waited for any more.
    fn end(&mut self, transfer: QueuedTransfer, status: Status) {
        if let Some((_, id)) = transfer.control {
            self.model.host(HostEvent::Abandoned(id));
        }
        transfer.complete(Err(status));
    }

    /// One transfer as far as it goes now, with what a fault does to it.
    fn advance(&mut self, transfer: &mut QueuedTransfer, address: u8, now: Instant, moved: &mut bool) -> Finished {
        let is_in = match &transfer.control {
            Some((setup, _)) => setup.direction() == Direction::In,
            None => address & 0x80 != 0,
        };
        if let Some(fault) = &mut transfer.fault {
            match (fault.until, fault.result) {
                (Some(until), _) if now < until => return None,
                (_, Some(result)) => return Some(result),
                _ => fault.until = None,
            }
        }
        let result = match transfer.control {
            _ if transfer.isochronous.is_none() && transfer.has_met_fault() => Ok(()),
            Some((setup, id)) => self.request(&setup, id, transfer, now)?,
            None => self.move_packets(transfer, address, now, moved)?,
        };
        transfer.end_fault(result, is_in, now)
    }

    fn move_packets(&mut self, transfer: &mut QueuedTransfer, address: u8, now: Instant, moved: &mut bool) -> Finished {
        let State { model, settings, clocks, rests, .. } = self;
        // Without room for a byte it can move nothing.
        let endpoint = settings.endpoint(address).filter(|endpoint| endpoint.max_packet_size > 0)?;
        let model = &mut **model;
        if model.moves_transfers() {
            let finished = transfer.advance(model, endpoint, now);
            *moved |= finished.is_some();
            finished
        } else if transfer.isochronous.is_some() {
            if let Some(FaultKind::Status(status, _)) = transfer.fault.as_ref().map(|fault| fault.kind) {
                return Some(Err(status));
            }
            let clock = clocks.entry(address).or_insert(now);
            let in_frames = settings.description.speed.counts_in_frames();
            transfer.serve(model, endpoint, clock, now, in_frames, moved)
        } else if address & 0x80 != 0 {
            transfer.fill(model, endpoint, rests.entry(address).or_default(), now, moved)
        } else {
            transfer.drain(model, endpoint, moved)
        }
    }

    /// Carries a control transfer out.
    fn request(&mut self, setup: &SetupPacket, id: u64, transfer: &mut QueuedTransfer, now: Instant) -> Finished {
        let is_out = setup.direction() == Direction::Out;
        let answer = match self.settings.request(setup, self.model.answers_standard_requests()) {
            Standard::Data(data) => Answer::Data(data),
            Standard::Stall => Answer::Stall,
            Standard::Halt(endpoint, halted) => {
                self.set_halt(endpoint, halted);
                Answer::Data(Vec::new())
            }
            Standard::Model => {
                let sent = transfer.corrupted.as_deref().unwrap_or_else(|| transfer.buffer.bytes());
                let data = if is_out { sent } else { &[] };
                self.model.control(&Request { id, setup, data }, now)
            }
        };
        match answer {
            Answer::Nak => None,
            Answer::Stall => Some(Err(Status::Pipe)),
            Answer::Failed(status) => Some(Err(status)),
            Answer::Data(_) if is_out => {
                transfer.moved = transfer.buffer.len();
                Some(Ok(()))
            }
            Answer::Data(data) => {
                let most = transfer.fault.as_ref().and_then(|fault| fault.limit()).unwrap_or(usize::MAX);
                transfer.moved = data.len().min(transfer.buffer.len()).min(most);
                transfer.buffer.space()[..transfer.moved].copy_from_slice(&data[..transfer.moved]);
                Some(Ok(()))
            }
        }
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
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let first = |(address, transfer): (&u8, &QueuedTransfer)| match &transfer.fault {
            Some(fault) if fault.until.is_some() => fault.until,
            _ if transfer.isochronous.is_some() && !self.model.moves_transfers() => {
                self.model.due(*address, now).or_else(|| self.clocks.get(address).copied())
            }
            _ => self.model.due(*address, now),
        };
        self.queues.firsts().filter_map(first).min()
    }
}
