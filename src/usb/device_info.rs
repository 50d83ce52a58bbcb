//! What is known of a device without opening it.

use super::Speed;
use std::cmp::Ordering;
use std::fmt;

/// Where a device is plugged in, by the numbers of `USBX_BACKEND_*`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Backend {
    /// This computer's own bus, by whatever means.
    #[default]
    System = 0,
    /// This process.
    Virtual = 1,
    /// Another computer, over USB/IP.
    Usbip = 2,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceInfo {
    pub vendor_id: u16,
    pub product_id: u16,
    pub device_version: u16,
    pub usb_version: u16,
    pub device_class: u8,
    pub device_subclass: u8,
    pub device_protocol: u8,
    pub configurations: u8,
    pub bus: u8,
    pub address: u8,
    pub speed: Speed,
    pub backend: Backend,
    pub path: String,
    pub manufacturer: String,
    pub product: String,
    pub serial: String,
}

impl DeviceInfo {
    /// Takes over what an 18-byte device descriptor says (USB 2.0 section 9.6.1). `None` if it is none.
    pub fn describe(&mut self, descriptor: &[u8]) -> Option<()> {
        let word = |at: usize| u16::from_le_bytes([descriptor[at], descriptor[at + 1]]);
        if descriptor.len() < 18 || descriptor[0] < 18 || descriptor[1] != 1 {
            return None;
        }
        self.usb_version = word(2);
        self.device_class = descriptor[4];
        self.device_subclass = descriptor[5];
        self.device_protocol = descriptor[6];
        self.vendor_id = word(8);
        self.product_id = word(10);
        self.device_version = word(12);
        self.configurations = descriptor[17];
        Some(())
    }
}

impl fmt::Display for DeviceInfo {
    /// As errors name a device: "0403:6001 (path 1-2)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.vendor_id == 0 && self.backend == Backend::Usbip {
            // It was not asked yet.
            return f.write_str(&self.path);
        }
        write!(f, "{:04x}:{:04x}", self.vendor_id, self.product_id)?;
        if self.path.is_empty() {
            return Ok(());
        }
        write!(f, " (path {})", self.path)
    }
}

/// Path order: by bus, then port by port as numbers, so that 1-2 stands before 1-10, and a root hub before its devices.
/// Virtual devices come behind those, and other computers' last.
pub fn path_order(a: &str, b: &str) -> Ordering {
    fn numbers(path: &str) -> impl Iterator<Item = u32> + '_ {
        let mut rest = path.bytes();
        std::iter::from_fn(move || {
            let first = rest.find(u8::is_ascii_digit)?;
            let digit = |digit: u8| u32::from(digit - b'0');
            let others = rest.by_ref().take_while(u8::is_ascii_digit);
            Some(others.fold(digit(first), |number, next| number.wrapping_mul(10).wrapping_add(digit(next))))
        })
    }
    let place = |path: &str| if path.starts_with("virtual/") { 1 } else { 2 * u8::from(path.starts_with("usbip")) };
    place(a).cmp(&place(b)).then_with(|| numbers(a).cmp(numbers(b))).then_with(|| a.cmp(b))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_in_the_order_of_buses_and_ports() {
        let mut paths =
            ["usbip://host/1-1", "virtual/2", "2-1", "1-10", "usb2", "1-2.1", "virtual/10", "1-2", "usb1", "10-1"];
        paths.sort_by(|a, b| path_order(a, b));
        assert_eq!(
            paths,
            ["usb1", "1-2", "1-2.1", "1-10", "usb2", "2-1", "10-1", "virtual/2", "virtual/10", "usbip://host/1-1"]
        );
    }
}
