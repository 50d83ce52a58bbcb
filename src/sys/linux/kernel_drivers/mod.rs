//! What one handle took from kernel drivers.

#[forbid(unsafe_code)]
mod detached;
mod restorer;
mod restorer_memory;

use super::usbfs::{self, DriverName};
use crate::error::Result;
use crate::sync::{lock, Mutex};
use crate::sys::process_generation;
use arc_swap::ArcSwapOption;
use detached::{Detached, Interfaces};
pub use restorer::is_name as is_restorer;
use restorer::DriverRestorer;
use std::fs::File;
use std::io;
use std::sync::Arc;

pub struct KernelDrivers {
    /// Its bus and address.
    device: (u8, u8),
    process: u32,
    node: Arc<File>,
    state: Mutex<State>,
}

/// What handles, closed ones too, have given back while another handle held an interface of the same function: the driver binds when that is
/// released, too. Without a lock: a forked child would find it as another thread had it.
static WAITING: ArcSwapOption<Vec<Arc<KernelDrivers>>> = ArcSwapOption::const_empty();

/// An interface of that device has been released: drivers that have waited for it come back.
pub fn released(device: (u8, u8)) {
    own_waiting()
        .filter(|waiting| waiting.device == device || usbfs::is_disconnected(&waiting.node))
        .for_each(|waiting| waiting.try_again());
}

/// What waits for other programs is left to the restorers.
pub fn shutdown() {
    for waiting in own_waiting() {
        waiting.try_again();
        waiting.waits(false);
    }
}

fn own_waiting() -> impl Iterator<Item = Arc<KernelDrivers>> {
    let (list, process) = (WAITING.load_full(), process_generation());
    let of = |list: Arc<Vec<_>>| Vec::clone(&list);
    list.map(of).unwrap_or_default().into_iter().filter(move |waiting: &Arc<KernelDrivers>| waiting.process == process)
}

struct State {
    detached: Detached,
    /// There is one from the first detached kernel driver on.
    restorer: Option<DriverRestorer>,
}

impl KernelDrivers {
    pub fn new(device: (u8, u8), node: Arc<File>) -> Arc<KernelDrivers> {
        let state = Mutex::new(State { detached: Detached::none(), restorer: None });
        Arc::new(KernelDrivers { device, process: process_generation(), node, state })
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

    pub fn attach(self: &Arc<Self>, interfaces: &[u8]) -> Result<()> {
        let set: Interfaces = interfaces.iter().copied().collect();
        let mut result = self.attach_set(&mut lock(&self.state), set);
        for interface in interfaces.iter().filter(|interface| !set.has(**interface)) {
            result = result.and(usbfs::connect(&self.node, *interface).map(|_| ()));
        }
        result.map_err(|error: io::Error| usbfs::explain(&error))
    }

    fn try_again(self: &Arc<Self>) {
        let state = &mut *lock(&self.state);
        let waiting = state.detached.waiting;
        // The restorer may have given them back: another program's release is nothing that is told here.
        if Detached::are_driven(&self.node, waiting) {
            state.detached.forget(waiting);
            state.tell();
            self.waits(false);
        } else {
            let _ = self.attach_set(state, waiting);
        }
    }

    fn attach_set(self: &Arc<Self>, state: &mut State, set: Interfaces) -> io::Result<()> {
        let (mut result, mut kept_out) = state.detached.give_back_or_wait(&self.node, set);
        // `released` gives those back, or the restorer. A release from here on finds this; one before it did not.
        if !kept_out.is_empty() && self.waits(true) {
            (result, kept_out) = state.detached.give_back_or_wait(&self.node, set);
        }
        state.detached.forget(set.without(kept_out));
        state.detached.waiting = state.detached.waiting.and(kept_out);
        self.waits(!state.detached.waiting.is_empty());
        state.tell();
        result
    }

    /// Whether that is a change.
    fn waits(self: &Arc<Self>, waits: bool) -> bool {
        let is_this = |other: &Arc<KernelDrivers>| Arc::ptr_eq(self, other);
        if WAITING.load().iter().any(|list| list.iter().any(is_this)) == waits {
            return false;
        }
        WAITING.rcu(|list| {
            let others = list.iter().flat_map(|list| list.iter()).filter(|other| !is_this(other));
            Some(Arc::new(others.chain(waits.then_some(self)).map(Arc::clone).collect::<Vec<_>>()))
        });
        true
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
    fn tell(&mut self) {
        self.restorer.iter_mut().for_each(|restorer| restorer.tell(&self.detached));
    }
}
