//! One of libusb's transfers: memory that libusb allocates, fills in when it completes, and must not lose while it is in flight.

use super::connection::Connection;
use crate::error::{Error, Result, Status};
use crate::usb::TransferType;
use rusb::ffi::constants::*;
use rusb::ffi::{self, libusb_iso_packet_descriptor, libusb_transfer, libusb_transfer_cb_fn};
use std::os::raw::{c_int, c_void};
use std::ptr::{addr_of_mut, NonNull};

/// The most packets of one request: libusb gives no more to the system in one piece, and with several pieces it does not say of
/// which piece it reports when they are cancelled.
pub const PACKETS_OF_ONE: usize = 128;

pub struct Request(NonNull<libusb_transfer>);

// SAFETY: plain memory, which libusb changes between submission and completion; before and after that `Transfer` has it under its lock.
unsafe impl Send for Request {}
// SAFETY: as above.
unsafe impl Sync for Request {}

impl Request {
    pub fn new(
        connection: &Connection,
        transfer_type: TransferType,
        endpoint: u8,
        length: usize,
        packets: &[u32],
        callback: libusb_transfer_cb_fn,
    ) -> Result<Request> {
        // SAFETY: it has no condition.
        let transfer = NonNull::new(unsafe { ffi::libusb_alloc_transfer(packets.len() as c_int) });
        let request = Request(transfer.ok_or_else(|| Error::new(Status::NoMem, "memory ran out"))?);
        // SAFETY: libusb has allocated it zeroed, with room for so many packets, and no other code has it.
        unsafe {
            let transfer = &mut *request.as_ptr();
            transfer.dev_handle = connection.handle();
            transfer.endpoint = endpoint;
            transfer.length = length as c_int;
            transfer.transfer_type = match transfer_type {
                TransferType::Control => LIBUSB_TRANSFER_TYPE_CONTROL,
                TransferType::Isochronous => LIBUSB_TRANSFER_TYPE_ISOCHRONOUS,
                TransferType::Bulk => LIBUSB_TRANSFER_TYPE_BULK,
                TransferType::Interrupt => LIBUSB_TRANSFER_TYPE_INTERRUPT,
            };
            // The thread that waits looks at the clock: libusb's own timeout would lose to a completion, or come for nothing.
            transfer.timeout = 0;
            transfer.callback = callback;
            transfer.num_iso_packets = packets.len() as c_int;
            for (i, length) in packets.iter().enumerate() {
                (*request.packet(i)).length = *length;
            }
        }
        Ok(request)
    }

    /// Ends a write whose length is a multiple of the packet size with an empty packet.
    pub fn with_zero_packet(self, wanted: bool) -> Request {
        if wanted {
            // SAFETY: it is not in flight, and no other code has it.
            unsafe { (*self.as_ptr()).flags |= LIBUSB_TRANSFER_ADD_ZERO_PACKET };
        }
        self
    }

    /// For a bulk stream; 0 is none.
    pub fn with_bulk_stream(self, stream: u16) -> Request {
        if stream != 0 {
            // SAFETY: it is not in flight, and no other code has it.
            unsafe {
                (*self.as_ptr()).transfer_type = LIBUSB_TRANSFER_TYPE_BULK_STREAM;
                ffi::libusb_transfer_set_stream_id(self.as_ptr(), stream.into());
            }
        }
        self
    }

    pub fn as_ptr(&self) -> *mut libusb_transfer {
        self.0.as_ptr()
    }

    fn packet(&self, i: usize) -> *mut libusb_iso_packet_descriptor {
        // SAFETY: the packets stand after the transfer; the caller asks for one that exists.
        unsafe { addr_of_mut!((*self.as_ptr()).iso_packet_desc).cast::<libusb_iso_packet_descriptor>().add(i) }
    }

    /// Gives it the first bytes of a buffer, as many as it moves, and the callback's argument; where those bytes end.
    ///
    /// # Safety
    /// It is not in flight, and no other code uses it.
    pub unsafe fn prepare(&self, buffer: *mut u8, argument: *mut c_void) -> *mut u8 {
        // SAFETY: ours alone by this function's contract.
        unsafe {
            let transfer = &mut *self.as_ptr();
            (transfer.buffer, transfer.user_data) = (buffer, argument);
            for i in 0..transfer.num_iso_packets as usize {
                // What is not written by then was never on the bus.
                let packet = &mut *self.packet(i);
                (packet.actual_length, packet.status) = (0, LIBUSB_TRANSFER_CANCELLED);
            }
        }
        buffer.wrapping_add(self.length())
    }

    /// # Safety
    /// It is not in flight. It, its buffer and the callback's argument stay until the callback was called.
    pub unsafe fn submit(&self) -> c_int {
        // SAFETY: this function's own contract.
        unsafe { ffi::libusb_submit_transfer(self.as_ptr()) }
    }

    /// Ends it early; the callback still comes. Of one that is not in flight libusb says so, and does nothing.
    pub fn cancel(&self) {
        // SAFETY: allocated by `new` and not freed yet.
        unsafe { ffi::libusb_cancel_transfer(self.as_ptr()) };
    }

    pub fn is_control(&self) -> bool {
        // SAFETY: as above; libusb only reads it.
        unsafe { (*self.as_ptr()).transfer_type == LIBUSB_TRANSFER_TYPE_CONTROL }
    }

    /// How many bytes it moves at most, with a setup packet.
    pub fn length(&self) -> usize {
        // SAFETY: as above; libusb only reads it.
        unsafe { (*self.as_ptr()).length }.max(0) as usize
    }

    /// LIBUSB_TRANSFER_*, and how much moved, once it is complete.
    pub fn outcome(&self) -> (c_int, usize) {
        // SAFETY: as above; libusb writes before it calls back.
        let transfer = unsafe { &*self.as_ptr() };
        // What a device or its driver reports is not to be trusted: over USB/IP a count of sent bytes can be any number.
        (transfer.status, transfer.actual_length.clamp(0, transfer.length.max(0)) as usize)
    }

    /// Of each packet: bytes that moved, and LIBUSB_TRANSFER_*.
    pub fn packet_outcomes(&self) -> impl DoubleEndedIterator<Item = (u32, c_int)> + '_ {
        // SAFETY: as in `outcome`.
        let count = unsafe { (*self.as_ptr()).num_iso_packets } as usize;
        (0..count).map(|i| {
            // SAFETY: as in `outcome`; there are so many.
            let packet = unsafe { &*self.packet(i) };
            (packet.actual_length.min(packet.length), packet.status)
        })
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        // SAFETY: it is complete, or was never submitted: in flight the transfer keeps it.
        unsafe { ffi::libusb_free_transfer(self.as_ptr()) };
    }
}
