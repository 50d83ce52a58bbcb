//! Watches: which devices come and go.

use super::boundary::{guard, guard_of};
use super::devices::usbx_device_info;
use super::library::usbx_status;
use super::pointer::Out;
use super::stream::wait;
use crate::bus::Event;
use crate::error::{Error, Status};
use crate::library::{self, Object};
use crate::watch::Filter;

/// A watch for devices that are plugged in and unplugged, from usbx_watch_open. It is closed with usbx_watch_close.
///
/// The pointer is a checked token, like usbx_device. Any thread may use it.
pub struct usbx_watch {
    _opaque: [u8; 0],
}

/// The device was plugged in, or was there when the watch was opened, and can be opened.
pub const USBX_EVENT_ARRIVED: i32 = 1;
/// The device was unplugged.
pub const USBX_EVENT_LEFT: i32 = 2;

/// Starts to watch for devices that are plugged in and unplugged, virtual ones included.
///
/// The first events are the arrivals of the devices that are plugged in now, in the order of their paths. After that no
/// event is missed, and none is reported twice, as long as the system has room for the events that usbx_watch_next has
/// not taken: for hundreds of devices that come or go. When that room is full, the watch compares what was plugged in
/// with what is: devices that have left, have arrived, or are another one at the same path (their address differs) are
/// reported; a device that came and went in between, while there was no room, is not, as the system keeps no
/// description of it. udevd is not needed. There is no callback; a thread of the library's runs only while it reads the
/// strings of a device that has just come.
///
/// @param vendor_id idVendor of the devices to watch for; 0 for any
/// @param product_id idProduct of the devices to watch for; 0 for any
/// @param watch receives the handle, or NULL on failure; the caller owns it and closes it with usbx_watch_close
///
/// @return USBX_OK, also on a host without USB, or:
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
/// - USBX_ERROR_INVALID_PARAM: watch is NULL
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_hotplug_register_callback in libusb.
///
/// @since 0.1.0
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

/// Takes the next event of a watch, in the order in which they happened.
///
/// A device arrives when it can be opened: its configuration is selected, and this process may open its device node.
/// The watch waits at most one second for that; then the device arrives as it is. In a container, a device without a
/// node arrives when it gets one. A device that is unplugged and plugged in again leaves and arrives, with another
/// address. A device that is reset neither leaves nor arrives.
///
/// @param watch an open watch
/// @param timeout_ms maximum wait, in milliseconds; USBX_NO_TIMEOUT: no limit; USBX_NO_WAIT: return at once
/// @param event receives USBX_EVENT_ARRIVED or USBX_EVENT_LEFT; 0 on failure
/// @param info receives the description of the device; for USBX_EVENT_LEFT, as it was when it arrived. Zeroed on
///   failure.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_TIMEOUT: nothing happened in that time
/// - USBX_ERROR_CLOSED: another thread closed the watch
/// - USBX_ERROR_INVALID_PARAM: event or info is NULL
/// - USBX_ERROR_INVALID_HANDLE: the watch handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread; of several at the same time, each gets different events.
///
/// @since 0.1.0
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
    guard_of(watch, || {
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

/// Gets a file descriptor that becomes readable when a watch has an event.
///
/// Use it with select(), poll(), epoll or an event loop. When it is readable, call usbx_watch_next with USBX_NO_WAIT
/// until that returns USBX_ERROR_TIMEOUT. Sometimes it is readable although there is no event.
///
/// On Windows it is the HANDLE of an event that is signalled meanwhile, for WaitForMultipleObjects:
/// (HANDLE)(intptr_t)fd.
///
/// @param watch an open watch
/// @param fd receives the file descriptor; -1 on failure. The library owns it; it stays valid until usbx_watch_close.
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: fd is NULL
/// - USBX_ERROR_INVALID_HANDLE: the watch handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_watch_fd(watch: *mut usbx_watch, fd: *mut i32) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for an int32_t, as documented.
    let fd = unsafe { Out::new(fd) };
    fd.set(-1);
    guard_of(watch, || {
        let watch = library::watch(watch as usize, "get the file descriptor of a watch")?;
        fd.required("fd").map_err(|error| error.during("get the file descriptor of a watch"))?;
        fd.set(watch.descriptor().map_err(|error| error.during("get the file descriptor of a watch"))?);
        Ok(())
    })
}

/// Closes a watch.
///
/// Calls that are waiting on it end with USBX_ERROR_CLOSED.
///
/// @param watch an open watch; NULL is allowed and does nothing
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the watch handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_hotplug_deregister_callback in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_watch_close(watch: *mut usbx_watch) -> usbx_status {
    guard_of(watch, || {
        if watch.is_null() {
            return Ok(());
        }
        library::close_watch(watch as usize)
    })
}
