//! Devices of this computer for others, over USB/IP.

use super::boundary::{guard, guard_of};
use super::library::usbx_status;
use super::pointer::{fill_text, text, Out};
use crate::error::{Error, Result};
use crate::library::{self, Object};
use crate::share::{Network, Options, DEFAULT_ADDRESS};
use std::os::raw::c_char;

/// Devices that other computers may use, from usbx_share_open. It is closed with usbx_share_close.
///
/// The pointer is a checked token, like usbx_device. Any thread may use it.
pub struct usbx_share {
    _opaque: [u8; 0],
}

/// Options of a share.
///
/// Set the whole struct to 0 first; the library chooses what is left 0.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_share_options {
    /// The networks whose computers may connect, NUL-terminated: "192.168.1.0/24,fd00::/8,10.0.0.7". NULL or "": every
    /// computer that reaches the address. A Unix socket is not concerned: who may write to its file may connect.
    pub allow: *const c_char,
    /// How many clients may be connected at once; 0 for 64.
    pub clients: u32,
    /// Set to 0.
    pub reserved: [u8; 52],
}

/// How many clients may be connected where the options do not say.
const CLIENTS: u32 = 64;

/// Opens a share: from now on clients of USB/IP can connect, Linux's usbip attach among them. What they find is added with
/// usbx_share_add.
///
/// A thread of the library serves all clients, and each device that a client has taken has one more for the calls that
/// wait for the device. A client that is lost is noticed within about 10 seconds; its device is given back then.
///
/// The protocol has no passwords and no encryption: whoever reaches the address can use the devices, unless
/// usbx_share_options.allow says otherwise. Without an address the share listens on 127.0.0.1, where only programs of
/// this computer reach it; docs/usbip.md shows how ssh or WireGuard carry it further.
///
/// @param address "127.0.0.1:3240", "[::1]:3240", "127.0.0.1:0" for a port of the system's choice (usbx_share_address
///   tells it), "unix:/path" for a socket file, "systemd:" for the one that systemd passed to this program (once); NULL
///   for "127.0.0.1:3240". Without a port it is 3240
/// @param options NULL for the defaults
/// @param share receives the handle, or NULL on failure; the caller owns it and closes it with usbx_share_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_BUSY: another program listens there, or the socket's file is there and is no socket
/// - USBX_ERROR_NOT_FOUND: this computer does not have that address, the socket's folder does not exist, or systemd has
///   passed no socket
/// - USBX_ERROR_ACCESS: this user may not listen there
/// - USBX_ERROR_INVALID_PARAM: address or options are not valid, or share is NULL
/// - USBX_ERROR_NO_MEM: the system has no file descriptor or thread left
///
/// @par Threads
/// Any thread.
///
/// @par References
/// Linux, Documentation/usb/usbip_protocol.rst.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_share_open(
    address: *const c_char,
    options: *const usbx_share_options,
    share: *mut *mut usbx_share,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(share) };
    guard(|| {
        let open = || {
            place.required("share")?;
            // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
            let address = unsafe { text(address, "address") }?.unwrap_or(DEFAULT_ADDRESS);
            // SAFETY: the caller passes NULL or valid options, as documented.
            let options = unsafe { wanted(options) }?;
            library::register(Object::Share(library::open_share(address, options, &[])?))
        };
        let token = open().map_err(|error: Error| error.during("open a share"))?;
        place.set(token.value() as *mut usbx_share);
        Ok(())
    })
}

/// The options that the caller wants, checked.
///
/// # Safety
/// `options` is NULL or valid for reading, and so is the string in it.
unsafe fn wanted(options: *const usbx_share_options) -> Result<Options> {
    if options.is_null() {
        return Ok(Options { allow: Vec::new(), clients: CLIENTS as usize });
    }
    // SAFETY: not NULL, therefore valid by this function's contract.
    let options = unsafe { options.read_unaligned() };
    // SAFETY: NULL or NUL-terminated, by this function's contract.
    let allow = unsafe { text(options.allow, "allow") }?.unwrap_or("");
    let allow = if allow.is_empty() { Vec::new() } else { Network::list(allow)? };
    let clients = if options.clients == 0 { CLIENTS } else { options.clients };
    Ok(Options { allow, clients: clients as usize })
}

/// Offers a device to clients, until the share is closed.
///
/// Nothing happens to the device before a client takes it. Then the library opens it, detaches the kernel drivers of its
/// interfaces and claims them; when the client lets it go, or is lost, the drivers come back. One client at a time has a
/// device; another one is told that it is busy. While the device is unplugged clients do not see it, and when it comes
/// back in the same place they see it again.
///
/// @param share a share
/// @param path the device's path, as usbx_devices tells it: a device of this computer or a virtual one
/// @param busid how clients name it, at most 31 characters without spaces and slashes; NULL for the path, with - in the
///   place of /: "1-2", "virtual-1"
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: no device is plugged in there
/// - USBX_ERROR_BUSY: the share has that device, or another one of that bus ID
/// - USBX_ERROR_NOT_SUPPORTED: the device is a hub
/// - USBX_ERROR_INVALID_PARAM: path is NULL, or the bus ID is not valid
/// - USBX_ERROR_INVALID_HANDLE: the share's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_share_add(
    share: *mut usbx_share,
    path: *const c_char,
    busid: *const c_char,
) -> usbx_status {
    guard_of(share, || {
        let what = "share a device";
        let found = library::share(share as usize, what)?;
        // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
        let path = unsafe { text(path, "path") }.map_err(|error| error.during(what))?;
        let path = path.ok_or_else(|| Error::invalid("path is NULL").during(what))?;
        // SAFETY: as above.
        let busid = unsafe { text(busid, "busid") }.map_err(|error| error.during(what))?;
        found.add(path, busid)
    })
}

/// Gets the address at which a share listens: "127.0.0.1:3240", with the real port where usbx_share_open got 0, or
/// "unix:/path".
///
/// @param share a share
/// @param text receives the address, NUL-terminated, cut to capacity; may be NULL with capacity 0
/// @param capacity size of text in bytes
/// @param length receives the length of the whole address without its NUL; may be NULL
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: text is NULL with a capacity
/// - USBX_ERROR_INVALID_HANDLE: the share's handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_share_address(
    share: *mut usbx_share,
    text: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let length = unsafe { Out::new(length) };
    guard_of(share, || {
        let what = "get the address of a share";
        // SAFETY: the caller passes NULL or `capacity` writable bytes, as documented.
        let fill = |string: &str| unsafe { fill_text(text, capacity, string, "text") };
        fill("").map_err(|error| error.during(what))?;
        let found = library::share(share as usize, what)?;
        length.set(found.address().len());
        fill(found.address()).map_err(|error| error.during(what))
    })
}

/// Closes a share: disconnects every client, ends what is pending, gives every device back to its drivers, and returns
/// when that is done.
///
/// @param share a share; NULL is allowed and does nothing
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the share's handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_share_close(share: *mut usbx_share) -> usbx_status {
    guard_of(share, || {
        if share.is_null() {
            return Ok(());
        }
        library::close_share(share as usize)
    })
}
