//! Simulated devices that come and go, for one watch.

use crate::bus::{Change, Event, Hotplug};
use crate::error::Result;
use crate::sync::{lock, Mutex};
use crate::sys::{self, BorrowedDescriptor, Pollable, Readiness};
use crate::usb::DeviceInfo;
use std::sync::{Arc, Weak};

/// What has happened since the watch last asked.
pub(super) struct News {
    changes: Mutex<Vec<Change>>,
    /// Ready while there is something.
    ready: sys::Event,
}

impl News {
    pub fn add(&self, change: Change) {
        let mut changes = lock(&self.changes);
        changes.push(change);
        self.ready.set();
    }
}

pub(super) struct SimulatedHotplug {
    there: Vec<DeviceInfo>,
    news: Arc<News>,
}

impl SimulatedHotplug {
    /// With the devices there are, in path order, and where the bus reports what happens from then on.
    pub fn new(there: Vec<DeviceInfo>) -> Result<(SimulatedHotplug, Weak<News>)> {
        let news = Arc::new(News { changes: Mutex::default(), ready: sys::Event::new()? });
        let weak = Arc::downgrade(&news);
        Ok((SimulatedHotplug { there, news }, weak))
    }
}

impl Hotplug for SimulatedHotplug {
    fn descriptors(&self) -> Vec<(BorrowedDescriptor<'_>, Readiness)> {
        vec![(self.news.ready.as_fd(), Readiness::Read)]
    }

    fn begin(&mut self) -> Result<Vec<Change>> {
        let there = std::mem::take(&mut self.there);
        Ok(there.into_iter().map(|info| Change { event: Event::Arrived, info }).collect())
    }

    fn pump(&mut self, changes: &mut Vec<Change>) -> Result<()> {
        let mut news = lock(&self.news.changes);
        if !news.is_empty() {
            self.news.ready.clear();
            changes.append(&mut news);
        }
        Ok(())
    }
}
