//! The library as a whole: version, statuses, the last error, shutdown.

use super::boundary::{guard, last_error};
use super::pointer::{fill_text, Out};
use crate::error::Status;
use crate::library;
use std::os::raw::{c_char, c_void};

/// The result of a call: USBX_OK (0), or a negative USBX_ERROR_*. `if (usbx_...)` therefore reads "if it failed".
///
/// @since 0.1.0
pub type usbx_status = i32;

/// Success.
pub const USBX_OK: usbx_status = 0;
/// The transfer failed on the bus: a bad cable, electrical noise, or a device that breaks the protocol. Or the system
/// ended it, because another program reset the device or the computer slept. The handle stays usable: try again. The
/// first error after the device was unplugged may be this one, too; as soon as the system knows that the device is gone,
/// calls return USBX_ERROR_NO_DEVICE.
pub const USBX_ERROR_IO: usbx_status = -1;
/// An argument is not valid; usbx_last_error() says which and why. Nothing reached the bus.
pub const USBX_ERROR_INVALID_PARAM: usbx_status = -2;
/// This process may not open the device; usbx_last_error() says what to do, for example which udev rule to add.
pub const USBX_ERROR_ACCESS: usbx_status = -3;
/// The device is gone for this handle: it was unplugged, or did not come back from a reset.
pub const USBX_ERROR_NO_DEVICE: usbx_status = -4;
/// There is no such device, interface, alternate setting or configuration.
pub const USBX_ERROR_NOT_FOUND: usbx_status = -5;
/// A kernel driver, another program, another handle or another thread's call is using it; usbx_last_error() says which.
pub const USBX_ERROR_BUSY: usbx_status = -6;
/// The time limit passed. The bytes that moved before it are counted, and those received are in the buffer.
pub const USBX_ERROR_TIMEOUT: usbx_status = -7;
/// The device sent more than the buffer can hold.
pub const USBX_ERROR_OVERFLOW: usbx_status = -8;
/// The endpoint stalled: the device refused a control request, or the endpoint is halted (see usbx_clear_halt).
pub const USBX_ERROR_PIPE: usbx_status = -9;
/// Not returned: a signal does not end a call. libusb has this number.
pub const USBX_ERROR_INTERRUPTED: usbx_status = -10;
/// Out of memory: the process's own, or the kernel's limit for USB transfers. Also: no file descriptor left.
pub const USBX_ERROR_NO_MEM: usbx_status = -11;
/// This platform or device does not support it.
pub const USBX_ERROR_NOT_SUPPORTED: usbx_status = -12;
/// An error that has no number of its own.
pub const USBX_ERROR_OTHER: usbx_status = -99;
/// The handle is NULL, closed, forged, or of another kind.
pub const USBX_ERROR_INVALID_HANDLE: usbx_status = -100;
/// The transfer was cancelled. The bytes that moved before are counted, and those received are in the buffer.
pub const USBX_ERROR_CANCELLED: usbx_status = -101;
/// Another thread closed the handle during the call. The bytes that moved before are counted, and those received are in
/// the buffer.
pub const USBX_ERROR_CLOSED: usbx_status = -102;
/// This handle has not claimed the interface; call usbx_claim first.
pub const USBX_ERROR_NOT_CLAIMED: usbx_status = -103;
/// The handle was opened in the parent process, before fork(); open the device again in the child.
pub const USBX_ERROR_FORKED: usbx_status = -104;
/// A defect in usbx itself; usbx_last_error() says where. Please report it.
pub const USBX_ERROR_INTERNAL: usbx_status = -105;

/// The major version of this header. usbx_version() returns the version of the library.
pub const USBX_VERSION_MAJOR: i32 = 0;
/// The minor version of this header.
pub const USBX_VERSION_MINOR: i32 = 1;
/// The patch version of this header.
pub const USBX_VERSION_PATCH: i32 = 0;

/// Returns the version of the loaded library, for example "0.1.0".
///
/// @return a string that stays valid as long as the library is loaded
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the name of a status as this header spells it, for example "USBX_ERROR_TIMEOUT".
///
/// @param status a status that a function returned
///
/// @return a string that stays valid as long as the library is loaded; "USBX_ERROR_UNKNOWN" for a number that is not a
///   status
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_error_name(status: usbx_status) -> *const c_char {
    let name = match Status::from_code(status) {
        Some(status) => status.name(),
        None if status == USBX_OK => "USBX_OK\0",
        None => "USBX_ERROR_UNKNOWN\0",
    };
    name.as_ptr().cast()
}

/// Returns one plain sentence that describes a status.
///
/// It describes the status in general. usbx_last_error() says what happened in a particular call and what to do about
/// it.
///
/// @param status a status that a function returned
///
/// @return a string that stays valid as long as the library is loaded
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_error_text(status: usbx_status) -> *const c_char {
    let text = match Status::from_code(status) {
        Some(status) => status.text(),
        None if status == USBX_OK => "Success.\0",
        None => "This number is not a usbx status.\0",
    };
    text.as_ptr().cast()
}

/// Returns one sentence about the calling thread's last failure.
///
/// It says what was tried, on which device, why it failed, and what to do: "claim interface 0 of 0403:6001 (path 1-2):
/// held by kernel driver ftdi_sio; call usbx_detach_kernel_driver first, or usbx_set_auto_detach once".
///
/// Print it only where a call has failed: `if (usbx_claim(device, 0) != USBX_OK) puts(usbx_last_error());`
/// A call that succeeds does not change it, so that a program can clean up before it prints. After a success it is
/// still about an older failure.
///
/// @return the sentence in UTF-8, or "" if no call has failed on this thread. The library owns the string; it stays
///   valid until this thread's next failure, or until the thread ends.
///
/// @par Threads
/// Any thread; each has its own last error.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_last_error() -> *const c_char {
    last_error()
}

/// Gets one sentence about the last failure of calls with a handle, whichever thread made the call.
///
/// usbx_last_error() is about the calling thread; this is for languages and programs whose calls change threads, and
/// for the transfers of a queue. A call that succeeds does not change it.
///
/// @param handle an open handle of any kind: a usbx_device, usbx_queue, usbx_stream, usbx_watch, usbx_virtual,
///   usbx_capture or usbx_share
/// @param text receives the sentence in UTF-8, NUL-terminated and cut between characters if it does not fit. For a
///   queue it is about the completion taken last that failed, and not about calls; a failed usbx_submit is the
///   device's. "" if nothing has failed, and on failure. May be NULL if capacity is 0.
/// @param capacity size of text in bytes, with room for the NUL; 1024 is enough for most sentences
/// @param length receives the length of the whole sentence in bytes, without the NUL; may be NULL
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_INVALID_PARAM: text is NULL and capacity is not 0
/// - USBX_ERROR_INVALID_HANDLE: the handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_handle_error(
    handle: *const c_void,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let length = unsafe { Out::new(length) };
    guard(|| {
        // SAFETY: the caller passes room for `capacity` bytes, as documented.
        unsafe { fill_text(text, capacity, "", "text") }.map_err(|error| error.during("error of a handle"))?;
        let sentence = library::failure(handle as usize)?;
        // SAFETY: as above.
        unsafe { fill_text(text, capacity, &sentence, "text") }?;
        length.set(sentence.len());
        Ok(())
    })
}

/// Closes every handle of this process, whichever thread opened it.
///
/// Calls that are waiting on one of them end with USBX_ERROR_CLOSED. When this function returns, no transfer can touch
/// a caller's buffer any more, the kernel drivers have been given back, and the library has no thread and no file
/// descriptor left. The library can be used again afterwards. Handles inherited through fork() are left alone.
///
/// @param leaked receives the number of handles that were still open; may be NULL
///
/// @return USBX_OK
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_shutdown(leaked: *mut usize) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let leaked = unsafe { Out::new(leaked) };
    guard(|| {
        leaked.set(library::shutdown());
        Ok(())
    })
}
