//! Blocking transfers.

use super::boundary::guard;
use super::devices::usbx_device;
use super::library::usbx_status;
use super::pointer::{data, Out};
use crate::error::Outcome;
use crate::library;
use crate::usb::{Direction, SetupPacket, TransferType};
use std::os::raw::c_void;

/// A timeout that never comes: wait for ever.
pub const USBX_NO_TIMEOUT: u32 = 0;

/// Sends a control request and moves its data, either way.
///
/// Requests that would change what the library keeps book of go the library's way: SET_CONFIGURATION as
/// usbx_set_configuration, SET_INTERFACE as usbx_set_alt_setting, CLEAR_FEATURE(ENDPOINT_HALT) as usbx_clear_halt;
/// SET_ADDRESS is refused.
///
/// device: the handle.
/// request_type: bmRequestType; bit 7 set means IN, device to host.
/// request, value, index: bRequest, wValue, wIndex, in the computer's byte order.
/// data: length bytes to send or to receive into; may be NULL only if length is 0.
/// length: wLength, in bytes.
/// timeout_ms: milliseconds to wait at the most; USBX_NO_TIMEOUT for ever.
/// transferred: receives the bytes of data that moved, on failure too; may be NULL.
///
/// Returns USBX_OK; USBX_ERROR_PIPE if the device refuses the request; USBX_ERROR_NOT_CLAIMED if it goes to an interface
/// or endpoint, is no vendor request, and that interface is not claimed; USBX_ERROR_TIMEOUT; USBX_ERROR_CANCELLED by
/// usbx_cancel for endpoint 0; USBX_ERROR_CLOSED; USBX_ERROR_NO_DEVICE; USBX_ERROR_INVALID_PARAM;
/// USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_MEM; USBX_ERROR_IO.
/// Any thread. Source: USB 2.0 section 9.3, libusb_control_transfer. Since 0.1.0.
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
    guard(|| {
        let setup = SetupPacket { request_type, request, value, index, length };
        let device = library::device(device as usize, "control request")?;
        // SAFETY: the caller passes `length` bytes that stay valid during this call, writable if bit 7 is set.
        let buffer = unsafe { self::data(data.cast(), usize::from(length)) }.map_err(|e| e.during(setup))?;
        report(device.control(setup, buffer, timeout_ms), &transferred)
    })
}

/// Reads from a bulk endpoint until the buffer is full, or a short packet (one below the packet size) ends the read.
///
/// device: the handle.
/// endpoint: bEndpointAddress, of a claimed interface's selected alternate setting; bit 7 is set.
/// data: receives the bytes; beyond what was transferred it is left as it was.
/// length: bytes that fit, not 0. Make it a multiple of the packet size: a packet larger than the rest of the buffer is
///   USBX_ERROR_OVERFLOW. There is no upper limit.
/// timeout_ms: milliseconds to wait at the most, for all of it; USBX_NO_TIMEOUT for ever.
/// transferred: receives the bytes that came, on failure too; may be NULL.
///
/// Returns USBX_OK; USBX_ERROR_TIMEOUT; USBX_ERROR_PIPE if the endpoint is halted (usbx_clear_halt);
/// USBX_ERROR_OVERFLOW; USBX_ERROR_CANCELLED; USBX_ERROR_CLOSED; USBX_ERROR_NO_DEVICE if it was unplugged;
/// USBX_ERROR_NOT_CLAIMED; USBX_ERROR_INVALID_PARAM if there is no such endpoint now, and usbx_last_error() lists the ones
/// there are; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_MEM; USBX_ERROR_IO.
/// Any thread; reads of one endpoint at once are served in the order they came.
/// Source: USB 2.0 section 5.8, libusb_bulk_transfer. Since 0.1.0.
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

/// Writes to a bulk endpoint. A length that is a multiple of the packet size sends no zero-length packet behind it; a
/// length of 0 sends one.
///
/// device: the handle.
/// endpoint: bEndpointAddress, of a claimed interface's selected alternate setting; bit 7 is clear.
/// data: the bytes to send; may be NULL only if length is 0.
/// length: how many. There is no upper limit.
/// timeout_ms: milliseconds to wait at the most, for all of it; USBX_NO_TIMEOUT for ever.
/// transferred: receives the bytes that the device took, on failure too; may be NULL.
///
/// Returns as usbx_bulk_read, USBX_ERROR_OVERFLOW excepted.
/// Any thread. Source: USB 2.0 section 5.8, libusb_bulk_transfer. Since 0.1.0.
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

/// Reads from an interrupt endpoint: as usbx_bulk_read, for endpoints of type interrupt. A report shorter than the
/// packet size ends the read; give the packet size as length to get one report a call.
///
/// device, endpoint, data, length, timeout_ms, transferred: as usbx_bulk_read.
///
/// Returns as usbx_bulk_read. Any thread. Source: USB 2.0 section 5.7, libusb_interrupt_transfer. Since 0.1.0.
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

/// Writes to an interrupt endpoint: as usbx_bulk_write, for endpoints of type interrupt.
///
/// device, endpoint, data, length, timeout_ms, transferred: as usbx_bulk_write.
///
/// Returns as usbx_bulk_write. Any thread. Source: USB 2.0 section 5.7, libusb_interrupt_transfer. Since 0.1.0.
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
    guard(|| {
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

/// Clears the halt of a claimed interface's endpoint, on the device and in the host's driver: after
/// USBX_ERROR_PIPE, so that data flows again. The endpoint's pending transfers, of other threads, end with
/// USBX_ERROR_CANCELLED first.
///
/// device: the handle.
/// endpoint: bEndpointAddress.
///
/// Returns USBX_OK, also where it was not halted; USBX_ERROR_NOT_CLAIMED; USBX_ERROR_INVALID_PARAM if there is no such
/// endpoint now; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_NO_DEVICE; USBX_ERROR_IO.
/// Any thread. Source: USB 2.0 section 9.4.5, libusb_clear_halt. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_clear_halt(device: *mut usbx_device, endpoint: u8) -> usbx_status {
    guard(|| library::device(device as usize, "clear halt")?.clear_halt(endpoint))
}

/// Resets the device, as if it were unplugged and plugged in, but the handle, its claims and its alternate settings
/// survive where the device comes back the same. Pending transfers, of other threads, end with USBX_ERROR_CANCELLED first.
///
/// device: the handle.
///
/// Returns USBX_OK; USBX_ERROR_NO_DEVICE if it did not come back, or came back as another: open it again;
/// USBX_ERROR_INVALID_HANDLE; USBX_ERROR_IO. Any thread. Source: USB 2.0 section 7.1.7.5, libusb_reset_device. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_reset(device: *mut usbx_device) -> usbx_status {
    guard(|| library::device(device as usize, "reset")?.reset())
}

/// Ends every pending transfer of an endpoint with USBX_ERROR_CANCELLED; their calls, in other threads, return with what
/// moved until then.
///
/// device: the handle.
/// endpoint: bEndpointAddress; 0 for control requests.
///
/// Returns USBX_OK, also where nothing is pending; USBX_ERROR_INVALID_PARAM if there is no such endpoint;
/// USBX_ERROR_INVALID_HANDLE. It does not wait for them.
/// Any thread; not from a signal handler. Source: libusb_cancel_transfer. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_cancel(device: *mut usbx_device, endpoint: u8) -> usbx_status {
    guard(|| library::device(device as usize, "cancel")?.cancel(endpoint))
}
