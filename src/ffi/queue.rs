//! Completion queues: submit now, hear of it later.

use super::boundary::guard;
use super::devices::usbx_device;
use super::interface::{USBX_TYPE_BULK, USBX_TYPE_CONTROL, USBX_TYPE_INTERRUPT, USBX_TYPE_ISOCHRONOUS};
use super::isochronous::{packet_table, usbx_packet, write_results};
use super::library::{usbx_status, USBX_OK};
use super::pointer::{data, Out};
use super::stream::wait;
use crate::device::Request;
use crate::error::{Error, Result, Status};
use crate::library::{self, Object};
use crate::queue::{Finished, Queue};
use crate::sys::Buffer;
use crate::usb::{Direction, SetupPacket, TransferType};
use std::os::raw::c_void;
use std::time::Duration;

/// A completion queue. A token, as usbx_device. Any thread may use it; usbx_queue_close ends it.
pub struct usbx_queue {
    _opaque: [u8; 0],
}

/// A transfer to submit. Zero it first; what its type does not need stays 0. Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_transfer {
    /// USBX_TYPE_*.
    pub r#type: u8,
    /// bEndpointAddress, not for control requests. Bit 7 says which way.
    pub endpoint: u8,
    /// Control: bmRequestType; bit 7 set means IN.
    pub request_type: u8,
    /// Control: bRequest.
    pub request: u8,
    /// Control: wValue.
    pub value: u16,
    /// Control: wIndex.
    pub index: u16,
    /// Milliseconds the transfer may take; USBX_NO_TIMEOUT: for ever.
    pub timeout_ms: u32,
    /// 0.
    pub reserved_1: u32,
    /// The bytes to send or to receive into. They are the library's until the completion was taken from the queue, or the
    /// queue is closed.
    pub data: *mut c_void,
    /// How many; 65535 at the most for control.
    pub length: usize,
    /// Isochronous: the packets, as usbx_isochronous_read. They are the library's as long as the data is, and then say what became
    /// of each.
    pub packets: *mut usbx_packet,
    /// Isochronous: how many.
    pub packet_count: usize,
    /// Comes back in the completion, as it is.
    pub user_data: u64,
    /// 0.
    pub reserved: [u8; 32],
}

/// How a transfer went. Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_completion {
    /// The number that usbx_submit gave.
    pub id: u64,
    /// From the transfer.
    pub user_data: u64,
    /// When it completed: nanoseconds of CLOCK_MONOTONIC.
    pub timestamp_ns: u64,
    /// Bytes that moved, on failure too.
    pub transferred: usize,
    /// USBX_OK, or why the transfer ended early.
    pub status: usbx_status,
    /// 0.
    pub reserved: [u8; 36],
}

impl From<Finished> for usbx_completion {
    fn from(finished: Finished) -> Self {
        if let Some((packets, mut table)) = finished.packets {
            write_results(&mut table, &packets.results());
        }
        usbx_completion {
            id: finished.id,
            user_data: finished.user_data,
            timestamp_ns: finished.timestamp,
            transferred: finished.transferred,
            status: finished.result.map_or_else(|status| status as i32, |()| USBX_OK),
            reserved: [0; 36],
        }
    }
}

/// Opens a completion queue. It has no thread: whoever waits on it drives the bus.
///
/// queue: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_queue_close.
///
/// Returns USBX_OK; USBX_ERROR_NO_MEM; USBX_ERROR_INVALID_PARAM. Any thread. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_queue_open(queue: *mut *mut usbx_queue) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(queue) };
    guard(|| {
        let open = || {
            place.required("queue")?;
            library::register(Object::Queue(Queue::new()?))
        };
        let token = open().map_err(|error: Error| error.during("open a queue"))?;
        place.set(token.value() as *mut usbx_queue);
        Ok(())
    })
}

/// Starts a transfer whose completion the queue will give. Transfers of one endpoint complete in the order they were
/// submitted, unless one is cancelled.
///
/// device: the handle. The checks are those of usbx_control, usbx_bulk_read and their kin.
/// queue: where the completion goes; transfers of several devices may share one.
/// transfer: what to do. The struct is copied; the data is not.
/// id: receives a number for it, never 0, unique in this queue; may be NULL.
///
/// Returns USBX_OK if it was started; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_INVALID_PARAM; USBX_ERROR_NO_DEVICE;
/// USBX_ERROR_NO_MEM if the system has no memory for one more; USBX_ERROR_IO if it does not take it for another reason;
/// USBX_ERROR_INVALID_HANDLE; USBX_ERROR_CLOSED. On failure
/// there is no completion. Any thread. Source: libusb_submit_transfer. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_submit(
    device: *mut usbx_device,
    queue: *mut usbx_queue,
    transfer: *const usbx_transfer,
    id: *mut u64,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a uint64_t, as documented.
    let id = unsafe { Out::new(id) };
    guard(|| {
        let device = library::device_arc(device as usize, "submit")?;
        let queue = library::queue(queue as usize, "submit")?;
        if transfer.is_null() {
            return Err(Error::invalid("submit: transfer is NULL"));
        }
        // SAFETY: not NULL, therefore a usbx_transfer, as documented; any alignment will do.
        let transfer = unsafe { transfer.read_unaligned() };
        let asked = || {
            // SAFETY: the caller passes `packet_count` packets that stay valid until the completion.
            let (request, table) = unsafe { request(&transfer) }?;
            // SAFETY: the caller passes `length` bytes that stay valid until the completion, writable if the transfer goes IN.
            let buffer = unsafe { data(transfer.data.cast(), transfer.length) }?;
            let timeout = match transfer.timeout_ms {
                0 => None,
                super::USBX_NO_WAIT_VALUE => return Err(Error::invalid("USBX_NO_WAIT is no timeout for a transfer")),
                timeout => Some(Duration::from_millis(timeout.into())),
            };
            Ok((request, table, buffer, timeout))
        };
        let asked = asked().map_err(|error: Error| error.during(format!("submit to {device}")));
        let (request, table, buffer, timeout) = asked?;
        id.set(queue.submit(&device, &request, buffer, table, timeout, transfer.user_data)?);
        Ok(())
    })
}

/// # Safety
/// The packets of an isochronous transfer are valid until the Buffer that comes back is dropped.
unsafe fn request(transfer: &usbx_transfer) -> Result<(Request, Option<Buffer>)> {
    let address = transfer.endpoint;
    let way = if address & 0x80 != 0 { Direction::In } else { Direction::Out };
    match transfer.r#type {
        USBX_TYPE_CONTROL => {
            let length = u16::try_from(transfer.length).map_err(|_| {
                Error::invalid(format!("{} bytes; a control request has at most 65535", transfer.length))
            })?;
            let usbx_transfer { request_type, request, value, index, .. } = *transfer;
            Ok((Request::Control(SetupPacket { request_type, request, value, index, length }), None))
        }
        USBX_TYPE_BULK => Ok((Request::Endpoint { transfer_type: TransferType::Bulk, way, address }, None)),
        USBX_TYPE_INTERRUPT => Ok((Request::Endpoint { transfer_type: TransferType::Interrupt, way, address }, None)),
        USBX_TYPE_ISOCHRONOUS => {
            // SAFETY: this function's own contract.
            let (packets, table) = unsafe { packet_table(transfer.packets, transfer.packet_count) }?;
            Ok((Request::Isochronous { way, address, packets }, Some(table)))
        }
        other => Err(Error::invalid(format!("there is no transfer type {other}"))),
    }
}

/// Waits for completions and takes as many as there are and fit. While it waits it drives the bus.
///
/// queue: the handle.
/// completions: receives the completions, oldest first.
/// capacity: how many fit, not 0.
/// timeout_ms: milliseconds to wait for the first one; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
/// count: receives how many were taken; may be NULL where capacity is 1 or the rest of the array was zeroed (no id is 0).
///
/// Returns USBX_OK with at least one; USBX_ERROR_TIMEOUT with none; USBX_ERROR_CLOSED if another thread closed the queue;
/// USBX_ERROR_NO_MEM, and the completions stay in the queue;
/// USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread, several at once. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_queue_wait(
    queue: *mut usbx_queue,
    completions: *mut usbx_completion,
    capacity: usize,
    timeout_ms: u32,
    count: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let count = unsafe { Out::new(count) };
    guard(|| {
        let queue = library::queue(queue as usize, "wait on a queue")?;
        if completions.is_null() || capacity == 0 {
            return Err(Error::invalid("wait on a queue: there is no room for a completion"));
        }
        let take = |number: usize, finished: Finished| {
            // SAFETY: the caller passes room for `capacity` entries, as documented, and no more are given.
            unsafe { completions.add(number).write_unaligned(finished.into()) }
        };
        let taken = queue.wait(capacity, wait(timeout_ms), take).map_err(|error| error.during("wait on a queue"))?;
        if taken == 0 {
            return Err(Error::new(Status::Timeout, "wait on a queue: nothing completed in that time"));
        }
        count.set(taken);
        Ok(())
    })
}

/// Ends a transfer early: its completion comes with USBX_ERROR_CANCELLED and what moved until then, or as it was if it is
/// complete already.
///
/// queue: the handle.
/// id: from usbx_submit; 0 for all. One that is not pending is passed over.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE. Any thread. Source: libusb_cancel_transfer. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_queue_cancel(queue: *mut usbx_queue, id: u64) -> usbx_status {
    guard(|| library::queue(queue as usize, "cancel in a queue")?.cancel(id))
}

/// A descriptor for select(), poll(), epoll and event loops: readable when usbx_queue_wait with USBX_NO_WAIT should be called.
/// It may be readable with nothing complete, now and then. It is the library's, and valid until usbx_queue_close.
///
/// queue: the handle.
/// fd: receives the descriptor; -1 on failure.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE. Any thread. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_queue_fd(queue: *mut usbx_queue, fd: *mut i32) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let fd = unsafe { Out::new(fd) };
    fd.set(-1);
    guard(|| {
        let queue = library::queue(queue as usize, "queue descriptor")?;
        fd.required("fd").map_err(|error| error.during("queue descriptor"))?;
        fd.set(queue.descriptor().map_err(|error| error.during("queue descriptor"))?);
        Ok(())
    })
}

/// Closes a queue: cancels what is pending, and returns when no buffer is in use any more. Completions not taken are dropped.
///
/// queue: the handle; NULL is allowed and does nothing.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_queue_close(queue: *mut usbx_queue) -> usbx_status {
    guard(|| {
        if queue.is_null() {
            return Ok(());
        }
        library::close_queue(queue as usize)
    })
}
