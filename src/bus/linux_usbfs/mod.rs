//! Devices on this computer's own bus, by sysfs and usbfs alone: no library and no daemon between us and the kernel. Nothing here has a
//! thread, and `open` can say what exactly stood in the way.

mod discovery;
mod event_count;
mod held;
mod hotplug;
mod identity;
mod interface_owner;
mod known;
mod missing_node;
mod node;
mod reaper;
mod requests;
mod status;
mod strings;
mod sysfs;
mod transfer;
mod uevent;
mod urb;

use super::device_nodes::NO_USB;
use super::usbfs::capabilities;
use super::usbfs::mapping::{self, Mappings};
use super::{Bus, Handle, Hotplug, InFlight, Notice, Restored, Target, Wire};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::sys::kernel_drivers::{self, KernelDrivers};
use crate::sys::usbfs::{self, DriverName};
use crate::sys::{Buffer, Descriptor, Memory, Readiness};
use crate::usb::{function, split, Configuration, DeviceInfo, SetupPacket, Speed, TransferType};
use hotplug::KernelHotplug;
use known::Known;
use node::{Adopted, Node};
use reaper::Reaper;
use std::fs::File;
use std::io;
use std::os::unix::io::AsFd;
use std::sync::Arc;
use std::time::Duration;

/// More than this is quicker in pieces.
const MAX_TRANSFER: usize = 512 * 1024;

pub struct UsbfsHandle {
    _adopted: Option<Adopted>,
    info: Arc<DeviceInfo>,
    /// What sysfs says of it; `None` where there is none.
    known: Option<Arc<Known>>,
    node: Arc<Node>,
    reaper: Arc<Reaper>,
    kernel_drivers: Arc<KernelDrivers>,
    mappings: Mappings,
    /// The configuration that this handle has selected last.
    selected: Mutex<Option<u8>>,
}

/// This computer's bus by sysfs and usbfs. It keeps no state: the kernel has it.
pub struct UsbfsBus;

impl Bus for UsbfsBus {
    fn devices(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Vec<Arc<DeviceInfo>>> {
        let devices = discovery::devices()?;
        Ok(devices.iter().filter(|known| is_wanted(&known.info)).map(|known| known.described()).collect())
    }

    fn first(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Option<Arc<DeviceInfo>>> {
        Ok(discovery::devices()?.iter().find(|known| is_wanted(&known.info)).map(|known| known.described()))
    }

    fn device(&self, path: &str) -> Result<Option<Arc<DeviceInfo>>> {
        Ok(discovery::device(path)?.map(|known| known.described()))
    }

    fn devices_with_strings(
        &self,
        is_wanted: &dyn Fn(&DeviceInfo) -> bool,
        patience: Duration,
        is_enough: &dyn Fn(&DeviceInfo) -> bool,
    ) -> Result<(Vec<Arc<DeviceInfo>>, bool)> {
        let (devices, directories) = discovery::devices_and_directories()?;
        if let Some(all) = devices.described() {
            return Ok((all.iter().filter(|info| is_wanted(info)).map(Arc::clone).collect(), true));
        }
        let wanted = || devices.iter().filter(|known| is_wanted(&known.info));
        let has_enough = || wanted().any(|known| known.has_strings() && is_enough(&known.described()));
        strings::read(wanted(), directories, patience, &has_enough)?;
        let complete = wanted().all(|known| known.has_strings());
        Ok((wanted().map(|known| known.described()).collect(), complete))
    }

    fn list_number(&self) -> Option<u64> {
        discovery::devices().ok().map(|list| list.number())
    }

    fn open(&self, info: &Arc<DeviceInfo>) -> Result<Arc<dyn Handle>> {
        let node = node::open(info)?;
        let last = discovery::last();
        let known = match last.iter().find(|known| known.is(info)) {
            Some(known) => Some(Arc::clone(known)),
            None => discovery::device(&info.path)?.filter(|known| known.is(info)),
        };
        wrap(Arc::clone(info), known, node, None)
    }

    /// The descriptor stays the caller's.
    fn open_descriptor(&self, fd: i32) -> Result<Arc<dyn Handle>> {
        let (node, adopted, bus, address) = node::adopt(fd)?;
        let devices = discovery::devices()?;
        let known = devices.iter().find(|known| known.info.bus == bus && known.info.address == address).map(Arc::clone);
        let info = match &known {
            Some(known) => Arc::clone(&known.info),
            None => {
                let mut info = DeviceInfo { bus, address, ..DeviceInfo::default() };
                info.describe(&node::descriptors(&node)?)
                    .ok_or_else(|| Error::new(Status::Io, "the system gave no device descriptor"))?;
                info.speed = node::speed(&node);
                Arc::new(info)
            }
        };
        wrap(info, known, node, Some(adopted))
    }

    fn descriptors(&self, path: &str) -> Result<Option<Vec<u8>>> {
        Ok(discovery::device(path)?.map(|known| known.descriptors.to_vec()))
    }

    fn watch(&self) -> Result<Box<dyn Hotplug>> {
        Ok(Box::new(KernelHotplug::open()?))
    }

    fn shutdown(&self) {
        kernel_drivers::shutdown();
        event_count::close();
    }

    fn why_not(&self) -> Option<String> {
        (!discovery::has_usb()).then(|| NO_USB.to_owned())
    }
}

fn wrap(
    info: Arc<DeviceInfo>,
    known: Option<Arc<Known>>,
    node: File,
    adopted: Option<Adopted>,
) -> Result<Arc<dyn Handle>> {
    let node = Arc::new(node);
    // Who opens a device has waited for it, if it was busy.
    if let Some(known) = &known {
        known.read_strings()?;
    }
    let info = known.as_ref().map_or(info, |known| known.described());
    let info = match info.speed {
        Speed::Unknown => Arc::new(DeviceInfo { speed: node::speed(&node), ..DeviceInfo::clone(&info) }),
        _ => info,
    };
    let descriptors = match &known {
        Some(known) => Arc::clone(&known.descriptors),
        None => node::descriptors(&node).unwrap_or_default().into(),
    };
    let reaper = Arc::new(Reaper::new(Arc::clone(&node), Wire::new(Arc::clone(&info), descriptors)));
    let kernel_drivers = KernelDrivers::new((info.bus, info.address), Arc::clone(&node));
    let selected = Mutex::new(None);
    let mappings = Mappings::default();
    Ok(Arc::new(UsbfsHandle { info, known, node, reaper, kernel_drivers, mappings, selected, _adopted: adopted }))
}

impl UsbfsHandle {
    /// The kernel driver that holds an interface.
    fn driver(&self, interface: u8) -> Result<Option<DriverName>> {
        let driver = usbfs::driver(&self.node, interface).map_err(|error| match error.raw_os_error() {
            Some(libc::ENODEV) => Error::no_device(),
            _ => Error::new(Status::Io, format!("the system does not report it: {error}")),
        })?;
        Ok(driver.filter(|driver| !driver.is_usbfs()))
    }

    fn claim_again(&self, interface: u8) -> Result<()> {
        let taken = |error: &io::Error| error.raw_os_error() == Some(libc::EBUSY);
        let by_kernel = || matches!(self.driver(interface), Ok(Some(_)));
        let claimed = match usbfs::claim(&self.node, interface) {
            // The kernel bound a driver between the reset and this.
            Err(error) if taken(&error) && by_kernel() && usbfs::disconnect(&self.node, interface).is_ok() => {
                usbfs::claim(&self.node, interface)
            }
            claimed => claimed,
        };
        claimed.map_err(|error| match taken(&error) {
            true => Error::claim_lost(),
            false => changed_by_reset(),
        })
    }
}

impl Handle for UsbfsHandle {
    fn info(&self) -> &Arc<DeviceInfo> {
        &self.info
    }

    fn wire(&self) -> &Arc<Wire> {
        self.reaper.wire()
    }

    /// sysfs knows. Where there is none, it is the one that this handle has selected, or the first, which the kernel selects when a
    /// device is plugged in: the device itself is not asked.
    fn configuration(&self) -> Result<u8> {
        let known = match &self.known {
            Some(known) => sysfs::active_configuration(&self.info, &known.interfaces()),
            None => None,
        };
        // sysfs still has a device, with configuration 0, that the kernel is taking away; the node says so first.
        if usbfs::is_disconnected(&self.node) {
            return Err(Error::no_device());
        }
        match known {
            Some(known) => known,
            None => match *lock(&self.selected) {
                Some(selected) => Ok(selected),
                None => {
                    Ok(self.configuration_descriptors()?.first().and_then(|bytes| bytes.get(5).copied()).unwrap_or(0))
                }
            },
        }
    }

    /// Where the device has one only, it is enough to know that it is configured.
    fn configuration_waiting(&self) -> Result<u8> {
        match self.only_configuration().map(|only| (only, usbfs::is_configured(&self.node))) {
            Some((only, Ok(true))) => Ok(only),
            Some((_, Err(error))) if error.raw_os_error() == Some(libc::ENODEV) => Err(Error::no_device()),
            _ => self.configuration(),
        }
    }

    fn only_configuration(&self) -> Option<u8> {
        self.known.as_ref().and_then(|known| known.only_configuration)
    }

    fn known_configuration(&self, value: u8) -> Option<Arc<Configuration>> {
        self.known.as_ref().filter(|known| known.info.speed == self.info.speed)?.configuration(value)
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        let read;
        let bytes = match &self.known {
            Some(known) => &known.descriptors[..],
            None => {
                read = node::descriptors(&self.node)?;
                &read
            }
        };
        Ok(split(bytes).into_iter().map(<[u8]>::to_vec).collect())
    }

    fn set_configuration(&self, configuration: u8) -> Result<()> {
        let exists = |value| Ok::<_, Error>(self.configuration_descriptors()?.iter().any(|c| c.get(5) == Some(&value)));
        let value = (configuration != 0 || exists(0)?).then_some(configuration);
        // The active one again leaves interfaces without a driver as they are; another one has interfaces of its own.
        let again = self.configuration().is_ok_and(|active| active == configuration);
        match usbfs::set_configuration(&self.node, value) {
            Ok(()) => {
                *lock(&self.selected) = Some(configuration);
                if !again {
                    self.kernel_drivers.forget();
                }
                Ok(())
            }
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                Err(interface_owner::refusal_of_any(&self.info, &self.node))
            }
            Err(error) => Err(usbfs::explain(&error)),
        }
    }

    fn claim(&self, interface: u8) -> Result<()> {
        match usbfs::claim(&self.node, interface) {
            Ok(()) => Ok(()),
            Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                Err(interface_owner::refusal(&self.info, self.known.as_ref(), &self.node, interface))
            }
            Err(error) => Err(usbfs::explain(&error)),
        }
    }

    fn release(&self, interface: u8) -> Result<()> {
        match usbfs::release(&self.node, interface) {
            Ok(()) => kernel_drivers::released((self.info.bus, self.info.address)),
            // The claim was gone already, by a reset or a sleep: what was asked for is the case.
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => {}
            Err(error) => return Err(usbfs::explain(&error)),
        }
        Ok(())
    }

    fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()> {
        usbfs::set_alt_setting(&self.node, interface, alt_setting).map_err(|error| usbfs::explain(&error))
    }

    fn kernel_driver(&self, interface: u8) -> Result<Option<String>> {
        Ok(self.driver(interface)?.map(|driver| driver.to_string()))
    }

    fn detach_kernel_driver(&self, interface: u8) -> Result<Vec<u8>> {
        let Some(driver) = self.driver(interface)? else { return Ok(Vec::new()) };
        let active = self.configuration()?;
        let configurations = self.configuration_descriptors()?;
        let configuration = configurations.iter().find(|bytes| bytes.get(5) == Some(&active));
        let function = configuration.map_or_else(Vec::new, |bytes| function(bytes, interface));
        self.kernel_drivers.detach(interface, &driver, &function)
    }

    fn attach_kernel_driver(&self, interfaces: &[u8]) -> Result<()> {
        self.kernel_drivers.attach(interfaces)
    }

    fn keep_detached(&self, interfaces: &[u8]) {
        self.kernel_drivers.keep(interfaces);
    }

    /// Without USBDEVFS_CLEAR_HALT: that one keeps every other call to the device waiting in the kernel until the device has answered, or for
    /// five seconds. Here the request to the device is a transfer as any other, and the host's side follows.
    fn clear_halt(&self, endpoint: u8, request: &dyn Fn(SetupPacket) -> Result<()>) -> Result<()> {
        request(SetupPacket::clear_halt(endpoint))?;
        usbfs::reset_endpoint(&self.node, endpoint).map_err(|error| usbfs::explain(&error))
    }

    fn allocate_bulk_streams(&self, count: u16, endpoints: &[u8]) -> Result<u16> {
        let none = |why| Err(Error::new(Status::NotSupported, why));
        if self.info.speed < Speed::Super {
            return none("bulk streams need SuperSpeed (USB 3); this device is slower, or in a slower port");
        }
        match usbfs::allocate_bulk_streams(&self.node, count, endpoints) {
            Ok(0) => none("its host controller has no bulk streams"),
            Ok(count) => Ok(count),
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOTTY | libc::ENOSYS)) => {
                none("these endpoints, or its host controller, have no bulk streams")
            }
            Err(error) => Err(usbfs::explain(&error)),
        }
    }

    fn free_bulk_streams(&self, endpoints: &[u8]) -> Result<()> {
        match usbfs::free_bulk_streams(&self.node, endpoints) {
            // They were gone already, and maybe the claim too, by a reset or a sleep: what was asked for is the case.
            Err(error) if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOENT | libc::EBUSY)) => Ok(()),
            freed => freed.map_err(|error| usbfs::explain(&error)),
        }
    }

    /// A reset takes the interfaces from usbfs, as from every driver, and lets the kernel bind others. Interfaces that are released
    /// before it stay free, and are claimed again after it.
    fn reset(&self, claimed: &[u8]) -> Result<()> {
        claimed.iter().for_each(|interface| drop(usbfs::release(&self.node, *interface)));
        let reset = usbfs::reset(&self.node).map_err(|error| match error.raw_os_error() {
            Some(libc::ENODEV | libc::ESHUTDOWN) => changed_by_reset(),
            _ => usbfs::explain(&error),
        });
        let claimed = claimed.iter().map(|interface| self.claim_again(*interface)).reduce(Result::and);
        reset.and(claimed.unwrap_or(Ok(())))
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
        let duplicate = self.node.try_clone().map_err(Error::no_descriptor)?;
        Ok((duplicate.into(), Readiness::Write))
    }

    fn pump(&self) -> bool {
        self.reaper.pump(usize::MAX)
    }

    fn pump_some(&self, most: usize) -> bool {
        self.reaper.pump(most)
    }

    fn memory(&self, length: usize) -> Result<Arc<Memory>> {
        if !self.reaper.capabilities.has_mapped_memory(&self.node) {
            return Err(mapping::none());
        }
        let request = |_, buffer| transfer::submit_in_place(&self.reaper, buffer);
        let (info, wire, node) = (&self.info, self.reaper.wire(), self.node.as_fd());
        self.mappings.memory(&mapping::Device { info, wire, node, request: &request }, length)
    }

    fn is_disturbed(&self) -> bool {
        self.reaper.is_disturbed()
    }

    fn restore(&self, held: &[(u8, u8)]) -> Restored {
        self.restore_held(held)
    }

    fn gone(&self) -> bool {
        node::is_gone(&self.node)
    }

    fn max_transfer(&self) -> usize {
        MAX_TRANSFER
    }

    fn undivided(&self) -> usize {
        let most = self.reaper.capabilities.most_bytes(&self.node, TransferType::Bulk, false);
        most.unwrap_or(usize::MAX)
    }
}

fn changed_by_reset() -> Error {
    let reason = "it did not come back as the same device; close this handle and open it again";
    Error::new(Status::NoDevice, reason)
}
