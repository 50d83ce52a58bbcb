//! What a user's program and the bus leave for each other: events, the control request in hand, and the program's transfers.

use super::super::model::{Answer, HostEvent, Request};
use super::contents::{Asked, Contents, Event, Happening};
use crate::error::{Error, Result, Status};
use crate::sync::{self, lock, Condvar, Mutex, MutexGuard};
use crate::sys::{self, Deadline, RawDescriptor};
use crate::usb::Direction;
use std::collections::BTreeSet;
use std::time::Instant;

#[derive(Default)]
pub struct Mailbox {
    contents: Mutex<Contents>,
    /// Notified when there is an event, if a thread waits.
    arrived: Condvar,
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
        let mut waited = false;
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
                // A thread that waited here looks after something else now, and comes back.
                contents.at_work = waited;
                return Ok(None);
            }
            waited = true;
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

fn closed() -> Error {
    Error::new(Status::Closed, "another thread closed the virtual device meanwhile")
}
