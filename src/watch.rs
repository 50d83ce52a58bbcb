//! Watches: devices that come and go, of every bus, as one list of events. There is no thread: the caller that waits fetches what the
//! buses have to report, and what is not fetched yet waits there.

use crate::bus::{Bus, Change, Hotplug};
use crate::completion::{closed, Gate, Inside};
use crate::error::Result;
use crate::sync::{lock, Mutex};
use crate::sys::{Deadline, Event as Signal, PollSet, RawDescriptor, Readiness, Wait};
use crate::usb::DeviceInfo;
use std::collections::VecDeque;
use std::sync::Arc;

/// Which devices a watch is about; 0 is any.
#[derive(Clone, Copy)]
pub struct Filter {
    pub vendor_id: u16,
    pub product_id: u16,
}

impl Filter {
    fn passes(&self, info: &DeviceInfo) -> bool {
        (self.vendor_id == 0 || self.vendor_id == info.vendor_id)
            && (self.product_id == 0 || self.product_id == info.product_id)
    }
}

pub struct Watch {
    filter: Filter,
    gate: Gate,
    state: Mutex<State>,
    /// Ready if there are events, or a bus has something to report. `None` once it is closed.
    poll: Mutex<Option<Arc<PollSet>>>,
}

#[derive(Default)]
struct State {
    /// What has happened and was not delivered yet.
    list: VecDeque<Change>,
    /// One for each bus; none once the watch is closed.
    buses: Vec<Box<dyn Hotplug>>,
    /// Ready while the list has something, or the watch is being closed. `None` once that is over.
    ready: Option<Signal>,
    is_ready: bool,
}

impl Watch {
    /// Begins with the devices that the buses have now, in the order of the buses.
    pub fn open(filter: Filter, buses: &[&dyn Bus]) -> Result<Arc<Watch>> {
        let (poll, ready) = (PollSet::new()?, Signal::new()?);
        poll.add(&ready, Readiness::Read, 0)?;
        let mut state = State { ready: Some(ready), ..State::default() };
        for bus in buses {
            let mut hotplug = bus.watch()?;
            for (descriptor, readiness) in hotplug.descriptors() {
                match poll.add(descriptor, readiness, 0) {
                    // A system whose list of mounts cannot be polled has no news there.
                    Err(_) if readiness == Readiness::Exceptional => {}
                    added => added?,
                }
            }
            state.add(&filter, hotplug.begin()?);
            state.buses.push(hotplug);
        }
        let poll = Mutex::new(Some(Arc::new(poll)));
        Ok(Arc::new(Watch { filter, gate: Gate::new(), state: Mutex::new(state), poll }))
    }

    fn enter(&self) -> Result<Inside<'_>> {
        self.gate.enter().ok_or_else(closed)
    }

    /// The next event; `None` if the time is up first.
    pub fn next(&self, wait: Wait) -> Result<Option<Change>> {
        let _inside = self.enter()?;
        let mut deadline = Deadline::new(wait);
        loop {
            if let Some(change) = self.take()? {
                return Ok(Some(change));
            }
            if deadline.is_over() {
                return Ok(None);
            }
            let poll = lock(&self.poll).clone().ok_or_else(closed)?;
            poll.wait(deadline.left())?;
        }
    }

    /// What is in the list first: what the buses report now came after it. Under one lock, so that events that two threads fetch stay in
    /// their order.
    fn take(&self) -> Result<Option<Change>> {
        let mut state = lock(&self.state);
        if self.gate.is_shut() {
            return Err(closed());
        }
        let state = &mut *state;
        let mut pumped = Ok(());
        if state.list.is_empty() {
            let mut changes = Vec::new();
            pumped = state.buses.iter_mut().try_for_each(|bus| bus.pump(&mut changes));
            state.add(&self.filter, changes);
        }
        let change = state.list.pop_front();
        state.signal(false);
        match change {
            Some(change) => Ok(Some(change)),
            None => pumped.map(|()| None),
        }
    }

    /// `next` has something to do when that set gives the key.
    #[cfg(not(loom))]
    pub fn be_polled_by(&self, set: &PollSet, key: u64) -> Result<()> {
        let poll = lock(&self.poll).clone().ok_or_else(closed)?;
        set.add(&*poll, Readiness::Read, key)
    }

    /// To poll for reading: ready when `next` has something to do. It lives as long as the watch.
    pub fn descriptor(&self) -> Result<RawDescriptor> {
        lock(&self.poll).as_ref().ok_or_else(closed)?.as_raw_descriptor()
    }

    /// Ends every call. When it returns, nothing of the watch is left.
    pub fn close(&self) {
        self.gate.shut();
        lock(&self.state).signal(true);
        self.gate.wait_until_empty();
        *lock(&self.poll) = None;
        *lock(&self.state) = State::default();
    }
}

impl State {
    fn add(&mut self, filter: &Filter, changes: Vec<Change>) {
        self.list.extend(changes.into_iter().filter(|change| filter.passes(&change.info)));
        self.signal(false);
    }

    /// Makes the file descriptor say whether there is something to do.
    fn signal(&mut self, closing: bool) {
        let wanted = closing || !self.list.is_empty();
        let Some(ready) = self.ready.as_ref().filter(|_| wanted != self.is_ready) else { return };
        if wanted {
            ready.set();
        } else {
            ready.clear();
        }
        self.is_ready = wanted;
    }
}
