//! Completion queues: submit now, hear of it later.

use super::boundary::{guard, guard_of};
use super::devices::usbx_device;
use super::interface::{USBX_TYPE_BULK, USBX_TYPE_CONTROL, USBX_TYPE_INTERRUPT, USBX_TYPE_ISOCHRONOUS};
use super::isochronous::{packet_table, usbx_packet, write_results};
use super::library::{usbx_status, USBX_OK};
use super::pointer::{data, Out};
use super::stream::wait;
use crate::device::{Extras, Patience, Request};
use crate::error::{Error, Result, Status};
use crate::library::{self, Object};
use crate::queue::{Again, Finished, Queue};
use crate::sys::Buffer;
use crate::usb::{Direction, SetupPacket, TransferType};
use std::os::raw::c_void;
use std::time::Duration;

/// A completion queue, from usbx_queue_open. It is closed with usbx_queue_close.
///
/// The pointer is a checked token, like usbx_device. Any thread may use it.
pub struct usbx_queue {
    _opaque: [u8; 0],
}

/// Flag of a bulk or interrupt OUT transfer: if its length is a multiple of the packet size, a zero-length packet follows
/// the data, so that the device sees where they end.
///
/// usbx_bulk_write and usbx_interrupt_write have no flags: call them once more with a length of 0 for the same packets
/// on the wire.
pub const USBX_TRANSFER_ZERO_PACKET: u32 = 1;

/// A transfer to submit to a completion queue.
///
/// Set the whole struct to 0 first; the fields that its type does not need stay 0.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_transfer {
    /// The type of the transfer: USBX_TYPE_*.
    pub r#type: u8,
    /// bEndpointAddress; bit 7 is the direction. Not used for control requests.
    pub endpoint: u8,
    /// Control: bmRequestType; bit 7 set means IN.
    pub request_type: u8,
    /// Control: bRequest.
    pub request: u8,
    /// Control: wValue.
    pub value: u16,
    /// Control: wIndex.
    pub index: u16,
    /// Maximum time for the transfer, in milliseconds; USBX_NO_TIMEOUT: no limit.
    pub timeout_ms: u32,
    /// 0, or USBX_TRANSFER_ZERO_PACKET.
    pub flags: u32,
    /// The bytes to send, or the buffer to receive into. The library uses the memory until the completion is taken from
    /// the queue or the queue is closed; do not free or change it before.
    pub data: *mut c_void,
    /// Size of data in bytes; at most 65535 for control.
    pub length: usize,
    /// Isochronous: the packets, as in usbx_isochronous_read. The library uses this memory as long as data; afterwards
    /// each entry says what happened to its packet.
    pub packets: *mut usbx_packet,
    /// Isochronous: number of packets.
    pub packet_count: usize,
    /// A value of the caller's choice; the completion returns it unchanged.
    pub user_data: u64,
    /// Bulk: the number of the stream, from 1, if the endpoint has bulk streams (usbx_bulk_streams_alloc); otherwise 0.
    pub stream: u32,
    /// Set to 0.
    pub reserved: [u8; 28],
}

/// The outcome of one transfer.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_completion {
    /// The number that usbx_submit returned for the transfer.
    pub id: u64,
    /// The caller's value from the transfer.
    pub user_data: u64,
    /// When the transfer completed, in nanoseconds of CLOCK_MONOTONIC.
    pub timestamp_ns: u64,
    /// Bytes that moved, on failure too.
    pub transferred: usize,
    /// USBX_OK, or why the transfer ended early.
    pub status: usbx_status,
    /// Always 0.
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

/// Opens a completion queue.
///
/// A queue takes many transfers at once and returns each when it is complete. It has no thread of its own: the threads
/// that wait on it collect the completions from the system.
///
/// @param queue receives the handle, or NULL on failure; the caller owns it and closes it with usbx_queue_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
/// - USBX_ERROR_INVALID_PARAM: queue is NULL
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_queue_open(queue: *mut *mut usbx_queue) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(queue) };
    guard(|| {
        let open = || {
            place.required("queue")?;
            library::register(Object::Queue(Queue::new(Patience::Brief)?))
        };
        let token = open().map_err(|error: Error| error.during("open a queue"))?;
        place.set(token.value() as *mut usbx_queue);
        Ok(())
    })
}

/// Starts a transfer and returns at once; its completion comes from the queue.
///
/// While another thread's call clears the endpoint's halt, or releases an interface of the device, selects a setting or a
/// configuration, or resets it, nothing can be started there. The function waits up to 50 ms for that call, and then returns
/// USBX_ERROR_BUSY.
///
/// Transfers of one endpoint complete in the order in which they were submitted, unless one is cancelled or the system ends
/// them, because the device is unplugged or reset by another program or the computer sleeps: then they come in any order, often
/// the newest first, and bytes may have come in one that is taken last.
///
/// A blocking call of more than 512 KiB runs in pieces: what is submitted to its endpoint meanwhile may come between two of
/// them. If this call fails, there is no completion. The arguments are checked as for usbx_control, usbx_bulk_read and similar
/// calls. Requests that usbx_control carries out itself, such as SET_CONFIGURATION, are refused here.
///
/// @param device an open device
/// @param queue the queue that gets the completion; transfers of several devices may share one
/// @param transfer the transfer to start. The struct is copied and may be reused at once; the data and packets are not
///   copied and stay in use until the completion is taken.
/// @param id receives a number for the transfer, not 0 and unique in this queue; may be NULL
///
/// @return USBX_OK if the transfer was started, or:
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
/// - USBX_ERROR_INVALID_PARAM: an argument or a field of transfer is not valid
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_BUSY: another thread is in a call that changes the endpoint, its interface or the device; submit again
///   when that call has returned
/// - USBX_ERROR_CANCELLED: usbx_cancel, or a change of the interface or the device, came while this call waited for such
///   a call
/// - USBX_ERROR_NO_MEM: out of memory for another transfer
/// - USBX_ERROR_IO: the system refuses the transfer for another reason
/// - USBX_ERROR_INVALID_HANDLE: the device or queue handle is not open
/// - USBX_ERROR_CLOSED: another thread closed the device or the queue during the call
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_submit_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_submit(
    device: *mut usbx_device,
    queue: *mut usbx_queue,
    transfer: *const usbx_transfer,
    id: *mut u64,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a uint64_t, as documented.
    let id = unsafe { Out::new(id) };
    guard_of(device, || {
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
                super::USBX_NO_WAIT_VALUE => {
                    return Err(Error::invalid("USBX_NO_WAIT is not a timeout for a transfer"))
                }
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
    let extras = extras(transfer)?;
    match transfer.r#type {
        USBX_TYPE_CONTROL => {
            let length = u16::try_from(transfer.length).map_err(|_| {
                Error::invalid(format!("{} bytes; a control request has at most 65535", transfer.length))
            })?;
            let usbx_transfer { request_type, request, value, index, .. } = *transfer;
            Ok((Request::Control(SetupPacket { request_type, request, value, index, length }), None))
        }
        USBX_TYPE_BULK => Ok((Request::Endpoint { transfer_type: TransferType::Bulk, way, address, extras }, None)),
        USBX_TYPE_INTERRUPT => {
            Ok((Request::Endpoint { transfer_type: TransferType::Interrupt, way, address, extras }, None))
        }
        USBX_TYPE_ISOCHRONOUS => {
            // SAFETY: this function's own contract.
            let (packets, table) = unsafe { packet_table(transfer.packets, transfer.packet_count) }?;
            Ok((Request::Isochronous { way, address, packets }, Some(table)))
        }
        other => Err(Error::invalid(format!("there is no transfer type {other}"))),
    }
}

fn extras(transfer: &usbx_transfer) -> Result<Extras> {
    let flags = transfer.flags;
    if flags & !USBX_TRANSFER_ZERO_PACKET != 0 {
        return Err(Error::invalid(format!("there are no such flags: 0x{flags:x}; zero the transfer first")));
    }
    let zero_packet = flags & USBX_TRANSFER_ZERO_PACKET != 0;
    if zero_packet && !matches!(transfer.r#type, USBX_TYPE_BULK | USBX_TYPE_INTERRUPT) {
        return Err(Error::invalid("USBX_TRANSFER_ZERO_PACKET is for bulk and interrupt transfers only"));
    }
    let stream = transfer.stream;
    if stream != 0 && transfer.r#type != USBX_TYPE_BULK {
        return Err(Error::invalid("only bulk endpoints have streams; set the stream to 0"));
    }
    let no_such = |_| Error::invalid(format!("there is no stream {stream}; numbers have 16 bits"));
    Ok(Extras { zero_packet, stream: u16::try_from(stream).map_err(no_such)? })
}

/// Waits for transfers to complete and takes the completions that are there, as many as fit.
///
/// While it waits, the calling thread collects completions from the system.
///
/// @param queue an open queue
/// @param completions receives the completions, oldest first
/// @param capacity number of entries that fit in completions, not 0
/// @param timeout_ms maximum wait for the first completion, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT:
///   return at once
/// @param count receives the number of completions taken; may be NULL if capacity is 1, or if the array was zeroed
///   before (no id is 0)
///
/// @return USBX_OK with at least one completion, or:
/// - USBX_ERROR_TIMEOUT: nothing completed in that time
/// - USBX_ERROR_CLOSED: another thread closed the queue
/// - USBX_ERROR_NO_MEM: out of memory; the completions stay in the queue
/// - USBX_ERROR_INVALID_PARAM: completions is NULL or capacity is 0
/// - USBX_ERROR_INVALID_HANDLE: the queue handle is not open
///
/// @par Threads
/// Any thread, several at the same time.
///
/// @since 0.1.0
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
        let take = |number: usize, finished: Finished, _: Again| {
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

/// Cancels one transfer of a queue, or all of them.
///
/// The transfer's completion still comes from the queue: with USBX_ERROR_CANCELLED and the bytes that moved before, or
/// with its own result if it was complete already.
///
/// @param queue an open queue
/// @param id the number from usbx_submit; 0 for all. A transfer that is not pending is ignored.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the queue handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_cancel_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_queue_cancel(queue: *mut usbx_queue, id: u64) -> usbx_status {
    guard(|| library::queue(queue as usize, "cancel in a queue")?.cancel(id))
}

/// Gets a file descriptor that becomes readable when a queue has work to do.
///
/// Use it with select(), poll(), epoll or an event loop. When it is readable, call usbx_queue_wait with USBX_NO_WAIT.
/// Sometimes it is readable although nothing has completed.
///
/// On Windows it is the HANDLE of an event that is signalled meanwhile, for WaitForMultipleObjects:
/// (HANDLE)(intptr_t)fd.
///
/// @param queue an open queue
/// @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_queue_close.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: fd is NULL
/// - USBX_ERROR_INVALID_HANDLE: the queue handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_queue_fd(queue: *mut usbx_queue, fd: *mut i32) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let fd = unsafe { Out::new(fd) };
    fd.set(-1);
    guard(|| {
        let queue = library::queue(queue as usize, "get the file descriptor of a queue")?;
        fd.required("fd").map_err(|error| error.during("get the file descriptor of a queue"))?;
        fd.set(queue.descriptor().map_err(|error| error.during("get the file descriptor of a queue"))?);
        Ok(())
    })
}

/// Closes a queue.
///
/// Pending transfers are cancelled. When this function returns, no buffer of theirs is in use any more. Completions
/// that were not taken are dropped.
///
/// @param queue an open queue; NULL is allowed and does nothing
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the queue handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_queue_close(queue: *mut usbx_queue) -> usbx_status {
    guard(|| {
        if queue.is_null() {
            return Ok(());
        }
        library::close_queue(queue as usize)
    })
}
