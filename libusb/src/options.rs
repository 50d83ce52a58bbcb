//! What a program may set, and what it may ask about the library.

use crate::abi::*;
use crate::boundary::guard;
use crate::context::{self, Context};
use crate::log;
use std::os::raw::{c_int, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

const LOG_LEVEL: c_int = 0;
const USE_USBDK: c_int = 1;
const NO_DEVICE_DISCOVERY: c_int = 2;
const LOG_CB: c_int = 3;

const LOG_CB_GLOBAL: c_int = 1;
const LOG_CB_CONTEXT: c_int = 2;

/// Contexts made from now on have no list of devices.
static WITHOUT_DISCOVERY: AtomicBool = AtomicBool::new(false);

pub fn discovers() -> bool {
    !WITHOUT_DISCOVERY.load(Ordering::Relaxed)
}

/// # Safety
/// The value is a libusb_log_cb where the option is the log's function.
pub unsafe fn set_initial(context: &Arc<Context>, option: &libusb_init_option) -> c_int {
    match option.option {
        LOG_CB => {
            // SAFETY: this function's own contract.
            context.set_log_callback(unsafe { option.value.log_cbval });
            SUCCESS
        }
        // SAFETY: every byte pattern is an int.
        other => set(Some(context), other, unsafe { option.value.ival } as usize),
    }
}

fn set(context: Option<&Arc<Context>>, option: c_int, value: usize) -> c_int {
    match option {
        LOG_LEVEL => {
            let level = value as c_int;
            if !(log::NONE..=log::DEBUG).contains(&level) {
                return ERROR_INVALID_PARAM;
            }
            match context {
                Some(context) => context.set_log_level(level),
                None => log::set_default_level(level),
            }
            SUCCESS
        }
        USE_USBDK => ERROR_NOT_SUPPORTED,
        NO_DEVICE_DISCOVERY => {
            match context {
                Some(context) => context.discovers.store(false, Ordering::Relaxed),
                None => WITHOUT_DISCOVERY.store(true, Ordering::Relaxed),
            }
            SUCCESS
        }
        LOG_CB => {
            // SAFETY: for this option the program passes a function of this type, or NULL.
            let callback = unsafe { std::mem::transmute::<usize, libusb_log_cb>(value) };
            match context {
                Some(context) => context.set_log_callback(callback),
                None => log::set_global(callback),
            }
            SUCCESS
        }
        _ => ERROR_INVALID_PARAM,
    }
}

/// In C it takes any number of arguments after the second. There is at most one, an int or a pointer, and with the calling conventions
/// of Linux it comes where a third argument of this size does.
#[no_mangle]
pub unsafe extern "C" fn libusb_set_option(ctx: *mut libusb_context, option: c_int, value: usize) -> c_int {
    guard("libusb_set_option", ERROR_OTHER, || {
        let context = context::get(ctx);
        if context.is_none() && !ctx.is_null() {
            return ERROR_INVALID_PARAM;
        }
        // Without a context it is for those to come, and for the default one if it is there.
        if ctx.is_null() {
            let code = set(None, option, value);
            return match &context {
                Some(context) if code == SUCCESS && option != LOG_CB => set(Some(context), option, value),
                _ => code,
            };
        }
        set(context.as_ref(), option, value)
    })
}

#[no_mangle]
pub extern "C" fn libusb_set_debug(ctx: *mut libusb_context, level: c_int) {
    guard("libusb_set_debug", (), || {
        if let Some(context) = context::get(ctx) {
            context.set_log_level(level.clamp(log::NONE, log::DEBUG));
        }
    });
}

#[no_mangle]
pub extern "C" fn libusb_set_log_cb(ctx: *mut libusb_context, cb: libusb_log_cb, mode: c_int) {
    guard("libusb_set_log_cb", (), || {
        if mode & LOG_CB_GLOBAL != 0 {
            log::set_global(cb);
        }
        if mode & LOG_CB_CONTEXT != 0 {
            if let Some(context) = context::get(ctx) {
                context.set_log_callback(cb);
            }
        }
    });
}

struct Version(libusb_version);

// SAFETY: constants, and pointers to constants.
unsafe impl Sync for Version {}

static VERSION: Version = Version(libusb_version {
    major: 1,
    minor: 0,
    micro: 27,
    nano: 11882,
    rc: b"\0".as_ptr().cast(),
    describe: b"usbx\0".as_ptr().cast(),
});

#[no_mangle]
pub extern "C" fn libusb_get_version() -> *const libusb_version {
    &VERSION.0
}

/// Capabilities, hotplug, HID access, detaching of kernel drivers: this library has all that libusb has on Linux.
#[no_mangle]
pub extern "C" fn libusb_has_capability(capability: u32) -> c_int {
    matches!(capability, 0 | 1 | 0x100 | 0x101).into()
}

/// Memory for the program, which C's `free` gives back; filled with 0.
pub fn allocate<T>(bytes: usize) -> *mut T {
    // SAFETY: calloc takes any size.
    unsafe { libc::calloc(1, bytes.max(1)) }.cast()
}

/// # Safety
/// The pointer is NULL or from `allocate`, and not given back before.
pub unsafe fn free<T>(pointer: *const T) {
    // SAFETY: this function's own contract.
    unsafe { libc::free(pointer.cast_mut().cast::<c_void>()) };
}
