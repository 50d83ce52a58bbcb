//! What inboxes, and the queues and streams above them, need of a device: to be told by a descriptor, to pump, to end.

use super::Device;
use crate::backend::Readiness;
use crate::error::Result;
use crate::inbox::Inbox;
use crate::poll::Descriptor;
use crate::sync::lock;
use crate::transfer::{End, Pending};
use std::sync::{Arc, Weak};

impl Device {
    /// Completes what can be completed now. A closed device has nothing.
    pub fn pump(&self) {
        if let Ok(call) = self.enter(&"handle events") {
            call.handle().pump();
        }
    }

    /// Gives an inbox a descriptor to poll for this device's events. It is told to forget it before the device is closed.
    pub fn watch(&self, inbox: &Weak<Inbox>, poll: impl FnOnce(Descriptor, Readiness) -> Result<()>) -> Result<()> {
        let call = self.enter(&"watch")?;
        let (descriptor, readiness) = call.handle().descriptor()?;
        let mut state = lock(&self.state);
        if !state.inboxes.iter().any(|known| Weak::ptr_eq(known, inbox)) {
            state.inboxes.retain(|known| known.strong_count() > 0);
            state.inboxes.push(Weak::clone(inbox));
        }
        drop(state);
        poll(descriptor, readiness)
    }

    /// Ends one transfer that its owner does not want any more, waits until its buffer is free, and takes it out of the book.
    pub fn end(&self, pending: &Arc<Pending>, why: End) {
        // Inside, so that close waits for us; where close was first, it does the same, and we wait for that.
        match self.enter(&"cancel") {
            Ok(_call) => {
                pending.end(why);
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

    pub(super) fn forgotten_by_inboxes(&self) {
        let inboxes = std::mem::take(&mut lock(&self.state).inboxes);
        inboxes.iter().filter_map(Weak::upgrade).for_each(|inbox| inbox.forget(self));
    }
}
