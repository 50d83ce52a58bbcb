//! Devices on this computer's buses, by libusb alone: for systems that have no bus of our own. On Linux the environment variable
//! USBX_SYSTEM_BUS=libusb selects it.
//!
//! What differs from the Linux bus, because libusb does not give it:
//! - Strings in the list are read from each device, which opens it for a moment (discovery.rs).
//! - Of an interface that is in use nobody says by which program. No process gives kernel drivers back after a crash.
//! - A transfer that the system ended because another program reset the device looks complete, with the bytes that came until then.
//! - A packet that moved nothing before an isochronous transfer was cut is told as never sent.
//! - A control request has 4096 bytes or less; memory is not shared with the system.

mod connection;
mod context;
mod discovery;
mod driver_name;
mod events;
mod handle;
mod raw;
mod request;
mod transfer;

pub use context::obstacle;
pub use discovery::{descriptors, devices};
pub use handle::open;

use super::libusb::{contexts, status};
use std::sync::OnceLock;

/// Whether the environment asks for this bus. A program that runs with more rights than its user does not listen to that.
pub fn selected() -> bool {
    static SELECTED: OnceLock<bool> = OnceLock::new();
    *SELECTED.get_or_init(|| {
        // SAFETY: it has no condition.
        let elevated = unsafe { libc::getauxval(libc::AT_SECURE) } != 0;
        !elevated && std::env::var_os("USBX_SYSTEM_BUS").is_some_and(|bus| bus == "libusb")
    })
}
