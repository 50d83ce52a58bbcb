//! What a simulated device is at a moment: plugged in, configured, halted; and the packets that move when a caller looks.

use super::model::Model;
use super::queues::{QueuedTransfer, Queues};
use crate::error::{Result, Status};
use crate::sys::Timer;
use crate::usb::{Configuration, Endpoint, Speed};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

pub(super) struct State {
    pub model: Box<dyn Model>,
    /// The configuration descriptor, and what it says, as it was when the device was plugged in: a host reads it once.
    pub configuration: Vec<u8>,
    pub layout: Configuration,
    pub unplugged: bool,
    pub configured: bool,
    pub alt_settings: BTreeMap<u8, u8>,
    pub halted: BTreeSet<u8>,
    pub queues: Queues,
    /// The next service interval of each isochronous endpoint in use.
    pub clocks: BTreeMap<u8, Instant>,
    /// Threads that wait on `progress`.
    pub waiters: usize,
    /// Ready when time alone moves something: there is one from the first queue on.
    pub timer: Option<Timer>,
    /// Claimed interfaces, each with the handle that has it.
    pub claims: BTreeMap<u8, u64>,
    pub handles: u64,
}

impl State {
    pub fn new(model: Box<dyn Model>, speed: Speed) -> Result<State> {
        let configuration = model.configuration_descriptor();
        Ok(State {
            layout: Configuration::parse(&configuration, speed)?,
            configuration,
            model,
            unplugged: false,
            configured: true,
            alt_settings: BTreeMap::new(),
            halted: BTreeSet::new(),
            queues: Queues::default(),
            clocks: BTreeMap::new(),
            waiters: 0,
            timer: None,
            claims: BTreeMap::new(),
            handles: 0,
        })
    }

    pub fn endpoint(&self, address: u8) -> Option<&Endpoint> {
        let here = |e: &&Endpoint| e.address == address && e.alt_setting == self.alt_setting(e.interface);
        self.layout.endpoints.iter().find(here).filter(|_| self.configured)
    }

    pub fn alt_setting(&self, interface: u8) -> u8 {
        self.alt_settings.get(&interface).copied().unwrap_or_else(|| self.layout.first_setting(interface))
    }

    /// As after a bus reset; transfers of whatever handle end.
    pub fn reset(&mut self) {
        self.service(Instant::now());
        self.queues.complete_all(Status::Cancelled);
        self.halted.clear();
        self.alt_settings.clear();
        self.model.reset();
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
    pub fn due(&self, now: Instant) -> Option<Instant> {
        let waiting = self.queues.endpoints.iter().filter(|(_, queue)| !queue.is_empty());
        let due = |address: &u8, queue: &VecDeque<QueuedTransfer>| match queue
            .front()
            .map(|front| front.isochronous.is_some())
        {
            Some(true) => self.clocks.get(address).copied(),
            _ => self.model.due(*address, now),
        };
        waiting.filter_map(|(address, queue)| due(address, queue)).min()
    }
}
