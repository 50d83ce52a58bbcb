//! What one handle took from kernel drivers.

use super::detached::{Detached, Interfaces};
use super::driver_restorer::DriverRestorer;
use super::usbfs::{self, DriverName};
use crate::error::Result;
use crate::sync::{lock, Mutex};
use std::fs::File;
use std::io;
use std::sync::Arc;

pub struct KernelDrivers {
    node: Arc<File>,
    state: Mutex<State>,
}

struct State {
    detached: Detached,
    /// There is one from the first detached kernel driver on.
    restorer: Option<DriverRestorer>,
}

impl KernelDrivers {
    pub fn new(node: Arc<File>) -> KernelDrivers {
        KernelDrivers { node, state: Mutex::new(State { detached: Detached::none(), restorer: None }) }
    }

    /// Takes an interface from its driver. Which interfaces lost their driver by that: none, if none was bound.
    pub fn detach(&self, interface: u8, driver: &DriverName, function: &[u8]) -> Result<Vec<u8>> {
        let state = &mut *lock(&self.state);
        if state.restorer.is_none() {
            state.restorer = DriverRestorer::start(&self.node)?;
        }
        let held = self.held_by(driver);
        let function = function.iter().copied().filter(|other| held.has(*other)).collect();
        let before = state.detached;
        // First tell the restorer all that may come of this, so that the end of this process leaves no interface without its driver
        // at any moment.
        state.detached.note(held, held);
        state.tell();
        let disconnected = usbfs::disconnect(&self.node, interface);
        let lost = held.without(self.held_by(driver));
        state.detached = before;
        state.detached.note(lost, lost.and(function));
        state.tell();
        match disconnected {
            // A number that is beyond the set.
            Ok(()) if lost == Interfaces::default() => Ok(vec![interface]),
            Ok(()) => Ok(lost.iter().collect()),
            Err(error) if error.raw_os_error() == Some(libc::ENODATA) => Ok(Vec::new()),
            Err(error) => Err(usbfs::explain(&error)),
        }
    }

    pub fn attach(&self, interfaces: &[u8]) -> Result<()> {
        let state = &mut *lock(&self.state);
        let set = interfaces.iter().copied().collect();
        let mut result = state.detached.give_back(&self.node, set);
        for interface in interfaces.iter().filter(|interface| !set.has(**interface)) {
            result = result.and(usbfs::connect(&self.node, *interface).map(|_| ()));
        }
        state.detached.forget(set);
        state.tell();
        result.map_err(|error: io::Error| usbfs::explain(&error))
    }

    /// These are not given back.
    pub fn keep(&self, interfaces: &[u8]) {
        let state = &mut *lock(&self.state);
        state.detached.forget(interfaces.iter().copied().collect());
        state.tell();
    }

    /// Another configuration has other interfaces, to which the kernel has bound drivers.
    pub fn forget(&self) {
        let state = &mut *lock(&self.state);
        state.detached = Detached::none();
        state.tell();
    }

    fn held_by(&self, driver: &DriverName) -> Interfaces {
        let held = |interface: &u8| matches!(usbfs::driver(&self.node, *interface), Ok(Some(name)) if name == *driver);
        (0..Interfaces::NUMBERS).filter(held).collect()
    }
}

impl State {
    fn tell(&self) {
        self.restorer.iter().for_each(|restorer| restorer.tell(&self.detached));
    }
}
