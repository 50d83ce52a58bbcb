//! The system's part in waiting: things that are ready or not, sets of them, and threads that sleep until one is ready. Readiness is
//! level-triggered, as with epoll here.

use super::{RawDescriptor, Readiness};
use crate::error::Result;
use loom::sync::{Condvar, Mutex, MutexGuard};
use std::collections::BTreeMap;
use std::time::Duration;

loom::lazy_static! {
    static ref SYSTEM: System = System::default();
}

#[derive(Default)]
struct System {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    ready: Vec<bool>,
    sets: Vec<BTreeMap<usize, u64>>,
}

fn state() -> MutexGuard<'static, State> {
    SYSTEM.state.lock().unwrap()
}

fn wait_until(mut done: impl FnMut(&State) -> bool) {
    let mut state = state();
    while !done(&state) {
        state = SYSTEM.changed.wait(state).unwrap();
    }
}

/// Something that can be waited for.
#[derive(Clone, Copy)]
pub struct Descriptor(usize);

impl Descriptor {
    pub fn new() -> Descriptor {
        let mut state = state();
        state.ready.push(false);
        Descriptor(state.ready.len() - 1)
    }

    pub fn set(self, ready: bool) {
        let before = std::mem::replace(&mut state().ready[self.0], ready);
        if ready && !before {
            SYSTEM.changed.notify_all();
        }
    }

    pub fn is_ready(self) -> bool {
        state().ready[self.0]
    }

    pub fn sleep(self) {
        wait_until(|state| state.ready[self.0]);
    }

    pub fn sleep_beside(self, other: Descriptor) {
        wait_until(|state| state.ready[self.0] || state.ready[other.0]);
    }
}

pub trait Pollable {
    fn descriptor(&self) -> Descriptor;
}

impl Pollable for Descriptor {
    fn descriptor(&self) -> Descriptor {
        *self
    }
}

impl<T: Pollable> Pollable for &T {
    fn descriptor(&self) -> Descriptor {
        (*self).descriptor()
    }
}

pub struct Event(Descriptor);

impl Event {
    pub fn new() -> Result<Event> {
        Ok(Event(Descriptor::new()))
    }

    pub fn set(&self) {
        self.0.set(true);
    }

    pub fn clear(&self) {
        self.0.set(false);
    }
}

impl Pollable for Event {
    fn descriptor(&self) -> Descriptor {
        self.0
    }
}

pub struct PollSet(usize);

impl PollSet {
    pub fn new() -> Result<PollSet> {
        let mut state = state();
        state.sets.push(BTreeMap::new());
        Ok(PollSet(state.sets.len() - 1))
    }

    pub fn add(&self, thing: impl Pollable, _: Readiness, key: u64) -> Result<()> {
        let before = state().sets[self.0].insert(thing.descriptor().0, key);
        assert!(before.is_none(), "it was in the set already");
        // A thread that sleeps on the set now sleeps on this, too.
        SYSTEM.changed.notify_all();
        Ok(())
    }

    pub fn as_raw_descriptor(&self) -> Result<RawDescriptor> {
        Ok(self.0 as RawDescriptor)
    }

    pub fn remove(&self, thing: impl Pollable) {
        let before = state().sets[self.0].remove(&thing.descriptor().0);
        assert!(before.is_some(), "it was not in the set");
    }

    /// For ever, or not at all: loom has no clock.
    pub fn wait(&self, time: Option<Duration>) -> Result<Ready> {
        let mut keys = Vec::new();
        wait_until(|state| {
            keys = ready(state, self.0);
            !keys.is_empty() || time.is_some()
        });
        Ok(Ready(keys))
    }
}

fn ready(state: &State, set: usize) -> Vec<u64> {
    state.sets[set].iter().filter(|(thing, _)| state.ready[**thing]).map(|(_, key)| *key).collect()
}

pub struct Ready(Vec<u64>);

impl Ready {
    pub fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }

    pub fn hung_up(&self, _: u64) -> bool {
        false
    }
}

pub mod poll {
    use super::{ready, state, wait_until, RawDescriptor};

    /// A program that polls the descriptor of a set.
    pub fn sleep_outside(set: RawDescriptor) {
        wait_until(|state| !ready(state, set as usize).is_empty());
    }

    pub fn is_ready_outside(set: RawDescriptor) -> bool {
        !ready(&state(), set as usize).is_empty()
    }
}
