//! A device node: requests on the bus, and requests that wait to be reaped.

use super::urb::Record;
use crate::sync::{self, lock, Condvar, Mutex};
use crate::sys::{Descriptor, Event, Pollable};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

pub struct Node {
    state: Mutex<State>,
    /// Ready while something waits to be reaped.
    descriptor: Descriptor,
    submitted: Condvar,
}

#[derive(Default)]
struct State {
    on_the_bus: VecDeque<Arc<Record>>,
    complete: VecDeque<Arc<Record>>,
}

impl Default for Node {
    fn default() -> Node {
        Node { state: Mutex::default(), descriptor: Descriptor::new(), submitted: Condvar::new() }
    }
}

impl Node {
    pub fn descriptor(&self) -> Descriptor {
        self.descriptor
    }

    /// The device answers its oldest request in full; false if it has none.
    pub fn answer(&self) -> bool {
        let mut state = lock(&self.state);
        let Some(record) = state.on_the_bus.pop_front() else { return false };
        self.complete(&mut state, record, 0);
        true
    }

    /// The same, as soon as it has one.
    pub fn answer_next(&self) {
        let mut state = lock(&self.state);
        while state.on_the_bus.is_empty() {
            state = sync::wait(&self.submitted, state, None);
        }
        drop(state);
        assert!(self.answer());
    }

    pub fn is_idle(&self) -> bool {
        let state = lock(&self.state);
        state.on_the_bus.is_empty() && state.complete.is_empty()
    }

    pub fn submit(&self, record: &Arc<Record>) {
        let mut state = lock(&self.state);
        let known = state.on_the_bus.iter().chain(&state.complete).any(|other| Arc::ptr_eq(other, record));
        assert!(!known, "a request was submitted twice");
        state.on_the_bus.push_back(Arc::clone(record));
        self.submitted.notify_all();
    }

    pub fn discard(&self, record: &Arc<Record>) -> bool {
        let mut state = lock(&self.state);
        let Some(at) = state.on_the_bus.iter().position(|other| Arc::ptr_eq(other, record)) else { return false };
        state.on_the_bus.remove(at);
        self.complete(&mut state, Arc::clone(record), -libc::ENOENT);
        true
    }

    pub fn reap(&self) -> Option<Arc<Record>> {
        let mut state = lock(&self.state);
        let record = state.complete.pop_front();
        self.descriptor.set(!state.complete.is_empty());
        record
    }

    fn complete(&self, state: &mut State, record: Arc<Record>, status: i32) {
        record.finish(status);
        state.complete.push_back(record);
        self.descriptor.set(true);
    }
}

/// Time is up at once, if there is a deadline.
pub fn sleep(node: &Node, waker: Option<&Event>, deadline: Option<Instant>) {
    match waker {
        _ if deadline.is_some() => {}
        Some(waker) => node.descriptor.sleep_beside(waker.descriptor()),
        None => node.descriptor.sleep(),
    }
}

pub fn is_ready(node: &Node) -> bool {
    node.descriptor.is_ready()
}

pub fn is_gone(_: &Node) -> bool {
    false
}
