//! What became of a transfer, and who is told of it.

use crate::abi::*;
use crate::context::{lock, Context};
use crate::handle::Handle;
use crate::options::free;
use crate::status;
use crate::transfer;
use crate::transfer_memory::{packet, release, Identity, Private};
use std::os::raw::c_int;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use usbx::tool::{Again, Finished, Packets, Status};

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

/// A transfer whose callback runs: it is started once more if the callback submits it as it was, which takes a third less than another one.
pub struct InCallback {
    pub flight: Box<Flight>,
    pub again: Again,
}

pub enum Owner {
    /// The address of a program's libusb_transfer.
    Program(usize),
    /// The same, given back before its time: its memory goes when nothing uses it any more.
    Nobody(usize),
    /// A blocking call.
    Call(Arc<Mutex<Option<Told>>>),
}

/// A transfer that is complete: the number of its flight.
pub struct Done {
    pub number: u64,
    pub result: Result<(), Status>,
    pub transferred: usize,
    /// Of one that the queue had.
    pub again: Option<Again>,
}

impl Done {
    pub fn new(finished: Finished, again: Again) -> Done {
        let Finished { user_data, result, transferred, .. } = finished;
        Done { number: user_data, result, transferred, again: Some(again) }
    }
}

#[derive(Clone, Copy)]
pub struct Told {
    pub status: c_int,
    pub transferred: usize,
}

/// Tells the owner. No lock is held, as a callback may do anything.
pub fn tell(context: &Arc<Context>, done: Done) {
    let Some(mut flight) = lock(&context.flights).remove(&done.number) else { return };
    context.in_flight.fetch_sub(1, Ordering::SeqCst);
    let mut status = match (done.result, flight.cancelled) {
        (Ok(()), false) => TRANSFER_COMPLETED,
        (Err(status @ (Status::NoDevice | Status::Timeout)), _) => status::of_transfer(status),
        // A program that was told of its cancel's success waits for that.
        (_, true) => TRANSFER_CANCELLED,
        (Err(status), false) => status::of_transfer(status),
    };
    let mut transferred = done.transferred;
    if flight.scratch.is_some() && transferred > 0 {
        (status, transferred) = (TRANSFER_OVERFLOW, 0);
    }
    match flight.owner {
        Owner::Call(ref place) => *lock(place) = Some(Told { status, transferred }),
        // SAFETY: given back by the program, and nothing uses it any more.
        Owner::Nobody(address) => unsafe { release(address as *mut libusb_transfer) },
        Owner::Program(address) => {
            let packets = flight.packets.take();
            let kept = match done.again {
                Some(again) if status == TRANSFER_COMPLETED => Some(InCallback { flight, again }),
                _ => None,
            };
            context.keep(kept);
            // SAFETY: the program keeps a transfer as it is until its callback is called.
            unsafe { tell_program(address as *mut libusb_transfer, status, transferred, packets.as_deref()) };
            context.keep(None);
        }
    }
    context.events.tell();
}

/// # Safety
/// The transfer is from libusb_alloc_transfer, was submitted, and is complete.
unsafe fn tell_program(
    transfer: *mut libusb_transfer,
    mut status: c_int,
    transferred: usize,
    packets: Option<&Packets>,
) {
    // SAFETY: this function's own contract; nobody else writes to it before the callback.
    let flags = unsafe { (*transfer).flags };
    // SAFETY: as above.
    let (kind, length, callback) = unsafe { ((*transfer).r#type, (*transfer).length, (*transfer).callback) };
    let wanted = if kind == TYPE_CONTROL { length - transfer::SETUP as c_int } else { length };
    if status == TRANSFER_COMPLETED
        && flags & SHORT_NOT_OK != 0
        && kind != TYPE_ISOCHRONOUS
        && transferred as c_int != wanted
    {
        status = TRANSFER_ERROR;
    }
    if let Some(packets) = packets {
        for (at, (moved, result)) in packets.results().iter().enumerate() {
            // SAFETY: as many descriptors stand behind the transfer as it had packets.
            let packet = unsafe { &mut *packet(transfer, at) };
            packet.actual_length = *moved;
            packet.status = match result {
                Ok(()) | Err(Status::Cancelled) => TRANSFER_COMPLETED,
                Err(status) => status::of_transfer(*status),
            };
        }
    }
    // SAFETY: as above.
    unsafe {
        (*transfer).status = status;
        (*transfer).actual_length = if packets.is_some() { 0 } else { transferred as c_int };
        Private::of(transfer).flight.store(0, Ordering::SeqCst);
    }
    // SAFETY: as above.
    let to_free = (flags & FREE_TRANSFER != 0).then(|| unsafe { Identity::of(transfer) });
    if let Some(callback) = callback {
        // SAFETY: the program's function for this transfer.
        unsafe { callback(transfer) };
    }
    to_free.into_iter().for_each(Identity::free);
}

/// Lets go of all that is under way with a handle, whose device is closed: nothing uses the buffers, and nobody is told.
pub fn forget_of(context: &Arc<Context>, handle: &Arc<Handle>) -> usize {
    let mut flights = lock(&context.flights);
    let numbers: Vec<u64> =
        flights.iter().filter(|(_, flight)| Arc::ptr_eq(&flight.handle, handle)).map(|(number, _)| *number).collect();
    let gone: Vec<_> = numbers.iter().filter_map(|number| flights.remove(number)).collect();
    drop(flights);
    context.in_flight.fetch_sub(gone.len(), Ordering::SeqCst);
    gone.iter().for_each(|flight| match flight.owner {
        // SAFETY: as in `tell`: the transfer is the program's, and was not given back.
        Owner::Program(address) => unsafe {
            Private::of(address as *mut libusb_transfer).flight.store(0, Ordering::SeqCst);
        },
        // SAFETY: given back by the program, and nothing uses it any more.
        Owner::Nobody(address) => unsafe { release(address as *mut libusb_transfer) },
        Owner::Call(ref place) => *lock(place) = Some(Told { status: TRANSFER_NO_DEVICE, transferred: 0 }),
    });
    gone.len()
}

/// The same for a whole context.
pub fn forget_all(context: &Arc<Context>) {
    let handles: Vec<Arc<Handle>> = lock(&context.flights).values().map(|flight| Arc::clone(&flight.handle)).collect();
    handles.iter().for_each(|handle| {
        forget_of(context, handle);
    });
}

/// # Safety
/// The buffer is NULL or was allocated by C's malloc.
pub unsafe fn free_buffer(buffer: *mut u8) {
    // SAFETY: this function's own contract.
    unsafe { free(buffer) };
}
