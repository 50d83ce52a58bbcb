//! A device of another computer while this process has it, and what is known of it.

use super::link::Link;
use super::request;
use crate::bus::Wire;
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::usb::string::{text, units, ENGLISH, STRING};
use crate::usb::{Configuration, DeviceInfo, SetupPacket, TransferType};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Shared by all handles of this process: its host gives it to one client.
pub struct Remote {
    pub link: Arc<Link>,
    pub info: Arc<DeviceInfo>,
    pub wire: Arc<Wire>,
    pub configurations: Vec<Vec<u8>>,
    settings: Mutex<Settings>,
}

#[derive(Default)]
struct Settings {
    handles: u64,
    configuration: u8,
    active: Configuration,
    alt_settings: BTreeMap<u8, u8>,
    /// Interfaces, and the number of the handle that has claimed each.
    claims: BTreeMap<u8, u64>,
}

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;

impl Remote {
    /// Asks a device that was just imported for its descriptors and, unless they are known, its strings.
    pub fn new(
        link: Arc<Link>,
        mut info: DeviceInfo,
        configuration: u8,
        known: Option<&DeviceInfo>,
        deadline: Instant,
    ) -> Result<Remote> {
        let asked = Asked { link: &link, deadline };
        let mut descriptors = vec![0; 18];
        let length = asked.get(SetupPacket::get_descriptor(DEVICE, 0, 0, 18), &mut descriptors)?;
        descriptors.truncate(length);
        let no_device = || Error::new(Status::Io, "the device gave no device descriptor");
        info.describe(&descriptors).ok_or_else(no_device)?;
        let configurations: Vec<Vec<u8>> =
            (0..info.configurations).map_while(|index| configuration_descriptor(&asked, index)).collect();
        match known {
            Some(known) => {
                (info.manufacturer, info.product, info.serial) =
                    (known.manufacturer.clone(), known.product.clone(), known.serial.clone());
            }
            None => read_strings(&asked, &descriptors, &mut info),
        }
        let info = Arc::new(info);
        let whole = configurations.iter().fold(descriptors, |all, one| [all, one.clone()].concat());
        let wire = Wire::new(Arc::clone(&info), whole);
        let remote = Remote { link, info, wire, configurations, settings: Mutex::default() };
        remote.note_configuration(configuration);
        Ok(remote)
    }

    /// Selects the configuration that the device has, or its first, as a computer does with a device that is plugged in: Linux's server takes
    /// it from its driver, which leaves it without one, and the client before this one may have left alternate settings.
    pub fn configure(&self) -> Result<()> {
        let first = || self.configurations.first().and_then(|bytes| bytes.get(5)).copied().unwrap_or(0);
        let value = Some(self.configuration()).filter(|value| *value != 0).unwrap_or_else(first);
        if value == 0 {
            return Ok(());
        }
        match self.link.control(SetupPacket::set_configuration(value), &mut []) {
            Ok(_) => self.note_configuration(value),
            // Then it is as its host says.
            Err(error) if error.status == Status::Pipe => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub fn add_handle(&self) -> u64 {
        let mut settings = lock(&self.settings);
        settings.handles += 1;
        settings.handles
    }

    pub fn configuration(&self) -> u8 {
        lock(&self.settings).configuration
    }

    /// Another configuration is selected, or the same anew.
    pub fn note_configuration(&self, value: u8) {
        let found = self.configurations.iter().find(|bytes| bytes.get(5) == Some(&value));
        let active = found.and_then(|bytes| Configuration::parse(bytes, self.info.speed).ok()).unwrap_or_default();
        let mut settings = lock(&self.settings);
        settings.alt_settings.clear();
        (settings.configuration, settings.active) = (value, active);
    }

    pub fn is_claimed(&self) -> bool {
        !lock(&self.settings).claims.is_empty()
    }

    /// False if another handle has it.
    pub fn claim(&self, interface: u8, handle: u64) -> bool {
        *lock(&self.settings).claims.entry(interface).or_insert(handle) == handle
    }

    /// The alternate setting to which the interface has to go back, if it is in another one.
    pub fn release(&self, interface: u8) -> Option<u8> {
        let mut settings = lock(&self.settings);
        settings.claims.remove(&interface);
        let first = settings.active.first_setting(interface);
        settings.alt_settings.get(&interface).is_some_and(|alt| *alt != first).then_some(first)
    }

    pub fn release_all(&self, handle: u64) {
        lock(&self.settings).claims.retain(|_, other| *other != handle);
    }

    pub fn note_alt_setting(&self, interface: u8, alt_setting: u8) {
        lock(&self.settings).alt_settings.insert(interface, alt_setting);
    }

    /// Whether the endpoint belongs to the interface, in any of its settings.
    pub fn is_of(&self, interface: u8, address: u8) -> bool {
        lock(&self.settings).active.endpoints.iter().any(|e| (e.interface, e.address) == (interface, address))
    }

    /// How often the endpoint is served, as messages tell it.
    pub fn interval(&self, address: u8) -> u32 {
        let settings = lock(&self.settings);
        let mut all = settings.active.endpoints.iter().filter(|endpoint| endpoint.address == address);
        let selected = |interface: u8| {
            settings.alt_settings.get(&interface).copied().unwrap_or(settings.active.first_setting(interface))
        };
        let found =
            all.clone().find(|endpoint| selected(endpoint.interface) == endpoint.alt_setting).or_else(|| all.next());
        let frames = self.info.speed.counts_in_frames();
        found.map_or(0, |endpoint| {
            let isochronous = endpoint.transfer_type == TransferType::Isochronous;
            request::interval(endpoint.transfer_type, endpoint.interval, frames && !isochronous)
        })
    }
}

/// A device that tells of itself until a deadline: a host that is slow with every answer does not hold the opening up for ever.
struct Asked<'a> {
    link: &'a Link,
    deadline: Instant,
}

impl Asked<'_> {
    fn get(&self, setup: SetupPacket, bytes: &mut [u8]) -> Result<usize> {
        self.link.control_until(setup, bytes, self.deadline)
    }
}

/// One that cannot be read, as of a device that says it has more of them, is not there.
fn configuration_descriptor(device: &Asked<'_>, index: u8) -> Option<Vec<u8>> {
    let mut head = [0; 9];
    let length = device.get(SetupPacket::get_descriptor(CONFIGURATION, index, 0, 9), &mut head).ok()?;
    if length < 9 || head[1] != CONFIGURATION {
        return None;
    }
    let total = u16::from_le_bytes([head[2], head[3]]);
    let mut whole = vec![0; usize::from(total).max(9)];
    let length = device.get(SetupPacket::get_descriptor(CONFIGURATION, index, 0, total.max(9)), &mut whole).ok()?;
    whole.truncate(length);
    Some(whole)
}

/// A device that does not give them has none.
fn read_strings(device: &Asked<'_>, descriptor: &[u8], info: &mut DeviceInfo) {
    let indices = [descriptor[14], descriptor[15], descriptor[16]];
    if indices == [0; 3] {
        return;
    }
    let ask = |index: u8, language: u16| {
        let mut answer = [0; 255];
        let length = device.get(SetupPacket::get_descriptor(STRING, index, language, 255), &mut answer).ok()?;
        units(&answer[..length])
    };
    let language = ask(0, 0).and_then(|languages| languages.first().copied()).unwrap_or(ENGLISH);
    let string = |index: u8| match index {
        0 => String::new(),
        index => ask(index, language).map(|units| text(&units)).unwrap_or_default(),
    };
    info.manufacturer = string(indices[0]);
    info.product = string(indices[1]);
    info.serial = string(indices[2]);
}
