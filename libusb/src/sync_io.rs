//! Blocking transfers. While nothing else is under way in the context, the call waits for its own transfer alone; otherwise it handles
//! events meanwhile, as libusb's do.

use crate::abi::*;
use crate::boundary::guard;
use crate::completion::Told;
use crate::context::lock;
use crate::flights::Owner;
use crate::handle::{in_callback, is_quiet, wanted, Handle};
use crate::status;
use crate::transfer::{self, Wish};
use std::os::raw::{c_int, c_uchar, c_uint};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use usbx::tool::{blocks, Buffer, Direction, Outcome, SetupPacket, Status};

/// How long a device has for a descriptor, in milliseconds.
const DESCRIPTOR_TIMEOUT: c_uint = 1000;

/// The other functions' way to wait looks again so often.
const LOOK: Duration = Duration::from_secs(60);

/// usbx has a meaning of its own for the largest number.
fn timeout(timeout: c_uint) -> u32 {
    timeout.min(u32::MAX - 1)
}

#[no_mangle]
pub unsafe extern "C" fn libusb_control_transfer(
    dev_handle: *mut libusb_device_handle,
    request_type: u8,
    request: u8,
    value: u16,
    index: u16,
    data: *mut c_uchar,
    length: u16,
    timeout_ms: c_uint,
) -> c_int {
    let transfer = || {
        let handle = or_return!(wanted(dev_handle, "libusb_control_transfer"), ERROR_INVALID_PARAM);
        if in_callback(&handle) {
            return ERROR_BUSY;
        }
        if data.is_null() && length > 0 {
            return ERROR_INVALID_PARAM;
        }
        if usize::from(length) > transfer::LONGEST_CONTROL {
            return ERROR_INVALID_PARAM;
        }
        let setup = SetupPacket { request_type, request, value, index, length };
        let tracked = usbx::tool::is_tracked(&setup);
        if !is_quiet(&handle.context) && !tracked {
            // SAFETY: the data are the program's until the call returns.
            return unsafe { control_among_others(&handle, setup, data, timeout_ms) };
        }
        let once = || {
            let start = if data.is_null() { std::ptr::NonNull::dangling().as_ptr() } else { data };
            // SAFETY: the data are the program's until the call returns, and a blocking call uses them no longer.
            let buffer = unsafe { Buffer::new(start, length.into()) };
            let Outcome { transferred, result } = handle.device.control(setup, buffer, timeout(timeout_ms));
            result.map(|()| transferred)
        };
        match handle.claiming(transfer::control_place(&setup), once) {
            Ok(transferred) => transferred as c_int,
            Err(error) => {
                crate::log::failure(Some(&handle.context), crate::log::DEBUG, "libusb_control_transfer", &error);
                match error.status {
                    Status::NotFound | Status::InvalidParam if tracked => ERROR_PIPE,
                    status => of_blocking(status),
                }
            }
        }
    };
    status::with_errno(guard("libusb_control_transfer", ERROR_OTHER, transfer))
}

/// What a blocking call's failure is to libusb.
fn of_blocking(status: Status) -> c_int {
    match status {
        Status::NoMem => ERROR_NO_MEM,
        other => status::of_status(status::of_transfer(other)),
    }
}

/// # Safety
/// The data are valid for the setup packet's length.
unsafe fn control_among_others(handle: &Arc<Handle>, setup: SetupPacket, data: *mut u8, timeout_ms: c_uint) -> c_int {
    let length = usize::from(setup.length);
    let mut bytes = setup.bytes().to_vec();
    bytes.resize(transfer::SETUP + length, 0);
    let (sends, receives) = (setup.direction() == Direction::Out, setup.direction() == Direction::In);
    if sends && length > 0 {
        // SAFETY: this function's own contract.
        unsafe { bytes.as_mut_ptr().add(transfer::SETUP).copy_from_nonoverlapping(data, length) };
    }
    let wish = Wish {
        kind: TYPE_CONTROL,
        endpoint: 0,
        flags: 0,
        stream: 0,
        timeout: timeout_ms,
        buffer: bytes.as_mut_ptr(),
        length: bytes.len(),
        packets: Vec::new(),
    };
    // SAFETY: the bytes live until the call is told.
    match unsafe { among_others(handle, &wish) } {
        Err(code) => code,
        Ok(Told { status, transferred }) => {
            if receives && length > 0 {
                // SAFETY: no more than its length comes.
                unsafe { data.copy_from_nonoverlapping(bytes.as_ptr().add(transfer::SETUP), transferred.min(length)) };
            }
            match status {
                TRANSFER_COMPLETED => transferred as c_int,
                status => status::of_status(status),
            }
        }
    }
}

/// # Safety
/// The buffer is valid until the call returns.
unsafe fn among_others(handle: &Arc<Handle>, wish: &Wish) -> Result<Told, c_int> {
    let context = &handle.context;
    let place = Arc::new(Mutex::new(None));
    // SAFETY: this function waits until it is told.
    match unsafe { transfer::submit(handle, context.number(), wish, Owner::Call(Arc::clone(&place))) } {
        SUCCESS => {}
        code => return Err(code),
    }
    loop {
        if let Some(told) = *lock(&place) {
            return Ok(told);
        }
        crate::events::handle_until(context, Some(LOOK), &|| lock(&place).is_some());
    }
}

/// # Safety
/// The pointers are valid until the call returns; `transferred` may be NULL.
#[allow(clippy::too_many_arguments)] // libusb's functions have as many
unsafe fn blocking(
    dev_handle: *mut libusb_device_handle,
    function: &'static str,
    kind: u8,
    endpoint: u8,
    data: *mut u8,
    length: c_int,
    transferred: *mut c_int,
    timeout_ms: c_uint,
) -> c_int {
    guard(function, ERROR_OTHER, || {
        let handle = or_return!(wanted(dev_handle, function), ERROR_INVALID_PARAM);
        if in_callback(&handle) {
            return ERROR_BUSY;
        }
        let length = or_return!(usize::try_from(length).ok(), ERROR_INVALID_PARAM);
        let report = |count: usize| {
            if !transferred.is_null() {
                // SAFETY: not NULL, therefore the program's place for an int.
                unsafe { transferred.write(count as c_int) };
            }
        };
        let way = if endpoint & 0x80 != 0 { Direction::In } else { Direction::Out };
        if is_quiet(&handle.context) && (length > 0 || way == Direction::Out) {
            // SAFETY: this function's own contract.
            let (code, count) = unsafe { alone(&handle, kind, endpoint, way, data, length, timeout_ms) };
            count.into_iter().for_each(report);
            return code;
        }
        let (flags, stream, packets) = (0, 0, Vec::new());
        let wish = Wish { kind, endpoint, flags, stream, timeout: timeout_ms, buffer: data, length, packets };
        // SAFETY: this function's own contract.
        match unsafe { among_others(&handle, &wish) } {
            Ok(told) => {
                report(told.transferred);
                status::of_status(told.status)
            }
            Err(code) => code,
        }
    })
}

/// The result, and how much was moved if it could begin.
///
/// # Safety
/// The data are valid for `length` bytes until the call returns.
unsafe fn alone(
    handle: &Handle,
    kind: u8,
    endpoint: u8,
    way: Direction,
    data: *mut u8,
    length: usize,
    timeout_ms: c_uint,
) -> (c_int, Option<usize>) {
    let known = match handle.endpoint(endpoint) {
        Ok(known) if transfer::suits(kind, known.transfer_type) => known,
        Ok(_) => return (ERROR_IO, None),
        Err(error) if error.status == Status::NoDevice => return (ERROR_NO_DEVICE, None),
        Err(_) => return (ERROR_IO, None),
    };
    if data.is_null() && length > 0 {
        return (ERROR_IO, None);
    }
    let mut moved = 0;
    let once = || {
        // SAFETY: this function's own contract, and a blocking call uses the data no longer.
        let buffer = unsafe { blocks::find(data, length).unwrap_or_else(|| Buffer::new(data, length)) };
        let outcome = handle.device.transfer(known.transfer_type, way, endpoint, buffer, timeout(timeout_ms));
        moved = outcome.transferred;
        outcome.result
    };
    match handle.claiming(transfer::Place::Endpoint(endpoint), once) {
        Ok(()) => (SUCCESS, Some(moved)),
        Err(error) => {
            crate::log::failure(Some(&handle.context), crate::log::DEBUG, "libusb_bulk_transfer", &error);
            (of_blocking(error.status), Some(moved))
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_bulk_transfer(
    dev_handle: *mut libusb_device_handle,
    endpoint: c_uchar,
    data: *mut c_uchar,
    length: c_int,
    actual_length: *mut c_int,
    timeout_ms: c_uint,
) -> c_int {
    let (name, kind) = ("libusb_bulk_transfer", TYPE_BULK);
    // SAFETY: the program passes so many bytes, and NULL or an int.
    status::with_errno(unsafe { blocking(dev_handle, name, kind, endpoint, data, length, actual_length, timeout_ms) })
}

#[no_mangle]
pub unsafe extern "C" fn libusb_interrupt_transfer(
    dev_handle: *mut libusb_device_handle,
    endpoint: c_uchar,
    data: *mut c_uchar,
    length: c_int,
    actual_length: *mut c_int,
    timeout_ms: c_uint,
) -> c_int {
    let (name, kind) = ("libusb_interrupt_transfer", TYPE_INTERRUPT);
    // SAFETY: the program passes so many bytes, and NULL or an int.
    status::with_errno(unsafe { blocking(dev_handle, name, kind, endpoint, data, length, actual_length, timeout_ms) })
}

/// Asks the device for a descriptor: how many bytes came, or a code.
pub fn get_descriptor(
    dev_handle: *mut libusb_device_handle,
    kind: u8,
    index: u8,
    language: u16,
    bytes: &mut [u8],
) -> c_int {
    let (value, length) = (u16::from_be_bytes([kind, index]), bytes.len() as u16);
    // SAFETY: the slice is ours until the call returns.
    unsafe {
        libusb_control_transfer(dev_handle, 0x80, 6, value, language, bytes.as_mut_ptr(), length, DESCRIPTOR_TIMEOUT)
    }
}
