//! Transfers that somebody submits now and hears of later. They stand in the device's book like blocking ones, so that
//! whatever ends those ends these.

use super::transfers::check_packets;
use super::Device;
use crate::backend::Readiness;
use crate::descriptor::{Endpoint, Kind};
use crate::error::{Error, Result};
use crate::ffi::{Buffer, Memory};
use crate::queue::Queue;
use crate::sync::lock;
use crate::transfer::{Direction, End, Notice, Packets, Pending, Setup, Target};
use std::os::unix::io::OwnedFd;
use std::sync::{Arc, Weak};

/// What to submit.
pub enum Request {
    Control(Setup),
    Endpoint { kind: Kind, address: u8 },
    Isochronous { address: u8, packets: Arc<Packets> },
}

/// A request's length is an int for usbfs.
const MOST_BYTES: usize = i32::MAX as usize;

impl Device {
    /// Checks and starts a transfer. What comes back is its place in the book, to be given to `leave` when the completion was
    /// told.
    pub fn submit(&self, request: &Request, mut buffer: Buffer, notice: Notice) -> Result<Arc<Pending>> {
        let submit = || {
            let (call, target) = self.begin_queued(request, &buffer)?;
            let pending = Arc::clone(call.pending.as_ref().expect("a transfer's call is in the book"));
            let length = buffer.len();
            if length > MOST_BYTES {
                return Err(Error::invalid(format!("{length} bytes are too many for one transfer; submit several")));
            }
            let transfer = call.handle().submit(&target, &mut buffer, length, Some(notice))?;
            pending.run(transfer);
            // It stays in the book when this call leaves.
            call.stay();
            Ok(pending)
        };
        submit().map_err(|error: Error| self.or_gone(error).during(format!("submit to {}", self.place(request))))
    }

    fn begin_queued(&self, request: &Request, buffer: &Buffer) -> Result<(super::Call<'_>, Target)> {
        match request {
            Request::Control(setup) => {
                if self.is_own_request(setup) {
                    return Err(Error::invalid(format!(
                        "{setup} changes what the library keeps book of; call usbx_control or the function made for it"
                    )));
                }
                self.check_recipient(setup)?;
                Ok((self.begin_control()?, Target::Control(*setup)))
            }
            Request::Endpoint { kind, address } => {
                let way = if address & 0x80 != 0 { Direction::In } else { Direction::Out };
                if way == Direction::In && buffer.is_empty() {
                    return Err(Error::invalid("a read of length 0 reads nothing; give at least one packet's room"));
                }
                if *kind == Kind::Isochronous {
                    return Err(Error::invalid("an isochronous transfer needs packets"));
                }
                self.begin(*kind, way, *address, 0)
            }
            Request::Isochronous { address, packets } => {
                let way = if address & 0x80 != 0 { Direction::In } else { Direction::Out };
                check_packets(packets, buffer.len())?;
                let (call, _) = self.begin(Kind::Isochronous, way, *address, 0)?;
                Ok((call, Target::Isochronous { address: *address, packets: Arc::clone(packets) }))
            }
        }
    }

    pub fn place(&self, request: &Request) -> String {
        match request {
            Request::Control(_) => format!("endpoint 0 of {self}"),
            Request::Endpoint { address, .. } | Request::Isochronous { address, .. } => {
                format!("endpoint 0x{address:02x} of {self}")
            }
        }
    }

    /// Takes a transfer out of the book whose completion was told.
    pub fn leave(&self, own: &Arc<Pending>) {
        let mut state = lock(&self.state);
        state.pending.retain(|(pending, _)| !Arc::ptr_eq(pending, own));
        self.notify(&state);
    }

    /// Completes what can be completed now. A closed device has nothing.
    pub fn pump(&self) {
        if let Ok(call) = self.enter(&"handle events") {
            call.handle().pump();
        }
    }

    /// Whether a transfer that failed on the bus failed because the device is gone.
    pub fn gone(&self) -> bool {
        self.enter(&"look for the device").map(|call| call.handle().gone()).unwrap_or(false)
    }

    /// The endpoint as it is now, checked for a stream.
    pub fn stream_endpoint(&self, address: u8) -> Result<Endpoint> {
        let state = lock(&self.state);
        let endpoint = state.endpoint(address)?.clone();
        state.claimed(endpoint.interface)?;
        Ok(endpoint)
    }

    pub fn memory(&self, length: usize) -> Option<Arc<Memory>> {
        self.enter(&"map memory").ok().and_then(|call| call.handle().memory(length))
    }

    /// Gives a queue a descriptor to poll for this device's events. It is told to forget it before the device is closed.
    pub fn watch(&self, queue: &Weak<Queue>, poll: impl FnOnce(OwnedFd, Readiness) -> Result<()>) -> Result<()> {
        let call = self.enter(&"watch")?;
        let (descriptor, readiness) = call.handle().descriptor()?;
        let mut state = lock(&self.state);
        if !state.queues.iter().any(|known| Weak::ptr_eq(known, queue)) {
            state.queues.retain(|known| known.strong_count() > 0);
            state.queues.push(Weak::clone(queue));
        }
        drop(state);
        poll(descriptor, readiness)
    }

    /// Ends one transfer for a queue that does not want it any more, and waits until its buffer is free.
    pub fn end(&self, pending: &Pending, why: End) {
        // Inside, so that close waits for us; where close was first, it does the same, and we wait for that.
        match self.enter(&"cancel") {
            Ok(_call) => {
                pending.end(why);
                pending.drain();
            }
            Err(_) => {
                let mut state = lock(&self.state);
                while state.pending.iter().any(|(other, _)| std::ptr::eq(&**other, pending)) {
                    state = self.wait(state);
                }
            }
        }
    }

    pub(super) fn forgotten_by_queues(&self) {
        let queues = std::mem::take(&mut lock(&self.state).queues);
        queues.iter().filter_map(Weak::upgrade).for_each(|queue| queue.forget(self));
    }
}
