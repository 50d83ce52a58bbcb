//! What was read of one device, and stays true as long as it is plugged in.

use super::{node, sysfs, usbfs};
use crate::error::Result;
use crate::sys::process_generation;
use crate::usb::{split, Configuration, DeviceInfo};
use arc_swap::ArcSwapOption;
use std::sync::atomic::{AtomicU64, Ordering};

/// A device that is, or was, on the bus.
pub struct Known {
    /// The number of its entry in sysfs: another device in its place has another one.
    pub entry: u64,
    /// Without its strings.
    pub info: DeviceInfo,
    /// The device descriptor and all configuration descriptors.
    pub descriptors: Vec<u8>,
    /// The interfaces that it may have, as pairs of configuration and number.
    pub interfaces: Vec<(u8, u8)>,
    strings: ArcSwapOption<Strings>,
    /// One more than the generation of the process in which a thread reads its strings without a caller that waits; or 0. A forked child
    /// has no such thread.
    read_in: AtomicU64,
}

/// The number in front of "1-2.3", or behind "usb1".
fn bus_of(name: &str) -> Option<u8> {
    name.strip_prefix("usb").or_else(|| name.split('-').next())?.parse().ok()
}

#[derive(Default)]
struct Strings {
    manufacturer: String,
    product: String,
    serial: String,
}

impl Known {
    /// Reads what can be read without waiting; `None` if there is no such device.
    pub fn read(name: &str, entry: u64) -> Result<Option<Known>> {
        let Some(directory) = sysfs::Directory::open(name)? else { return Ok(None) };
        let (Some(bus), Some(address)) = (bus_of(name), directory.number("devnum")?) else { return Ok(None) };
        let speed = sysfs::speed(&directory.text("speed")?.unwrap_or_default());
        let mut info = DeviceInfo { bus, address, speed, path: name.to_owned(), ..DeviceInfo::default() };
        let Some(descriptors) = directory.read("descriptors")? else { return Ok(None) };
        // If it went away meanwhile, some of that may be of another one.
        if info.describe(&descriptors).is_none() || sysfs::entry(name) != Some(entry) {
            return Ok(None);
        }
        Ok(Some(Known::new(entry, info, descriptors)))
    }

    /// Reads a device by its node alone, where there is no sysfs; its strings stay unknown. `None` if it cannot be opened.
    pub fn read_node(bus: u8, address: u8, entry: u64) -> Result<Option<Known>> {
        let mut info = DeviceInfo { bus, address, path: format!("{bus:03}/{address:03}"), ..DeviceInfo::default() };
        let node = match node::open_to_read(&info) {
            Ok(node) => node,
            Err(error) => return sysfs::unless_short_of(&error).map(|()| None),
        };
        let Ok(descriptors) = node::descriptors(&node) else { return Ok(None) };
        if info.describe(&descriptors).is_none() {
            return Ok(None);
        }
        info.speed = usbfs::speed(&node);
        let known = Known::new(entry, info, descriptors);
        known.strings.store(Some(Strings::default().into()));
        Ok(Some(known))
    }

    fn new(entry: u64, info: DeviceInfo, descriptors: Vec<u8>) -> Known {
        let (strings, read_in) = (ArcSwapOption::empty(), AtomicU64::new(0));
        let configurations = split(&descriptors);
        let parsed = configurations.iter().filter_map(|bytes| Configuration::parse(bytes, info.speed).ok());
        let interfaces =
            parsed.flat_map(|one| one.settings.into_iter().map(move |setting| (one.value, setting.interface)));
        let mut interfaces: Vec<(u8, u8)> = interfaces.collect();
        interfaces.dedup();
        let known = Known { entry, info, descriptors, interfaces, strings, read_in };
        if known.indexes() == [0; 3] {
            known.strings.store(Some(Strings::default().into()));
        }
        known
    }

    /// Whether this is the device that `info` describes.
    pub fn is(&self, info: &DeviceInfo) -> bool {
        self.info.path == info.path && self.info.address == info.address
    }

    /// iManufacturer, iProduct, iSerialNumber; 0 if it has none.
    fn indexes(&self) -> [u8; 3] {
        [self.descriptors[14], self.descriptors[15], self.descriptors[16]]
    }

    /// With its strings, as far as they are known.
    pub fn described(&self) -> DeviceInfo {
        let mut info = self.info.clone();
        if let Some(strings) = &*self.strings.load() {
            info.manufacturer.clone_from(&strings.manufacturer);
            info.product.clone_from(&strings.product);
            info.serial.clone_from(&strings.serial);
        }
        info
    }

    pub fn has_strings(&self) -> bool {
        self.strings.load().is_some()
    }

    /// Reads its strings, if they are not known. This waits as long as the device is busy.
    pub fn read_strings(&self) -> Result<()> {
        if self.has_strings() {
            return Ok(());
        }
        let Some(directory) = sysfs::Directory::open(&self.info.path)? else { return Ok(()) };
        let [manufacturer, product, serial] = self.indexes();
        let text = |index, file| match index {
            0 => Ok(String::new()),
            _ => directory.text(file).map(Option::unwrap_or_default),
        };
        let strings = Strings {
            manufacturer: text(manufacturer, "manufacturer")?,
            product: text(product, "product")?,
            serial: text(serial, "serial")?,
        };
        // Of one that has gone meanwhile, and of what came in its place, nothing is kept.
        if sysfs::entry(&self.info.path) == Some(self.entry) {
            self.strings.store(Some(strings.into()));
        }
        Ok(())
    }

    /// Whether a thread of this process reads its strings, and no caller waits for that any more.
    pub fn is_awaited_no_more(&self) -> bool {
        self.read_in.load(Ordering::Relaxed) == u64::from(process_generation()) + 1
    }

    pub fn await_no_more(&self) {
        self.read_in.store(u64::from(process_generation()) + 1, Ordering::Relaxed);
    }

    /// The thread has read them, or cannot.
    pub fn reading_ended(&self) {
        self.read_in.store(0, Ordering::Relaxed);
    }
}
