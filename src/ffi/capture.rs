//! Captures: what goes through the library, as files for Wireshark.

use super::boundary::{guard, guard_of};
use super::library::{usbx_status, USBX_ERROR_IO, USBX_OK};
use super::pointer::{text, Out};
use crate::capture::{Capture, Options, Place};
use crate::error::{Error, Result};
use crate::library::{self, Object};
use std::os::raw::c_char;
use std::sync::Arc;

/// A capture, from usbx_capture_open. It is closed with usbx_capture_close.
///
/// The pointer is a checked token, like usbx_device. Any thread may use it.
pub struct usbx_capture {
    _opaque: [u8; 0],
}

/// Options of a capture.
///
/// Set the whole struct to 0 first; the library chooses what is left 0.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_capture_options {
    /// Captures only the device at this path, as in usbx_device_info; "": every device.
    pub path: [c_char; 256],
    /// Maximum number of bytes of each transfer's data; the lengths in the file are still the true ones. 0: no limit.
    pub snap_length: usize,
    /// 0: records are written as they come. Otherwise the capture keeps the last so many bytes in memory, 64 KiB or
    /// more, and writes them when a transfer fails and when the capture is closed. Cancelled transfers, and those whose
    /// time was up, do not count as failures.
    pub ring: usize,
    /// Memory in bytes for records that wait to be written, 512 KiB or more; 0: 32 MiB. Records that find no room are
    /// dropped and counted. A ring uses its own.
    pub memory: usize,
    /// 0; there are no flags yet.
    pub flags: u32,
    /// Set to 0.
    pub reserved: [u8; 60],
}

/// What a capture has done so far. A transfer has two records: when it began and when it was complete.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_capture_statistics {
    /// Records that are in the file, or in memory on the way there. Those that describe the devices count, too.
    pub records: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// Records that were lost: there was no memory left for them, or the file takes no more.
    pub dropped: u64,
    /// Records of a ring that newer ones replaced before they were written.
    pub replaced: u64,
    /// Transfers that failed; cancelled transfers, and those whose time was up, do not count.
    pub errors: u64,
    /// Devices that were seen.
    pub devices: u64,
    /// USBX_OK, or USBX_ERROR_IO once the file takes no more; usbx_capture_close says why.
    pub status: usbx_status,
    /// Always 0.
    pub reserved: [u8; 44],
}

/// Starts to capture what goes through the library from now on, of every device and every handle of this process, to a
/// file that Wireshark reads.
///
/// The file is pcapng with the link type of Linux's usbmon (LINKTYPE_USB_LINUX_MMAPPED). It has every transfer, when it
/// began and when it was complete, with its data: also those that were open before, from their next transfer on, and the
/// control requests that the system makes for calls such as usbx_set_alt_setting. Each device begins with its
/// descriptors, so that Wireshark knows the classes; a comment says that these records were not on the wire.
///
/// No transfer waits for the file: a thread of the library writes it, as long as the capture is open. If the file is
/// slower than the traffic, records are dropped. usbx_capture_stats counts them, and so does the file.
///
/// Several captures may be open at once, each with its own file. A forked child is not captured. If the program ends
/// without closing the capture, the file is complete all the same, unless the program is killed; then the last 10 ms may
/// be missing.
///
/// The environment variable USBX_CAPTURE=FILE does the same for a program that does not call this function, from the
/// first device it opens; %p in FILE is the number of the process. If the file cannot be written, opening the device
/// fails and says so. A program that runs with more rights than its user ignores the variable.
///
/// @param path the file, in UTF-8; an existing one is overwritten. A FIFO must have a reader already.
/// @param options how to capture; NULL for everything
/// @param capture receives the handle, or NULL on failure; the caller owns it and closes it with usbx_capture_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: the directory does not exist, or the FIFO has no reader
/// - USBX_ERROR_ACCESS: this process may not write there
/// - USBX_ERROR_BUSY: another capture, maybe of another process, is writing this file
/// - USBX_ERROR_IO: the file cannot be created for another reason
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
/// - USBX_ERROR_INVALID_PARAM: path or capture is NULL, or an option is not valid
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_capture_open(
    path: *const c_char,
    options: *const usbx_capture_options,
    capture: *mut *mut usbx_capture,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let place = unsafe { Out::new(capture) };
    guard(|| {
        let open = || {
            place.required("capture")?;
            // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
            let path = unsafe { text(path, "path") }?.filter(|path| !path.is_empty());
            let path = path.ok_or_else(|| Error::invalid("path is NULL or empty; give the name of a file"))?;
            let options = match options.is_null() {
                true => Options::default(),
                // SAFETY: not NULL, therefore a usbx_capture_options, as documented; any alignment will do.
                false => wanted(&unsafe { options.read_unaligned() })?,
            };
            let opened = Capture::open(Place::File(path), &options);
            let capture = opened.map_err(|error| error.during(format!("write to {path}")))?;
            library::register(Object::Capture(Arc::clone(&capture))).map_err(|error| {
                let _ = capture.close();
                error
            })
        };
        let token = open().map_err(|error: Error| error.during("open a capture"))?;
        place.set(token.value() as *mut usbx_capture);
        Ok(())
    })
}

/// The options that the caller wants, checked.
fn wanted(options: &usbx_capture_options) -> Result<Options> {
    if options.flags != 0 {
        return Err(Error::invalid(format!("there are no such flags: 0x{:x}; zero the options first", options.flags)));
    }
    let bytes = options.path.iter().map(|byte| *byte as u8).take_while(|byte| *byte != 0).collect::<Vec<u8>>();
    let device = String::from_utf8(bytes).map_err(|_| Error::invalid("the device's path is not valid UTF-8"))?;
    let usbx_capture_options { snap_length, ring, memory, .. } = *options;
    Ok(Options { device, snap_length, ring, memory, append: false })
}

/// Gets what a capture has done so far.
///
/// @param capture an open capture
/// @param statistics receives the figures; zeroed on failure
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: statistics is NULL
/// - USBX_ERROR_INVALID_HANDLE: the capture's handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_capture_stats(
    capture: *mut usbx_capture,
    statistics: *mut usbx_capture_statistics,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for the figures, as documented.
    let place = unsafe { Out::new(statistics) };
    guard_of(capture, || {
        let what = "get the statistics of a capture";
        let capture = library::capture(capture as usize, what)?;
        place.required("statistics").map_err(|error| error.during(what))?;
        let done = capture.statistics();
        place.set(usbx_capture_statistics {
            records: done.records,
            bytes: done.bytes,
            dropped: done.dropped,
            replaced: done.replaced,
            errors: done.errors,
            devices: done.devices,
            status: if done.failed { USBX_ERROR_IO } else { USBX_OK },
            reserved: [0; 44],
        });
        Ok(())
    })
}

/// Ends a capture and closes its handle. What waits in memory is written first; a pipe whose reader takes nothing is
/// given up after two seconds.
///
/// The handle is closed whatever the function returns. A failure is about the file, and usbx_last_error() says how many
/// records are missing in it.
///
/// @param capture a capture; NULL is allowed and does nothing
///
/// @return USBX_OK, if the file has every record, or:
/// - USBX_ERROR_OVERFLOW: records were dropped, because the file was slower than the traffic
/// - USBX_ERROR_IO: the file could not be written to the end, for example because the disk is full
/// - USBX_ERROR_INVALID_HANDLE: the capture's handle is not open
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_capture_close(capture: *mut usbx_capture) -> usbx_status {
    guard_of(capture, || {
        if capture.is_null() {
            return Ok(());
        }
        library::close_capture(capture as usize).map_err(|error| error.during("close a capture"))
    })
}
