//! How far a recording has been played.

use super::boundary::guard_of;
use super::library::usbx_status;
use super::pointer::{fill_text, Out};
use super::virtual_device::usbx_virtual;
use crate::bus::simulated::Progress;
use crate::library;
use std::os::raw::c_char;

/// How a program and the recording that it uses as a device agree so far.
///
/// @since 0.1.0
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_replay_statistics {
    /// Transfers and control requests that ended as they had ended in the recording. Standard requests do not count.
    pub transfers: u64,
    /// Those that ended with USBX_ERROR_OTHER: they were not in the recording, or nothing was left for them.
    pub departures: u64,
    /// Recorded transfers that the program has not asked for. One that came to nothing, as before a timeout, does not count.
    pub remaining: u64,
    /// The number in the capture of the frame that the first departure met; 0 if there is none.
    pub frame: u64,
    /// Always 0.
    pub reserved: [u8; 32],
}

impl From<&Progress> for usbx_replay_statistics {
    fn from(progress: &Progress) -> Self {
        let Progress { transfers, departures, remaining, frame, .. } = *progress;
        usbx_replay_statistics { transfers, departures, remaining, frame, reserved: [0; 32] }
    }
}

/// Gets how far a recording has been played since it was plugged in last.
///
/// A test checks with it that the program did all that was recorded, and nothing else: departures and remaining are 0.
///
/// @param virtual_device a virtual device from usbx_virtual_open("replay:FILE")
/// @param statistics receives the counts; zeroed on failure
/// @param departure receives a sentence in UTF-8 about the first departure, with the frame, what was expected and what
///   came, as usbx_last_error had it; NUL-terminated, and cut between characters if it does not fit. "" if there was
///   none. May be NULL if capacity is 0.
/// @param capacity size of departure in bytes, with room for the NUL
/// @param length receives the length of the whole sentence in bytes, without the NUL; may be NULL
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_NOT_SUPPORTED: the device is not a recording
/// - USBX_ERROR_INVALID_PARAM: statistics is NULL, or departure is NULL and capacity is not 0
/// - USBX_ERROR_INVALID_HANDLE: the virtual device handle is not open
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_virtual_replay_stats(
    virtual_device: *mut usbx_virtual,
    statistics: *mut usbx_replay_statistics,
    departure: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or valid places for a usbx_replay_statistics and a size_t, as documented.
    let (place, length) = unsafe { (Out::new(statistics), Out::new(length)) };
    guard_of(virtual_device, || {
        let what = "get statistics of a replay";
        // SAFETY: the caller passes room for `capacity` bytes, as documented.
        unsafe { fill_text(departure, capacity, "", "departure") }.map_err(|error| error.during(what))?;
        let device = library::virtual_device(virtual_device as usize, what)?;
        place.required("statistics").map_err(|error| error.during(what))?;
        let progress = device.replay_progress().map_err(|error| error.during(what))?;
        // SAFETY: as above.
        unsafe { fill_text(departure, capacity, &progress.departure, "departure") }?;
        length.set(progress.departure.len());
        place.set(usbx_replay_statistics::from(&progress));
        Ok(())
    })
}
