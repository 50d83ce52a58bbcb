//! Which device the command line names.

use crate::failure::{Failure, Result, NOT_FOUND};
use crate::values::id;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::Arc;
use usbx::tool::{self, Device, DeviceInfo};

/// One device: VID:PID, VID:PID:SERIAL, or the path where it is plugged in, of another computer too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    Ids { vendor: u16, product: u16, serial: String },
    Path(String),
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Target, String> {
        if text.starts_with("usbip://") || text.starts_with("usbip+unix://") {
            return Ok(Target::Path(text.to_owned()));
        }
        let mut parts = text.splitn(3, ':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(vendor), Some(product), serial) => {
                let serial = serial.unwrap_or_default().to_owned();
                Ok(Target::Ids { vendor: id(vendor)?, product: id(product)?, serial })
            }
            _ if text.is_empty() => Err("a device is VID:PID, VID:PID:SERIAL or a path such as 1-2.3".to_owned()),
            _ => Ok(Target::Path(text.to_owned())),
        }
    }
}

impl Target {
    /// The path of the device, which stays closed.
    pub fn path(&self) -> Result<String> {
        let (vendor_id, product_id, serial) = match self {
            Target::Path(path) => return Ok(path.clone()),
            Target::Ids { vendor, product, serial } => (*vendor, *product, serial),
        };
        let is_meant = |info: &DeviceInfo| {
            (info.vendor_id, info.product_id) == (vendor_id, product_id)
                && (serial.is_empty() || info.serial == *serial)
        };
        let devices = tool::devices()?;
        let found = devices.iter().find(|info| is_meant(info)).map(|info| info.path.clone());
        found.ok_or_else(|| {
            let named = if serial.is_empty() { String::new() } else { format!(" with the serial number \"{serial}\"") };
            let what = format!("no device {vendor_id:04x}:{product_id:04x}{named} is plugged in");
            Failure::new(NOT_FOUND, what).hint(NOT_FOUND, "'usbx list' shows the devices that are plugged in")
        })
    }

    pub fn open(&self) -> Result<Open> {
        let device = match self {
            Target::Ids { vendor, product, serial } => tool::open(*vendor, *product, serial),
            Target::Path(path) => tool::open_path(path),
        };
        let device = device.map_err(|error| {
            Failure::from(error).hint(NOT_FOUND, "'usbx list' shows the devices that are plugged in")
        })?;
        Ok(Open(Arc::new(device)))
    }
}

/// An open device. Dropping it releases claims and gives kernel drivers back.
pub struct Open(pub Arc<Device>);

impl Deref for Open {
    type Target = Device;

    fn deref(&self) -> &Device {
        &self.0
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Another computer, as `usbx_remote_devices` wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host(pub String);

impl FromStr for Host {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Host, String> {
        let host = match (text.strip_prefix("usbip://"), text.strip_prefix("usbip+unix://")) {
            (Some(host), _) => host.strip_suffix('/').unwrap_or(host).to_owned(),
            (_, Some(path)) => format!("unix:{path}"),
            _ => return Err("write usbip://HOST, usbip://HOST:PORT or usbip+unix:///SOCKET".to_owned()),
        };
        Ok(Host(host))
    }
}

/// Devices of a kind: VID:PID, or VID: for all devices of a vendor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    pub vendor: u16,
    /// 0 for any.
    pub product: u16,
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Kind, String> {
        let (vendor, product) = text.split_once(':').ok_or("write VID:PID, or VID: for all devices of a vendor")?;
        let product = if product.is_empty() { 0 } else { id(product)? };
        Ok(Kind { vendor: id(vendor)?, product })
    }
}

impl Kind {
    pub fn has(&self, info: &DeviceInfo) -> bool {
        self.vendor == info.vendor_id && (self.product == 0 || self.product == info.product_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_ids_a_serial_number_or_a_path() {
        let ids = |serial: &str| Ok(Target::Ids { vendor: 0x1209, product: 1, serial: serial.to_owned() });
        assert_eq!("1209:0001".parse(), ids(""));
        assert_eq!("0x1209:1:A:B".parse(), ids("A:B"));
        assert_eq!("1-2.3".parse(), Ok(Target::Path("1-2.3".to_owned())));
        for path in ["usbip://pi.local/1-1", "usbip://10.0.0.5:3240/1209:0001:A", "usbip+unix:///run/usbx.socket/1-1"] {
            assert_eq!(path.parse(), Ok(Target::Path(path.to_owned())));
        }
        for wrong in ["", "1209:", ":1", "12345:1", "1209:-1"] {
            assert!(wrong.parse::<Target>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_host_is_the_beginning_of_its_devices_paths() {
        let host = |text: &str| Ok(Host(text.to_owned()));
        assert_eq!("usbip://pi.local".parse(), host("pi.local"));
        assert_eq!("usbip://[::1]:3240/".parse(), host("[::1]:3240"));
        assert_eq!("usbip+unix:///run/usbx.socket".parse(), host("unix:/run/usbx.socket"));
        assert!("pi.local".parse::<Host>().is_err());
    }
}
