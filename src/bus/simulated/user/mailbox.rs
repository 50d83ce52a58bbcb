//! What a user's program and the bus leave for each other: events, the control request in hand, and the program's transfers.

use super::super::model::{Answer, HostEvent, Request};
use super::super::queues::CompletionCell;
use crate::bus::Completion;
use crate::error::{Error, Result, Status};
use crate::sync::{self, lock, Condvar, Mutex, MutexGuard};
use crate::sys::{self, Buffer, Deadline, RawDescriptor};
use crate::usb::{Direction, SetupPacket};
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

/// How long it waits for a program that is at work on what it was told: on a busy computer that may take longer.
const AT_WORK: Duration = Duration::from_secs(2);

/// How often an interval that waits longer looks whether the program is still at work.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

#[derive(Default)]
pub struct Mailbox {
    contents: Mutex<Contents>,
    /// Notified when there is an event, if a thread waits.
    arrived: Condvar,
}

#[derive(Default)]
pub(super) struct Contents {
    events: VecDeque<Event>,
    /// Events that were lost since the last one that was taken.
    lost: u64,
    waiting: usize,
    /// Ready while there is an event: there is one once a program has asked for it.
    ready: Option<sys::Event>,
    request: Option<Asked>,
    /// The host gave up the request that the program has in hand.
    given_up: bool,
    pub transfers: BTreeMap<u8, VecDeque<DeviceTransfer>>,
    /// Of isochronous endpoints.
    pub packets: BTreeMap<u8, VecDeque<Vec<u8>>>,
    /// Endpoints at which the host waits, as the program was told.
    told: BTreeSet<u8>,
    /// Since when an isochronous interval waits for the program.
    patience: BTreeMap<u8, Instant>,
    /// The program has taken an event, and not asked for the next one since.
    at_work: bool,
    /// Which interfaces have which endpoint addresses.
    places: BTreeSet<(u8, u8)>,
    /// Events that ended transfers and that the program has not taken: until then those endpoints answer NAK, so that nothing of
    /// before is mistaken for what comes after.
    unseen: usize,
    answers_standard_requests: bool,
    closed: bool,
}

#[derive(Clone, Copy)]
enum Event {
    Setup,
    Host(HostEvent),
    /// With the beginning of the interval, of an isochronous endpoint.
    Wanted(u8, Option<Instant>),
}

/// A control request on its way through the program.
struct Asked {
    id: u64,
    setup: SetupPacket,
    data: Vec<u8>,
    answer: Option<Answer>,
    in_hand: bool,
}

/// A read or write of the program's.
pub(super) struct DeviceTransfer {
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
    fn add(&mut self, event: Event, arrived: &Condvar) {
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

    fn taken(&mut self) {
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

    fn end_transfers(&mut self, is_meant: impl Fn(u8) -> bool, status: Status) {
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

    fn end_transfers_of(&mut self, event: HostEvent) {
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
    fn due(&self, address: u8, now: Instant) -> Option<Instant> {
        let since = *self.patience.get(&address)?;
        // A thread that waits for events although there are some has not been given a processor yet.
        let is_at_work = self.at_work || self.waiting > 0 && !self.events.is_empty();
        match now.saturating_duration_since(since) {
            waited if waited < PATIENCE => Some(since + PATIENCE),
            waited if waited < AT_WORK && is_at_work => Some(now + LOOK_AGAIN),
            _ => None,
        }
    }
}

fn ends_transfers(event: HostEvent) -> bool {
    matches!(event, HostEvent::Reset | HostEvent::Configured(_) | HostEvent::AltSetting { .. })
}

impl Mailbox {
    /// Which interfaces the device has with which endpoints, from when it is plugged in.
    pub(super) fn set_places(&self, places: BTreeSet<(u8, u8)>) {
        self.contents().places = places;
    }

    /// When an isochronous interval that waits for the program is to be looked at again.
    pub(super) fn due(&self, address: u8, now: Instant) -> Option<Instant> {
        self.contents().due(address, now)
    }

    pub(super) fn contents(&self) -> MutexGuard<'_, Contents> {
        lock(&self.contents)
    }

    /// By the bus: what the program's answer to a request is, which is told of the first time.
    pub(super) fn ask(&self, request: &Request<'_>) -> Answer {
        let mut contents = self.contents();
        match &mut contents.request {
            Some(asked) if asked.id == request.id => {
                let answer = asked.answer.take();
                if answer.is_some() {
                    contents.request = None;
                }
                answer.unwrap_or(Answer::Nak)
            }
            _ => {
                let (setup, data) = (*request.setup, request.data.to_vec());
                contents.request = Some(Asked { id: request.id, setup, data, answer: None, in_hand: false });
                contents.add(Event::Setup, &self.arrived);
                Answer::Nak
            }
        }
    }

    /// By the bus: an endpoint has nothing for the host. The program is told once, until it does something there.
    pub(super) fn want(&self, contents: &mut Contents, address: u8, interval: Option<Instant>) {
        if contents.told.insert(address) {
            contents.add(Event::Wanted(address, interval), &self.arrived);
        }
    }

    /// Adds an isochronous packet of the program's, if there is room. In one step, or the host asks for the same one twice.
    pub(super) fn send_packet(&self, address: u8, packet: &[u8]) -> bool {
        let mut contents = self.contents();
        self.want_no_more(&mut contents, address);
        contents.add_packet(address, packet)
    }

    pub(super) fn want_no_more(&self, contents: &mut Contents, address: u8) {
        contents.patience.remove(&address);
        if contents.told.remove(&address) {
            contents.events.retain(|event| !matches!(event, Event::Wanted(wanted, _) if *wanted == address));
            contents.taken();
        }
    }

    /// By the bus: what the host did. Transfers of the program's end if it is about their endpoints.
    pub(super) fn host(&self, event: HostEvent) {
        let mut contents = self.contents();
        match event {
            HostEvent::Reset | HostEvent::Configured(_) | HostEvent::AltSetting { .. } => {
                contents.end_transfers_of(event);
                contents.unseen += 1;
            }
            HostEvent::Unplugged => {
                contents.end_transfers(|_| true, Status::NoDevice);
                return;
            }
            HostEvent::Abandoned(id) => {
                if contents.request.as_ref().is_some_and(|asked| asked.id == id) {
                    contents.given_up = contents.request.take().is_some_and(|asked| asked.in_hand);
                    if !contents.given_up {
                        contents.events.retain(|event| !matches!(event, Event::Setup));
                        contents.taken();
                    }
                }
                return;
            }
            HostEvent::Halt { .. } | HostEvent::Opened | HostEvent::Closed => {}
        }
        contents.add(Event::Host(event), &self.arrived);
    }

    /// The next that happened, and how many events before it were lost; `None` if the time is up first, or at `until`. A request's
    /// data that are longer than `capacity` stay there: how long they are.
    pub fn next(
        &self,
        deadline: &mut Deadline,
        until: Option<Instant>,
        capacity: usize,
    ) -> std::result::Result<Option<(Happening, u64)>, (Error, usize)> {
        let mut contents = self.contents();
        contents.at_work = false;
        loop {
            if contents.closed {
                return Err((closed(), 0));
            }
            if let Some(event) = contents.events.front().copied() {
                let happening = contents.take(event, capacity)?;
                let lost = std::mem::take(&mut contents.lost);
                return Ok(Some((happening, lost)));
            }
            if deadline.is_over() || until.is_some_and(|until| until <= Instant::now()) {
                return Ok(None);
            }
            contents.waiting += 1;
            contents = sync::wait(&self.arrived, contents, [deadline.instant(), until].iter().flatten().min().copied());
            contents.waiting -= 1;
        }
    }

    /// Answers the request in hand. The bus has to look then.
    pub fn answer(&self, answer: Answer) -> Result<()> {
        let mut contents = self.contents();
        if std::mem::take(&mut contents.given_up) {
            return Err(Error::new(Status::Cancelled, "the host does not wait for the answer any more"));
        }
        match &mut contents.request {
            Some(asked) if asked.in_hand && asked.answer.is_none() => {
                let is_out = asked.setup.direction() == Direction::Out;
                if let (true, Answer::Data(data)) = (is_out, &answer) {
                    if !data.is_empty() {
                        let length = data.len();
                        let reason = format!(
                            "the request takes no data back, and there are {length} bytes of answer; pass none"
                        );
                        return Err(Error::invalid(reason));
                    }
                }
                asked.answer = Some(answer);
                Ok(())
            }
            _ => Err(Error::new(Status::NotFound, "there is no request to answer; usbx_virtual_next gives them")),
        }
    }

    pub fn answers_standard_requests(&self) -> bool {
        self.contents().answers_standard_requests
    }

    pub fn set_answers_standard_requests(&self, enable: bool) {
        self.contents().answers_standard_requests = enable;
    }

    /// To poll for reading: ready while there is an event. It lives as long as the mailbox.
    pub fn descriptor(&self) -> Result<RawDescriptor> {
        let mut contents = self.contents();
        if contents.ready.is_none() {
            let ready = sys::Event::new()?;
            if !contents.events.is_empty() || contents.closed {
                ready.set();
            }
            contents.ready = Some(ready);
        }
        let ready = contents.ready.as_ref();
        ready.ok_or_else(|| Error::new(Status::Internal, "the file descriptor was not kept"))?.as_raw_descriptor()
    }

    /// No call waits here any more.
    pub fn close(&self) {
        let mut contents = self.contents();
        contents.closed = true;
        contents.end_transfers(|_| true, Status::Closed);
        if let Some(ready) = &contents.ready {
            ready.set();
        }
        self.arrived.notify_all();
    }
}

impl Contents {
    fn take(&mut self, event: Event, capacity: usize) -> std::result::Result<Happening, (Error, usize)> {
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

fn closed() -> Error {
    Error::new(Status::Closed, "another thread closed the virtual device meanwhile")
}
