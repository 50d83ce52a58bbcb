//! Watches: which devices come and go.

use super::boundary::guard;
use super::devices::usbx_device_info;
use super::library::usbx_status;
use super::pointer::Out;
use super::stream::wait;
use crate::bus::Event;
use crate::error::{Error, Status};
use crate::library::{self, Object};
use crate::watch::Filter;

/// A watch for devices that come and go. A token, as usbx_device. Any thread may use it; usbx_watch_close ends it.
pub struct usbx_watch {
    _opaque: [u8; 0],
}

/// The device was plugged in, or was there when the watch began, and can be opened.
pub const USBX_EVENT_ARRIVED: i32 = 1;
/// The device was unplugged.
pub const USBX_EVENT_LEFT: i32 = 2;

/// Begins to watch which devices come and go, on the bus and among the virtual ones. The devices there are now come first, as
/// arrivals in path order; from then on no event is missed, and none comes twice.
///
/// There is no thread and no callback: events wait until usbx_watch_next takes them. No udevd is needed.
///
/// vendor_id: idVendor of the devices to watch for; 0 for any.
/// product_id: idProduct; 0 for any.
/// watch: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_watch_close.
///
/// Returns USBX_OK, on a host without USB too; USBX_ERROR_NO_MEM; USBX_ERROR_INVALID_PARAM.
/// Any thread. Source: libusb_hotplug_register_callback. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_watch_open(vendor_id: u16, product_id: u16, watch: *mut *mut usbx_watch) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(watch) };
    guard(|| {
        let open = || {
            place.required("watch")?;
            library::register(Object::Watch(library::open_watch(Filter { vendor_id, product_id })?))
        };
        let token = open().map_err(|error: Error| error.during("open a watch"))?;
        place.set(token.value() as *mut usbx_watch);
        Ok(())
    })
}

/// Takes the next event, in the order in which they happened.
///
/// A device arrives when it can be opened: its configuration is selected and this process may open its node. It waits one second
/// for that at the most, and then arrives as it is. In a container, a device that has no node there yet arrives when it gets one. A
/// device that is plugged in again leaves and arrives, with another address. A device that was reset stays.
///
/// watch: the handle.
/// timeout_ms: milliseconds to wait for an event; USBX_NO_TIMEOUT for ever, USBX_NO_WAIT not at all.
/// event: receives USBX_EVENT_ARRIVED or USBX_EVENT_LEFT; 0 on failure.
/// info: receives the device's description, for USBX_EVENT_LEFT as it was at its arrival. Zero on failure.
///
/// Returns USBX_OK; USBX_ERROR_TIMEOUT if nothing happened; USBX_ERROR_CLOSED if another thread closed the watch;
/// USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread; of several at once each gets other events.
/// Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_watch_next(
    watch: *mut usbx_watch,
    timeout_ms: u32,
    event: *mut i32,
    info: *mut usbx_device_info,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let event = unsafe { Out::new(event) };
    // SAFETY: the caller passes NULL or a valid place for a description, as documented.
    let info = unsafe { Out::new(info) };
    guard(|| {
        let watch = library::watch(watch as usize, "wait for devices")?;
        let next = || {
            event.required("event")?;
            info.required("info")?;
            let change = watch.next(wait(timeout_ms))?;
            change.ok_or_else(|| Error::new(Status::Timeout, "none came or went in that time"))
        };
        let change = next().map_err(|error: Error| error.during("wait for devices"))?;
        event.set(match change.event {
            Event::Arrived => USBX_EVENT_ARRIVED,
            Event::Left => USBX_EVENT_LEFT,
        });
        info.set(usbx_device_info::from(&change.info));
        Ok(())
    })
}

/// A descriptor for select(), poll(), epoll and event loops: readable when usbx_watch_next with USBX_NO_WAIT should be called, until
/// that gives USBX_ERROR_TIMEOUT. It may be readable with no event, now and then. It is the library's, and valid until
/// usbx_watch_close.
///
/// watch: the handle.
/// fd: receives the descriptor; -1 on failure.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_PARAM; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_watch_fd(watch: *mut usbx_watch, fd: *mut i32) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let fd = unsafe { Out::new(fd) };
    fd.set(-1);
    guard(|| {
        let watch = library::watch(watch as usize, "watch descriptor")?;
        fd.required("fd").map_err(|error| error.during("watch descriptor"))?;
        fd.set(watch.descriptor().map_err(|error| error.during("watch descriptor"))?);
        Ok(())
    })
}

/// Ends a watch. Calls that wait on it end with USBX_ERROR_CLOSED.
///
/// watch: the handle; NULL is allowed and does nothing.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_FORKED. Any thread. Source: libusb_hotplug_deregister_callback.
/// Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_watch_close(watch: *mut usbx_watch) -> usbx_status {
    guard(|| {
        if watch.is_null() {
            return Ok(());
        }
        library::close_watch(watch as usize)
    })
}
