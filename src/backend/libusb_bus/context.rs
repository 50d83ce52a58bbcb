//! libusb's contexts, and the devices that one lists.
//!
//! Each list and each handle has a context of its own. Nothing is shared with other code in the process that uses libusb, a forked
//! child finds no context that another thread was in, and a handle's events are handled by its own callers alone. libusb's default
//! context is never used.

use super::contexts;
use super::status::error;
use crate::error::Result;
use crate::poll::Event;
use rusb::ffi::{self, libusb_context, libusb_device};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::slice;

/// How many file descriptors a context takes, one open device, and a look at what there is.
const ENOUGH: usize = 8;

pub struct Context(NonNull<libusb_context>);

// SAFETY: libusb's contexts may be used from any thread, several at once ("Thread safety" in its manual).
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    /// Libusb looks for the devices there are. On Linux it starts a thread with the first context, which ends with the last one.
    pub fn new() -> Result<Context> {
        // Short of file descriptors, libusb does not say so: it finds fewer devices, or none.
        let reserve = (0..ENOUGH).map(|_| Event::new()).collect::<Result<Vec<_>>>()?;
        drop(reserve);
        let mut context = ptr::null_mut();
        // SAFETY: the pointer is a place for the new context.
        let code = contexts::alone(|| without_signals(|| unsafe { ffi::libusb_init(&mut context) }));
        NonNull::new(context).filter(|_| code == 0).map(Context).ok_or_else(|| error(code))
    }

    pub fn as_ptr(&self) -> *mut libusb_context {
        self.0.as_ptr()
    }

    /// The devices there are now.
    pub fn devices(&self) -> Result<DeviceList<'_>> {
        let mut list = ptr::null();
        // SAFETY: the context lives, and the pointer is a place for the list. What has come and gone is looked up under a lock of the
        // whole process.
        let count = contexts::alone(|| unsafe { ffi::libusb_get_device_list(self.as_ptr(), &mut list) });
        match usize::try_from(count) {
            Ok(count) => Ok(DeviceList { list, count, _context: PhantomData }),
            Err(_) => Err(error(count as i32)),
        }
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: whoever has used the context has held a reference to this, and nobody does any more.
        contexts::alone(|| unsafe { ffi::libusb_exit(self.as_ptr()) });
    }
}

/// The devices of a context, which stay valid as long as this does.
pub struct DeviceList<'a> {
    list: *const *mut libusb_device,
    count: usize,
    _context: PhantomData<&'a Context>,
}

impl DeviceList<'_> {
    pub fn iter(&self) -> impl Iterator<Item = *mut libusb_device> + '_ {
        // SAFETY: libusb has made the list with so many entries, and keeps it until it is freed.
        unsafe { slice::from_raw_parts(self.list, self.count) }.iter().copied()
    }
}

impl Drop for DeviceList<'_> {
    fn drop(&mut self) {
        // SAFETY: made by libusb_get_device_list and not freed yet; each device loses the reference that the list has.
        unsafe { ffi::libusb_free_device_list(self.list, 1) };
    }
}

/// Threads that start meanwhile get none of the program's signals.
#[cfg(unix)]
fn without_signals<T>(call: impl FnOnce() -> T) -> T {
    // SAFETY: a signal set is plain memory, filled in before it is used; the mask is this thread's own.
    let before = unsafe {
        let mut all = std::mem::zeroed();
        let mut before = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        before
    };
    let result = call();
    // SAFETY: the mask that was there before.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, ptr::null_mut()) };
    result
}

#[cfg(not(unix))]
fn without_signals<T>(call: impl FnOnce() -> T) -> T {
    call()
}

/// What keeps libusb from finding devices on this computer, if anything does.
pub fn obstacle() -> Option<String> {
    Context::new().err().map(|error| format!("libusb finds no USB on this computer: {error}"))
}
