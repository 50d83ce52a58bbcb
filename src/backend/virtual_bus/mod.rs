//! Devices that live in this process: what a host controller and a hub are to real ones.

mod acquisition;
mod model;
mod plugged;
mod standard;
mod transfer;

pub use model::Model;
pub use plugged::Plugged;

use super::Handle;
use crate::descriptor::list;
use crate::error::{Error, Result, Status};
use crate::info::DeviceInfo;
use crate::sync::{lock, Mutex};
use crate::watch::{Change, Event, Events};
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

#[derive(Default)]
pub struct Bus {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By number from 1: "virtual/1" ...
    ports: BTreeMap<u8, Arc<Plugged>>,
    /// Who hears of what comes and goes.
    watches: Vec<Weak<Events>>,
}

impl State {
    fn tell(&mut self, event: Event, device: &Plugged) {
        self.watches.retain(|watch| watch.strong_count() > 0);
        let change = Change { event, info: device.info().clone() };
        self.watches.iter().filter_map(Weak::upgrade).for_each(|watch| watch.add(vec![change.clone()]));
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

impl Bus {
    /// Plugs a device into the first free port.
    pub fn plug(&self, model: Box<dyn Model>) -> Result<Arc<Plugged>> {
        let mut state = lock(&self.state);
        let free = (1..=u8::MAX).find(|port| !state.ports.contains_key(port));
        let port = free.ok_or_else(|| Error::new(Status::NoMem, "all 255 ports of the virtual bus are taken"))?;
        let device = Arc::new(Plugged::new(model, port)?);
        state.ports.insert(port, Arc::clone(&device));
        state.tell(Event::Arrived, &device);
        Ok(device)
    }

    /// Pulls a device out. It may be out already.
    pub fn unplug(&self, device: &Plugged) {
        let mut state = lock(&self.state);
        let before = state.ports.len();
        state.ports.retain(|_, plugged| !std::ptr::eq(&**plugged, device));
        device.unplug();
        if state.ports.len() < before {
            state.tell(Event::Left, device);
        }
    }

    /// Pulls every device out.
    pub fn clear(&self) {
        let plugged: Vec<_> = lock(&self.state).ports.values().map(Arc::clone).collect();
        plugged.iter().for_each(|device| self.unplug(device));
    }

    /// Tells a watch of the devices there are, and from now on of those that come and go.
    pub fn watch(&self, watch: &Arc<Events>) {
        let mut state = lock(&self.state);
        let arrival = |device: &Arc<Plugged>| Change { event: Event::Arrived, info: device.info().clone() };
        watch.add(state.ports.values().map(arrival).collect());
        state.watches.push(Arc::downgrade(watch));
    }

    pub fn devices(&self) -> Vec<DeviceInfo> {
        lock(&self.state).ports.values().map(|device| device.info().clone()).collect()
    }

    /// The descriptors of the device at a path, if there is one.
    pub fn descriptors(&self, path: &str) -> Option<Vec<u8>> {
        let device = lock(&self.state).ports.values().find(|device| device.info().path == path).map(Arc::clone);
        device.map(|device| device.descriptors())
    }

    pub fn open(&self, info: &DeviceInfo) -> Result<Arc<dyn Handle>> {
        let device = lock(&self.state).ports.values().find(|device| device.info() == info).map(Arc::clone);
        Ok(Arc::new(device.ok_or_else(Error::no_device)?.open()))
    }
}
