//! What a device says of itself: its descriptors, and the answers to GET_DESCRIPTOR that follow from them (USB 2.0 section 9.4.3).

use crate::error::{Error, Result};
use crate::usb::string::{self, ENGLISH, STRING};
use crate::usb::{split, Backend, Configuration, DeviceInfo, Endpoint, SetupPacket, Speed, TransferType};
use std::collections::BTreeMap;

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;
const DEVICE_QUALIFIER: u8 = 6;

/// Who is asked for a descriptor: the device.
pub const OF_DEVICE: u16 = 0;
/// Added to the number of an interface that is asked.
pub const OF_INTERFACE: u16 = 0x100;

/// The most UTF-16 units that a string descriptor holds.
const MOST_UNITS: usize = 126;

/// Nothing in it needs to be right: a host has to cope with what devices say.
#[derive(Clone, Debug)]
pub struct Description {
    pub speed: Speed,
    device: [u8; 18],
    configurations: Vec<Vec<u8>>,
    /// bConfigurationValue of what the host selects when the device is plugged in; `None`: of the first one.
    pub selected: Option<u8>,
    /// In the order in which they came.
    languages: Vec<u16>,
    strings: BTreeMap<(u8, u16), String>,
    /// By type, index and recipient. They come before all others.
    others: BTreeMap<(u8, u8, u16), Vec<u8>>,
}

impl Description {
    /// From a device descriptor and the configurations behind it, as `usbx_descriptors` gives them.
    pub fn new(speed: Speed, descriptors: &[u8]) -> Result<Description> {
        let device = descriptors.get(..18).and_then(|device| <[u8; 18]>::try_from(device).ok());
        let Some(device) = device.filter(|device| device[0] >= 18 && device[1] == DEVICE) else {
            let length = descriptors.len();
            let reason = format!(
                "the {length} bytes do not begin with a device descriptor, 18 bytes of which the first two are 18 and 1: no host \
                 would see such a device"
            );
            return Err(Error::invalid(reason));
        };
        let configurations: Vec<Vec<u8>> = split(descriptors).into_iter().map(<[u8]>::to_vec).collect();
        let speed = if speed == Speed::Unknown { guessed(&device, &configurations) } else { speed };
        Ok(Description {
            speed,
            device,
            configurations,
            selected: None,
            languages: Vec::new(),
            strings: BTreeMap::new(),
            others: BTreeMap::new(),
        })
    }

    pub fn add_string(&mut self, index: u8, language: u16, text: &str) -> Result<()> {
        if index == 0 {
            return Err(Error::invalid(
                "string 0 is the table of languages, which follows from the strings; give one from 1 on",
            ));
        }
        let units = text.encode_utf16().count();
        if units > MOST_UNITS {
            let reason = format!(
                "the text has {units} UTF-16 units; a string descriptor holds at most {MOST_UNITS}: shorten it"
            );
            return Err(Error::invalid(reason));
        }
        if !self.languages.contains(&language) {
            self.languages.push(language);
        }
        self.strings.insert((index, language), text.to_owned());
        Ok(())
    }

    /// A descriptor that is asked for by itself: a BOS, a HID report descriptor, or one in place of what would be said otherwise.
    pub fn add_descriptor(&mut self, kind: u8, index: u8, recipient: u16, bytes: &[u8]) -> Result<()> {
        if recipient != OF_DEVICE && recipient & 0xff00 != OF_INTERFACE {
            let reason = format!("0x{recipient:x} is not a recipient: 0 is the device, 0x100 + n is interface n");
            return Err(Error::invalid(reason));
        }
        if bytes.len() > usize::from(u16::MAX) {
            let reason = format!("{} bytes are more than a request can ask for, which is 65535", bytes.len());
            return Err(Error::invalid(reason));
        }
        self.others.insert((kind, index, recipient), bytes.to_vec());
        Ok(())
    }

    /// The answer to GET_DESCRIPTOR; `None` if the device has none of that kind.
    pub fn descriptor(&self, setup: &SetupPacket) -> Option<Vec<u8>> {
        let [kind, index] = setup.value.to_be_bytes();
        let recipient = match setup.request_type & 0x1f {
            0 => OF_DEVICE,
            1 => OF_INTERFACE | (setup.index & 0xff),
            _ => return None,
        };
        if let Some(bytes) = self.others.get(&(kind, index, recipient)) {
            return Some(bytes.clone());
        }
        match (recipient, kind, index) {
            (OF_DEVICE, DEVICE, 0) => Some(self.device.to_vec()),
            (OF_DEVICE, CONFIGURATION, index) => self.configurations.get(usize::from(index)).cloned(),
            (OF_DEVICE, STRING, 0) if !self.languages.is_empty() => {
                Some(string_descriptor(self.languages.iter().copied()))
            }
            (OF_DEVICE, STRING, index) => {
                let text = self.strings.get(&(index, setup.index))?;
                Some(string_descriptor(text.encode_utf16()))
            }
            // As full speed it would be the same but for the packet sizes (USB 2.0 section 9.6.2).
            (OF_DEVICE, DEVICE_QUALIFIER, 0) if self.speed == Speed::High => {
                let [usb_low, usb_high, class, subclass, protocol] = [2, 3, 4, 5, 6].map(|at| self.device[at]);
                Some(vec![10, DEVICE_QUALIFIER, usb_low, usb_high, class, subclass, protocol, 64, self.device[17], 0])
            }
            _ => None,
        }
    }

    /// The language in which hosts ask for strings.
    pub fn first_language(&self) -> u16 {
        self.languages.first().copied().unwrap_or(ENGLISH)
    }

    /// The device descriptor and the configurations.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.device.to_vec();
        self.configurations.iter().for_each(|configuration| bytes.extend_from_slice(configuration));
        bytes
    }

    pub fn configurations(&self) -> &[Vec<u8>] {
        &self.configurations
    }

    /// What a host makes of one of them; nothing, if it makes no sense.
    pub fn layout(&self, index: usize) -> Option<Configuration> {
        Configuration::parse(self.configurations.get(index)?, self.speed).ok()
    }

    /// The one of that bConfigurationValue.
    pub fn layout_of(&self, value: u8) -> Option<Configuration> {
        (0..self.configurations.len()).filter_map(|index| self.layout(index)).find(|layout| layout.value == value)
    }

    /// The endpoints of that address, in whichever configuration and alternate setting.
    pub fn endpoints(&self, address: u8) -> Vec<Endpoint> {
        let layouts = (0..self.configurations.len()).filter_map(|index| self.layout(index));
        layouts.flat_map(|layout| layout.endpoints).filter(|endpoint| endpoint.address == address).collect()
    }

    /// What hosts list, in a port of that number.
    pub fn info(&self, port: u16) -> DeviceInfo {
        // A bus has 127 addresses.
        let mut info = DeviceInfo {
            bus: u8::try_from((port - 1) / 127).unwrap_or(u8::MAX),
            address: ((port - 1) % 127 + 1) as u8,
            speed: self.speed,
            backend: Backend::Virtual,
            path: format!("virtual/{port}"),
            ..DeviceInfo::default()
        };
        // `new` has looked at what this asks for.
        let _ = info.describe(&self.device);
        let [manufacturer, product, serial] = [14, 15, 16].map(|at| self.text(self.device[at]));
        (info.manufacturer, info.product, info.serial) = (manufacturer, product, serial);
        info
    }

    /// A string as hosts list it: in the first language, "" if there is none.
    fn text(&self, index: u8) -> String {
        let language = self.first_language();
        let setup = SetupPacket {
            request_type: 0x80,
            request: 6,
            value: u16::from_be_bytes([STRING, index]),
            index: language,
            length: 255,
        };
        let descriptor = if index == 0 { None } else { self.descriptor(&setup) };
        // By the rule that holds for the strings of every bus.
        descriptor.and_then(|bytes| string::units(&bytes)).map_or(String::new(), |units| string::text(&units))
    }
}

fn string_descriptor(units: impl Iterator<Item = u16>) -> Vec<u8> {
    let mut descriptor = vec![0, STRING];
    descriptor.extend(units.flat_map(u16::to_le_bytes));
    descriptor.truncate(254);
    descriptor[0] = descriptor.len() as u8;
    descriptor
}

/// The speed at which a device with these descriptors would be.
fn guessed(device: &[u8; 18], configurations: &[Vec<u8>]) -> Speed {
    if device[3] >= 3 {
        return Speed::Super;
    }
    // Read as at high speed the sizes are as they stand there.
    let layouts = configurations.iter().filter_map(|bytes| Configuration::parse(bytes, Speed::High).ok());
    let endpoints: Vec<Endpoint> = layouts.flat_map(|layout| layout.endpoints).collect();
    let is_bulk = |endpoint: &&Endpoint| endpoint.transfer_type == TransferType::Bulk;
    let needs_high_speed = |endpoint: &Endpoint| match endpoint.transfer_type {
        TransferType::Bulk | TransferType::Interrupt => endpoint.max_packet_size > 64,
        _ => endpoint.max_bytes_per_interval > 1023,
    };
    let control_packet = device[7];
    let may_be_high =
        device[3] >= 2 && control_packet == 64 && !endpoints.iter().any(|e| is_bulk(&e) && e.max_packet_size < 512);
    if endpoints.iter().any(needs_high_speed) || may_be_high {
        Speed::High
    } else {
        Speed::Full
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn device(usb: u8, control_packet: u8) -> Vec<u8> {
        vec![18, 1, 0, usb, 0xff, 0, 0, control_packet, 0x09, 0x12, 1, 0, 0, 1, 1, 2, 3, 1]
    }

    fn configuration(packet: u16) -> Vec<u8> {
        let [low, high] = packet.to_le_bytes();
        vec![9, 2, 25, 0, 1, 1, 0, 0x80, 50, 9, 4, 0, 0, 1, 0xff, 0, 0, 0, 7, 5, 0x81, 2, low, high, 0]
    }

    fn get(description: &Description, request_type: u8, value: u16, index: u16) -> Option<Vec<u8>> {
        description.descriptor(&SetupPacket { request_type, request: 6, value, index, length: 255 })
    }

    #[test]
    fn the_speed_follows_from_the_descriptors() {
        for (usb, control_packet, packet, speed) in
            [(2, 64, 512, Speed::High), (2, 64, 64, Speed::Full), (1, 8, 64, Speed::Full), (3, 9, 1024, Speed::Super)]
        {
            let all = [device(usb, control_packet), configuration(packet)].concat();
            assert_eq!(Description::new(Speed::Unknown, &all).unwrap().speed, speed, "{usb} {packet}");
        }
        let all = [device(2, 64), configuration(512)].concat();
        assert_eq!(Description::new(Speed::Low, &all).unwrap().speed, Speed::Low);
    }

    #[test]
    fn strings_are_in_their_languages_and_the_first_is_listed() {
        let mut description = Description::new(Speed::High, &device(2, 64)).unwrap();
        assert_eq!(get(&description, 0x80, 0x0300, 0), None);
        description.add_string(2, 0x0407, "Waage").unwrap();
        description.add_string(2, 0x0409, "Scale").unwrap();
        assert_eq!(get(&description, 0x80, 0x0300, 0).unwrap(), [6, 3, 7, 4, 9, 4]);
        assert_eq!(get(&description, 0x80, 0x0302, 0x0409).unwrap()[2..4], [b'S', 0]);
        assert_eq!(get(&description, 0x80, 0x0302, 0x040c), None);
        let info = description.info(128);
        assert_eq!((&*info.product, &*info.serial, info.bus, info.address), ("Waage", "", 1, 1));
        assert!(description.add_string(1, 0x0409, &"x".repeat(127)).is_err());
        assert!(description.add_string(0, 0x0409, "x").is_err());
    }

    #[test]
    fn a_descriptor_given_comes_before_all_others() {
        let mut description = Description::new(Speed::High, &[device(2, 64), configuration(512)].concat()).unwrap();
        description.add_descriptor(0x22, 0, OF_INTERFACE | 3, &[5, 1]).unwrap();
        assert_eq!(get(&description, 0x81, 0x2200, 3).unwrap(), [5, 1]);
        assert_eq!(get(&description, 0x81, 0x2200, 0), None);
        assert_eq!(get(&description, 0x80, 0x2200, 3), None);
        assert_eq!(get(&description, 0x80, 0x0200, 0).unwrap(), configuration(512));
        description.add_descriptor(2, 0, OF_DEVICE, &[9]).unwrap();
        assert_eq!(get(&description, 0x80, 0x0200, 0).unwrap(), [9]);
        assert!(description.add_descriptor(2, 0, 0x200, &[9]).is_err());
    }

    #[test]
    fn what_no_host_would_see_is_refused() {
        for bytes in [&[][..], &[18, 1], &[0; 18], &[18; 18]] {
            assert!(Description::new(Speed::Unknown, bytes).is_err());
        }
        // All else is a use.
        let wrong = [&device(2, 64)[..], &[9, 2, 255, 255, 1]].concat();
        let description = Description::new(Speed::Unknown, &wrong).unwrap();
        assert_eq!(description.bytes(), wrong);
        assert_eq!(description.layout(0), None);
    }
}
