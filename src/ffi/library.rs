//! The library as a whole: version, statuses, the last error, shutdown.

use super::boundary::{guard, last_error};
use super::pointer::Out;
use crate::error::Status;
use std::os::raw::c_char;

/// What every function returns: USBX_OK (0), or a negative USBX_ERROR_*. `if (usbx_...)` reads "failed".
/// Since 0.1.0.
pub type usbx_status = i32;

/// Success.
pub const USBX_OK: usbx_status = 0;
/// The transfer failed on the bus (cable, electrical noise, a device that breaks the protocol).
pub const USBX_ERROR_IO: usbx_status = -1;
/// An argument is not valid; usbx_last_error() says which and why. Nothing reached the bus.
pub const USBX_ERROR_INVALID_PARAM: usbx_status = -2;
/// Permission denied; usbx_last_error() has the udev rule that grants it.
pub const USBX_ERROR_ACCESS: usbx_status = -3;
/// The device was there and is gone.
pub const USBX_ERROR_NO_DEVICE: usbx_status = -4;
/// There is no such device, interface, alternate setting or configuration.
pub const USBX_ERROR_NOT_FOUND: usbx_status = -5;
/// A kernel driver, another program or another handle holds it; usbx_last_error() says who.
pub const USBX_ERROR_BUSY: usbx_status = -6;
/// The time given was not enough; what moved until then is counted and in the buffer.
pub const USBX_ERROR_TIMEOUT: usbx_status = -7;
/// The device sent more than the buffer can hold.
pub const USBX_ERROR_OVERFLOW: usbx_status = -8;
/// The endpoint stalled: a control request was refused, or the endpoint is halted (see usbx_clear_halt).
pub const USBX_ERROR_PIPE: usbx_status = -9;
/// A signal interrupted the call.
pub const USBX_ERROR_INTERRUPTED: usbx_status = -10;
/// Memory ran out, the process's or the kernel's share for USB transfers.
pub const USBX_ERROR_NO_MEM: usbx_status = -11;
/// This platform or device does not support it.
pub const USBX_ERROR_NOT_SUPPORTED: usbx_status = -12;
/// An error that has no number of its own.
pub const USBX_ERROR_OTHER: usbx_status = -99;
/// The handle is NULL, closed, forged, or of another kind.
pub const USBX_ERROR_INVALID_HANDLE: usbx_status = -100;
/// usbx_cancel ended the transfer; what moved until then is counted and in the buffer.
pub const USBX_ERROR_CANCELLED: usbx_status = -101;
/// Another thread closed the handle during the call; what moved until then is counted and in the buffer.
pub const USBX_ERROR_CLOSED: usbx_status = -102;
/// The interface is not claimed by this handle; call usbx_claim first.
pub const USBX_ERROR_NOT_CLAIMED: usbx_status = -103;
/// The handle was opened before fork(), in the parent process; open the device anew in the child.
pub const USBX_ERROR_FORKED: usbx_status = -104;
/// A defect in usbx itself, with its place in usbx_last_error(); please report it.
pub const USBX_ERROR_INTERNAL: usbx_status = -105;

/// The version of this header; usbx_version() tells the library's.
pub const USBX_VERSION_MAJOR: i32 = 0;
/// See USBX_VERSION_MAJOR.
pub const USBX_VERSION_MINOR: i32 = 1;
/// See USBX_VERSION_MAJOR.
pub const USBX_VERSION_PATCH: i32 = 0;

/// The version of the library that is loaded: "0.1.0".
///
/// Returns a string that lives as long as the library. Any thread. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// The name of a status as the header spells it: "USBX_ERROR_TIMEOUT".
///
/// Returns a string that lives as long as the library; "USBX_ERROR_UNKNOWN" for a number that is no status.
/// Any thread. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_error_name(status: usbx_status) -> *const c_char {
    let name = match Status::from_code(status) {
        Some(status) => status.name(),
        None if status == USBX_OK => "USBX_OK\0",
        None => "USBX_ERROR_UNKNOWN\0",
    };
    name.as_ptr().cast()
}

/// One plain sentence on a status. For what happened and what to do about it, ask usbx_last_error().
///
/// Returns a string that lives as long as the library. Any thread. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_error_text(status: usbx_status) -> *const c_char {
    let text = match Status::from_code(status) {
        Some(status) => status.text(),
        None if status == USBX_OK => "Success.\0",
        None => "This number is no usbx status.\0",
    };
    text.as_ptr().cast()
}

/// The calling thread's last failure, as one sentence to act on: what was tried, on which device, what stood in
/// the way and what to do.
///
/// "claim interface 0 of 0403:6001 (path 1-2): held by kernel driver ftdi_sio; call usbx_detach_kernel_driver first".
/// A call that succeeds leaves it as it is.
///
/// Returns "" if nothing failed yet on this thread. The string is the library's, and valid until this thread's next
/// failure or its end. UTF-8. Any thread. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_last_error() -> *const c_char {
    last_error()
}

/// Closes all that is open: every handle of this process, whichever thread opened it.
///
/// Calls that wait on one of them end with USBX_ERROR_CLOSED. When it returns no transfer can touch a caller's buffer
/// any more, kernel drivers have been given back, and no thread and no descriptor of the library is left. The library
/// can be used again afterwards. Handles inherited through fork() are left alone.
///
/// leaked: receives how many handles were still open; may be NULL.
///
/// Returns USBX_OK. Any thread. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_shutdown(leaked: *mut usize) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let leaked = unsafe { Out::new(leaked) };
    guard(|| {
        leaked.set(crate::library::shutdown());
        Ok(())
    })
}
