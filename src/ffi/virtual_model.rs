//! Virtual devices that a program answers for: what happens, and what the device does.

use super::boundary::guard_of;
use super::library::usbx_status;
use super::pointer::{data, Out};
use super::stream::wait;
use super::virtual_device::usbx_virtual;
use super::virtual_types::{event as told, usbx_fault, usbx_virtual_event};
use crate::bus::simulated::Happening;
use crate::error::Error;
use crate::library;
use std::os::raw::c_void;

/// Takes the next event of a virtual device from usbx_virtual_create, in the order in which they happened.
///
/// The program that answers for the device calls this in a loop, on any thread. The library holds no lock meanwhile: the
/// program may itself use usbx. While nobody calls it, the device answers NAK: requests of the host wait until their time
/// limit.
///
/// The library answers the standard requests itself, from the descriptors; see
/// usbx_virtual_answer_standard_requests. A request that waits here and that the host gives up is not reported.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
/// @param event receives what happened; zeroed on failure
/// @param data receives the data of a control request that goes OUT, at most 65,535 bytes; NULL is allowed with capacity 0
/// @param capacity size of data in bytes
/// @param length receives the number of data bytes; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: nothing happened in that time
/// - USBX_ERROR_OVERFLOW: the request has more data than data has room for. length receives how many; the request comes
///   again with the next call.
/// - USBX_ERROR_CLOSED: another thread closed the virtual device
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device: it is from usbx_virtual_open
/// - USBX_ERROR_INVALID_PARAM: event is NULL, or data is NULL with a capacity
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread; of several at the same time, each gets different events.
///
/// @par References
/// USB 2.0 section 9.3; FunctionFS and raw-gadget in Linux.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_next(
    virtual_device: *mut usbx_virtual,
    timeout_ms: u32,
    event: *mut usbx_virtual_event,
    data: *mut c_void,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an event, as documented.
    let place = unsafe { Out::new(event) };
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let length = unsafe { Out::new(length) };
    guard_of(virtual_device, || {
        let what = "wait for events of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        let next = || {
            place.required("event")?;
            // SAFETY: the caller passes `capacity` writable bytes that stay valid during this call.
            let mut buffer = unsafe { self::data(data.cast(), capacity) }?;
            let (happening, lost) = device.next(wait(timeout_ms), capacity).map_err(|(error, there)| {
                length.set(there);
                error
            })?;
            place.set(told(&happening, lost));
            if let Happening::Setup(_, sent) = &happening {
                buffer.space()[..sent.len()].copy_from_slice(sent);
                length.set(sent.len());
            }
            Ok(())
        };
        next().map_err(|error: Error| error.during(what))
    })
}

/// Answers the control request in hand, which usbx_virtual_next gave.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param data the answer to a request that wants data; bytes beyond its wLength are not sent. NULL with length 0
///   acknowledges a request, or answers with no data.
/// @param length number of bytes; 0 for a request that goes OUT
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: no request is in hand
/// - USBX_ERROR_CANCELLED: the host gave the request up before this call, by its time limit for example
/// - USBX_ERROR_INVALID_PARAM: data is NULL with a length, or the request goes OUT and length is not 0: the request is
///   still in hand
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_reply(
    virtual_device: *mut usbx_virtual,
    data: *const c_void,
    length: usize,
) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "answer a request to a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        // SAFETY: the caller passes `length` readable bytes that stay valid during this call; they are only read.
        let reply = || device.reply(unsafe { self::data(data.cast_mut().cast(), length) }?.bytes());
        reply().map_err(|error| error.during(what))
    })
}

/// Refuses the control request in hand, or halts an endpoint.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param endpoint 0: the request in hand fails with USBX_ERROR_PIPE. Otherwise bEndpointAddress of an endpoint, which is
///   halted until the host clears that (USBX_VIRTUAL_HALT); the host's transfers there end with USBX_ERROR_PIPE.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: endpoint is 0, and no request is in hand
/// - USBX_ERROR_CANCELLED: endpoint is 0, and the host gave the request up before
/// - USBX_ERROR_INVALID_PARAM: the device has no such endpoint
/// - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 sections 5.3.1 and 8.4.5.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_virtual_stall(virtual_device: *mut usbx_virtual, endpoint: u8) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "stall an endpoint of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        device.stall(endpoint).map_err(|error| error.during(what))
    })
}

/// Sends data from a virtual device to the host, at an IN endpoint.
///
/// Bulk and interrupt: the data go out in packets, as on a wire, when the host's transfers ask for them; the call returns
/// when the host has taken all. The last packet is short if the length is not a multiple of the packet size, and ends
/// the host's transfer. With length 0 a zero-length packet is sent, which does the same after full packets.
///
/// Isochronous: the data are cut into packets of the interval's size, of which one goes out in each interval in which the
/// host has a transfer there. The call returns when all are queued; 4096 packets have room.
///
/// @param virtual_device a virtual device from usbx_virtual_create, plugged in
/// @param endpoint bEndpointAddress of an IN endpoint (bit 7 set) in any of the device's settings
/// @param data the bytes to send; may be NULL only if length is 0
/// @param length number of bytes to send
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: what the host asks for now
/// @param transferred receives the number of bytes that the host took (isochronous: that are queued), on failure too; may
///   be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: the host did not take all in that time
/// - USBX_ERROR_CANCELLED: the host reset or configured the device, or selected an alternate setting of the interface
/// - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in, or was unplugged
/// - USBX_ERROR_CLOSED: another thread closed the virtual device
/// - USBX_ERROR_INVALID_PARAM: the device has no such IN endpoint
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread. Concurrent writes to one endpoint are sent in the order of their calls.
///
/// @par References
/// USB 2.0 sections 5.5 to 5.8.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_write(
    virtual_device: *mut usbx_virtual,
    endpoint: u8,
    data: *const c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let transferred = unsafe { Out::new(transferred) };
    guard_of(virtual_device, || {
        let what = || format!("send to the host at endpoint 0x{endpoint:02x} of a virtual device");
        let device = library::virtual_device(virtual_device as usize, "send to the host")?;
        // SAFETY: the caller passes `length` readable bytes that stay valid during this call; they are only read.
        let buffer = unsafe { self::data(data.cast_mut().cast(), length) }.map_err(|error| error.during(what()))?;
        let outcome = device.write(endpoint, buffer, wait(timeout_ms)).during(what);
        transferred.set(outcome.transferred);
        outcome.result
    })
}

/// Receives data that the host sends to a virtual device, at an OUT endpoint.
///
/// Bulk and interrupt: the call waits for a packet, takes what the host sends at that moment, and returns: when the buffer
/// is full, after a short packet, or when nothing more is there. A zero-length packet alone is a success with 0 bytes. A
/// packet that the rest of the buffer has no room for stays for the next read. The host's transfer is complete when all
/// of it was read.
///
/// Isochronous: each call takes one packet. 4096 packets wait; further ones are lost, as on a bus.
///
/// @param virtual_device a virtual device from usbx_virtual_create, plugged in
/// @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear) in any of the device's settings
/// @param data receives the bytes
/// @param capacity size of data in bytes: at least the packet size
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: what is there now
/// @param transferred receives the number of bytes received, on failure too; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: the host sent nothing in that time
/// - USBX_ERROR_OVERFLOW: the host's packet is longer than the buffer; it is not lost
/// - USBX_ERROR_CANCELLED: the host reset or configured the device, or selected an alternate setting of the interface
/// - USBX_ERROR_NO_DEVICE: the virtual device is not plugged in, or was unplugged
/// - USBX_ERROR_CLOSED: another thread closed the virtual device
/// - USBX_ERROR_INVALID_PARAM: the device has no such OUT endpoint, or data is NULL with a capacity
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread. Concurrent reads of one endpoint are served in the order of their calls.
///
/// @par References
/// USB 2.0 sections 5.5 to 5.8.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_read(
    virtual_device: *mut usbx_virtual,
    endpoint: u8,
    data: *mut c_void,
    capacity: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let transferred = unsafe { Out::new(transferred) };
    guard_of(virtual_device, || {
        let what = || format!("receive from the host at endpoint 0x{endpoint:02x} of a virtual device");
        let device = library::virtual_device(virtual_device as usize, "receive from the host")?;
        // SAFETY: the caller passes `capacity` writable bytes that stay valid during this call.
        let buffer = unsafe { self::data(data.cast(), capacity) }.map_err(|error| error.during(what()))?;
        let outcome = device.read(endpoint, buffer, wait(timeout_ms)).during(what);
        transferred.set(outcome.transferred);
        outcome.result
    })
}

/// Gets a file descriptor that becomes readable when a virtual device has an event.
///
/// When it is readable, call usbx_virtual_next with USBX_NO_WAIT until that returns USBX_ERROR_TIMEOUT.
///
/// On Windows it is the HANDLE of an event that is signalled meanwhile, for WaitForMultipleObjects:
/// (HANDLE)(intptr_t)fd.
///
/// @param virtual_device a virtual device from usbx_virtual_create
/// @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_virtual_close.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NO_MEM: no file descriptor left
/// - USBX_ERROR_NOT_SUPPORTED: the library answers for this device
/// - USBX_ERROR_INVALID_PARAM: fd is NULL
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_fd(virtual_device: *mut usbx_virtual, fd: *mut i32) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let fd = unsafe { Out::new(fd) };
    fd.set(-1);
    guard_of(virtual_device, || {
        let what = "get the file descriptor of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        fd.required("fd").map_err(|error| error.during(what))?;
        fd.set(device.descriptor().map_err(|error| error.during(what))?);
        Ok(())
    })
}

/// Makes transfers of a virtual device fail, deterministically: to try what a program does then.
///
/// It works with every virtual device, built-in ones too. Several faults of one endpoint count independently; the one
/// that was set first meets a transfer that several mean. They are in effect while the device is plugged in; faults that
/// were set before are in effect from then on, and unplugging removes them.
///
/// @param virtual_device a virtual device
/// @param endpoint bEndpointAddress in any of the device's settings; 0 for control requests
/// @param fault what happens to which transfer; NULL removes the faults of the endpoint
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: the device has no such endpoint, the fault is not valid, or it is for IN endpoints only
/// - USBX_ERROR_NO_DEVICE: a device from usbx_virtual_open is not plugged in
/// - USBX_ERROR_INVALID_HANDLE: the virtual device's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_fault(
    virtual_device: *mut usbx_virtual,
    endpoint: u8,
    fault: *const usbx_fault,
) -> usbx_status {
    guard_of(virtual_device, || {
        let what = "set a fault of a virtual device";
        let device = library::virtual_device(virtual_device as usize, what)?;
        let fault = if fault.is_null() {
            None
        } else {
            // SAFETY: not NULL, therefore a readable usbx_fault, as documented; any alignment will do.
            Some(unsafe { fault.read_unaligned() }.checked().map_err(|error| error.during(what))?)
        };
        device.set_fault(endpoint, fault).map_err(|error| error.during(what))
    })
}
