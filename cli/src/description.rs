//! The inside of a device, for `usbx list --verbose`: configurations, interfaces, endpoints, and who holds them.

use crate::failure::printable;
use serde::Serialize;
use std::fmt::Write;
use std::sync::Arc;
use usbx::tool::{
    driver, interface_owner, open_path, with_buffer, Backend, Configuration, Device, DeviceInfo, Result, Speed,
};

#[derive(Serialize, Default)]
pub struct Description {
    /// Why the description is not known, if it is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// bConfigurationValue of the active configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    active_configuration: Option<u8>,
    configuration_list: Vec<Selectable>,
}

#[derive(Serialize)]
struct Selectable {
    configuration: u8,
    max_power_ma: u16,
    self_powered: bool,
    interfaces: Vec<Interface>,
}

/// One alternate setting of an interface.
#[derive(Serialize)]
struct Interface {
    interface_number: u8,
    alt_setting: u8,
    class: u8,
    subclass: u8,
    protocol: u8,
    name: String,
    /// The kernel driver that holds the interface; "usbfs" means that a program holds it.
    driver: Option<String>,
    /// Who holds it, in words.
    held: Option<String>,
    endpoints: Vec<Endpoint>,
}

/// By the names of `usbx_endpoint`.
#[derive(Serialize)]
struct Endpoint {
    address: u8,
    direction: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
    max_packet_size: u16,
    packets_per_interval: u8,
    interval: u8,
    max_bytes_per_interval: u32,
}

const CONFIGURATION: u8 = 2;

impl Description {
    /// Also what is known of the device once it was open: of another computer's that is more than its host tells.
    pub fn of(info: &Arc<DeviceInfo>) -> (Arc<DeviceInfo>, Option<Description>) {
        let device = match open_path(&info.path) {
            Ok(device) => device,
            Err(error) => {
                let description = Description { error: Some(error.reason()), ..Description::default() };
                return (Arc::clone(info), Some(description));
            }
        };
        let mut description = Description::default();
        match read(&device, info) {
            Ok((active, list)) => {
                (description.active_configuration, description.configuration_list) = (Some(active), list)
            }
            Err(error) => description.error = Some(error.reason()),
        }
        let info = match info.backend {
            Backend::Usbip => Arc::new(device.info().clone()),
            _ => Arc::clone(info),
        };
        device.close();
        (info, Some(description))
    }

    pub fn text(&self, info: &DeviceInfo) -> String {
        let mut text = String::new();
        let version = |bcd: u16| format!("{:x}.{:02x}", bcd >> 8, bcd & 0xff);
        let class = match info.device_class {
            0 => "class in its interfaces".to_owned(),
            class => named(class, info.device_subclass, info.device_protocol),
        };
        let (usb, release) = (version(info.usb_version), version(info.device_version));
        let (bus, address) = (info.bus, info.address);
        let _ = writeln!(text, "    USB {usb}, release {release}, {class}, bus {bus} address {address}");
        if let Some(error) = &self.error {
            let _ = writeln!(text, "    not known: {}", printable(error));
        }
        for one in &self.configuration_list {
            let active = if self.active_configuration == Some(one.configuration) { ", active" } else { "" };
            let power = if one.self_powered { ", self-powered" } else { "" };
            let _ = writeln!(text, "    configuration {}{active}: {} mA{power}", one.configuration, one.max_power_ma);
            for interface in &one.interfaces {
                interface.write(&mut text);
            }
        }
        text
    }
}

impl Interface {
    fn write(&self, text: &mut String) {
        let setting = if self.alt_setting == 0 { String::new() } else { format!(" setting {}", self.alt_setting) };
        let class = named(self.class, self.subclass, self.protocol);
        let name = if self.name.is_empty() { String::new() } else { format!(" \"{}\"", printable(&self.name)) };
        let held = self.held.as_ref().map_or_else(String::new, |held| format!(", {}", printable(held)));
        let _ = writeln!(text, "      interface {}{setting}: {class}{name}{held}", self.interface_number);
        for endpoint in &self.endpoints {
            let Endpoint { address, direction, kind, max_packet_size, interval, .. } = endpoint;
            let _ = write!(
                text,
                "        0x{address:02x} {:<3} {kind:<11} {max_packet_size:>4} bytes",
                direction.to_uppercase()
            );
            if endpoint.packets_per_interval > 1 {
                let _ = write!(text, " x {}", endpoint.packets_per_interval);
            }
            if *interval > 0 && *kind != "bulk" {
                let _ = write!(text, ", interval {interval}");
            }
            text.push('\n');
        }
    }
}

/// The number of the active configuration, and all configurations.
fn read(device: &Device, info: &DeviceInfo) -> Result<(u8, Vec<Selectable>)> {
    let active = device.configuration()?;
    let list = (0..info.configurations).map(|index| {
        let bytes = configuration(device, index)?;
        let parsed = Configuration::parse(&bytes, info.speed)?;
        let interfaces = interfaces(&bytes, &parsed);
        let described = interfaces.map(|(bytes, endpoints)| {
            let number = bytes[2];
            let here = parsed.value == active;
            let driver = driver(info, parsed.value, number).filter(|_| here);
            // The rest of the library's message says which function to call; that is for programs.
            let held = driver
                .as_ref()
                .map(|_| interface_owner(info, parsed.value, number).split(';').next().unwrap_or_default().to_owned());
            let name = if bytes[8] == 0 { String::new() } else { device.get_string(bytes[8], 0).unwrap_or_default() };
            Interface {
                interface_number: number,
                alt_setting: bytes[3],
                class: bytes[5],
                subclass: bytes[6],
                protocol: bytes[7],
                name,
                driver,
                held,
                endpoints,
            }
        });
        let (attributes, power) = (bytes[7], bytes[8]);
        // bMaxPower counts in 2 mA, and at SuperSpeed in 8 mA.
        let unit = if info.speed >= Speed::Super { 8 } else { 2 };
        Ok(Selectable {
            configuration: parsed.value,
            max_power_ma: u16::from(power) * unit,
            self_powered: attributes & 0x40 != 0,
            interfaces: described.collect(),
        })
    });
    Ok((active, list.collect::<Result<_>>()?))
}

/// A configuration descriptor with everything that follows it. As every host does, this first asks for the header, which has the
/// total length.
fn configuration(device: &Device, index: u8) -> Result<Vec<u8>> {
    let read = |length: usize| {
        let mut bytes = vec![0; length];
        let outcome = with_buffer(&mut bytes, |buffer| device.get_descriptor(CONFIGURATION, index, buffer));
        bytes.truncate(outcome.transferred);
        outcome.result.map(|()| bytes)
    };
    let head = read(9)?;
    // The parser refuses a header that is too short.
    head.get(2..4).map_or(Ok(Vec::new()), |length| read(usize::from(u16::from_le_bytes([length[0], length[1]])).max(9)))
}

/// Each interface descriptor of the configuration, with its endpoints.
fn interfaces<'a>(bytes: &'a [u8], parsed: &'a Configuration) -> impl Iterator<Item = (&'a [u8], Vec<Endpoint>)> {
    const INTERFACE: u8 = 4;
    let mut rest = bytes;
    let entries = std::iter::from_fn(move || {
        let length = usize::from(*rest.first()?);
        let entry = rest.get(..length).filter(|entry| entry.len() >= 2)?;
        rest = &rest[length..];
        Some(entry)
    });
    entries.filter(|entry| entry[1] == INTERFACE && entry.len() >= 9).map(|entry| {
        let of = parsed.endpoints.iter().filter(|e| (e.interface, e.alt_setting) == (entry[2], entry[3]));
        let endpoints = of.map(|e| Endpoint {
            address: e.address,
            direction: if e.address & 0x80 != 0 { "in" } else { "out" },
            kind: e.transfer_type.name(),
            max_packet_size: e.max_packet_size,
            packets_per_interval: e.packets_per_interval,
            interval: e.interval,
            max_bytes_per_interval: e.max_bytes_per_interval,
        });
        (entry, endpoints.collect())
    })
}

fn named(class: u8, subclass: u8, protocol: u8) -> String {
    let numbers = format!("{class:02x}/{subclass:02x}/{protocol:02x}");
    class_name(class).map_or_else(|| format!("class {numbers}"), |name| format!("{name} ({numbers})"))
}

/// Names of classes, from usb.org's list of class codes.
pub fn class_name(class: u8) -> Option<&'static str> {
    const NAMES: [(u8, &str); 22] = [
        (0x01, "audio"),
        (0x02, "communications"),
        (0x03, "HID"),
        (0x05, "physical"),
        (0x06, "still image"),
        (0x07, "printer"),
        (0x08, "mass storage"),
        (0x09, "hub"),
        (0x0a, "CDC data"),
        (0x0b, "smart card"),
        (0x0d, "content security"),
        (0x0e, "video"),
        (0x0f, "personal healthcare"),
        (0x10, "audio/video"),
        (0x11, "billboard"),
        (0x12, "Type-C bridge"),
        (0x3c, "I3C"),
        (0xdc, "diagnostic"),
        (0xe0, "wireless controller"),
        (0xef, "miscellaneous"),
        (0xfe, "application specific"),
        (0xff, "vendor specific"),
    ];
    NAMES.iter().find(|(number, _)| *number == class).map(|(_, name)| *name)
}
