//! What is said to people: to standard error or to the program's own functions, as far as the level lets it through.

use crate::abi::{libusb_context, libusb_log_cb};
use crate::context::{self, Context};
use std::ffi::CString;
use std::io::Write;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::sync::Arc;

pub const NONE: c_int = 0;
pub const ERROR: c_int = 1;
pub const WARNING: c_int = 2;
pub const DEBUG: c_int = 4;

/// The program's function for all contexts, as an address; 0 is none.
static GLOBAL: AtomicUsize = AtomicUsize::new(0);

/// For what belongs to no context.
static LEVEL: AtomicI32 = AtomicI32::new(-1);

pub fn address(callback: libusb_log_cb) -> usize {
    callback.map_or(0, |callback| callback as usize)
}

pub fn set_global(callback: libusb_log_cb) {
    GLOBAL.store(address(callback), Ordering::SeqCst);
}

/// What LIBUSB_DEBUG says: then no call changes the level.
pub fn from_environment() -> Option<c_int> {
    let level: c_int = std::env::var("LIBUSB_DEBUG").ok()?.trim().parse().ok()?;
    Some(level.clamp(NONE, DEBUG))
}

pub fn set_default_level(level: c_int) {
    LEVEL.store(level, Ordering::SeqCst);
}

pub fn default_level() -> c_int {
    match LEVEL.load(Ordering::Relaxed) {
        -1 => from_environment().unwrap_or(NONE),
        level => level,
    }
}

pub fn error(function: &str, text: &str) {
    say(None, ERROR, function, text);
}

/// Why something failed. What that is may have to be looked up, which nobody waits for whose log does not show it.
pub fn failure(context: Option<&Arc<Context>>, level: c_int, function: &str, error: &usbx::tool::Error) {
    if is_shown(context, level) {
        say(context, level, function, &error.reason());
    }
}

/// What is made only where the log shows it.
pub fn detail(context: &Arc<Context>, function: &str, text: impl FnOnce() -> String) {
    if is_shown(Some(context), DEBUG) {
        say(Some(context), DEBUG, function, &text());
    }
}

fn is_shown(context: Option<&Arc<Context>>, level: c_int) -> bool {
    let fallback = if context.is_none() { context::get(std::ptr::null()) } else { None };
    level <= context.or(fallback.as_ref()).map_or_else(default_level, |context| context.log_level())
}

pub fn say(context: Option<&Arc<Context>>, level: c_int, function: &str, text: &str) {
    let fallback = if context.is_none() { context::get(std::ptr::null()) } else { None };
    let context = context.or(fallback.as_ref());
    if level > context.map_or_else(default_level, |context| context.log_level()) {
        return;
    }
    let kind = ["", "error", "warning", "info", "debug"][level as usize];
    let line = format!("libusb: {kind} [{function}] {text}\n");
    let global = GLOBAL.load(Ordering::SeqCst);
    let own = context.map_or(0, |context| context.log_callback());
    if global == 0 && own == 0 {
        // If nobody reads it any more, the program goes on.
        let _ = std::io::stderr().write_all(line.as_bytes());
        return;
    }
    let pointer = context.map_or(std::ptr::null_mut(), |context| Arc::as_ptr(context).cast_mut().cast());
    let Ok(line) = CString::new(line.replace('\0', " ")) else { return };
    for callback in [global, own].into_iter().filter(|callback| *callback != 0) {
        // SAFETY: the address is that of a libusb_log_cb, from `address`.
        let callback = unsafe {
            std::mem::transmute::<usize, unsafe extern "C" fn(*mut libusb_context, c_int, *const std::os::raw::c_char)>(
                callback,
            )
        };
        // SAFETY: the program's own function, with a context of its own and a string that lives until it returns.
        unsafe { callback(pointer, level, line.as_ptr()) };
    }
}
