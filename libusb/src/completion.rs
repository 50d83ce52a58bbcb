//! What became of a transfer, and who is told of it.

use crate::abi::*;
use crate::context::{lock, Context};
use crate::flights::{Ended, Flight, Owner};
use crate::options::free;
use crate::status;
use crate::transfer;
use crate::transfer_memory::{packet, release, Identity, Private};
use std::os::raw::c_int;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use usbx::tool::{Again, Finished, Packets, Status};

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
    let Some(Ended { owner, told, packets }) = context.flights.end(done) else { return };
    match owner {
        Owner::Call(place) => *lock(&place) = Some(told),
        // SAFETY: given back by the program, and nothing uses it any more.
        Owner::Nobody(address) => unsafe { release(address as *mut libusb_transfer) },
        Owner::Program(address) => {
            // SAFETY: the program keeps a transfer as it is until its callback is called.
            unsafe { tell_program(address as *mut libusb_transfer, told, packets.as_deref()) };
            context.flights.let_go();
        }
    }
    context.events.tell();
}

/// # Safety
/// The transfer is from libusb_alloc_transfer, was submitted, and is complete.
unsafe fn tell_program(transfer: *mut libusb_transfer, told: Told, packets: Option<&Packets>) {
    let Told { mut status, transferred } = told;
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

/// Lets go of what was under way with a device that is closed: nothing uses the buffers, and nobody is told.
pub fn forget(flights: impl Iterator<Item = Box<Flight>>) {
    flights.for_each(|flight| match flight.owner {
        // SAFETY: as in `tell`: the transfer is the program's, and was not given back.
        Owner::Program(address) => unsafe {
            Private::of(address as *mut libusb_transfer).flight.store(0, Ordering::SeqCst);
        },
        // SAFETY: given back by the program, and nothing uses it any more.
        Owner::Nobody(address) => unsafe { release(address as *mut libusb_transfer) },
        Owner::Call(ref place) => *lock(place) = Some(Told { status: TRANSFER_NO_DEVICE, transferred: 0 }),
    });
}

/// # Safety
/// The buffer is NULL or was allocated by C's malloc.
pub unsafe fn free_buffer(buffer: *mut u8) {
    // SAFETY: this function's own contract.
    unsafe { free(buffer) };
}
