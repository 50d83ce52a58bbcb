//! Devices of other computers that come and go, for one watch. USB/IP tells nobody, so the hosts are asked again and again, by the calls that
//! look for events.

use super::address::Resolving;
use super::directory::{self, Listed};
use super::exchange::{Answer, Exchange, Question};
use super::known::{Breaks, Known};
use crate::bus::{Change, Event, Hotplug};
use crate::error::Result;
use crate::sys::{BorrowedDescriptor, PollSet, Pollable, Readiness, Timer};
use crate::usb::DeviceInfo;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct RemoteHotplug {
    hosts: Arc<Vec<Listed>>,
    known: Arc<Known>,
    patience: Duration,
    /// Ready when one of these is: the timer, what the hosts answer, links that broke.
    poll: PollSet,
    timer: Timer,
    breaks: Arc<Breaks>,
    places: Vec<Place>,
}

/// What one host has, as the watch was told.
#[derive(Default)]
struct Place {
    there: Vec<Arc<DeviceInfo>>,
    asking: Option<(Exchange, Instant)>,
    /// Its name, after it did not answer: one that was switched off may not have had one, or has another address now.
    resolving: Option<Resolving>,
}

impl Place {
    /// The next question. The resolver could keep the caller waiting, so its answer is taken when the one after that is due.
    fn ask(&mut self, listed: &Listed, deadline: Instant) {
        if self.asking.is_some() {
            return;
        }
        match self.resolving.as_ref().map(Resolving::take) {
            Some(None) => {}
            Some(Some(Ok(peers))) => {
                listed.found(peers);
                self.resolving = None;
            }
            Some(Some(Err(error))) => {
                listed.note(Some(error));
                self.resolving = listed.host.resolve();
            }
            None if listed.failure().is_some() => self.resolving = listed.host.resolve(),
            None => {}
        }
        let peers = listed.peers();
        if !peers.is_empty() {
            self.asking = Some((Exchange::new(&listed.host, peers, Question::Devices), deadline));
        }
    }
}

/// How often a host is asked.
const INTERVAL: Duration = Duration::from_secs(1);

const TIMER: u64 = u64::MAX;

impl RemoteHotplug {
    pub fn new(hosts: &Arc<Vec<Listed>>, known: &Arc<Known>, patience: Duration) -> Result<RemoteHotplug> {
        let (poll, timer, breaks) = (PollSet::new()?, Timer::new()?, Arc::new(Breaks::new()?));
        poll.add(&timer, Readiness::Read, TIMER)?;
        poll.add(&breaks.ready, Readiness::Read, TIMER)?;
        known.watch(&breaks);
        let places = hosts.iter().map(|_| Place::default()).collect();
        Ok(RemoteHotplug { hosts: Arc::clone(hosts), known: Arc::clone(known), patience, poll, timer, breaks, places })
    }

    /// Goes on with a host's answer.
    fn look(&mut self, at: usize, now: Instant, changes: &mut Vec<Change>) -> Result<()> {
        let Some((mut exchange, deadline)) = self.places[at].asking.take() else { return Ok(()) };
        let listed = &self.hosts[at];
        exchange.leave(&self.poll);
        let devices = match exchange.advance() {
            None if now < deadline => {
                exchange.poll(&self.poll, at as u64)?;
                self.places[at].asking = Some((exchange, deadline));
                return Ok(());
            }
            None => {
                listed.note(Some(exchange.too_late()));
                Vec::new()
            }
            Some(Ok(Answer::Devices(devices))) => {
                listed.note(None);
                directory::described(&listed.host, devices, &self.known)
            }
            Some(Ok(Answer::Imported(..))) => Vec::new(),
            Some(Err(error)) => {
                listed.note(Some(error));
                Vec::new()
            }
        };
        self.tell(at, devices, changes);
        Ok(())
    }

    fn tell(&mut self, at: usize, mut devices: Vec<Arc<DeviceInfo>>, changes: &mut Vec<Change>) {
        for own in self.known.open_at(&self.hosts[at].host.path("")) {
            if !devices.iter().any(|there| there.path == own.path) {
                devices.push(own);
            }
        }
        let before = std::mem::take(&mut self.places[at].there);
        let is_same = |a: &DeviceInfo, b: &DeviceInfo| {
            (&a.path, a.vendor_id, a.product_id, a.bus, a.address)
                == (&b.path, b.vendor_id, b.product_id, b.bus, b.address)
        };
        let told = |event, info: &DeviceInfo| Change { event, info: info.clone() };
        let left = before.iter().filter(|old| !devices.iter().any(|new| is_same(old, new)));
        changes.extend(left.map(|old| told(Event::Left, old)));
        let came = devices.iter().filter(|new| !before.iter().any(|old| is_same(old, new)));
        changes.extend(came.map(|new| told(Event::Arrived, new)));
        self.places[at].there = devices;
    }
}

impl Hotplug for RemoteHotplug {
    fn descriptors(&self) -> Vec<(BorrowedDescriptor<'_>, Readiness)> {
        vec![(self.poll.as_fd(), Readiness::Read)]
    }

    fn begin(&mut self) -> Result<Vec<Change>> {
        let now = Instant::now();
        let mut changes = Vec::new();
        let all = directory::devices(&self.hosts, &self.known, now + self.patience);
        for at in 0..self.places.len() {
            let of_host = self.hosts[at].host.path("");
            let devices = all.iter().filter(|info| info.path.starts_with(&of_host)).map(Arc::clone).collect();
            self.tell(at, devices, &mut changes);
        }
        let now = Instant::now();
        self.timer.set(Some(now + INTERVAL), now);
        Ok(changes)
    }

    fn pump(&mut self, changes: &mut Vec<Change>) -> Result<()> {
        for path in self.breaks.take() {
            for place in &mut self.places {
                if let Some(at) = place.there.iter().position(|there| there.path == path) {
                    let info = place.there.remove(at);
                    changes.push(Change { event: Event::Left, info: (*info).clone() });
                }
            }
        }
        let now = Instant::now();
        if self.timer.due.is_some_and(|due| due <= now) {
            self.timer.set(Some(now + INTERVAL), now);
            for (listed, place) in self.hosts.iter().zip(&mut self.places) {
                place.ask(listed, now + self.patience);
            }
        }
        (0..self.places.len()).try_for_each(|at| self.look(at, now, changes))
    }
}
