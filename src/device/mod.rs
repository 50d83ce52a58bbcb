//! An open device and its rules, the same for every bus: who is inside, what is pending, what is claimed.

mod blocking;
mod bulk_streams;
mod configuration;
mod control;
mod inbox_link;
mod queued_failure;
mod set_up;
mod settings;
mod shared_memory;
mod split_transfer;
mod strings;
mod submission;
#[cfg(all(test, not(loom)))]
mod tests;
mod tracked;

pub use crate::bus::Extras;
pub use queued_failure::Tried;
pub use submission::{Patience, Request};
pub use tracked::is_tracked;

use crate::bus::{Handle, Restored};
use crate::completion::{End, Gate, Inbox, Inside, Life, Pending, PendingList};
use crate::error::{Error, Result, Status};
use crate::sync::atomic::AtomicBool;
use crate::sync::{lock, try_lock, Condvar, Mutex, MutexGuard};
use crate::sys::Memory;
use crate::usb::{Configuration, DeviceInfo};
use bulk_streams::BulkStreams;
use once_cell::sync::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Instant;

pub struct Device {
    info: Arc<DeviceInfo>,
    /// Held while claims, settings or the configuration change: one such call at a time.
    change_turn: Mutex<()>,
    /// Calls that use the handle are inside; close waits for them.
    gate: Gate,
    state: Mutex<State>,
    /// Notified when something leaves the pending list or a change is over, if a thread waits for that.
    changed: Condvar,
    /// Whether memory shared with the system is read as fast as other; not known at first.
    shared_is_fast: OnceCell<bool>,
    /// Whether the device, unlike most, has to be asked for a string's length before the string.
    length_first: AtomicBool,
}

struct State {
    /// `None` once the device is closed.
    handle: Option<Arc<dyn Handle>>,
    pending: PendingList<(Arc<Pending>, Scope)>,
    /// How many of these are long calls.
    long_calls: usize,
    changing: Option<Scope>,
    /// A change waits for the system's answer. Until it has that, the system may keep every other call to the device waiting.
    asking: bool,
    /// How many threads end transfers early: with some host controllers the system keeps them, and with them every other call to the
    /// device, waiting for a while.
    cancelling: usize,
    /// Calls that wait until a change is over, so that a cancel reaches them.
    kept_out: Vec<Arc<Pending>>,
    /// Threads that wait on `changed`.
    waiters: usize,
    configuration: Arc<Configuration>,
    /// Claimed interfaces with their alternate settings.
    claims: BTreeMap<u8, u8>,
    /// Interfaces whose kernel drivers wait to come back: those that lost their driver together are one group.
    detached: Vec<BTreeSet<u8>>,
    /// Whether a claim takes the interface from its kernel driver.
    auto_detach: bool,
    /// Who polls this device.
    inboxes: Vec<Weak<Inbox>>,
    bulk_streams: Vec<BulkStreams>,
    /// Memory that callers have and that may be shared with the system by way of this device.
    buffers: Vec<Weak<Memory>>,
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
        let info = Arc::clone(handle.info());
        let configuration = settings::active_configuration(&*handle)?;
        handle.wire().opened();
        let state = State {
            handle: Some(handle),
            pending: PendingList::new(),
            long_calls: 0,
            changing: None,
            asking: false,
            cancelling: 0,
            kept_out: Vec::new(),
            waiters: 0,
            configuration,
            claims: BTreeMap::new(),
            detached: Vec::new(),
            auto_detach: false,
            inboxes: Vec::new(),
            bulk_streams: Vec::new(),
            buffers: Vec::new(),
        };
        Ok(Device {
            info,
            change_turn: Mutex::new(()),
            gate: Gate::new(),
            state: Mutex::new(state),
            changed: Condvar::new(),
            shared_is_fast: OnceCell::new(),
            length_first: AtomicBool::new(false),
        })
    }

    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// Ends what is pending, gives everything back, and returns when nothing of this device is in use any more.
    pub fn close(&self) {
        self.gate.shut();
        let state = self.end_all(lock(&self.state), |_, _| true, End::Close);
        drop(self.drain(state, Scope::Device));
        self.gate.wait_until_empty();
        self.leave_inboxes();
        let mut state = lock(&self.state);
        let handle = state.handle.take();
        let buffers = std::mem::take(&mut state.buffers);
        let (claims, detached) = (std::mem::take(&mut state.claims), std::mem::take(&mut state.detached));
        drop(state);
        // They would keep the device open; callers have them on.
        buffers.iter().filter_map(Weak::upgrade).for_each(|memory| memory.become_ordinary());
        if let Some(handle) = handle {
            // A device that is gone has nothing to give back; with another, the caller could do no more about a failure.
            for (interface, alt_setting) in &claims {
                let _ = set_up::release(&*handle, *interface, *alt_setting);
            }
            for group in &detached {
                let _ = handle.attach_kernel_driver(&numbers(group));
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

    /// Lets a call in that uses the handle. `what` says what is being tried.
    fn enter(&self, what: &dyn fmt::Display) -> Result<Call<'_>> {
        let inside = self.gate.enter();
        let handle = lock(&self.state).handle.clone();
        match (inside, handle) {
            (Some(inside), Some(handle)) => Ok(Call { handle, device: self, _inside: inside }),
            _ => Err(closed().during(format!("{what} of {self}"))),
        }
    }

    /// Lets a call in that changes claims, settings or the configuration: one at a time.
    fn change(&self, what: &dyn fmt::Display) -> Result<Change<'_>> {
        let turn = lock(&self.change_turn);
        let call = self.enter(what)?;
        if call.handle.is_disturbed() {
            drop(self.restore(&call));
        }
        Ok(Change { call, _turn: turn })
    }

    /// Puts back claims and settings that the system has taken, unless another call changes them now. Transfers wait meanwhile.
    fn restore_now(&self) {
        let Some(_turn) = try_lock(&self.change_turn) else { return };
        if let Ok(call) = self.enter(&"restore") {
            drop(self.restore(&call));
        }
    }

    /// The same for the one whose turn it is.
    fn restore(&self, call: &Call<'_>) -> Restored {
        let mut state = lock(&self.state);
        let before = state.changing.replace(Scope::Device);
        let held: Vec<(u8, u8)> = state.claims.iter().map(|(interface, alt)| (*interface, *alt)).collect();
        drop(state);
        let restored = call.handle.restore(&held);
        let mut state = lock(&self.state);
        state.changing = before;
        restored.detached.iter().for_each(|lost| state.note_detached(lost.clone()));
        for (interface, selected) in &restored.regained {
            drop(state.take_bulk_streams(Scope::Interface(*interface)));
            if !selected {
                let first = state.configuration.first_setting(*interface);
                state.claims.insert(*interface, first);
            }
        }
        self.notify(&state);
        restored
    }

    /// Tells some of what is pending to end, the newest first. All are told under the lock; what asks the system comes without it, as that
    /// may take its time and other endpoints' calls need the lock.
    fn end_all<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        which: impl Fn(&Pending, Scope) -> bool,
        why: End,
    ) -> MutexGuard<'a, State> {
        state.pending.iter().filter(|(pending, at)| which(pending, *at)).for_each(|(pending, _)| pending.tell(why));
        self.notify(&state);
        let mut newest = u64::MAX;
        while let Some((number, pending)) = state.before(newest, &which) {
            drop(state);
            self.cancelling(|| pending.cancel());
            newest = number;
            state = lock(&self.state);
        }
        state
    }

    /// Ends a transfer early. Calls that have a time wait in here meanwhile, where that counts, and queues go on with other devices.
    fn cancelling(&self, cancel: impl FnOnce()) {
        lock(&self.state).cancelling += 1;
        let _over = Cancelling(self);
        cancel();
    }

    /// The same, of a call.
    fn time_is_up(&self, pending: &Pending) {
        self.cancelling(|| pending.end(End::Timeout));
    }

    /// Waits until what was told to end is complete. A call leaves on its own; a queued transfer is taken out here, as there may be no
    /// other thread to do it.
    fn drain<'a>(&'a self, mut state: MutexGuard<'a, State>, scope: Scope) -> MutexGuard<'a, State> {
        let mut number = 0;
        while let Some(pending) = state.after(number, scope) {
            number = pending.number();
            drop(state);
            pending.drain();
            state = lock(&self.state);
            if pending.life == Life::Queued {
                state.remove(&pending);
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

/// A thread that ends a transfer early; dropped, it has.
struct Cancelling<'a>(&'a Device);

impl Drop for Cancelling<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.cancelling -= 1;
        self.0.notify(&state);
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.info.fmt(f)
    }
}

fn numbers(group: &BTreeSet<u8>) -> Vec<u8> {
    group.iter().copied().collect()
}

fn closed() -> Error {
    Error::new(Status::Closed, "another thread closed the device meanwhile")
}

impl State {
    /// Whether a call to the system may have to wait for another one.
    fn is_occupied(&self) -> bool {
        self.asking || self.cancelling > 0
    }

    fn enter(&mut self, pending: &Arc<Pending>, scope: Scope) {
        self.long_calls += usize::from(pending.life == Life::LongCall);
        self.write(Arc::clone(pending), scope);
    }

    fn write(&mut self, pending: Arc<Pending>, scope: Scope) {
        self.pending.add_as(|number| {
            pending.set_number(number);
            (pending, scope)
        });
    }

    /// The oldest in the scope of those with a higher number.
    fn after(&self, number: u64, scope: Scope) -> Option<Arc<Pending>> {
        self.pending.after(number).find(|(_, at)| scope.covers(*at)).map(|(pending, _)| Arc::clone(pending))
    }

    fn has(&self, this: &Pending) -> bool {
        self.pending.get(this.number()).is_some()
    }

    /// Takes it out of the list, if it is there.
    fn remove(&mut self, this: &Pending) {
        if self.pending.remove(this.number()).is_some() {
            self.long_calls -= usize::from(this.life == Life::LongCall);
        }
    }

    /// The newest of some of what is pending, of those with a lower number.
    fn before(&self, number: u64, which: &impl Fn(&Pending, Scope) -> bool) -> Option<(u64, Arc<Pending>)> {
        let mut before = number;
        loop {
            let (number, (pending, at)) = self.pending.before(before)?;
            if which(pending, *at) {
                return Some((number, Arc::clone(pending)));
            }
            before = number;
        }
    }
}

/// A call that is inside the device, and keeps it from being closed. The handle goes first.
struct Call<'a> {
    handle: Arc<dyn Handle>,
    device: &'a Device,
    _inside: Inside<'a>,
}

/// A call that changes what others rely on. It checks first; what goes on meanwhile goes on.
struct Change<'a> {
    call: Call<'a>,
    _turn: MutexGuard<'a, ()>,
}

impl Change<'_> {
    fn handle(&self) -> &dyn Handle {
        &*self.call.handle
    }

    /// Ends what is pending in `scope` and waits until it is complete. Until this call is over, new transfers there wait to start.
    fn clear(&self, scope: Scope) {
        let device = self.call.device;
        let mut state = lock(&device.state);
        state.changing = Some(scope);
        let streams = state.take_bulk_streams(scope);
        let state = device.end_all(state, |_, at| scope.covers(at), End::Cancel);
        drop(device.drain(state, scope));
        if !streams.is_empty() {
            // The change would end them in the kernel; not every host controller's driver hears of that.
            let _ = self.handle().free_bulk_streams(&streams);
        }
    }

    /// Asks the system for something that may take as long as the device does. Calls that have a time wait for it in here, where that
    /// counts.
    fn ask<T>(&self, request: impl FnOnce(&dyn Handle) -> T) -> T {
        lock(&self.call.device.state).asking = true;
        let answer = request(self.handle());
        let mut state = lock(&self.call.device.state);
        state.asking = false;
        self.call.device.notify(&state);
        answer
    }

    /// Makes a request that needs a claim. Only its failure may show that the system has taken claims or settings from this handle: they are
    /// put back, and it is made anew.
    fn claimed<T>(&self, interface: u8, request: impl Fn() -> Result<T>) -> Result<T> {
        let mut answer = request();
        for _ in 0..ATTEMPTS {
            let Err(error) = &answer else { break };
            if ENDINGS.contains(&error.status) {
                break;
            }
            let Restored { regained, missing, .. } = self.restore();
            if missing.contains(&interface) {
                return Err(Error::claim_lost());
            }
            if regained.is_empty() {
                break;
            }
            answer = request();
        }
        // To one that has a claim it means that it has none any more.
        answer.map_err(|error| if error.status == Status::Busy { Error::claim_lost() } else { error })
    }

    /// Makes sure of the claims where they are not used, but relied on.
    fn restore(&self) -> Restored {
        self.call.device.restore(&self.call)
    }
}

/// With these a request was made, or not meant to be: they show nothing of claims.
const ENDINGS: [Status; 6] =
    [Status::NoDevice, Status::Timeout, Status::Pipe, Status::NoMem, Status::Cancelled, Status::Closed];

/// Others may reset the device again and again.
const ATTEMPTS: usize = 3;

impl Drop for Change<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.call.device.state);
        state.changing = None;
        state.asking = false;
        self.call.device.notify(&state);
    }
}
