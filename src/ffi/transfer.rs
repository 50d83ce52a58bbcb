//! Blocking transfers.

use super::boundary::guard_of;
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{data, Out};
use crate::error::Outcome;
use crate::library;
use crate::usb::{Direction, SetupPacket, TransferType};
use std::os::raw::c_void;

/// For timeout_ms: no time limit.
pub const USBX_NO_TIMEOUT: u32 = 0;

/// Sends a control request and transfers its data, in either direction.
///
/// Some requests would change state that the library tracks. It carries them out itself: SET_CONFIGURATION as
/// usbx_set_configuration, SET_INTERFACE as usbx_set_alt_setting, and CLEAR_FEATURE(ENDPOINT_HALT) as usbx_clear_halt.
/// SET_CONFIGURATION of the active configuration selects it again, which resets every interface and endpoint: claims
/// stay, their interfaces return to the alternate setting in which they began, and pending transfers end with
/// USBX_ERROR_CANCELLED. In these requests reserved bytes and length must be 0. SET_ADDRESS is refused.
///
/// A request to an interface or endpoint needs the interface claimed, except vendor requests, and GET_DEVICE_ID to a
/// printer's interface.
///
/// @param device an open device
/// @param request_type bmRequestType; bit 7 set means IN, device to host
/// @param request bRequest
/// @param value wValue, in the computer's byte order
/// @param index wIndex, in the computer's byte order
/// @param data the bytes to send, or a buffer to receive into, of length bytes; may be NULL only if length is 0
/// @param length wLength, in bytes
/// @param timeout_ms maximum time for the whole request, in milliseconds; USBX_NO_TIMEOUT: no limit
/// @param transferred receives the number of data bytes that moved, on failure too; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_PIPE: the device refused the request
/// - USBX_ERROR_NOT_CLAIMED: the request needs its interface claimed, and this handle has not claimed it
/// - USBX_ERROR_BUSY: SET_CONFIGURATION: an interface is in use by a kernel driver, another program or another handle
/// - USBX_ERROR_TIMEOUT: the time limit passed
/// - USBX_ERROR_CANCELLED: usbx_cancel cancelled the control requests (endpoint 0)
/// - USBX_ERROR_CLOSED: another thread closed the device during the call
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_INVALID_PARAM: an argument is not valid, or the request is SET_ADDRESS
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_MEM: out of memory
/// - USBX_ERROR_IO: the request failed on the bus
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.3; libusb_control_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_control(
    device: *mut usbx_device,
    request_type: u8,
    request: u8,
    value: u16,
    index: u16,
    data: *mut c_void,
    length: u16,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let transferred = unsafe { Out::new(transferred) };
    guard_of(device, || {
        let setup = SetupPacket { request_type, request, value, index, length };
        let device = library::device(device as usize, "control request")?;
        // SAFETY: the caller passes `length` bytes that stay valid during this call, writable if bit 7 is set.
        let buffer = unsafe { self::data(data.cast(), usize::from(length)) }.map_err(|e| e.during(setup))?;
        report(device.control(setup, buffer, timeout_ms), &transferred)
    })
}

/// Reads from a bulk endpoint until the buffer is full or a short packet ends the read.
///
/// A short packet is one that is smaller than the endpoint's packet size. If the read fails, the bytes received before
/// are in the buffer and are counted in transferred.
///
/// @param device an open device
/// @param endpoint bEndpointAddress of an IN endpoint (bit 7 set), in the selected alternate setting of a claimed
///   interface
/// @param data receives the bytes; the rest of the buffer stays as it was
/// @param length size of data in bytes, not 0; there is no upper limit. Make it a multiple of the packet size: a packet
///   that is larger than the rest of the buffer fails with USBX_ERROR_OVERFLOW.
/// @param timeout_ms maximum time for the whole read, in milliseconds; USBX_NO_TIMEOUT: no limit
/// @param transferred receives the number of bytes received, on failure too; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: the time limit passed
/// - USBX_ERROR_PIPE: the endpoint is halted; see usbx_clear_halt
/// - USBX_ERROR_OVERFLOW: the device sent more than the rest of the buffer can hold
/// - USBX_ERROR_CANCELLED: the transfer was cancelled, by usbx_cancel or by a change of the interface, the
///   configuration or the device
/// - USBX_ERROR_CLOSED: another thread closed the device during the call
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
/// - USBX_ERROR_INVALID_PARAM: an argument is not valid, or there is no such endpoint now; usbx_last_error() lists the
///   endpoints
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_MEM: out of memory
/// - USBX_ERROR_IO: the transfer failed on the bus
///
/// @par Threads
/// Any thread. Concurrent reads of one endpoint are served in the order of their calls.
///
/// @par References
/// USB 2.0 section 5.8; libusb_bulk_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_bulk_read(
    device: *mut usbx_device,
    endpoint: u8,
    data: *mut c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: this function's own contract, with the same words.
    unsafe { transfer(device, TransferType::Bulk, Direction::In, endpoint, data, length, timeout_ms, transferred) }
}

/// Writes to a bulk endpoint.
///
/// If the length is a multiple of the packet size, no zero-length packet is sent after the data. A length of 0 sends
/// one. If the write fails, transferred counts the bytes that the device took before.
///
/// @param device an open device
/// @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear), in the selected alternate setting of a claimed
///   interface
/// @param data the bytes to send; may be NULL only if length is 0
/// @param length number of bytes to send; there is no upper limit
/// @param timeout_ms maximum time for the whole write, in milliseconds; USBX_NO_TIMEOUT: no limit
/// @param transferred receives the number of bytes that the device took, on failure too; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: the time limit passed
/// - USBX_ERROR_PIPE: the endpoint is halted; see usbx_clear_halt
/// - USBX_ERROR_CANCELLED: the transfer was cancelled, by usbx_cancel or by a change of the interface, the
///   configuration or the device
/// - USBX_ERROR_CLOSED: another thread closed the device during the call
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
/// - USBX_ERROR_INVALID_PARAM: an argument is not valid, or there is no such endpoint now; usbx_last_error() lists the
///   endpoints
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_MEM: out of memory
/// - USBX_ERROR_IO: the transfer failed on the bus
///
/// @par Threads
/// Any thread. Concurrent writes to one endpoint are served in the order of their calls.
///
/// @par References
/// USB 2.0 section 5.8; libusb_bulk_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_bulk_write(
    device: *mut usbx_device,
    endpoint: u8,
    data: *const c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: this function's own contract; an OUT transfer only reads from `data`.
    unsafe {
        transfer(
            device,
            TransferType::Bulk,
            Direction::Out,
            endpoint,
            data as *mut c_void,
            length,
            timeout_ms,
            transferred,
        )
    }
}

/// Reads from an interrupt endpoint until the buffer is full or a short packet ends the read.
///
/// A report that is shorter than the packet size ends the read. To get one report per call, pass the packet size as
/// length.
///
/// @param device an open device
/// @param endpoint bEndpointAddress of an IN endpoint (bit 7 set), in the selected alternate setting of a claimed
///   interface
/// @param data receives the bytes; the rest of the buffer stays as it was
/// @param length size of data in bytes, not 0; use a multiple of the packet size
/// @param timeout_ms maximum time for the whole read, in milliseconds; USBX_NO_TIMEOUT: no limit
/// @param transferred receives the number of bytes received, on failure too; may be NULL
///
/// @return USBX_OK, or any other status of usbx_bulk_read
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 5.7; libusb_interrupt_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_interrupt_read(
    device: *mut usbx_device,
    endpoint: u8,
    data: *mut c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: this function's own contract, with the same words.
    unsafe { transfer(device, TransferType::Interrupt, Direction::In, endpoint, data, length, timeout_ms, transferred) }
}

/// Writes to an interrupt endpoint.
///
/// If the length is a multiple of the packet size, no zero-length packet is sent after the data. A length of 0 sends
/// one.
///
/// @param device an open device
/// @param endpoint bEndpointAddress of an OUT endpoint (bit 7 clear), in the selected alternate setting of a claimed
///   interface
/// @param data the bytes to send; may be NULL only if length is 0
/// @param length number of bytes to send; there is no upper limit
/// @param timeout_ms maximum time for the whole write, in milliseconds; USBX_NO_TIMEOUT: no limit
/// @param transferred receives the number of bytes that the device took, on failure too; may be NULL
///
/// @return USBX_OK, or any other status of usbx_bulk_write
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 5.7; libusb_interrupt_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_interrupt_write(
    device: *mut usbx_device,
    endpoint: u8,
    data: *const c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: this function's own contract; an OUT transfer only reads from `data`.
    unsafe {
        transfer(
            device,
            TransferType::Interrupt,
            Direction::Out,
            endpoint,
            data as *mut c_void,
            length,
            timeout_ms,
            transferred,
        )
    }
}

/// # Safety
/// `data` is NULL or valid for `length` bytes until this returns, writable if the direction is IN; `transferred` is NULL
/// or a valid place for a size_t.
#[allow(clippy::too_many_arguments)] // the C signature, and what tells the four apart
unsafe fn transfer(
    device: *mut usbx_device,
    transfer_type: TransferType,
    direction: Direction,
    endpoint: u8,
    data: *mut c_void,
    length: usize,
    timeout_ms: u32,
    transferred: *mut usize,
) -> usbx_status {
    // SAFETY: NULL or valid by this function's contract.
    let transferred = unsafe { Out::new(transferred) };
    guard_of(device, || {
        let device = library::device(device as usize, direction.verb(transfer_type))?;
        // SAFETY: valid as long and in the way that this function's contract says.
        let buffer = unsafe { self::data(data.cast(), length) }.map_err(|e| {
            e.during(format!("{} endpoint 0x{endpoint:02x} of {device}", direction.verb(transfer_type)))
        })?;
        report(device.transfer(transfer_type, direction, endpoint, buffer, timeout_ms), &transferred)
    })
}

fn report(outcome: Outcome, transferred: &Out<usize>) -> crate::error::Result<()> {
    transferred.set(outcome.transferred);
    outcome.result
}

/// Clears the halt of an endpoint, so that data flows again after USBX_ERROR_PIPE.
///
/// The halt is cleared on the device and in the host's driver. Transfers of the endpoint that are pending in other
/// threads end with USBX_ERROR_CANCELLED first.
///
/// @param device an open device
/// @param endpoint bEndpointAddress of an endpoint of a claimed interface
///
/// @return USBX_OK, also if the endpoint was not halted, or:
/// - USBX_ERROR_NOT_CLAIMED: this handle has not claimed the endpoint's interface
/// - USBX_ERROR_INVALID_PARAM: there is no such endpoint now
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_IO: the request failed on the bus
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 9.4.5; libusb_clear_halt in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_clear_halt(device: *mut usbx_device, endpoint: u8) -> usbx_status {
    guard_of(device, || library::device(device as usize, "clear halt")?.clear_halt(endpoint))
}

/// Resets the device, as if it were unplugged and plugged in again.
///
/// If the device comes back unchanged, the handle, its claims and its alternate settings stay valid. Transfers that are
/// pending in other threads end with USBX_ERROR_CANCELLED first.
///
/// @param device an open device
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NO_DEVICE: the device did not come back, or came back as a different device; close this handle and open
///   the device again
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_NOT_CLAIMED: the device was reset, but another program or handle has taken an interface that this handle
///   had claimed
/// - USBX_ERROR_IO: the reset failed on the bus
///
/// @par Threads
/// Any thread.
///
/// @par References
/// USB 2.0 section 7.1.7.5; libusb_reset_device in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_reset(device: *mut usbx_device) -> usbx_status {
    guard_of(device, || library::device(device as usize, "reset")?.reset())
}

/// Cancels all pending transfers of an endpoint.
///
/// Their calls, in other threads, return USBX_ERROR_CANCELLED and the bytes that moved before. This function does not
/// wait for them.
///
/// @param device an open device
/// @param endpoint bEndpointAddress; 0 for control requests
///
/// @return USBX_OK, also if nothing is pending, or:
/// - USBX_ERROR_INVALID_PARAM: there is no such endpoint
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
///
/// @par Threads
/// Any thread, but not a signal handler.
///
/// @par References
/// libusb_cancel_transfer in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_cancel(device: *mut usbx_device, endpoint: u8) -> usbx_status {
    guard_of(device, || library::device(device as usize, "cancel")?.cancel(endpoint))
}
