//! A simulated device in its port.

use super::description::Description;
use super::fault::Fault;
use super::model::{Departure, Model};
use super::state::State;
use crate::bus::Wire;
use crate::sync::{lock, Condvar, Mutex, MutexGuard};
use crate::usb::{DeviceInfo, Endpoint};
use std::sync::{Arc, Weak};
use std::time::Instant;

pub struct Plugged {
    pub(super) wire: Arc<Wire>,
    /// Who put it in: the devices that follow each other in one port have the same.
    pub(super) owner: u64,
    state: Mutex<State>,
    /// Notified when anything moves, if a thread waits.
    pub(super) progress: Condvar,
    hub: Weak<dyn Hub>,
}

/// What a device is plugged into. It is told with the device's lock held.
pub(super) trait Hub: Send + Sync {
    fn departed(&self, device: &Plugged, departure: Departure);
}

impl Plugged {
    pub(super) fn new(
        description: Description,
        model: Box<dyn Model>,
        port: u16,
        owner: u64,
        hub: Weak<dyn Hub>,
    ) -> Plugged {
        let wire = Wire::new(description.info(port), description.bytes());
        let state = Mutex::new(State::new(description, model));
        Plugged { wire, owner, state, progress: Condvar::new(), hub }
    }

    pub fn info(&self) -> &Arc<DeviceInfo> {
        &self.wire.info
    }

    /// The device descriptor and the configurations with all that follows each.
    pub fn descriptors(&self) -> Vec<u8> {
        self.wire.descriptors.to_vec()
    }

    /// Ends everything, for good.
    pub(super) fn unplug(&self) {
        let mut state = lock(&self.state);
        // What time alone has moved by now has come before.
        state.service(Instant::now());
        state.unplug();
        self.progress.notify_all();
    }

    /// The model may have something for the host now.
    pub fn look(&self) {
        let mut state = lock(&self.state);
        let now = Instant::now();
        self.service(&mut state, now);
        self.tell(&state);
        state.arm(now);
    }

    /// When time alone will move something.
    pub fn due(&self) -> Option<Instant> {
        lock(&self.state).due(Instant::now())
    }

    /// By the device, until the host clears it.
    pub fn halt(&self, endpoint: u8) {
        let mut state = lock(&self.state);
        state.halt(endpoint, true);
        self.tell(&state);
    }

    /// As the host has set the device up.
    pub fn endpoint(&self, address: u8) -> Option<Endpoint> {
        lock(&self.state).settings.endpoint(address).cloned()
    }

    /// In whichever setting.
    pub fn has_endpoint(&self, address: u8) -> bool {
        !lock(&self.state).settings.description.endpoints(address).is_empty()
    }

    /// Adds a fault, or removes all of that endpoint.
    pub fn set_fault(&self, endpoint: u8, fault: Option<Fault>) {
        let mut state = lock(&self.state);
        match fault {
            Some(fault) => state.faults.add(endpoint, fault),
            None => state.faults.clear(endpoint),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Moves what can be moved, and tells everybody who waits for that.
    pub(super) fn service(&self, state: &mut State, now: Instant) {
        if state.service(now) {
            self.tell(state);
        }
        if let Some(departure) = state.departure.take() {
            self.tell(state);
            if let Some(hub) = self.hub.upgrade() {
                hub.departed(self, departure);
            }
        }
    }

    pub(super) fn tell(&self, state: &State) {
        if state.waiters > 0 {
            self.progress.notify_all();
        }
    }
}
