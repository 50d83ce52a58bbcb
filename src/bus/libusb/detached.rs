//! What the handles of one device took from kernel drivers. snd-usb-audio lets go of one interface of several, and takes it back whole only with
//! the first of its function; so what it still holds of the function is bound anew. cdc_acm binds only while the whole function is free: what one
//! handle gives back while another one holds a part of it waits for that one's release.

use super::connection::Connection;
use super::contexts;
use super::status::{check, error};
use crate::error::{Result, Status};
use crate::sync::{lock, Mutex};
use crate::sys::process_generation;
use crate::usb::{function, DeviceInfo};
use once_cell::sync::Lazy;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};

/// Of the devices that are open. It is locked by `contexts::alone` only, so that no fork() comes in between.
static ALL: Lazy<Mutex<Vec<Weak<Detached>>>> = Lazy::new(|| Mutex::new(Vec::new()));

pub struct Detached {
    /// Its bus and address, in this process: a forked child has other handles.
    device: (u32, u8, u8),
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Of each interface that has lost its driver: the others of its function that the same driver held.
    functions: BTreeMap<u8, BTreeSet<u8>>,
    /// Of these, what has been given back and still has no driver, as a program holds a part of the function.
    waiting: BTreeSet<u8>,
}

impl Detached {
    /// That of the device; all its handles in this process have the same.
    pub fn of(info: &DeviceInfo) -> Arc<Detached> {
        let device = (process_generation(), info.bus, info.address);
        contexts::alone(|| {
            let mut all = lock(&ALL);
            all.retain(|one| one.strong_count() > 0);
            let known = all.iter().filter_map(Weak::upgrade).find(|one| one.device == device);
            known.unwrap_or_else(|| {
                let new = Arc::new(Detached { device, state: Mutex::default() });
                all.push(Arc::downgrade(&new));
                new
            })
        })
    }

    /// `held` by the driver that these interfaces of the active configuration, whose descriptor this is, have lost.
    pub fn note(&self, lost: &[u8], held: &[u8], configuration: &[u8]) {
        let mut state = lock(&self.state);
        for interface in lost {
            let function = function(configuration, *interface);
            state.waiting.remove(interface);
            state.functions.insert(*interface, function.into_iter().filter(|other| held.contains(other)).collect());
        }
    }

    /// Lets drivers bind to these interfaces again. `is_claimed` says whether a program holds one.
    pub fn give_back(&self, connection: &Connection, interfaces: &[u8], is_claimed: &dyn Fn(u8) -> bool) -> Result<()> {
        lock(&self.state).give_back(connection, interfaces.iter().copied().collect(), is_claimed)
    }

    /// A handle has released an interface: drivers that have waited for it come back.
    pub fn released(&self, connection: &Connection, is_claimed: &dyn Fn(u8) -> bool) {
        let mut state = lock(&self.state);
        let waiting = state.waiting.clone();
        if !waiting.is_empty() {
            let _ = state.give_back(connection, waiting, is_claimed);
        }
    }

    /// Another configuration has other interfaces, to which the system has bound drivers.
    pub fn forget(&self) {
        *lock(&self.state) = State::default();
    }
}

impl State {
    fn give_back(
        &mut self,
        connection: &Connection,
        wanted: BTreeSet<u8>,
        is_claimed: &dyn Fn(u8) -> bool,
    ) -> Result<()> {
        let functions: BTreeSet<u8> =
            wanted.iter().filter_map(|interface| self.functions.get(interface)).flatten().copied().collect();
        let is_driven = |interface: &u8| connection.kernel_driver_active(*interface) == 1;
        let left = || wanted.iter().copied().filter(|it| self.functions.contains_key(it) && !is_driven(it)).collect();
        let is_held = || functions.iter().any(|interface| is_claimed(*interface));
        let (mut result, mut was_held) = attach(connection, &wanted, &functions);
        let mut rest: BTreeSet<u8> = left();
        if !rest.is_empty() && was_held && !is_held() {
            // It was released meanwhile, and who did that waits for this.
            (result, was_held) = attach(connection, &rest, &functions);
            rest = left();
        }
        let waits = !rest.is_empty() && (was_held || is_held());
        self.waiting.retain(|interface| !wanted.contains(interface));
        self.functions.retain(|interface, _| !wanted.contains(interface) || (waits && rest.contains(interface)));
        if waits {
            self.waiting.append(&mut rest);
        }
        result
    }
}

/// Whether a program held one when it was its turn. That no driver wants one, or that one is in use, is not a failure.
fn attach(connection: &Connection, wanted: &BTreeSet<u8>, functions: &BTreeSet<u8>) -> (Result<()>, bool) {
    let is_driven = |interface: u8| connection.kernel_driver_active(interface) == 1;
    for other in functions.difference(wanted).filter(|other| is_driven(**other)) {
        connection.detach_kernel_driver(*other);
    }
    let (mut result, mut was_held) = (Ok(()), false);
    for interface in wanted.union(functions) {
        match connection.attach_kernel_driver(*interface) {
            code if code >= 0 => {}
            code => match error(code).status {
                Status::Busy => was_held |= !is_driven(*interface),
                // No driver wants it now, or this system has none that come and go.
                Status::NotFound | Status::NotSupported => {}
                _ => result = check(code),
            },
        }
    }
    (result, was_held)
}
