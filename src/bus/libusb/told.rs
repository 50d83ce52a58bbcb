//! What libusb tells of devices that come and go. It keeps events until they are handled, and calls back then: in their order, each with its
//! device.

use super::context::{Context, Device};
use super::status::check;
use super::{contexts, sysfs};
use crate::bus::Event;
use crate::error::Result;
use crate::sync::lock;
#[cfg(unix)]
use crate::sys::{BorrowedDescriptor, RawDescriptor, Readiness};
use rusb::ffi::constants::*;
use rusb::ffi::{self, libusb_context, libusb_device, libusb_hotplug_callback_handle, libusb_hotplug_event};
use std::os::raw::{c_int, c_void};
use std::sync::Arc;
use std::time::Duration;

pub struct Told {
    callback: libusb_hotplug_callback_handle,
    #[cfg(unix)]
    descriptors: Vec<(RawDescriptor, Readiness)>,
    /// After all that is its own. It has the address, and the notes.
    context: Arc<Context>,
}

/// Whether libusb tells anything in this process. It does not on Windows; on Linux it has a thread for it, which a forked child has not, and
/// which reads in sysfs what a device is that comes.
pub fn is_any() -> bool {
    has_events() && !contexts::are_inherited() && sysfs::is_there()
}

/// Whether a context's list is kept by events; otherwise it is made anew each time.
pub fn has_events() -> bool {
    // SAFETY: it has no condition.
    unsafe { ffi::libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) != 0 }
}

impl Told {
    pub fn new(context: Context) -> Result<Told> {
        let mut told = Told {
            callback: 0,
            #[cfg(unix)]
            descriptors: context.descriptors()?,
            context: Arc::new(context),
        };
        // SAFETY: the argument of the callback is the context, which stays in its place as long as libusb has it.
        check(unsafe {
            ffi::libusb_hotplug_register_callback(
                told.context.as_ptr(),
                LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
                LIBUSB_HOTPLUG_NO_FLAGS,
                LIBUSB_HOTPLUG_MATCH_ANY,
                LIBUSB_HOTPLUG_MATCH_ANY,
                LIBUSB_HOTPLUG_MATCH_ANY,
                happened,
                Arc::as_ptr(&told.context) as *mut c_void,
                &mut told.callback,
            )
        })?;
        Ok(told)
    }

    /// All devices are this one's.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Each is ready when there is something to take.
    #[cfg(unix)]
    pub fn descriptors(&self) -> impl Iterator<Item = (BorrowedDescriptor<'_>, Readiness)> {
        self.descriptors.iter().map(|(fd, readiness)| {
            // SAFETY: libusb's own, open as long as the context, which lives as long as self.
            (unsafe { BorrowedDescriptor::borrow_raw(*fd) }, *readiness)
        })
    }

    /// What has been told since the last time, in its order.
    pub fn take(&self) -> Vec<(Event, Device)> {
        self.context.handle_events(Duration::from_secs(0), None);
        let notes = std::mem::take(&mut *lock(&self.context.notes));
        let event = |comes| if comes { Event::Arrived } else { Event::Left };
        notes.into_iter().map(|(comes, device)| (event(comes), device)).collect()
    }
}

impl Drop for Told {
    fn drop(&mut self) {
        // SAFETY: registered in this context, or 0, which none has.
        unsafe { ffi::libusb_hotplug_deregister_callback(self.context.as_ptr(), self.callback) };
    }
}

/// Called by libusb by whoever handles the context's events: takes a note and no more.
extern "system" fn happened(
    _: *mut libusb_context,
    device: *mut libusb_device,
    event: libusb_hotplug_event,
    context: *mut c_void,
) -> c_int {
    // SAFETY: `new` gave this, and it lives as long as libusb's part of it; the device is valid during the call.
    let (context, device) = unsafe { (&*(context as *const Context), Device::keep(device)) };
    let comes = event != LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT;
    lock(&context.notes).extend(device.map(|device| (comes, device)));
    0
}
