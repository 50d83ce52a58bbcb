//! The ports of the simulated bus, and who hears of what comes and goes in them. Its lock is the last: nothing else is locked under it.

use super::description::Description;
use super::fault::Fault;
use super::hotplug::News;
use super::model::{Departure, Model};
use super::plugged::{Hub, Plugged};
use crate::bus::{Change, Event};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::usb::DeviceInfo;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

/// Buses of 127 addresses, as many as their number has room for.
const MOST: u16 = 255 * 127;

#[derive(Default)]
pub(super) struct Ports {
    state: Mutex<State>,
    this: Weak<Ports>,
}

#[derive(Default)]
struct State {
    /// By number from 1: "virtual/1" ...
    plugged: BTreeMap<u16, Arc<Plugged>>,
    /// The port of each owner's device.
    owners: BTreeMap<u64, u16>,
    /// No port below this is free.
    lowest: u16,
    /// Who hears of devices that come and go.
    watches: Vec<Weak<News>>,
}

impl State {
    fn report(&mut self, event: Event, device: &Plugged) {
        self.watches.retain(|watch| watch.strong_count() > 0);
        let change = Change { event, info: DeviceInfo::clone(device.info()) };
        self.watches.iter().filter_map(Weak::upgrade).for_each(|watch| watch.add(change.clone()));
    }

    fn remove(&mut self, port: u16) {
        if let Some(device) = self.plugged.remove(&port) {
            self.lowest = self.lowest.min(port);
            if self.owners.get(&device.owner) == Some(&port) {
                self.owners.remove(&device.owner);
            }
            self.report(Event::Left, &device);
        }
    }
}

impl Ports {
    pub fn new() -> Arc<Ports> {
        Arc::new_cyclic(|this| Ports { state: Mutex::default(), this: this.clone() })
    }

    /// Plugs a device into the first free port.
    pub fn plug(
        &self,
        description: Description,
        model: Box<dyn Model>,
        owner: u64,
        faults: &[(u8, Fault)],
    ) -> Result<Arc<Plugged>> {
        let mut state = lock(&self.state);
        let port = (state.lowest.max(1)..=MOST).find(|port| !state.plugged.contains_key(port));
        let reason = || Error::new(Status::NoMem, format!("all {MOST} ports of the simulated bus are taken"));
        let port = port.ok_or_else(reason)?;
        let hub: Weak<dyn Hub> = self.this.clone();
        let device = Arc::new(Plugged::new(description, model, port, owner, hub));
        faults.iter().for_each(|(endpoint, fault)| device.set_fault(*endpoint, Some(*fault)));
        state.lowest = port + 1;
        state.plugged.insert(port, Arc::clone(&device));
        state.owners.insert(owner, port);
        state.report(Event::Arrived, &device);
        Ok(device)
    }

    /// What one owner has plugged in.
    pub fn of_owner(&self, owner: u64) -> Option<Arc<Plugged>> {
        let state = lock(&self.state);
        state.plugged.get(state.owners.get(&owner)?).cloned()
    }

    /// Takes a device out of its port. It may be out already.
    pub fn remove(&self, device: &Plugged) {
        let mut state = lock(&self.state);
        let port = port(&device.info().path);
        if let Some(port) = port.filter(|port| state.plugged.get(port).is_some_and(|there| is_same(there, device))) {
            state.remove(port);
        }
    }

    pub fn at(&self, path: &str) -> Option<Arc<Plugged>> {
        lock(&self.state).plugged.get(&port(path)?).filter(|device| device.info().path == path).cloned()
    }

    pub fn all(&self) -> Vec<Arc<Plugged>> {
        lock(&self.state).plugged.values().cloned().collect()
    }

    pub fn is_empty(&self) -> bool {
        lock(&self.state).plugged.is_empty()
    }

    /// Adds a watch, which hears of everything that happens after what it is made with.
    pub fn watch<T>(&self, begin: impl FnOnce(Vec<DeviceInfo>) -> Result<(T, Weak<News>)>) -> Result<T> {
        let mut state = lock(&self.state);
        let there = state.plugged.values().map(|device| DeviceInfo::clone(device.info())).collect();
        let (made, news) = begin(there)?;
        state.watches.push(news);
        Ok(made)
    }
}

impl Hub for Ports {
    fn departed(&self, device: &Plugged, departure: Departure) {
        self.remove(device);
        if let Some((description, model)) = departure.next {
            // There is a free port: the one it left.
            let _ = self.plug(description, model, device.owner, &[]);
        }
    }
}

fn port(path: &str) -> Option<u16> {
    path.strip_prefix("virtual/")?.parse().ok()
}

fn is_same(there: &Arc<Plugged>, device: &Plugged) -> bool {
    std::ptr::eq(&**there, device)
}
