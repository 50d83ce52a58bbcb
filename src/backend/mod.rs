//! What the rest of the library asks of a bus. The seam is at the level of a USB request: submit, complete, cancel.

#[cfg(not(loom))]
pub mod libusb;
#[cfg(not(loom))]
pub mod libusb_bus;
#[cfg(not(loom))]
#[forbid(unsafe_code)]
pub mod virtual_bus;

use crate::error::Result;
use crate::ffi::{Buffer, Memory};
use crate::info::DeviceInfo;
use crate::poll::Descriptor;
use crate::transfer::{Completion, Notice, Target};
use std::sync::Arc;
use std::time::Instant;

/// An opened device of some bus. [`crate::device::Device`] keeps the rules (who claimed what, which endpoints there
/// are); a backend does what it is told. Every call may come from any thread; claims, alternate settings, configuration
/// and reset come one at a time. Dropping it lets the device go: by then nothing is in flight or claimed.
pub trait Handle: Send + Sync {
    fn info(&self) -> &DeviceInfo;

    /// bConfigurationValue of the active configuration; 0 if unconfigured.
    fn configuration(&self) -> Result<u8>;

    /// The configuration descriptors with all that follows each, in the device's order.
    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>>;

    /// Selects another configuration. Nothing is claimed by this handle.
    fn set_configuration(&self, configuration: u8) -> Result<()>;

    /// `Status::Busy` with a reason that says who holds it.
    fn claim(&self, interface: u8) -> Result<()>;

    /// Releasing sets the alternate setting back to 0.
    fn release(&self, interface: u8) -> Result<()>;

    fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()>;

    /// The kernel driver that holds the interface. Programs do not count.
    fn kernel_driver(&self, interface: u8) -> Result<Option<String>>;

    /// Takes the interface from its kernel driver; false if none is bound.
    fn detach_kernel_driver(&self, interface: u8) -> Result<bool>;

    /// Gives the interface back to the kernel's drivers, and returns when that is done.
    fn attach_kernel_driver(&self, interface: u8) -> Result<()>;

    fn clear_halt(&self, endpoint: u8) -> Result<()>;

    /// Resets the device, keeping its configuration and this handle's claims. `Status::NoDevice` if it did not come back
    /// the same. Alternate settings may be back at 0.
    fn reset(&self) -> Result<()>;

    /// Starts one transfer with the first `length` bytes of the buffer, which on success are split off and the backend's
    /// until the transfer is complete. `Status::NoMem` asks for less. The completion is told to `notice`, if there is one,
    /// and maybe before this returns.
    fn submit(
        &self,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>>;

    /// A new descriptor that polls as ready when `pump` may have something to do, and how: POLLIN or POLLOUT.
    fn descriptor(&self) -> Result<(Descriptor, Readiness)>;

    /// Completes what can be completed now, without waiting for the bus.
    fn pump(&self);

    /// Memory that transfers of this device use without a copy.
    fn memory(&self, length: usize) -> Result<Arc<Memory>>;

    /// Asked when a transfer failed on the bus: whether that was because the device went away. A bus notices errors before it
    /// notices that nobody is there, so this may take a moment.
    fn gone(&self) -> bool;

    /// How much to give one transfer at the most, where it can be divided.
    fn max_transfer(&self) -> usize;
}

/// What to poll a descriptor for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    Read,
    Write,
    /// What a list of mounts says when it has changed.
    Exceptional,
}

/// A transfer that was submitted. It may be dropped any time: the backend itself keeps what it needs until completion.
pub trait InFlight: Send + Sync {
    /// Asks for an early end; completion still comes. Does nothing if it is complete.
    fn cancel(&self);

    /// Starts it again, once it is complete, with a buffer as long as the first and the same notice.
    fn again(self: Arc<Self>, buffer: Buffer) -> Result<()>;

    /// Waits for completion, driving the bus on the calling thread; `None` if the deadline comes first.
    fn wait(&self, deadline: Option<Instant>) -> Option<Completion>;
}
