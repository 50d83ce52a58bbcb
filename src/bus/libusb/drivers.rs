//! Kernel drivers on Linux, by requests of our own on the node that libusb has open: they come back by any end of the program, as on the
//! other bus.

use super::connection::Connection;
use crate::error::{Error, Result, Status};
use crate::sys::kernel_drivers::{self, KernelDrivers};
use crate::sys::usbfs::{self, DriverName};
use crate::usb::{function, DeviceInfo};
use once_cell::sync::OnceCell;
use std::fs::File;
use std::sync::Arc;

pub use kernel_drivers::shutdown;

pub struct Drivers {
    /// Its bus and address.
    device: (u8, u8),
    /// What the handle took from them, if it ever took or gave something. It has a descriptor of its own.
    taken: OnceCell<Arc<KernelDrivers>>,
}

impl Drivers {
    pub fn new(info: &DeviceInfo) -> Drivers {
        Drivers { device: (info.bus, info.address), taken: OnceCell::new() }
    }

    /// The name of the one that has the interface; a program's claim is not a driver.
    pub fn name(&self, connection: &Connection, interface: u8) -> Result<Option<String>> {
        Ok(driver(connection, interface)?.map(|driver| driver.to_string()))
    }

    /// Which interfaces lost their driver by that. `configuration` reads the descriptors of the active one.
    pub fn detach(
        &self,
        connection: &Connection,
        interface: u8,
        configuration: impl FnOnce() -> Result<Vec<u8>>,
    ) -> Result<Vec<u8>> {
        let Some(driver) = driver(connection, interface)? else { return Ok(Vec::new()) };
        let function = function(&configuration()?, interface);
        self.taken(connection)?.detach(interface, &driver, &function)
    }

    pub fn attach(&self, connection: &Connection, interfaces: &[u8]) -> Result<()> {
        self.taken(connection)?.attach(interfaces)
    }

    /// These are not given back.
    pub fn keep(&self, interfaces: &[u8]) {
        if let Some(taken) = self.taken.get() {
            taken.keep(interfaces);
        }
    }

    /// A handle has released an interface: drivers that have waited for it come back.
    pub fn released(&self) {
        kernel_drivers::released(self.device);
    }

    /// Another configuration has other interfaces, to which the system has bound drivers.
    pub fn forget(&self) {
        if let Some(taken) = self.taken.get() {
            taken.forget();
        }
    }

    /// How many it has of its own for this, when that is asked.
    pub fn descriptors(&self) -> impl Fn() -> usize + Send + Sync + 'static {
        let taken = self.taken.get().map(Arc::downgrade);
        move || taken.as_ref().map_or(0, |taken| taken.strong_count().min(1))
    }

    fn taken(&self, connection: &Connection) -> Result<&Arc<KernelDrivers>> {
        self.taken.get_or_try_init(|| {
            let node = connection.node.borrow().ok_or_else(Error::no_device)?;
            let own = node.try_clone_to_owned().map_err(Error::no_descriptor)?;
            Ok(KernelDrivers::new(self.device, Arc::new(File::from(own))))
        })
    }
}

fn driver(connection: &Connection, interface: u8) -> Result<Option<DriverName>> {
    let node = connection.node.borrow().ok_or_else(Error::no_device)?;
    let driver = usbfs::driver(node, interface).map_err(|error| match error.raw_os_error() {
        Some(libc::ENODEV) => Error::no_device(),
        _ => Error::new(Status::Io, format!("the system does not report it: {error}")),
    })?;
    Ok(driver.filter(|driver| !driver.is_usbfs()))
}
