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
use crate::sync::lock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// The ports, by number from 1: "virtual/1" ...
#[derive(Default)]
pub struct Bus {
    ports: Mutex<BTreeMap<u8, Arc<Plugged>>>,
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
        let mut ports = lock(&self.ports);
        let free = (1..=u8::MAX).find(|port| !ports.contains_key(port));
        let port = free.ok_or_else(|| Error::new(Status::NoMem, "all 255 ports of the virtual bus are taken"))?;
        let device = Arc::new(Plugged::new(model, port)?);
        ports.insert(port, Arc::clone(&device));
        Ok(device)
    }

    /// Pulls a device out. It may be out already.
    pub fn unplug(&self, device: &Plugged) {
        lock(&self.ports).retain(|_, plugged| !std::ptr::eq(&**plugged, device));
        device.unplug();
    }

    /// Pulls every device out.
    pub fn clear(&self) {
        for device in std::mem::take(&mut *lock(&self.ports)).values() {
            device.unplug();
        }
    }

    pub fn devices(&self) -> Vec<DeviceInfo> {
        lock(&self.ports).values().map(|device| device.info().clone()).collect()
    }

    pub fn open(&self, info: &DeviceInfo) -> Result<Arc<dyn Handle>> {
        let device = lock(&self.ports).values().find(|device| device.info() == info).map(Arc::clone);
        Ok(Arc::new(device.ok_or_else(Error::no_device)?.open()))
    }
}
