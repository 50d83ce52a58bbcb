//! An open device and its rules, the same for every backend: who is inside, what is pending, what is claimed.

mod blocking;
mod pieces;
mod queued;
mod requests;
mod setup;
mod shared_memory;
mod submission;

pub use blocking::Outcome;
pub use submission::Request;

use crate::backend::Handle;
use crate::book::Book;
use crate::descriptor::Configuration;
use crate::error::{Error, Result, Status};
use crate::inbox::Inbox;
use crate::info::DeviceInfo;
use crate::sync::{lock, Condvar, Mutex, MutexGuard};
use crate::transfer::{End, Life, Pending};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Instant;

pub struct Device {
    info: DeviceInfo,
    /// Held while claims, settings or the configuration change: one such call at a time.
    setup: Mutex<()>,
    state: Mutex<State>,
    /// Notified when a call leaves or a change is over, if somebody waits for that.
    changed: Condvar,
    /// Whether memory shared with the system is read as fast as other; not known at first.
    shared_is_fast: OnceLock<bool>,
}

struct State {
    /// `None` once the device is closed.
    handle: Option<Arc<dyn Handle>>,
    closing: bool,
    /// Calls inside; close waits until there is none.
    calls: usize,
    /// What is pending.
    book: Book<(Arc<Pending>, Scope)>,
    /// How many in the book are long calls.
    long_calls: usize,
    changing: Option<Scope>,
    /// Threads that wait on `changed`.
    waiters: usize,
    configuration: Arc<Configuration>,
    /// Claimed interfaces with their alternate settings.
    claims: BTreeMap<u8, u8>,
    /// Interfaces whose kernel drivers wait to come back.
    detached: BTreeSet<u8>,
    /// Who polls this device.
    inboxes: Vec<Weak<Inbox>>,
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
            book: Book::new(),
            long_calls: 0,
            changing: None,
            waiters: 0,
            configuration: Arc::new(configuration),
            claims: BTreeMap::new(),
            detached: BTreeSet::new(),
            inboxes: Vec::new(),
        };
        Ok(Device {
            info,
            setup: Mutex::new(()),
            state: Mutex::new(state),
            changed: Condvar::new(),
            shared_is_fast: OnceLock::new(),
        })
    }

    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Ends what is pending, gives everything back, and returns when nothing of this device is in use any more.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closing = true;
        state.end(|_, _| true, End::Close);
        self.notify(&state);
        state = self.drain(state, Scope::Device);
        while state.calls > 0 {
            state = self.wait(state);
        }
        drop(state);
        self.forgotten_by_inboxes();
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

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.wait_until(state, None)
    }

    fn wait_until<'a>(&self, mut state: MutexGuard<'a, State>, deadline: Option<Instant>) -> MutexGuard<'a, State> {
        state.waiters += 1;
        let mut state = crate::sync::wait(&self.changed, state, deadline);
        state.waiters -= 1;
        state
    }

    /// Counts a call in. `what` says what is being tried.
    fn enter(&self, what: &dyn fmt::Display) -> Result<Call<'_>> {
        let mut state = lock(&self.state);
        match state.handle.clone() {
            Some(handle) if !state.closing => Ok(self.count_in(&mut state, handle)),
            _ => Err(closed().during(format!("{what} of {self}"))),
        }
    }

    fn count_in(&self, state: &mut State, handle: Arc<dyn Handle>) -> Call<'_> {
        state.calls += 1;
        Call { handle: Some(handle), device: self }
    }

    /// Counts a call in that looks after claims, settings or configuration: one at a time.
    fn setup(&self, what: &dyn fmt::Display) -> Result<Setup<'_>> {
        let turn = lock(&self.setup);
        Ok(Setup { call: self.enter(what)?, _turn: turn })
    }

    /// Sees out what was told to end. A call leaves by itself; a queued transfer is taken care of here, as nobody else may be there
    /// to do it.
    fn drain<'a>(&'a self, mut state: MutexGuard<'a, State>, scope: Scope) -> MutexGuard<'a, State> {
        let mut number = 0;
        while let Some(pending) = state.after(number, scope) {
            number = pending.number();
            drop(state);
            pending.drain();
            state = lock(&self.state);
            if pending.life == Life::Queued {
                state.strike(&pending);
            }
        }
        self.notify(&state);
        while state.after(0, scope).is_some() {
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

impl State {
    fn enter(&mut self, pending: &Arc<Pending>, scope: Scope) {
        self.long_calls += usize::from(pending.life == Life::LongCall);
        self.write(Arc::clone(pending), scope);
    }

    fn write(&mut self, pending: Arc<Pending>, scope: Scope) {
        let number = self.book.add((Arc::clone(&pending), scope));
        pending.set_number(number);
    }

    /// The oldest in the scope of those with a higher number.
    fn after(&self, number: u64, scope: Scope) -> Option<Arc<Pending>> {
        self.book.after(number).find(|(_, at)| scope.covers(*at)).map(|(pending, _)| Arc::clone(pending))
    }

    fn has(&self, own: &Pending) -> bool {
        self.book.get(own.number()).is_some()
    }

    /// Takes it out of the book, if it is there.
    fn strike(&mut self, own: &Pending) {
        if self.book.remove(own.number()).is_some() {
            self.long_calls -= usize::from(own.life == Life::LongCall);
        }
    }

    /// Tells some of the book to end, the newest first.
    fn end(&self, which: impl Fn(&Pending, Scope) -> bool, why: End) {
        let chosen = self.book.iter().rev().filter(|(pending, at)| which(pending, *at));
        chosen.for_each(|(pending, _)| pending.end(why));
    }
}

/// A call that is inside the device, and keeps it from being closed.
struct Call<'a> {
    /// Let go before the call counts as gone; `Some` until then.
    handle: Option<Arc<dyn Handle>>,
    device: &'a Device,
}

impl Call<'_> {
    fn handle(&self) -> &dyn Handle {
        self.handle.as_deref().expect("the handle stays until the call leaves")
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.handle = None;
        let mut state = lock(&self.device.state);
        state.calls -= 1;
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
        state.end(|_, at| scope.covers(at), End::Cancel);
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
