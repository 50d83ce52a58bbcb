//! What inboxes, and the queues and streams above them, need of a device: to be polled, to pump, to end.

use super::Device;
use crate::completion::{End, EventSource, Inbox, Pending, Pumped};
use crate::error::Result;
use crate::sync::lock;
use crate::sys::{Descriptor, Readiness};
use std::sync::{Arc, Weak};

impl EventSource for Device {
    fn pump(&self) -> Pumped {
        self.pump_some(usize::MAX)
    }

    fn pump_some(&self, most: usize) -> Pumped {
        // It would wait in the system, and others' completions with it.
        if lock(&self.state).is_occupied() && !self.gate.is_shut() {
            return Pumped::StaysReady;
        }
        match self.enter(&"handle events") {
            Ok(call) if call.handle.pump_some(most) => Pumped::StaysReady,
            Ok(_) => Pumped::Done,
            Err(_) => Pumped::Closed,
        }
    }

    fn watch(&self, inbox: &Weak<Inbox>, poll: &mut dyn FnMut(Descriptor, Readiness) -> Result<()>) -> Result<()> {
        let call = self.enter(&"watch")?;
        let (descriptor, readiness) = call.handle.descriptor()?;
        let mut state = lock(&self.state);
        if !state.inboxes.iter().any(|known| Weak::ptr_eq(known, inbox)) {
            state.inboxes.retain(|known| known.strong_count() > 0);
            state.inboxes.push(Weak::clone(inbox));
        }
        drop(state);
        poll(descriptor, readiness)
    }
}

impl Device {
    /// Ends one transfer that its owner does not want any more, waits until its buffer is free, and removes it from the list.
    pub fn end(&self, pending: &Arc<Pending>, why: End) {
        // Inside, so that close waits for us; where close was first, it does the same, and we wait for that.
        match self.enter(&"cancel") {
            Ok(_call) => {
                self.cancelling(|| pending.end(why));
                pending.drain();
            }
            Err(_) => {
                let mut state = lock(&self.state);
                while state.has(pending) {
                    state = self.wait(state);
                }
            }
        }
        self.leave(pending);
    }

    pub(super) fn leave_inboxes(&self) {
        let inboxes = std::mem::take(&mut lock(&self.state).inboxes);
        inboxes.iter().filter_map(Weak::upgrade).for_each(|inbox| inbox.forget(self));
    }
}
