//! An open device and its rules, the same for every backend: who is inside, what is pending, what is claimed.

mod queued;
mod requests;
mod setup;
mod transfers;

pub use queued::Request;
pub use transfers::Outcome;

use crate::backend::Handle;
use crate::descriptor::Configuration;
use crate::error::{Error, Result, Status};
use crate::info::DeviceInfo;
use crate::queue::Queue;
use crate::sync::lock;
use crate::transfer::{End, Pending};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};

pub struct Device {
    info: DeviceInfo,
    /// Held while claims, settings or the configuration change: one such call at a time.
    setup: Mutex<()>,
    state: Mutex<State>,
    /// Notified when a call leaves or a change is over, if somebody waits for that.
    changed: Condvar,
}

struct State {
    /// `None` once the device is closed.
    handle: Option<Arc<dyn Handle>>,
    closing: bool,
    /// Calls inside; close waits until there is none.
    calls: usize,
    pending: Vec<(Arc<Pending>, Scope)>,
    changing: Option<Scope>,
    /// Threads that wait on `changed`.
    waiters: usize,
    configuration: Arc<Configuration>,
    /// Claimed interfaces with their alternate settings.
    claims: BTreeMap<u8, u8>,
    /// Interfaces whose kernel drivers wait to come back.
    detached: BTreeSet<u8>,
    /// Queues that poll this device.
    queues: Vec<Weak<Queue>>,
}

/// What a call is about, as far as others may be in its way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Device,
    Interface(u8),
    Endpoint(u8, u8),
}

impl Scope {
    /// Whether a change of `self` is the business of what goes on at `other`.
    fn covers(self, other: Scope) -> bool {
        match (self, other) {
            (Scope::Device, _) => true,
            (Scope::Interface(a), Scope::Interface(b) | Scope::Endpoint(b, _)) => a == b,
            (Scope::Endpoint(_, a), Scope::Endpoint(_, b)) => a == b,
            _ => false,
        }
    }
}

impl Device {
    pub fn new(handle: Arc<dyn Handle>) -> Result<Device> {
        let info = handle.info().clone();
        let configuration = setup::active_configuration(&*handle).map_err(|e| e.during(format!("open {info}")))?;
        let state = State {
            handle: Some(handle),
            closing: false,
            calls: 0,
            pending: Vec::new(),
            changing: None,
            waiters: 0,
            configuration: Arc::new(configuration),
            claims: BTreeMap::new(),
            detached: BTreeSet::new(),
            queues: Vec::new(),
        };
        Ok(Device { info, setup: Mutex::new(()), state: Mutex::new(state), changed: Condvar::new() })
    }

    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Ends what is pending, gives everything back, and returns when nothing of this device is in use any more.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closing = true;
        for (pending, _) in &state.pending {
            pending.end(End::Close);
        }
        self.notify(&state);
        state = self.drain(state, Scope::Device);
        while state.calls > 0 {
            state = self.wait(state);
        }
        drop(state);
        self.forgotten_by_queues();
        let mut state = lock(&self.state);
        let handle = state.handle.take();
        let (claims, detached) = (std::mem::take(&mut state.claims), std::mem::take(&mut state.detached));
        drop(state);
        if let Some(handle) = handle {
            // Of a device that is gone there is nothing to give back; of another, nobody could do more about a failure.
            for interface in claims.keys() {
                let _ = handle.release(*interface);
            }
            for interface in &detached {
                let _ = handle.attach_kernel_driver(*interface);
            }
        }
    }

    fn wait<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.waiters += 1;
        let mut state = crate::sync::wait(&self.changed, state, None);
        state.waiters -= 1;
        state
    }

    /// Counts a call in. `what` says what is being tried.
    fn enter(&self, what: &dyn fmt::Display) -> Result<Call<'_>> {
        self.enter_locked(&mut lock(&self.state), what)
    }

    fn enter_locked(&self, state: &mut State, what: &dyn fmt::Display) -> Result<Call<'_>> {
        match &state.handle {
            Some(handle) if !state.closing => {
                state.calls += 1;
                Ok(Call { handle: Some(Arc::clone(handle)), device: self, pending: None })
            }
            _ => Err(closed().during(format!("{what} of {self}"))),
        }
    }

    /// Counts a call in that looks after claims, settings or configuration: one at a time.
    fn setup(&self, what: &dyn fmt::Display) -> Result<Setup<'_>> {
        let turn = lock(&self.setup);
        Ok(Setup { call: self.enter(what)?, _turn: turn })
    }

    /// Sees out what was told to end. A blocking call leaves by itself; a queued transfer is taken care of here, as nobody else
    /// may be there to do it.
    fn drain<'a>(&'a self, mut state: MutexGuard<'a, State>, scope: Scope) -> MutexGuard<'a, State> {
        let covered = state.pending.iter().filter(|(_, at)| scope.covers(*at));
        let ending: Vec<Arc<Pending>> = covered.map(|(pending, _)| Arc::clone(pending)).collect();
        drop(state);
        ending.iter().for_each(|pending| pending.drain());
        state = lock(&self.state);
        let drained =
            |pending: &Arc<Pending>| pending.is_queued() && ending.iter().any(|own| Arc::ptr_eq(own, pending));
        state.pending.retain(|(pending, _)| !drained(pending));
        self.notify(&state);
        while state.pending.iter().any(|(_, at)| scope.covers(*at)) {
            state = self.wait(state);
        }
        state
    }

    fn notify(&self, state: &State) {
        if state.waiters > 0 {
            self.changed.notify_all();
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.info.fmt(f)
    }
}

fn closed() -> Error {
    Error::new(Status::Closed, "another thread closed the device meanwhile")
}

/// A call that is inside the device.
struct Call<'a> {
    /// Let go before the call counts as gone; `Some` until then.
    handle: Option<Arc<dyn Handle>>,
    device: &'a Device,
    pending: Option<Arc<Pending>>,
}

impl Call<'_> {
    fn handle(&self) -> &dyn Handle {
        self.handle.as_deref().expect("the handle stays until the call leaves")
    }

    /// Leaves, but the transfer goes on and stays in the book, unless it was told to end meanwhile.
    fn stay(mut self) {
        let state = lock(&self.device.state);
        let pending = self.pending.take().filter(|pending| !pending.stay());
        drop(state);
        // Whoever told it to end did not know yet that it is queued.
        pending.iter().for_each(|pending| pending.drain());
        self.pending = pending;
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.handle = None;
        let mut state = lock(&self.device.state);
        state.calls -= 1;
        if let Some(own) = self.pending.take() {
            state.pending.retain(|(pending, _)| !Arc::ptr_eq(pending, &own));
        }
        self.device.notify(&state);
    }
}

/// A call that looks after what others rely on. It checks first; what goes on meanwhile goes on.
struct Setup<'a> {
    call: Call<'a>,
    _turn: MutexGuard<'a, ()>,
}

impl Setup<'_> {
    fn handle(&self) -> &dyn Handle {
        self.call.handle()
    }

    /// Ends what is pending in `scope` and sees it out. Until this call is over new transfers there wait to start.
    fn clear(&self, scope: Scope) {
        let device = self.call.device;
        let mut state = lock(&device.state);
        state.changing = Some(scope);
        for (pending, _) in state.pending.iter().filter(|(_, at)| scope.covers(*at)) {
            pending.end(End::Cancel);
        }
        device.notify(&state);
        drop(device.drain(state, scope));
    }
}

impl Drop for Setup<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.call.device.state);
        state.changing = None;
        self.call.device.notify(&state);
    }
}
