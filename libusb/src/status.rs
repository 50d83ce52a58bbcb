//! libusb's codes for what usbx reports, and their names and texts.

use crate::abi::*;
use crate::translations::{COUNT, LANGUAGES, TRANSLATED};
use std::ffi::CStr;
use std::os::raw::{c_char, c_int};
use std::sync::atomic::{AtomicUsize, Ordering};
use usbx::tool::{Error, Status};

/// A function's result for a failure of the library.
pub fn code(status: Status) -> c_int {
    match status {
        Status::Cancelled | Status::NotClaimed => ERROR_IO,
        Status::Closed | Status::InvalidHandle => ERROR_NO_DEVICE,
        Status::Forked | Status::Internal => ERROR_OTHER,
        status => status as c_int,
    }
}

/// The same, with the reason in the log.
pub fn logged(function: &str, error: &Error) -> c_int {
    crate::log::failure(None, crate::log::ERROR, function, error);
    code(error.status)
}

/// A transfer's status for what became of it.
pub fn of_transfer(status: Status) -> c_int {
    match status {
        Status::Timeout => TRANSFER_TIMED_OUT,
        Status::Cancelled => TRANSFER_CANCELLED,
        Status::Pipe => TRANSFER_STALL,
        Status::NoDevice | Status::Closed => TRANSFER_NO_DEVICE,
        Status::Overflow => TRANSFER_OVERFLOW,
        _ => TRANSFER_ERROR,
    }
}

/// A blocking function's result for a transfer's status.
pub fn of_status(status: c_int) -> c_int {
    match status {
        TRANSFER_COMPLETED => SUCCESS,
        TRANSFER_TIMED_OUT => ERROR_TIMEOUT,
        TRANSFER_STALL => ERROR_PIPE,
        TRANSFER_OVERFLOW => ERROR_OVERFLOW,
        TRANSFER_NO_DEVICE => ERROR_NO_DEVICE,
        _ => ERROR_IO,
    }
}

/// Programs read errno behind a blocking transfer, as the system's calls under libusb set it.
pub fn with_errno(code: c_int) -> c_int {
    let number = match code {
        ERROR_PIPE => libc::EPIPE,
        ERROR_TIMEOUT => libc::ETIMEDOUT,
        ERROR_NO_DEVICE => libc::ENODEV,
        ERROR_OVERFLOW => libc::EOVERFLOW,
        ERROR_NO_MEM => libc::ENOMEM,
        ERROR_BUSY => libc::EBUSY,
        code if code < 0 => libc::EIO,
        _ => return code,
    };
    // SAFETY: the calling thread's errno.
    unsafe { *libc::__errno_location() = number };
    code
}

/// Which of a code's texts is the program's choice.
static LANGUAGE: AtomicUsize = AtomicUsize::new(0);

struct Code {
    code: c_int,
    name: &'static str,
    text: &'static str,
}

const CODES: [Code; COUNT] = [
    Code { code: SUCCESS, name: "LIBUSB_SUCCESS / LIBUSB_TRANSFER_COMPLETED\0", text: "Success\0" },
    Code { code: ERROR_IO, name: "LIBUSB_ERROR_IO\0", text: "Input/Output Error\0" },
    Code { code: ERROR_INVALID_PARAM, name: "LIBUSB_ERROR_INVALID_PARAM\0", text: "Invalid parameter\0" },
    Code { code: ERROR_ACCESS, name: "LIBUSB_ERROR_ACCESS\0", text: "Access denied (insufficient permissions)\0" },
    Code {
        code: ERROR_NO_DEVICE,
        name: "LIBUSB_ERROR_NO_DEVICE\0",
        text: "No such device (it may have been disconnected)\0",
    },
    Code { code: ERROR_NOT_FOUND, name: "LIBUSB_ERROR_NOT_FOUND\0", text: "Entity not found\0" },
    Code { code: ERROR_BUSY, name: "LIBUSB_ERROR_BUSY\0", text: "Resource busy\0" },
    Code { code: ERROR_TIMEOUT, name: "LIBUSB_ERROR_TIMEOUT\0", text: "Operation timed out\0" },
    Code { code: ERROR_OVERFLOW, name: "LIBUSB_ERROR_OVERFLOW\0", text: "Overflow\0" },
    Code { code: ERROR_PIPE, name: "LIBUSB_ERROR_PIPE\0", text: "Pipe error\0" },
    Code {
        code: ERROR_INTERRUPTED,
        name: "LIBUSB_ERROR_INTERRUPTED\0",
        text: "System call interrupted (perhaps due to signal)\0",
    },
    Code { code: ERROR_NO_MEM, name: "LIBUSB_ERROR_NO_MEM\0", text: "Insufficient memory\0" },
    Code {
        code: ERROR_NOT_SUPPORTED,
        name: "LIBUSB_ERROR_NOT_SUPPORTED\0",
        text: "Operation not supported or unimplemented on this platform\0",
    },
    Code { code: ERROR_OTHER, name: "LIBUSB_ERROR_OTHER\0", text: "Other error\0" },
];

#[no_mangle]
pub extern "C" fn libusb_error_name(code: c_int) -> *const c_char {
    let known = CODES.iter().find(|known| known.code == code);
    known.map_or("**UNKNOWN**\0", |known| known.name).as_ptr().cast()
}

#[no_mangle]
pub extern "C" fn libusb_strerror(code: c_int) -> *const c_char {
    let at = CODES.iter().position(|known| known.code == code).unwrap_or(CODES.len() - 1);
    let text = match LANGUAGE.load(Ordering::Relaxed) {
        0 => CODES[at].text,
        language => TRANSLATED[language - 1][at],
    };
    text.as_ptr().cast()
}

/// The languages that libusb has. A language is all that counts of a locale.
#[no_mangle]
pub unsafe extern "C" fn libusb_setlocale(locale: *const c_char) -> c_int {
    if locale.is_null() {
        return ERROR_INVALID_PARAM;
    }
    // SAFETY: not NULL, therefore a NUL-terminated string.
    let locale = unsafe { CStr::from_ptr(locale) }.to_bytes();
    if locale.len() < 2 || locale.get(2).is_some_and(|next| !b"-_.".contains(next)) {
        return ERROR_INVALID_PARAM;
    }
    let known = LANGUAGES.iter().position(|language| locale[..2].eq_ignore_ascii_case(language.as_bytes()));
    let language = or_return!(known, ERROR_NOT_FOUND);
    LANGUAGE.store(language, Ordering::Relaxed);
    SUCCESS
}
