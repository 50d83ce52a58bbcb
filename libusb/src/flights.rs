//! What is under way in a context: each transfer from its submission until its owner is told, and the one whose callback runs.

use crate::abi::*;
use crate::completion::{Done, Told};
use crate::context::lock;
use crate::handle::Handle;
use crate::status;
use std::sync::{Arc, Mutex};
use usbx::tool::{blocks, Again, Buffer, Packets, PendingList, Status};

/// A transfer that is under way.
pub struct Flight {
    pub handle: Arc<Handle>,
    pub cancelled: bool,
    pub owner: Owner,
    /// Of a transfer that can be started once more as it is.
    pub shape: Option<Shape>,
    pub packets: Option<Arc<Packets>>,
    /// In place of a buffer for nothing.
    pub scratch: Option<Box<[u8]>>,
    /// Where its buffer was found.
    pub block: blocks::Last,
}

/// What is the same of two transfers of a bulk or interrupt endpoint if one can be started in the other's place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub kind: u8,
    pub endpoint: u8,
    pub flags: u8,
    pub stream: u32,
    pub timeout: u32,
    pub length: usize,
}

pub enum Owner {
    /// The address of a program's libusb_transfer.
    Program(usize),
    /// The same, given back before its time: its memory goes when nothing uses it any more.
    Nobody(usize),
    /// A blocking call.
    Call(Arc<Mutex<Option<Told>>>),
}

/// One that is not under way any more.
pub struct Ended {
    pub owner: Owner,
    pub told: Told,
    pub packets: Option<Arc<Packets>>,
}

/// A transfer whose callback runs: it is started once more if the callback submits it as it was, which takes a third less than another one.
struct InCallback {
    flight: Box<Flight>,
    again: Again,
}

/// By numbers that only grow.
#[derive(Default)]
pub struct Flights(Mutex<State>);

#[derive(Default)]
struct State {
    under_way: PendingList<Box<Flight>>,
    in_callback: Option<InCallback>,
}

impl Flights {
    pub fn is_empty(&self) -> bool {
        lock(&self.0).under_way.is_empty()
    }

    pub fn are_more_than(&self, count: usize) -> bool {
        lock(&self.0).under_way.len() > count
    }

    pub fn begin(&self, number: u64, flight: Box<Flight>) {
        lock(&self.0).under_way.put_back(number, flight);
    }

    /// It did not start.
    pub fn forget(&self, number: u64) {
        let flight = lock(&self.0).under_way.remove(number);
        drop(flight);
    }

    /// It is not under way any more: who is to be told, and what. If a program's transfer went well, it is kept for its callback.
    pub fn end(&self, done: Done) -> Option<Ended> {
        let Done { number, result, transferred, again } = done;
        let mut state = lock(&self.0);
        let mut flight = state.under_way.remove(number)?;
        let told = flight.told(result, transferred);
        let packets = flight.packets.take();
        match (&flight.owner, again) {
            (Owner::Program(address), Some(again)) if told.status == TRANSFER_COMPLETED => {
                let owner = Owner::Program(*address);
                let before = state.in_callback.replace(InCallback { flight, again });
                // Without the lock: it goes to its device.
                drop(state);
                drop(before);
                Some(Ended { owner, told, packets })
            }
            (_, again) => {
                drop(state);
                drop(again);
                Some(Ended { owner: flight.owner, told, packets })
            }
        }
    }

    /// The callback has returned.
    pub fn let_go(&self) {
        let kept = lock(&self.0).in_callback.take();
        // Without the lock: it goes to its device.
        drop(kept);
    }

    /// The transfer whose callback runs is under way again, if that submits it as it was: what starts it, with the buffer that `find` has.
    pub fn begin_again(
        &self,
        transfer: usize,
        handle: &Arc<Handle>,
        shape: Shape,
        number: u64,
        find: impl FnOnce(&mut Flight) -> Buffer,
    ) -> Option<(Again, Buffer)> {
        let is_it = |kept: &InCallback| {
            matches!(kept.flight.owner, Owner::Program(address) if address == transfer)
                && kept.flight.shape == Some(shape)
                && Arc::ptr_eq(&kept.flight.handle, handle)
        };
        let mut state = lock(&self.0);
        if !state.in_callback.as_ref().is_some_and(is_it) {
            return None;
        }
        let InCallback { mut flight, again } = state.in_callback.take()?;
        let buffer = find(&mut flight);
        state.under_way.put_back(number, flight);
        Some((again, buffer))
    }

    /// False if it is not under way, or was cancelled before.
    pub fn cancel(&self, number: u64) -> bool {
        match lock(&self.0).under_way.get_mut(number) {
            Some(flight) if !flight.cancelled => {
                flight.cancelled = true;
                true
            }
            _ => false,
        }
    }

    pub fn is_cancelled(&self, number: u64) -> bool {
        lock(&self.0).under_way.get(number).is_some_and(|flight| flight.cancelled)
    }

    /// Nobody is told of it any more; its memory goes when nothing uses it. False if it is not under way.
    pub fn disown(&self, number: u64, transfer: usize) -> bool {
        let mut state = lock(&self.0);
        let flight = state.under_way.get_mut(number);
        flight.map(|flight| flight.owner = Owner::Nobody(transfer)).is_some()
    }

    pub fn has_any_of(&self, handle: &Arc<Handle>) -> bool {
        lock(&self.0).under_way.iter().any(|flight| Arc::ptr_eq(&flight.handle, handle))
    }

    pub fn take_of(&self, handle: &Arc<Handle>) -> impl Iterator<Item = Box<Flight>> {
        lock(&self.0).under_way.take_those(|flight| Arc::ptr_eq(&flight.handle, handle)).into_iter()
    }

    pub fn take_all(&self) -> impl Iterator<Item = Box<Flight>> {
        lock(&self.0).under_way.take()
    }
}

impl Flight {
    fn told(&self, result: Result<(), Status>, transferred: usize) -> Told {
        let status = match (result, self.cancelled) {
            (Ok(()), false) => TRANSFER_COMPLETED,
            (Err(status @ (Status::NoDevice | Status::Timeout)), _) => status::of_transfer(status),
            // A program that was told of its cancel's success waits for that.
            (_, true) => TRANSFER_CANCELLED,
            (Err(status), false) => status::of_transfer(status),
        };
        match self.scratch {
            Some(_) if transferred > 0 => Told { status: TRANSFER_OVERFLOW, transferred: 0 },
            _ => Told { status, transferred },
        }
    }
}
