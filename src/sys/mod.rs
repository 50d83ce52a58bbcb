//! The operating system's own: memory, clocks, threads, processes, and waiting for several things at once. The rest of the library
//! uses these names and no system's types. A folder has what one system, or one family of systems, does in its own way.

mod alloc;
pub mod blocks;
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
mod bsd;
mod buffer;
#[forbid(unsafe_code)]
mod deadline;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
mod memory;
#[forbid(unsafe_code)]
mod peer;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

pub use alloc::{out_of_memory, try_vec};
#[cfg(all(unix, not(any(target_os = "linux", target_os = "android"))))]
pub use bsd::{Event, PollSet, Ready, Timer};
pub use buffer::{with_buffer, Buffer};
pub use deadline::{Deadline, Wait};
#[cfg(all(
    any(feature = "linux_usbfs", feature = "libusb"),
    any(target_os = "linux", target_os = "android"),
    not(loom)
))]
pub use linux::{kernel_drivers, usbfs};
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::{Event, PollSet, Ready, Timer};
pub use memory::Memory;
pub use peer::{Moved, Peer};
#[cfg(unix)]
pub use unix::{
    at_exit, environment, process_generation, start_thread, BorrowedDescriptor, Descriptor, Listener, OpenFile, Output,
    Pollable, RawDescriptor, Socket, Timestamp,
};
#[cfg(windows)]
pub use windows::{
    at_exit, environment, process_generation, start_thread, BorrowedDescriptor, Descriptor, Event, Listener, OpenFile,
    Output, PollSet, Pollable, RawDescriptor, Ready, Socket, Timer, Timestamp,
};

/// What to poll a file descriptor for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    Read,
    Write,
    /// What a list of mounts says when it has changed.
    Exceptional,
}
