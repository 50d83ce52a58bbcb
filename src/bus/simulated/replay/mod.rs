//! A recorded device plays again. Each endpoint has its own order; what the host does is compared with what was recorded.

#[cfg(all(any(test, fuzzing), unix))]
mod any_host;
mod clock;
mod device;
mod endpoint;
mod isochronous;
mod options;
mod requests;
mod script;
mod stream;
#[cfg(test)]
mod tests;
mod words;

#[cfg(all(any(test, fuzzing), unix))]
pub use any_host::play;
pub use device::device;
pub use options::split_list;

use super::model::{Answer, Departure, Finished, HostEvent, Model, Request, WholeTransfer};
use super::recording::{Outcome, RecordedDevice, Urb};
use super::replay_statistics::ReplayStatistics;
use crate::error::Status;
use crate::usb::Endpoint;
use clock::Clock;
use options::{Match, Options};
use script::Script;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For so long data of an IN endpoint wait for the requests and OUT transfers that came before them in the recording. A host that does
/// something else gets them then.
const PATIENCE: Duration = Duration::from_secs(1);

pub struct Replay {
    /// The recording's name, for messages.
    file: Arc<str>,
    options: Options,
    /// By endpoint address; 0 has the requests that are no standard ones.
    scripts: BTreeMap<u8, Script>,
    /// What each endpoint is at.
    current: BTreeMap<u8, usize>,
    /// The request in hand: the bus's number, and which one it is.
    request: Option<(u64, usize)>,
    /// How many bytes of the transfer that an IN endpoint is at are given already, or packets.
    offsets: BTreeMap<u8, usize>,
    /// When what an endpoint waits for will have come.
    waiting: BTreeMap<u8, Instant>,
    clock: Clock,
    /// What each IN endpoint is at, and since when the host has wanted it.
    wanted: BTreeMap<u8, (usize, Instant)>,
    /// When the host last got what was recorded.
    progress: Option<Instant>,
    /// The last frame of a request or an OUT transfer that has been played.
    reached: u64,
    /// Nothing waits any more for what was recorded before this frame.
    passed: u64,
    /// What went wrong last at each endpoint.
    explanations: BTreeMap<u8, String>,
    /// The device leaves.
    leaves: bool,
    statistics: Arc<ReplayStatistics>,
    /// The last transfer that came to something: its endpoint, and which one it is there.
    last: Option<(u8, usize)>,
    /// The devices that come in its place.
    next: Vec<RecordedDevice>,
}

impl Replay {
    /// Nobody else gets this one.
    fn take(&mut self, endpoint: u8, at: usize) {
        if self.script(endpoint).take(at) {
            self.statistics.taken();
        }
    }

    /// It was not moved after all.
    fn give_back(&mut self, endpoint: u8, at: usize) {
        if self.script(endpoint).give_back(at) {
            self.statistics.given_back();
        }
    }

    fn script(&mut self, endpoint: u8) -> &mut Script {
        self.scripts.entry(endpoint).or_default()
    }

    /// The host departs from the recording, or there is no more.
    fn departs(&mut self, endpoint: u8, frame: Option<u64>, what: String) -> Result<(), Status> {
        self.statistics.departed(frame.unwrap_or(0), &what);
        self.explanations.insert(endpoint, what);
        Err(Status::Other)
    }

    /// How a transfer ends that ended so in the recording; `None` if the host waited for it in vain.
    fn ending(&mut self, endpoint: u8, at: usize) -> Finished {
        let urb = self.script(endpoint).urb(at);
        let (frame, outcome, is_cut) = (urb.frame, urb.outcome, urb.is_cut());
        let (has, had) = (urb.data.len(), urb.actual);
        let is_in = endpoint & 0x80 != 0 || urb.setup.is_some_and(|setup| setup.request_type & 0x80 != 0);
        Some(match outcome {
            _ if is_in && is_cut && outcome != Outcome::Unknown => {
                let what = format!(
                    "{}, frame {frame}, has {has} of the {had} bytes that came: the capture cut them off; record it with a larger \
                     snap length",
                    self.file
                );
                self.departs(endpoint, Some(frame), what)
            }
            Outcome::Done => Ok(()),
            Outcome::Stalled => Err(Status::Pipe),
            Outcome::Overflow => Err(Status::Overflow),
            Outcome::Failed => Err(Status::Io),
            Outcome::Cancelled => return None,
            Outcome::Gone => {
                self.leaves = true;
                Err(Status::NoDevice)
            }
            Outcome::Unknown => {
                let why = match urb.completion {
                    Some(end) => format!("its completion, frame {end}, has no status"),
                    None => "its completion was not recorded".to_owned(),
                };
                let what = format!("{} does not say how frame {frame} ended: {why}", self.file);
                self.departs(endpoint, Some(frame), what)
            }
        })
    }

    /// Until when the end of a transfer is held back: by the recorded time, or by steps of the host that came before.
    fn held_back(&mut self, endpoint: u8, at: usize, now: Instant) -> bool {
        let urb = self.script(endpoint).urb(at);
        if urb.outcome == Outcome::Cancelled && urb.received().is_empty() {
            return false;
        }
        // When the host gave up, what had come was there already.
        let (completion, completed) = (urb.completion, urb.completed.filter(|_| urb.outcome != Outcome::Cancelled));
        let by_time = completed.filter(|_| self.options.recorded_timing).and_then(|time| self.clock.at(time));
        let since = match self.wanted.get(&endpoint) {
            Some((wanted, since)) if *wanted == at => *since,
            _ => now,
        };
        self.wanted.insert(endpoint, (at, since));
        let is_in = endpoint & 0x80 != 0;
        let by_host = completion.filter(|_| is_in).and_then(|frame| self.waits_for_host(frame, since, now));
        let until = by_time.max(by_host).filter(|until| *until > now);
        match until {
            Some(until) => self.waiting.insert(endpoint, until),
            None => self.waiting.remove(&endpoint),
        };
        until.is_some()
    }

    /// A device's data are often the answer to a command. They wait until the host has given it, or has given up doing so.
    fn waits_for_host(&mut self, frame: u64, since: Instant, now: Instant) -> Option<Instant> {
        let passed = self.passed;
        let comes_first = |urb: &Urb| {
            let end = urb.completion.unwrap_or(urb.frame);
            matches!(urb.outcome, Outcome::Done | Outcome::Stalled) && end < frame && end > passed
        };
        let steps = self.scripts.iter().filter(|(endpoint, _)| **endpoint & 0x80 == 0);
        let waits = steps.filter_map(|(_, script)| Some(script.urb(script.next()?))).any(comes_first);
        let until = self.progress.map_or(since, |progress| progress.max(since)) + PATIENCE;
        if waits && until <= now {
            self.passed = frame;
        }
        Some(until).filter(|until| waits && *until > now)
    }

    /// The host has made a step: it has got what was recorded.
    fn step(&mut self, endpoint: u8, at: usize, now: Instant) {
        let frame = self.script(endpoint).urb(at).frame;
        if endpoint & 0x80 == 0 {
            self.reached = self.reached.max(frame);
        }
        self.progress = Some(now);
    }

    /// A transfer that the host gave up, when it has done since what it did afterwards.
    fn is_over(&self, urb: &Urb) -> bool {
        script::is_wait(urb) && urb.completion.unwrap_or(urb.frame) < self.reached
    }

    /// The last transfer that came to something has been played, and nothing is going on.
    fn is_finished(&self) -> bool {
        let is_played = |(endpoint, at): (u8, usize)| self.scripts[&endpoint].is_taken(at);
        self.current.is_empty() && self.request.is_none() && self.last.map_or(true, is_played)
    }
}

impl Model for Replay {
    fn host(&mut self, event: HostEvent) {
        if let HostEvent::Abandoned(id) = event {
            if let Some((_, at)) = self.request.filter(|(number, _)| *number == id) {
                self.request = None;
                if self.script(0).urb(at).outcome != Outcome::Cancelled {
                    self.give_back(0, at);
                }
            }
        }
    }

    fn control(&mut self, request: &Request<'_>, now: Instant) -> Answer {
        self.answer(request, now)
    }

    fn send(&mut self, _: &Endpoint, _: &mut [u8], _: Instant) -> Option<usize> {
        None
    }

    fn receive(&mut self, _: &Endpoint, _: &[u8]) -> bool {
        false
    }

    fn moves_transfers(&self) -> bool {
        true
    }

    fn advance(&mut self, transfer: &mut WholeTransfer<'_>, now: Instant) -> Finished {
        let is_in = transfer.endpoint & 0x80 != 0;
        let finished = match self.options.matching {
            _ if transfer.packets.is_some() => self.packets(transfer, now),
            Match::Loose if is_in => self.stream(transfer, now),
            Match::Loose => self.sink(transfer, now),
            _ => self.ordered(transfer, now),
        };
        if let Some(result) = finished {
            self.waiting.remove(&transfer.endpoint);
            if result != Err(Status::Other) {
                self.statistics.played();
            }
            self.progress = Some(now).filter(|_| result.is_ok()).or(self.progress);
        }
        finished
    }

    fn gave_up(&mut self, endpoint: u8) {
        let is_held_back = self.waiting.remove(&endpoint).is_some();
        if self.offsets.contains_key(&endpoint) {
            // Some of it is the host's already; the rest goes to its next transfer.
            return;
        }
        let current = self.current.remove(&endpoint);
        let is_loose = self.options.matching == Match::Loose;
        let script = self.script(endpoint);
        match (current, script.next()) {
            // As it was; but what has not come yet comes to the next one.
            (Some(at), _) if script.urb(at).outcome == Outcome::Cancelled && !is_held_back && !is_loose => {}
            (Some(at), _) => self.give_back(endpoint, at),
            // One that was behind another was given up in the recording, too.
            (None, Some(at)) if script::is_wait(script.urb(at)) && !is_loose => self.take(endpoint, at),
            _ => {}
        }
    }

    fn explanation(&self, endpoint: u8) -> Option<String> {
        self.explanations.get(&endpoint).cloned()
    }

    fn due(&self, endpoint: u8, _: Instant) -> Option<Instant> {
        self.waiting.get(&endpoint).copied()
    }

    fn replay_statistics(&self) -> Option<Arc<ReplayStatistics>> {
        Some(Arc::clone(&self.statistics))
    }

    fn departure(&mut self) -> Option<Departure> {
        // A device that comes back as another has been told to by then.
        self.leaves |= !self.next.is_empty() && self.is_finished();
        if !std::mem::take(&mut self.leaves) {
            return None;
        }
        let devices = std::mem::take(&mut self.next);
        Some(Departure { next: device::chain(&self.file, &self.options, devices, &self.statistics).ok() })
    }
}
