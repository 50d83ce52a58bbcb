//! Devices on this computer's own bus: libusb opens, claims and resets; data goes by usbfs itself.
//!
//! Each handle has a libusb context of its own, made without device discovery, and wraps a descriptor that we opened
//! ourselves: no thread of libusb's, no list shared with the rest of the process or a forked child, and `open` can say
//! what exactly stood in the way.

mod connection;
pub(super) mod contexts;
mod device_nodes;
mod discovery;
mod guardian;
mod holder;
mod hotplug;
mod node;
mod reaper;
pub(super) mod status;
mod transfer;
mod uevent;
mod urb;

pub use discovery::{descriptors, devices, driver, has_usb};
pub use holder::of as holder;
pub use hotplug::Hotplug;

use super::{Handle, InFlight, Readiness};
use crate::descriptor;
use crate::error::{Error, Result, Status};
use crate::ffi::{Buffer, Memory};
use crate::info::DeviceInfo;
use crate::sync::{lock, Mutex};
use crate::transfer::{Notice, Target};
use connection::Connection;
use guardian::Guardian;
use node::Adopted;
use reaper::Reaper;
use status::{check, check_request, error};
use std::fs::File;
use std::os::unix::io::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

/// More than this is quicker in pieces.
const MAX_TRANSFER: usize = 512 * 1024;

/// How long a hub may take to report that a device is gone: two intervals of its status endpoint.
const DISCONNECT: Duration = Duration::from_millis(512);

pub struct LibusbHandle {
    info: DeviceInfo,
    connection: Arc<Connection>,
    reaper: Arc<Reaper>,
    /// There is one from the first detached kernel driver on.
    guardian: Mutex<Option<Guardian>>,
    _adopted: Option<Adopted>,
}

/// Opens a device that `devices` listed.
pub fn open(info: DeviceInfo) -> Result<Arc<dyn Handle>> {
    let node = node::open(&info)?;
    wrap(info, node, None)
}

/// Makes a handle of somebody else's usbfs descriptor, which stays theirs.
pub fn open_fd(fd: i32) -> Result<Arc<dyn Handle>> {
    let (node, adopted, bus, address) = node::adopt(fd)?;
    let listed = devices()?.into_iter().find(|info| info.bus == bus && info.address == address);
    let info = match listed {
        Some(info) => info,
        None => {
            let mut info = DeviceInfo { bus, address, ..DeviceInfo::default() };
            info.describe(&node::descriptors(&node)?)
                .ok_or_else(|| Error::new(Status::Io, "the system gave no device descriptor"))?;
            info
        }
    };
    wrap(info, node, Some(adopted))
}

fn wrap(info: DeviceInfo, node: File, adopted: Option<Adopted>) -> Result<Arc<dyn Handle>> {
    let connection = Arc::new(Connection::new(node)?);
    let info = DeviceInfo { speed: if info.speed == 0 { connection.speed() } else { info.speed }, ..info };
    let reaper = Arc::new(Reaper::new(Arc::clone(&connection)));
    Ok(Arc::new(LibusbHandle { info, connection, reaper, guardian: Mutex::new(None), _adopted: adopted }))
}

impl Handle for LibusbHandle {
    fn info(&self) -> &DeviceInfo {
        &self.info
    }

    fn configuration(&self) -> Result<u8> {
        let known = discovery::active_configuration(&self.info);
        // sysfs still has a device, with configuration 0, that the kernel is taking away; the node says so first.
        if node::disconnected(self.connection.node(), Duration::from_secs(0)) {
            return Err(Error::no_device());
        }
        known.unwrap_or_else(|| self.connection.configuration())
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        let bytes = node::descriptors(self.connection.node())?;
        let configurations = descriptor::split(bytes.get(18..).unwrap_or(&[]));
        Ok(configurations.into_iter().map(<[u8]>::to_vec).collect())
    }

    fn set_configuration(&self, configuration: u8) -> Result<()> {
        match self.connection.set_configuration(configuration) {
            code if error(code).status == Status::Busy => Err(Error::new(Status::Busy, holder::of_any(&self.info))),
            code => check_request(code),
        }
    }

    fn claim(&self, interface: u8) -> Result<()> {
        match self.connection.claim(interface) {
            code if code < 0 && error(code).status == Status::Busy => {
                Err(Error::new(Status::Busy, holder::of(&self.info, interface)))
            }
            code => check(code),
        }
    }

    fn release(&self, interface: u8) -> Result<()> {
        check_request(self.connection.release(interface))
    }

    fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()> {
        check_request(self.connection.set_alt_setting(interface, alt_setting))
    }

    fn kernel_driver(&self, interface: u8) -> Result<Option<String>> {
        node::driver(self.connection.node(), interface)
    }

    fn detach_kernel_driver(&self, interface: u8) -> Result<bool> {
        if self.connection.kernel_driver_active(interface) == 0 {
            return Ok(false);
        }
        let mut guardian = lock(&self.guardian);
        if guardian.is_none() {
            *guardian = Guardian::start(self.connection.node());
        }
        // It is told first, so that there is no moment at which our end would leave the driver detached.
        guardian.iter().for_each(|guardian| guardian.detaching(interface));
        let code = self.connection.detach_kernel_driver(interface);
        if code < 0 {
            guardian.iter().for_each(|guardian| guardian.attached(interface));
        }
        match code {
            code if code < 0 && error(code).status == Status::NotFound => Ok(false),
            code => check(code).map(|()| true),
        }
    }

    fn attach_kernel_driver(&self, interface: u8) -> Result<()> {
        let code = self.connection.attach_kernel_driver(interface);
        lock(&self.guardian).iter().for_each(|guardian| guardian.attached(interface));
        match code {
            // No driver wants it now, or one has taken it already.
            code if code < 0 && matches!(error(code).status, Status::NotFound | Status::Busy) => Ok(()),
            code => check(code),
        }
    }

    fn clear_halt(&self, endpoint: u8) -> Result<()> {
        check_request(self.connection.clear_halt(endpoint))
    }

    fn reset(&self) -> Result<()> {
        match self.connection.reset() {
            code if code < 0 && matches!(error(code).status, Status::NotFound | Status::NoDevice) => Err(Error::new(
                Status::NoDevice,
                "it did not come back as the same device; close this handle and open it again",
            )),
            code => check_request(code),
        }
    }

    fn submit(
        &self,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        transfer::submit(&self.reaper, target, buffer, length, notice)
    }

    /// usbfs polls as writable when a transfer waits to be reaped.
    fn descriptor(&self) -> Result<(OwnedFd, Readiness)> {
        let duplicate = self.connection.node().try_clone().map_err(Error::no_descriptor)?;
        Ok((duplicate.into(), Readiness::Write))
    }

    fn pump(&self) {
        self.reaper.pump();
    }

    fn memory(&self, length: usize) -> Result<Arc<Memory>> {
        Memory::mapped(self.connection.node(), length)
    }

    fn gone(&self) -> bool {
        node::disconnected(self.connection.node(), DISCONNECT)
    }

    fn max_transfer(&self) -> usize {
        MAX_TRANSFER
    }
}
