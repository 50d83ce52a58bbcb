//! Watches: devices that come and go, of both buses, as one list of events. There is no thread: whoever waits fetches what the
//! kernel has to tell, and what is not fetched yet waits in the kernel.

use crate::arrivals::closed;
use crate::backend::libusb::Hotplug;
use crate::backend::Readiness;
use crate::error::Result;
use crate::info::DeviceInfo;
use crate::poll::{Event as Signal, PollSet};
use crate::sync::{self, lock, Condvar, Mutex};
use crate::wait::{Deadline, Wait};
use std::collections::VecDeque;
use std::os::unix::io::{AsRawFd, RawFd};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Arrived,
    Left,
}

/// Something happened to a device.
#[derive(Clone, Debug)]
pub struct Change {
    pub event: Event,
    pub info: DeviceInfo,
}

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
    events: Arc<Events>,
    /// `None` once it is closed, as below.
    hotplug: Mutex<Option<Hotplug>>,
    /// Ready if there are events, or the kernel has something to tell.
    poll: Mutex<Option<Arc<PollSet>>>,
    /// Somebody left who close waits for.
    left: Condvar,
}

/// What has happened and was not told yet.
pub struct Events {
    filter: Filter,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    list: VecDeque<Change>,
    closed: bool,
    /// Calls inside; close waits for them.
    calls: usize,
    /// Ready while the list has something, or the watch is closed. `None` once that is over.
    ready: Option<Signal>,
    is_ready: bool,
}

impl Watch {
    /// Begins with the devices of this computer's bus.
    pub fn open(filter: Filter) -> Result<Arc<Watch>> {
        let mut hotplug = Hotplug::open()?;
        let (poll, ready) = (PollSet::new()?, Signal::new()?);
        poll.add(&ready, Readiness::Read, 0)?;
        let (read, exceptional) = hotplug.descriptors();
        read.into_iter().try_for_each(|descriptor| poll.add(descriptor, Readiness::Read, 0))?;
        // A system whose list of mounts cannot be polled has no news there.
        exceptional.map(|descriptor| poll.add(descriptor, Readiness::Exceptional, 0));
        let state = State { ready: Some(ready), ..State::default() };
        let events = Arc::new(Events { filter, state: Mutex::new(state) });
        events.add(hotplug.begin()?);
        let (hotplug, poll) = (Mutex::new(Some(hotplug)), Mutex::new(Some(Arc::new(poll))));
        Ok(Arc::new(Watch { events, hotplug, poll, left: Condvar::new() }))
    }

    /// Where a bus adds what happens.
    pub fn events(&self) -> &Arc<Events> {
        &self.events
    }

    fn enter(&self) -> Result<Inside<'_>> {
        let mut state = lock(&self.events.state);
        if state.closed {
            return Err(closed());
        }
        state.calls += 1;
        Ok(Inside(self))
    }

    /// The next event; `None` if the time is up first.
    pub fn next(&self, wait: Wait) -> Result<Option<Change>> {
        let _inside = self.enter()?;
        let mut deadline = Deadline::new(wait);
        loop {
            // In this order: what the kernel tells now came after what is in the list.
            if let Some(change) = self.events.take()? {
                return Ok(Some(change));
            }
            self.pump()?;
            if let Some(change) = self.events.take()? {
                return Ok(Some(change));
            }
            if deadline.is_over() {
                return Ok(None);
            }
            self.sleep(&mut deadline)?;
        }
    }

    /// Fetches what the kernel has to tell.
    fn pump(&self) -> Result<()> {
        let mut hotplug = lock(&self.hotplug);
        let hotplug = hotplug.as_mut().ok_or_else(closed)?;
        // With the lock, so that events of two threads stay in their order.
        let mut changes = Vec::new();
        let pumped = hotplug.pump(&mut changes);
        self.events.add(changes);
        pumped
    }

    fn sleep(&self, deadline: &mut Deadline) -> Result<()> {
        let poll = lock(&self.poll).clone().ok_or_else(closed)?;
        poll.wait(deadline.left()).map(|_| ())
    }

    /// To poll for reading: ready when `next` has something to do. It lives as long as the watch.
    pub fn descriptor(&self) -> Result<RawFd> {
        lock(&self.poll).as_ref().map(|poll| poll.as_raw_fd()).ok_or_else(closed)
    }

    /// Ends every call. When it returns, nothing of the watch is left.
    pub fn close(&self) {
        let mut state = lock(&self.events.state);
        state.closed = true;
        state.list.clear();
        state.signal();
        while state.calls > 0 {
            state = sync::wait(&self.left, state, None);
        }
        state.ready = None;
        drop(state);
        *lock(&self.poll) = None;
        *lock(&self.hotplug) = None;
    }
}

/// A call that close waits for.
struct Inside<'a>(&'a Watch);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.events.state);
        state.calls -= 1;
        if state.closed {
            self.0.left.notify_all();
        }
    }
}

impl Events {
    pub fn add(&self, changes: Vec<Change>) {
        let mut state = lock(&self.state);
        if !state.closed {
            state.list.extend(changes.into_iter().filter(|change| self.filter.passes(&change.info)));
            state.signal();
        }
    }

    fn take(&self) -> Result<Option<Change>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(closed());
        }
        let change = state.list.pop_front();
        state.signal();
        Ok(change)
    }
}

impl State {
    /// Makes the descriptor say what is the case.
    fn signal(&mut self) {
        let wanted = self.closed || !self.list.is_empty();
        let Some(ready) = self.ready.as_ref().filter(|_| wanted != self.is_ready) else { return };
        if wanted {
            ready.set();
        } else {
            ready.clear();
        }
        self.is_ready = wanted;
    }
}
