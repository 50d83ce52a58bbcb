//! Other computers' devices, over USB/IP.

use super::boundary::guard;
use super::devices::{opened, usbx_device, usbx_device_info};
use super::library::usbx_status;
use super::pointer::{fill_with, text, Out};
use crate::error::{Error, Result};
use crate::library;
use std::os::raw::c_char;
use std::time::Duration;

/// Lists the devices that another computer exports over USB/IP, in its own order: those of "usbx share", of Linux's usbipd, of
/// usbipd-win, of a simulator.
///
/// The path of each, "usbip://pi.local/1-1.2", opens with usbx_open_path, also without this list; "usbip://pi.local/0403:6001"
/// and "usbip://pi.local/0403:6001:SERIAL" open the first device with these IDs, and "usbip+unix:///run/usbx.sock/1-1" one
/// behind a Unix socket. With the environment variable USBX_USBIP=pi.local,192.168.1.5:3240,unix:/run/usbx.sock the devices
/// of those hosts belong to usbx_devices, usbx_open and watches, too.
///
/// Lists tell neither strings nor usb_version: they are "" and 0 until this process has opened the device once. Some hosts
/// leave out devices that are in use. No device is opened.
///
/// An open device behaves as every device. What differs:
/// - Its host gives it to one process at a time, with all of its interfaces. Claims count inside this process.
/// - Connecting, opening and each call that asks the device's host (usbx_set_configuration, usbx_set_alt_setting,
///   usbx_clear_halt, usbx_reset, usbx_get_string …) have 5 seconds; the environment variable USBX_USBIP_TIMEOUT gives
///   another number of milliseconds.
/// - "usbx share" gives back what a transfer has moved that times out or is cancelled, as every bus does. Other hosts (Linux's
///   usbipd) drop that. So a bulk or interrupt read leaves its request with such a host: what comes of it is not lost, but
///   for the next read of that endpoint. It is dropped when the interface is released, its setting or the configuration
///   changes, or the device is reset or closed. Of other transfers the count is 0 there.
/// - Watches ask each host of USBX_USBIP once a second: a device that left and came back between two questions is seen only
///   if its address is another one, or this process had it open.
/// - When the connection is lost, everything that is pending ends with USBX_ERROR_NO_DEVICE and its count, and watches report
///   that the device has left. A host that dies without a word is noticed within about 10 seconds.
/// - There are no bulk streams, no kernel drivers to detach, and no usbx_buffer_alloc memory that is shared with the system.
///
/// @param host "pi.local", "192.168.1.5:3240", "[fe80::1]:3240", or "unix:/path" for a Unix socket. Without a port it is 3240
/// @param devices receives one entry for each device, up to capacity; may be NULL if capacity is 0
/// @param capacity number of entries that fit in devices
/// @param count receives the number of devices, which may be more than capacity; 0 on failure; may be NULL
/// @param timeout_ms how long the host has, in milliseconds; 0 for 5 seconds, or what USBX_USBIP_TIMEOUT says
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_TIMEOUT: the host, or the name server, does not answer
/// - USBX_ERROR_IO: nothing listens there, the host cannot be reached, or it answers something else
/// - USBX_ERROR_NOT_FOUND: the name is not known, or there is no such Unix socket
/// - USBX_ERROR_ACCESS: this user may not connect to that Unix socket
/// - USBX_ERROR_BUSY: that Unix socket takes no more connections now
/// - USBX_ERROR_NOT_SUPPORTED: the host speaks another version of USB/IP
/// - USBX_ERROR_INVALID_PARAM: host is NULL or is no host, or devices is NULL and capacity is not 0
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor or thread left
///
/// @par Threads
/// Any thread. A name that is no address is looked up by a thread of the library, which ends with the answer.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_remote_devices(
    host: *const c_char,
    devices: *mut usbx_device_info,
    capacity: usize,
    count: *mut usize,
    timeout_ms: u32,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let count = unsafe { Out::new(count) };
    guard(|| {
        let what = "list the devices of a host";
        // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
        let host = unsafe { required(host, "host") }.map_err(|error| error.during(what))?;
        let time = Some(timeout_ms).filter(|ms| *ms != 0).map(|ms| Duration::from_millis(ms.into()));
        let found = library::remote_devices(host, time)?;
        let (sources, mut entry) = (found.iter().map(|info| &**info), usbx_device_info::EMPTY);
        // SAFETY: the caller passes room for `capacity` entries, as documented.
        unsafe { fill_with(devices, capacity, sources, &mut entry, |info, entry| entry.describe(info), "devices") }
            .map_err(|error| error.during(what))?;
        count.set(found.len());
        Ok(())
    })
}

/// Opens a device of another computer over a connection that other code has made: ssh, a TLS proxy, vsock, inetd.
///
/// @param fd a stream socket, on Windows a SOCKET, that is connected to a USB/IP server, on which nothing was sent or
///   received yet. The library takes a copy of it, and sets its options itself. The caller may close its own at once; as
///   long as the device is open, nothing else may use the connection. usbx_close ends it
/// @param busid which of the server's devices, as "1-1.2"
/// @param device receives the handle, or NULL on failure; the caller owns it and closes it with usbx_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: the server exports no such device
/// - USBX_ERROR_BUSY: another client has it
/// - USBX_ERROR_IO: the server closed the connection or answers something else, or the device does not answer
/// - USBX_ERROR_TIMEOUT: the server or the device does not answer within 5 seconds (USBX_USBIP_TIMEOUT)
/// - USBX_ERROR_NO_DEVICE: the connection was lost during the call
/// - USBX_ERROR_NOT_SUPPORTED: the server speaks another version of USB/IP
/// - USBX_ERROR_INVALID_PARAM: fd is not an open stream socket, busid is NULL or not a bus ID, or device is NULL
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_usbip_open_fd(
    fd: i32,
    busid: *const c_char,
    device: *mut *mut usbx_device,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let device = unsafe { Out::new(device) };
    guard(|| {
        // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
        let busid = unsafe { required(busid, "busid") }.map_err(|error| error.during("open over a connection"))?;
        opened(&device, || library::open_remote_descriptor(fd, busid))
    })
}

/// # Safety
/// NULL, or a NUL-terminated string that stays while the result is used.
unsafe fn required<'a>(place: *const c_char, name: &str) -> Result<&'a str> {
    // SAFETY: this function's own contract.
    let found = unsafe { text(place, name) }?;
    found.ok_or_else(|| Error::invalid(format!("{name} is NULL")))
}
