//! What was read of one device, and stays true as long as it is plugged in.

use super::node;
use super::sysfs::{self, Directory};
use crate::error::Result;
use crate::sys::process_generation;
use crate::usb::{split, Configuration, DeviceInfo};
use arc_swap::ArcSwapOption;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

/// A device that is, or was, on the bus.
pub struct Known {
    /// The number of its entry in sysfs: another device in its place has another one.
    pub entry: u64,
    /// The number of its directory.
    directory: u64,
    /// Without its strings.
    pub info: Arc<DeviceInfo>,
    /// The device descriptor and all configuration descriptors.
    pub descriptors: Arc<[u8]>,
    /// bConfigurationValue of its configuration, where it has one.
    pub only_configuration: Option<u8>,
    /// What the descriptor of the configuration that was asked for last says.
    parsed: ArcSwapOption<Configuration>,
    /// With its strings, once they are known.
    described: ArcSwapOption<DeviceInfo>,
    /// One more than the generation of the process in which a thread reads its strings without a caller that waits; or 0. A forked child
    /// has no such thread.
    read_in: AtomicU64,
}

/// The number in front of "1-2.3", or behind "usb1".
fn bus_of(name: &str) -> Option<u8> {
    let number =
        name.strip_prefix("usb").unwrap_or_else(|| &name[..name.bytes().take_while(|byte| *byte != b'-').count()]);
    number.parse().ok()
}

impl Known {
    /// Reads what can be read without waiting; `None` if there is no such device. The caller makes sure that the directory is that of
    /// the entry.
    pub fn read(directory: &Directory, name: &str, entry: u64) -> Result<Option<Known>> {
        let (Some(bus), Some(address)) = (bus_of(name), directory.number(sysfs::ADDRESS)?) else { return Ok(None) };
        let mut info = DeviceInfo { bus, address, path: name.to_owned(), ..DeviceInfo::default() };
        info.speed = directory.speed()?;
        let Some(descriptors) = directory.read(sysfs::DESCRIPTORS)? else { return Ok(None) };
        if info.describe(&descriptors).is_none() {
            return Ok(None);
        }
        Ok(Some(Known::new(entry, directory.entry(), info, descriptors)))
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
        info.speed = node::speed(&node);
        let known = Known::new(entry, 0, info, descriptors);
        known.described.store(Some(Arc::clone(&known.info)));
        Ok(Some(known))
    }

    fn new(entry: u64, directory: u64, info: DeviceInfo, descriptors: Vec<u8>) -> Known {
        let only_configuration = match *split(&descriptors) {
            [only] if info.configurations == 1 => only.get(5).copied(),
            _ => None,
        };
        let known = Known {
            entry,
            directory,
            info: Arc::new(info),
            descriptors: descriptors.into(),
            only_configuration,
            parsed: ArcSwapOption::empty(),
            described: ArcSwapOption::empty(),
            read_in: AtomicU64::new(0),
        };
        if known.indexes() == [0; 3] {
            known.described.store(Some(Arc::clone(&known.info)));
        }
        known
    }

    /// What the descriptor of a configuration says, if it makes sense.
    pub fn configuration(&self, value: u8) -> Option<Arc<Configuration>> {
        let last = self.parsed.load_full().filter(|last| last.value == value);
        last.or_else(|| {
            let parts = split(&self.descriptors);
            let bytes = parts.into_iter().find(|bytes| bytes.get(5) == Some(&value))?;
            let parsed = Arc::new(Configuration::parse(bytes, self.info.speed).ok()?);
            self.parsed.store(Some(Arc::clone(&parsed)));
            Some(parsed)
        })
    }

    /// The interfaces that it may have, as pairs of configuration and number.
    pub fn interfaces(&self) -> Vec<(u8, u8)> {
        let configurations = split(&self.descriptors);
        let parsed = configurations.iter().filter_map(|bytes| Configuration::parse(bytes, self.info.speed).ok());
        let interfaces =
            parsed.flat_map(|one| one.settings.into_iter().map(move |setting| (one.value, setting.interface)));
        let mut interfaces: Vec<(u8, u8)> = interfaces.collect();
        interfaces.dedup();
        interfaces
    }

    /// The numbers of its configurations.
    pub fn configurations(&self) -> Vec<u8> {
        split(&self.descriptors).iter().filter_map(|bytes| bytes.get(5).copied()).collect()
    }

    /// Whether this is the device that `info` describes.
    pub fn is(&self, info: &DeviceInfo) -> bool {
        self.info.address == info.address && self.info.path == info.path
    }

    /// iManufacturer, iProduct, iSerialNumber; 0 if it has none.
    fn indexes(&self) -> [u8; 3] {
        [self.descriptors[14], self.descriptors[15], self.descriptors[16]]
    }

    /// With its strings, as far as they are known.
    pub fn described(&self) -> Arc<DeviceInfo> {
        self.described.load_full().unwrap_or_else(|| Arc::clone(&self.info))
    }

    pub fn has_strings(&self) -> bool {
        self.described.load().is_some()
    }

    /// Reads its strings, if they are not known. This waits as long as the device is busy.
    pub fn read_strings(&self) -> Result<()> {
        if self.has_strings() {
            return Ok(());
        }
        match Directory::open(&self.info.path)? {
            Some(directory) if directory.entry() == self.directory => self.read_strings_in(&directory),
            // It is gone, or another came in its place.
            _ => Ok(()),
        }
    }

    /// The same, from its directory.
    pub fn read_strings_in(&self, directory: &Directory) -> Result<()> {
        let mut is_missing = false;
        let mut text = |index, file| {
            let text = if index == 0 { Some(String::new()) } else { directory.text(file)? };
            is_missing |= text.is_none();
            Ok(text.unwrap_or_default())
        };
        let [manufacturer, product, serial] = self.indexes();
        let described = DeviceInfo {
            manufacturer: text(manufacturer, sysfs::MANUFACTURER)?,
            product: text(product, sysfs::PRODUCT)?,
            serial: text(serial, sysfs::SERIAL)?,
            ..DeviceInfo::clone(&self.info)
        };
        // Where the kernel could not read one there is no file, nor is there of a device that has gone meanwhile: of that nothing is kept.
        if !is_missing || sysfs::entry(&self.info.path) == Some(self.entry) {
            self.described.store(Some(described.into()));
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
