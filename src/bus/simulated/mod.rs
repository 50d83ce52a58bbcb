//! Devices that are programs in this process: what a host controller and a hub are to real ones.

mod acquisition;
mod handle;
mod hotplug;
mod model;
mod plugged;
mod queues;
mod standard;
mod state;
mod transfer;

pub use model::Model;
pub use plugged::Plugged;

use super::{Bus, Change, Event, Handle, Hotplug};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::text::list;
use crate::usb::DeviceInfo;
use handle::SimulatedHandle;
use hotplug::{News, SimulatedHotplug};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

#[derive(Default)]
pub struct SimulatedBus {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By number from 1: "virtual/1" ...
    ports: BTreeMap<u8, Arc<Plugged>>,
    /// Who hears of devices that come and go.
    watches: Vec<Weak<News>>,
}

impl State {
    fn report(&mut self, event: Event, device: &Plugged) {
        self.watches.retain(|watch| watch.strong_count() > 0);
        let change = Change { event, info: DeviceInfo::clone(device.info()) };
        self.watches.iter().filter_map(Weak::upgrade).for_each(|watch| watch.add(change.clone()));
    }
}

const MODELS: [&str; 1] = ["acquisition"];

/// A new device of a built-in model.
pub fn built_in(model: &str, serial: &str) -> Result<Box<dyn Model>> {
    match model {
        "acquisition" => Ok(Box::new(acquisition::Acquisition::new(serial)?)),
        _ => {
            let there = list(MODELS.iter().map(|name| format!("\"{name}\"")));
            let reason = format!("there is no model \"{model}\"; the models are: {there}");
            Err(Error::new(Status::NotFound, reason))
        }
    }
}

impl SimulatedBus {
    /// Plugs a device into the first free port.
    pub fn plug(&self, model: Box<dyn Model>) -> Result<Arc<Plugged>> {
        let mut state = lock(&self.state);
        let free = (1..=u8::MAX).find(|port| !state.ports.contains_key(port));
        let port = free.ok_or_else(|| Error::new(Status::NoMem, "all 255 ports of the simulated bus are taken"))?;
        let device = Arc::new(Plugged::new(model, port)?);
        state.ports.insert(port, Arc::clone(&device));
        state.report(Event::Arrived, &device);
        Ok(device)
    }

    /// Pulls a device out. It may be out already.
    pub fn unplug(&self, device: &Plugged) {
        let mut state = lock(&self.state);
        let before = state.ports.len();
        state.ports.retain(|_, plugged| !std::ptr::eq(&**plugged, device));
        device.unplug();
        if state.ports.len() < before {
            state.report(Event::Left, device);
        }
    }

    /// Pulls every device out.
    pub fn clear(&self) {
        let plugged: Vec<_> = lock(&self.state).ports.values().map(Arc::clone).collect();
        plugged.iter().for_each(|device| self.unplug(device));
    }

    fn find(&self, is_wanted: impl Fn(&DeviceInfo) -> bool) -> Option<Arc<Plugged>> {
        lock(&self.state).ports.values().find(|device| is_wanted(device.info())).map(Arc::clone)
    }
}

impl Bus for SimulatedBus {
    fn devices(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Vec<Arc<DeviceInfo>>> {
        let state = lock(&self.state);
        Ok(state.ports.values().map(|device| device.info()).filter(|info| is_wanted(info)).map(Arc::clone).collect())
    }

    fn first(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Option<Arc<DeviceInfo>>> {
        Ok(self.find(is_wanted).map(|device| Arc::clone(device.info())))
    }

    fn open(&self, info: &Arc<DeviceInfo>) -> Result<Arc<dyn Handle>> {
        let device = self.find(|plugged| *plugged == **info).ok_or_else(Error::no_device)?;
        Ok(Arc::new(SimulatedHandle::new(device)))
    }

    fn descriptors(&self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.find(|plugged| plugged.path == path).map(|device| device.descriptors()))
    }

    fn watch(&self) -> Result<Box<dyn Hotplug>> {
        let mut state = lock(&self.state);
        let there = state.ports.values().map(|device| DeviceInfo::clone(device.info())).collect();
        let (hotplug, news) = SimulatedHotplug::new(there)?;
        state.watches.push(news);
        Ok(Box::new(hotplug))
    }

    fn why_not(&self) -> Option<String> {
        None
    }
}
