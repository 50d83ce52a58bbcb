//! The real transfers and reaper, on a stand-in for the kernel.

#[path = "../../../../src/bus/linux_usbfs/reaper.rs"]
pub mod reaper;
#[path = "../../../../src/bus/linux_usbfs/requests.rs"]
mod requests;
#[path = "../../../../src/bus/linux_usbfs/status.rs"]
mod status;
// Its unsafe code hands memory to the kernel; this one takes none.
#[allow(unsafe_code)]
#[path = "../../../../src/bus/linux_usbfs/transfer.rs"]
pub mod transfer;

pub mod capabilities;
pub mod held;
pub mod node;
#[allow(unsafe_code)] // the kernel's contract is marked so
mod urb;
