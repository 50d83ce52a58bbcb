//! What the rest of the library asks of a bus. The seam is at the level of a USB request: submit, complete, cancel.

#[cfg(all(any(target_os = "linux", target_os = "android"), not(loom)))]
#[forbid(unsafe_code)]
mod device_nodes;
#[forbid(unsafe_code)]
mod hotplug;
#[cfg(all(any(target_os = "linux", target_os = "android"), not(loom)))]
#[forbid(unsafe_code)]
pub mod interface_owner;
#[cfg(all(feature = "libusb", not(loom)))]
pub mod libusb;
#[cfg(any(loom, feature = "libusb", all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android"))))]
#[forbid(unsafe_code)]
pub mod line;
#[cfg(all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android"), not(loom)))]
pub mod linux_usbfs;
#[cfg(any(loom, feature = "libusb", all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android"))))]
#[forbid(unsafe_code)]
pub mod pieces;
#[forbid(unsafe_code)]
mod progress;
#[cfg(not(loom))]
#[forbid(unsafe_code)]
pub mod simulated;
#[forbid(unsafe_code)]
pub mod tap;
#[forbid(unsafe_code)]
mod transfer;
#[cfg(all(
    any(feature = "libusb", feature = "linux_usbfs"),
    any(target_os = "linux", target_os = "android"),
    not(loom)
))]
pub mod usbfs;
#[cfg(not(loom))]
#[forbid(unsafe_code)]
pub mod usbip;

pub use hotplug::{Change, Event, Hotplug, NothingComes};
#[cfg(feature = "libusb")]
pub use progress::SETUP;
pub use progress::{setup_and_data, Held, Progress};
pub use tap::{Tap, Wire};
pub use transfer::{Completion, Extras, Notice, PacketResult, Packets, Sink, Target, NEVER};

use crate::error::{Error, Result, Status};
use crate::sys::{Buffer, Descriptor, Memory, Readiness};
use crate::usb::{Configuration, DeviceInfo, SetupPacket};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// For how long a list or a watch waits for a busy device to learn its strings, before it does without them.
pub const PATIENCE_OF_LISTS: Duration = Duration::from_millis(100);

/// Where devices are plugged in: this computer's own bus, one inside this process, or another computer's.
pub trait Bus: Send + Sync {
    /// The devices there are of those that are wanted, in the order of their paths. A host without such a bus has none. Strings may be
    /// missing: `devices_with_strings` has them.
    fn devices(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Vec<Arc<DeviceInfo>>>;

    /// The first of these.
    fn first(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Option<Arc<DeviceInfo>>> {
        Ok(self.devices(is_wanted)?.into_iter().next())
    }

    /// The device at a path, if there is one; strings may be missing.
    fn device(&self, path: &str) -> Result<Option<Arc<DeviceInfo>>> {
        self.first(&|info| info.path == path)
    }

    /// The same with their strings, as soon as one of them is enough. False if one of them is busy and has not given its strings, within this
    /// time at most.
    fn devices_with_strings(
        &self,
        is_wanted: &dyn Fn(&DeviceInfo) -> bool,
        _patience: Duration,
        _is_enough: &dyn Fn(&DeviceInfo) -> bool,
    ) -> Result<(Vec<Arc<DeviceInfo>>, bool)> {
        Ok((self.devices(is_wanted)?, true))
    }

    /// A number that no other list has, and that stays while `devices` gives the same; 0 for none at all. `None` if that is not known.
    fn list_number(&self) -> Option<u64> {
        None
    }

    /// Opens a device that `devices` listed.
    fn open(&self, info: &Arc<DeviceInfo>) -> Result<Arc<dyn Handle>>;

    /// Makes a handle of a device that the caller has opened by the system's means.
    fn open_descriptor(&self, _fd: i32) -> Result<Arc<dyn Handle>> {
        Err(Error::new(Status::NotSupported, "this bus cannot open file descriptors"))
    }

    /// The device descriptor and all configuration descriptors of the device at a path, if there is one. It is not opened.
    fn descriptors(&self, path: &str) -> Result<Option<Vec<u8>>>;

    /// Begins to watch for devices that come and go.
    fn watch(&self) -> Result<Box<dyn Hotplug>>;

    /// Gives back what it keeps from call to call.
    fn shutdown(&self) {}

    /// What keeps devices from being found here, if anything does.
    fn why_not(&self) -> Option<String>;
}

/// What had become of claimed interfaces.
#[derive(Debug, Default)]
pub struct Restored {
    /// Those that kernel drivers had got meanwhile: one list for each driver that was detached, with every interface it lost, as
    /// `detach_kernel_driver` gives it. They are given back together later.
    pub detached: Vec<Vec<u8>>,
    /// Those whose claim or setting was gone and that are claimed again, with whether they are in their alternate setting again.
    pub regained: Vec<(u8, bool)>,
    /// Those that others have.
    pub missing: Vec<u8>,
}

/// An opened device of some bus. [`crate::device::Device`] keeps the rules (who claimed what, which endpoints there
/// are); a bus does what it is asked. Every call may come from any thread; claims, alternate settings, configuration
/// and reset come one at a time. Dropping it lets the device go: by then nothing is in flight or claimed.
pub trait Handle: Send + Sync {
    fn info(&self) -> &Arc<DeviceInfo>;

    /// To which it reports every transfer, for those that record.
    fn wire(&self) -> &Arc<Wire>;

    /// bConfigurationValue of the active configuration; 0 if unconfigured.
    fn configuration(&self) -> Result<u8>;

    /// The same where the caller waits for the device in any case, as opening and claiming do: it may be found out quicker so.
    fn configuration_waiting(&self) -> Result<u8> {
        self.configuration()
    }

    /// bConfigurationValue of the configuration of a device that has one only.
    fn only_configuration(&self) -> Option<u8> {
        None
    }

    /// What the descriptor of a configuration says, if that has been read before.
    fn known_configuration(&self, _value: u8) -> Option<Arc<Configuration>> {
        None
    }

    /// The configuration descriptors with all that follows each, in the device's order.
    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>>;

    /// Selects a configuration; 0 takes the device back to the unconfigured state, unless it has a configuration of that value. The
    /// active one again is a light reset: alternate settings and halts as at the beginning. Nothing is claimed by this handle.
    fn set_configuration(&self, configuration: u8) -> Result<()>;

    /// `Status::Busy` with a reason that says who holds it.
    fn claim(&self, interface: u8) -> Result<()>;

    /// Releasing sets the alternate setting back to 0.
    fn release(&self, interface: u8) -> Result<()>;

    fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()>;

    /// The kernel driver that holds the interface. Programs do not count.
    fn kernel_driver(&self, interface: u8) -> Result<Option<String>>;

    /// Takes the interface from its kernel driver. The interfaces that have lost their driver by that: a driver may let go of several at
    /// once. None, if no driver is bound.
    fn detach_kernel_driver(&self, interface: u8) -> Result<Vec<u8>>;

    /// Gives the interfaces back to the kernel's drivers, and returns when that is done. Those that lost their driver together are given
    /// back together, when none of them is claimed: some drivers bind only then.
    fn attach_kernel_driver(&self, interfaces: &[u8]) -> Result<()>;

    /// The drivers of these interfaces are away until somebody attaches them: neither a close nor the process's end gives them back.
    fn keep_detached(&self, _interfaces: &[u8]) {}

    /// `request` makes a control request as every other is made, so that a cancel or a close ends it.
    fn clear_halt(&self, endpoint: u8, request: &dyn Fn(SetupPacket) -> Result<()>) -> Result<()>;

    /// Allocates so many bulk streams, or as many as there may be, on each of these endpoints: how many.
    fn allocate_bulk_streams(&self, _count: u16, _endpoints: &[u8]) -> Result<u16> {
        Err(Error::new(Status::NotSupported, "only SuperSpeed (USB 3) devices have bulk streams; this one has none"))
    }

    /// Nothing is pending there.
    fn free_bulk_streams(&self, _endpoints: &[u8]) -> Result<()> {
        Ok(())
    }

    /// Resets the device, keeping its configuration and this handle's claims, which are given. `Status::NoDevice` if it did not come
    /// back the same. Alternate settings may be back at 0.
    fn reset(&self, claimed: &[u8]) -> Result<()>;

    /// Whether the system may have taken claims and alternate settings from this handle, as a reset by another program does. Asked for
    /// each request.
    fn is_disturbed(&self) -> bool {
        false
    }

    /// Asks the system what it has left of the claimed interfaces, given with their alternate settings, and puts back what it can. The
    /// handle is not disturbed any more.
    fn restore(&self, _held: &[(u8, u8)]) -> Restored {
        Restored::default()
    }

    /// Starts one transfer with the first `length` bytes of the buffer, which on success are split off and the bus's
    /// until the transfer is complete. On failure the buffer is as it was, and nothing is on its way. `Status::NoMem` asks for less. The
    /// completion is reported to `notice`, if there is one, and maybe before this returns.
    ///
    /// The caller has the lock of the device's state: this waits for nothing, neither the bus nor another thread's call.
    fn submit(
        &self,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>>;

    /// A new descriptor that polls as ready when `pump` may have something to do, and how: POLLIN or POLLOUT.
    fn descriptor(&self) -> Result<(Descriptor, Readiness)>;

    /// Completes what can be completed now, without waiting for the bus or sleeping. True if the descriptor stays ready although there
    /// is nothing, as while the device is being taken away.
    fn pump(&self) -> bool;

    /// The same of not more than `most`, on a bus that can leave the others where they are. The descriptor is ready as long as there are any.
    fn pump_some(&self, _most: usize) -> bool {
        self.pump()
    }

    /// Memory that transfers of this device use without a copy.
    fn memory(&self, length: usize) -> Result<Arc<Memory>>;

    /// Asked when a transfer failed on the bus: whether the device is known to be gone now. A bus notices errors before it notices
    /// that the device is gone; the call does not wait for that.
    fn gone(&self) -> bool;

    /// Why the device is gone, where the bus knows more than that it was unplugged.
    fn why_gone(&self) -> Option<String> {
        None
    }

    /// Why a transfer to this endpoint (0 for control requests) has ended with `Status::Other`, where the bus knows.
    fn explanation(&self, _endpoint: u8) -> Option<String> {
        None
    }

    /// The most bytes to give one transfer of a blocking bulk or interrupt call, which is divided where it is longer: the memory that
    /// the system needs for one piece at a time. Control requests, isochronous transfers, and those of queues and streams come whole.
    fn max_transfer(&self) -> usize;

    /// The most bytes of a bulk transfer that the system moves at once. A longer one is divided, and the bus has nothing to do between
    /// its parts: a stream does not choose that by itself.
    fn undivided(&self) -> usize {
        usize::MAX
    }

    /// How long a request is on its way to the device and back, where that is far: a stream has as much more in flight.
    fn round_trip(&self) -> Duration {
        Duration::ZERO
    }
}

/// A transfer that was submitted. It may be dropped any time: the bus itself keeps what it needs until completion.
pub trait InFlight: Send + Sync {
    /// Asks for an early end; completion still comes. Does nothing if it is complete.
    fn cancel(&self);

    /// Starts it again, once it is complete, with a buffer as long as the first and the same notice.
    fn again(self: Arc<Self>, buffer: Buffer) -> Result<()>;

    /// Waits for completion, driving the bus on the calling thread; `None` if the deadline comes first.
    fn wait(&self, deadline: Option<Instant>) -> Option<Completion>;
}
