//! Devices that are programs in this process: what a host controller and a hub are to real ones.

mod acquisition;
mod description;
mod fault;
mod handle;
mod hotplug;
mod model;
mod plugged;
mod ports;
mod queues;
pub mod recording;
mod replay;
mod replay_statistics;
mod settings;
mod state;
mod transfer;
mod user;

pub use description::Description;
pub use fault::{Fault, FaultKind};
#[cfg(any(test, fuzzing))]
pub use model::Request;
pub use model::{Answer, HostEvent, Model};
pub use plugged::Plugged;
#[cfg(all(any(test, fuzzing), unix))]
pub use replay::play;
pub use replay::split_list;
pub use replay_statistics::{Progress, ReplayStatistics};
pub use user::{send_packets, take_packet, transfer, Happening, Mailbox, UserModel};

use super::{Bus, Handle, Hotplug};
use crate::error::{Error, Result, Status};
use crate::text::list;
use crate::usb::DeviceInfo;
use handle::SimulatedHandle;
use hotplug::SimulatedHotplug;
use ports::Ports;
use std::sync::Arc;

/// Cloned, it is the same bus.
#[derive(Clone)]
pub struct SimulatedBus {
    ports: Arc<Ports>,
}

impl Default for SimulatedBus {
    fn default() -> SimulatedBus {
        SimulatedBus { ports: Ports::new() }
    }
}

const MODELS: [&str; 2] = ["acquisition", "replay:FILE"];

/// A new device of a built-in model.
pub fn built_in(model: &str, serial: &str) -> Result<(Description, Box<dyn Model>)> {
    if let Some(recording) = model.strip_prefix("replay:") {
        return replay::device(recording, serial);
    }
    match model {
        "acquisition" => acquisition::device(serial),
        _ => {
            let there = list(MODELS.iter().map(|name| format!("\"{name}\"")));
            let reason = format!("there is no model \"{model}\"; the models are: {there}");
            Err(Error::new(Status::NotFound, reason))
        }
    }
}

impl SimulatedBus {
    /// Plugs a device into the first free port. The owner's number finds it again.
    pub fn plug(
        &self,
        description: Description,
        model: Box<dyn Model>,
        owner: u64,
        faults: &[(u8, Fault)],
    ) -> Result<Arc<Plugged>> {
        self.ports.plug(description, model, owner, faults)
    }

    /// What an owner has plugged in, or what came in its place.
    pub fn of_owner(&self, owner: u64) -> Option<Arc<Plugged>> {
        self.ports.of_owner(owner)
    }

    /// Pulls a device out. It may be out already.
    pub fn unplug(&self, device: &Plugged) {
        device.unplug();
        self.ports.remove(device);
    }

    /// Pulls every device out.
    pub fn clear(&self) {
        self.ports.all().iter().for_each(|device| self.unplug(device));
    }
}

impl Bus for SimulatedBus {
    fn devices(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Vec<Arc<DeviceInfo>>> {
        let plugged = self.ports.all();
        Ok(plugged.iter().map(|device| device.info()).filter(|info| is_wanted(info)).map(Arc::clone).collect())
    }

    fn device(&self, path: &str) -> Result<Option<Arc<DeviceInfo>>> {
        Ok(self.ports.at(path).map(|device| Arc::clone(device.info())))
    }

    fn list_number(&self) -> Option<u64> {
        self.ports.is_empty().then_some(0)
    }

    fn open(&self, info: &Arc<DeviceInfo>) -> Result<Arc<dyn Handle>> {
        let found = self.ports.at(&info.path).filter(|device| device.info() == info);
        Ok(Arc::new(SimulatedHandle::new(found.ok_or_else(Error::no_device)?)))
    }

    fn descriptors(&self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(self.ports.at(path).map(|device| device.descriptors()))
    }

    fn watch(&self) -> Result<Box<dyn Hotplug>> {
        self.ports.watch(|there| {
            let (hotplug, news) = SimulatedHotplug::new(there)?;
            Ok((Box::new(hotplug) as Box<dyn Hotplug>, news))
        })
    }

    fn why_not(&self) -> Option<String> {
        None
    }
}
