//! A simulated device in its port.

use super::model::Model;
use super::state::State;
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Condvar, Mutex, MutexGuard};
use crate::usb::string::text;
use crate::usb::{Backend, DeviceInfo, Speed};
use std::sync::Arc;
use std::time::Instant;

pub struct Plugged {
    info: Arc<DeviceInfo>,
    state: Mutex<State>,
    /// Notified when a transfer completes, if a thread waits.
    pub(super) progress: Condvar,
}

impl Plugged {
    pub fn new(model: Box<dyn Model>, port: u8) -> Result<Plugged> {
        let mut info = DeviceInfo {
            address: port,
            speed: Speed::High,
            backend: Backend::Virtual,
            path: format!("virtual/{port}"),
            ..DeviceInfo::default()
        };
        let descriptor = model.device_descriptor();
        // By the rule that holds for the strings of every bus.
        let units = |at: usize| model.string(descriptor[at]).unwrap_or("").encode_utf16().collect::<Vec<u16>>();
        let string = |at: usize| text(&units(at));
        (info.manufacturer, info.product, info.serial) = (string(14), string(15), string(16));
        info.describe(&descriptor)
            .ok_or_else(|| Error::new(Status::Internal, "the model's device descriptor is not valid"))?;
        let state = State::new(model, info.speed)?;
        Ok(Plugged { info: Arc::new(info), state: Mutex::new(state), progress: Condvar::new() })
    }

    pub fn info(&self) -> &Arc<DeviceInfo> {
        &self.info
    }

    /// The device descriptor and the configuration with all that follows it.
    pub fn descriptors(&self) -> Vec<u8> {
        let state = lock(&self.state);
        [&state.model.device_descriptor()[..], &state.configuration].concat()
    }

    /// Ends everything, for good.
    pub fn unplug(&self) {
        let mut state = lock(&self.state);
        // What time alone has moved by now has come before.
        state.service(Instant::now());
        state.unplugged = true;
        state.queues.complete_all(Status::NoDevice);
        self.progress.notify_all();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
