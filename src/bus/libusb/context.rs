//! libusb's contexts, and the devices that one lists.
//!
//! Each list and each handle has a context of its own. Nothing is shared with other code in the process that uses libusb, a forked
//! child finds no context that another thread was in, and a handle's events are handled by its own callers alone. libusb's default
//! context is never used.

use super::status::error;
use super::{contexts, nodes};
use crate::error::Result;
#[cfg(unix)]
use crate::error::{Error, Status};
use crate::sync::atomic::AtomicI32;
use crate::sync::{lock, Mutex};
use crate::sys::{process_generation, Event};
#[cfg(unix)]
use crate::sys::{RawDescriptor, Readiness};
use rusb::ffi::constants::LIBUSB_ERROR_INTERRUPTED;
use rusb::ffi::{self, libusb_context, libusb_device};
use std::marker::PhantomData;
#[cfg(unix)]
use std::os::raw::c_short;
use std::ptr::{self, NonNull};
use std::slice;
use std::time::Duration;

/// How many file descriptors a context takes, one open device, and a look at what there is.
const ENOUGH: usize = 8;

pub struct Context {
    context: NonNull<libusb_context>,
    /// Of devices that came or left: true, or false. told.rs has libusb write it, which may do so as long as there is the context.
    pub notes: Mutex<Vec<(bool, Device)>>,
}

// SAFETY: libusb's contexts may be used from any thread, several at once ("Thread safety" in its manual).
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

impl Context {
    /// Libusb looks for the devices there are. On Linux it starts a thread with the first context, which ends with the last one.
    pub fn new() -> Result<Context> {
        has_room()?;
        let mut context = ptr::null_mut();
        let process = process_generation();
        let code = contexts::alone(|| {
            // SAFETY: the pointer is a place for the new context.
            let code = without_signals(|| unsafe { ffi::libusb_init(&mut context) });
            if code == 0 {
                contexts::one_more(process);
            }
            code
        });
        let made = NonNull::new(context).filter(|_| code == 0);
        let made = made.map(|context| Context { context, notes: Mutex::default() });
        // Another thread may have taken what there was.
        has_room()?;
        made.ok_or_else(|| error(code))
    }

    pub fn as_ptr(&self) -> *mut libusb_context {
        self.context.as_ptr()
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

impl Context {
    /// The file descriptors of libusb's that say when there are events to handle, and how they say it.
    #[cfg(unix)]
    pub fn descriptors(&self) -> Result<Vec<(RawDescriptor, Readiness)>> {
        // SAFETY: the context lives.
        let list = unsafe { ffi::libusb_get_pollfds(self.as_ptr()) };
        if list.is_null() {
            return Err(Error::new(Status::NoMem, "libusb has no memory to say what it waits for"));
        }
        let mut all = Vec::new();
        for i in 0.. {
            // SAFETY: a list of libusb's with NULL at its end, which ends the loop.
            let Some(entry) = (unsafe { (*list.add(i)).as_ref() }) else { break };
            all.push((entry.fd, readiness(entry.events)));
        }
        // SAFETY: made above, and not used any more.
        unsafe { ffi::libusb_free_pollfds(list) };
        Ok(all)
    }

    /// A thread that sleeps on events wakes up, or does not fall asleep. FreeBSD's own libusb may lack that function.
    #[cfg(any(not(unix), target_os = "linux", target_os = "android"))]
    pub fn interrupt(&self) {
        // SAFETY: the context lives. libusb keeps this for a thread that is about to sleep.
        unsafe { ffi::libusb_interrupt_event_handler(self.as_ptr()) };
    }

    /// Handles events until the flag is set, which a callback does, or time is up. False if libusb cannot handle events now.
    pub fn handle_events(&self, limit: Duration, flag: Option<&AtomicI32>) -> bool {
        // Rounded up, so that the last part of a millisecond is not spent without sleeping.
        let time = libc::timeval {
            tv_sec: limit.as_secs() as _,
            tv_usec: (limit.subsec_nanos().div_ceil(1000)).min(999_999) as _,
        };
        let flag = flag.map_or(ptr::null_mut(), AtomicI32::as_ptr);
        // SAFETY: the context lives, and the flag longer than the call; libusb only reads it.
        let code = unsafe { ffi::libusb_handle_events_timeout_completed(self.as_ptr(), &time, flag) };
        code == 0 || code == LIBUSB_ERROR_INTERRUPTED
    }
}

/// What a descriptor of libusb's is polled for.
#[cfg(unix)]
pub fn readiness(events: c_short) -> Readiness {
    if events & libc::POLLOUT != 0 {
        Readiness::Write
    } else {
        Readiness::Read
    }
}

/// Short of file descriptors, libusb does not say so: it finds fewer devices, or none.
fn has_room() -> Result<()> {
    (0..ENOUGH).map(|_| Event::new()).collect::<Result<Vec<_>>>().map(drop)
}

impl Drop for Context {
    fn drop(&mut self) {
        lock(&self.notes).clear();
        contexts::alone(|| {
            // SAFETY: code that uses the context holds a reference to this, and none is left.
            unsafe { ffi::libusb_exit(self.as_ptr()) };
            contexts::one_less();
        });
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

/// A device of a context, which must outlive this. Of two that were plugged in at the same place one after the other, each is another.
#[derive(PartialEq, Eq)]
pub struct Device(NonNull<libusb_device>);

// SAFETY: libusb counts references under a lock, and what a device is does not change.
unsafe impl Send for Device {}

impl Device {
    /// # Safety
    /// The device is valid now.
    pub unsafe fn keep(device: *mut libusb_device) -> Option<Device> {
        // SAFETY: by this function's contract.
        NonNull::new(device)
            .map(|device| Device(unsafe { NonNull::new_unchecked(ffi::libusb_ref_device(device.as_ptr())) }))
    }

    pub fn as_ptr(&self) -> *mut libusb_device {
        self.0.as_ptr()
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        // SAFETY: `keep` has taken this reference.
        unsafe { ffi::libusb_unref_device(self.as_ptr()) };
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
    let error = Context::new().err()?;
    let known = nodes::obstacle().map(str::to_owned);
    Some(known.unwrap_or_else(|| format!("libusb finds no USB on this computer: {error}")))
}
