//! Devices on this computer's buses, by libusb alone: for systems that have no bus of our own. On Linux the environment variable
//! USBX_SYSTEM_BUS=libusb selects it.
//!
//! What differs from the Linux bus, because libusb does not give it:
//! - Strings in lists are read anew for each list, and outside Linux from each device, by a thread that opens it for a moment (strings.rs). Hubs have
//!   none there.
//! - Outside Linux the message for an interface in use does not say who uses it, and no process gives a kernel driver back when the program
//!   has ended without closing.
//! - libusb clears a halt in one call, which no cancel ends; not so on Linux.
//! - A packet that moved nothing before an isochronous transfer was cut is reported as never sent.
//! - A control request has 4096 bytes or less; memory is shared with the system on Linux only.
//! - Where the controller takes bulk requests in small pieces only, those of mapped memory and of interrupt endpoints are divided, too.
//! - On Linux libusb has a thread as long as a device or a watch is open, which takes locks when a device comes or goes: a child
//!   that is forked in that moment cannot use this bus, and in one that is forked while the thread is there a watch looks at lists.

mod connection;
mod context;
#[cfg_attr(not(unix), path = "contexts_without_fork.rs")]
mod contexts;
mod discovery;
mod disturbance;
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "drivers_by_libusb.rs")]
mod drivers;
#[cfg(not(unix))]
mod event_thread;
mod events;
mod handle;
mod held;
mod hotplug;
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "no_node.rs")]
mod node;
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "no_nodes.rs")]
mod nodes;
mod opened;
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "no_owner.rs")]
mod owner;
#[cfg(unix)]
mod pollfds;
mod raw;
mod request;
mod requests;
mod status;
mod strings;
#[cfg_attr(not(any(target_os = "linux", target_os = "android")), path = "no_sysfs.rs")]
mod sysfs;
mod told;
mod transfer;
mod writable;

use super::{Bus, Handle, Hotplug, PATIENCE_OF_LISTS};
use crate::error::Result;
use crate::usb::{path_order, DeviceInfo};
use hotplug::LibusbHotplug;
use std::sync::Arc;
use std::time::Duration;

/// This computer's buses by libusb. It keeps no state: each list, handle and watch has its own context.
pub struct LibusbBus;

impl Bus for LibusbBus {
    fn devices(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Vec<Arc<DeviceInfo>>> {
        Ok(self.devices_with_strings(is_wanted, PATIENCE_OF_LISTS, &|_| false)?.0)
    }

    fn devices_with_strings(
        &self,
        is_wanted: &dyn Fn(&DeviceInfo) -> bool,
        patience: Duration,
        is_enough: &dyn Fn(&DeviceInfo) -> bool,
    ) -> Result<(Vec<Arc<DeviceInfo>>, bool)> {
        let readings = strings::begin_all(is_wanted)?;
        strings::wait_for(&readings, patience, is_enough);
        let complete = readings.iter().all(|reading| reading.found().is_some());
        let mut devices: Vec<_> = readings.iter().map(|reading| Arc::new(reading.described())).collect();
        devices.sort_by(|a, b| path_order(&a.path, &b.path));
        Ok((devices, complete))
    }

    /// A look at the list takes tens of milliseconds on Windows: it is left out for the paths of other buses, all of which begin with a
    /// letter and have a slash.
    fn device(&self, path: &str) -> Result<Option<Arc<DeviceInfo>>> {
        match path.contains('/') && !path.starts_with(|c: char| c.is_ascii_digit()) {
            true => Ok(None),
            false => self.first(&|info| info.path == path),
        }
    }

    fn open(&self, info: &Arc<DeviceInfo>) -> Result<Arc<dyn Handle>> {
        handle::open(Arc::clone(info))
    }

    fn descriptors(&self, path: &str) -> Result<Option<Vec<u8>>> {
        discovery::descriptors(path)
    }

    fn watch(&self) -> Result<Box<dyn Hotplug>> {
        Ok(Box::new(LibusbHotplug::open()?))
    }

    fn shutdown(&self) {
        drivers::shutdown();
    }

    fn why_not(&self) -> Option<String> {
        context::obstacle()
    }
}
