//! Devices on this computer's own bus: libusb opens, claims and resets; data goes by usbfs itself.
//!
//! Each handle has a libusb context of its own, made without device discovery, and wraps a descriptor that we opened
//! ourselves: no thread of libusb's, no list shared with the rest of the process or a forked child, and `open` can say
//! what exactly stood in the way.

mod connection;
mod contexts;
mod device_nodes;
mod discovery;
mod driver_restorer;
mod hotplug;
mod interface_owner;
mod node;
mod reaper;
mod status;
mod transfer;
mod uevent;
mod urb;

pub use discovery::driver;
pub use interface_owner::of as interface_owner;

use super::{Bus, Handle, Hotplug, InFlight, Notice, Target};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::sys::{Buffer, Descriptor, Memory, Readiness};
use crate::usb::{split, DeviceInfo, Speed};
use connection::Connection;
use driver_restorer::DriverRestorer;
use hotplug::KernelHotplug;
use node::Adopted;
use reaper::Reaper;
use status::{check, check_request, error};
use std::fs::File;
use std::os::unix::io::AsFd;
use std::sync::Arc;
use std::time::Duration;

/// More than this is quicker in pieces.
const MAX_TRANSFER: usize = 512 * 1024;

/// How long a hub may take to report that a device is gone: two intervals of its status endpoint.
const DISCONNECT: Duration = Duration::from_millis(512);

pub struct UsbfsHandle {
    info: DeviceInfo,
    connection: Arc<Connection>,
    reaper: Arc<Reaper>,
    /// There is one from the first detached kernel driver on.
    restorer: Mutex<Option<DriverRestorer>>,
    _adopted: Option<Adopted>,
}

/// This computer's bus by sysfs and usbfs. It keeps no state: the kernel has it.
pub struct UsbfsBus;

impl Bus for UsbfsBus {
    fn devices(&self) -> Result<Vec<DeviceInfo>> {
        discovery::devices()
    }

    fn open(&self, info: &DeviceInfo) -> Result<Arc<dyn Handle>> {
        wrap(info.clone(), node::open(info)?, None)
    }

    /// The descriptor stays the caller's.
    fn open_descriptor(&self, fd: i32) -> Result<Arc<dyn Handle>> {
        let (node, adopted, bus, address) = node::adopt(fd)?;
        let listed = discovery::devices()?.into_iter().find(|info| info.bus == bus && info.address == address);
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

    fn descriptors(&self, path: &str) -> Result<Option<Vec<u8>>> {
        discovery::descriptors(path)
    }

    fn watch(&self) -> Result<Box<dyn Hotplug>> {
        Ok(Box::new(KernelHotplug::open()?))
    }

    fn why_not(&self) -> Option<String> {
        let no_usb = "this host has no USB subsystem (a container or a machine without USB); USBX_VIRTUAL=acquisition plugs in a virtual device";
        (!discovery::has_usb()).then(|| no_usb.to_owned())
    }
}

fn wrap(info: DeviceInfo, node: File, adopted: Option<Adopted>) -> Result<Arc<dyn Handle>> {
    let connection = Arc::new(Connection::new(node)?);
    let info = DeviceInfo { speed: if info.speed == Speed::Unknown { connection.speed() } else { info.speed }, ..info };
    let reaper = Arc::new(Reaper::new(Arc::clone(&connection)));
    Ok(Arc::new(UsbfsHandle { info, connection, reaper, restorer: Mutex::new(None), _adopted: adopted }))
}

impl Handle for UsbfsHandle {
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
        let configurations = split(bytes.get(18..).unwrap_or(&[]));
        Ok(configurations.into_iter().map(<[u8]>::to_vec).collect())
    }

    fn set_configuration(&self, configuration: u8) -> Result<()> {
        match self.connection.set_configuration(configuration) {
            code if error(code).status == Status::Busy => {
                Err(Error::new(Status::Busy, interface_owner::of_any(&self.info)))
            }
            code => check_request(code),
        }
    }

    fn claim(&self, interface: u8) -> Result<()> {
        match self.connection.claim(interface) {
            code if code < 0 && error(code).status == Status::Busy => {
                Err(Error::new(Status::Busy, interface_owner::of(&self.info, interface)))
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
        let mut restorer = lock(&self.restorer);
        if restorer.is_none() {
            *restorer = DriverRestorer::start(self.connection.node());
        }
        // It is told first, so that there is no moment at which our end would leave the driver detached.
        restorer.iter().for_each(|restorer| restorer.detaching(interface));
        let code = self.connection.detach_kernel_driver(interface);
        if code < 0 {
            restorer.iter().for_each(|restorer| restorer.attached(interface));
        }
        match code {
            code if code < 0 && error(code).status == Status::NotFound => Ok(false),
            code => check(code).map(|()| true),
        }
    }

    fn attach_kernel_driver(&self, interface: u8) -> Result<()> {
        let code = self.connection.attach_kernel_driver(interface);
        lock(&self.restorer).iter().for_each(|restorer| restorer.attached(interface));
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
    fn descriptor(&self) -> Result<(Descriptor, Readiness)> {
        let duplicate = self.connection.node().try_clone().map_err(Error::no_descriptor)?;
        Ok((duplicate.into(), Readiness::Write))
    }

    fn pump(&self) {
        self.reaper.pump();
    }

    fn memory(&self, length: usize) -> Result<Arc<Memory>> {
        Memory::mapped(self.connection.node().as_fd(), length)
    }

    fn gone(&self) -> bool {
        node::disconnected(self.connection.node(), DISCONNECT)
    }

    fn max_transfer(&self) -> usize {
        MAX_TRANSFER
    }
}
