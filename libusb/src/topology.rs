//! Where a device is plugged in, and how fast it is.

use crate::abi::*;
use crate::boundary::guard;
use crate::context::lock;
use crate::device::{wanted, Node};
use std::os::raw::c_int;
use std::sync::Mutex;
use usbx::tool::Speed;

/// The ports on the way from the root hub: of "1-2.4" and "usbip://pi-4.local/1-2.4", 2 and 4. A root hub and a device of no hub have none.
pub fn ports(path: &str) -> Vec<u8> {
    let place = path.rsplit('/').next().unwrap_or(path);
    let ports = place.split_once('-').filter(|(bus, _)| bus.parse::<u32>().is_ok()).map_or("", |(_, ports)| ports);
    ports.split('.').map_while(|port| port.parse().ok()).collect()
}

/// Programs take a bus and an address for one device. Other computers number their buses as this one does, so each of those has a number of
/// its own here: 255, 254 and so on, in the order in which they were seen.
fn bus_number(path: &str, bus: u8) -> u8 {
    const NUMBERS: usize = 128;
    static OTHERS: Mutex<Vec<(String, u8)>> = Mutex::new(Vec::new());
    let Some((host, _)) = path.rsplit_once('/').filter(|_| path.starts_with("usbip")) else { return bus };
    let mut others = lock(&OTHERS);
    let known = others.iter().position(|(other, number)| other == host && *number == bus);
    let at = known.unwrap_or_else(|| {
        others.push((host.to_owned(), bus));
        others.len() - 1
    });
    u8::MAX - (at % NUMBERS) as u8
}

/// Of "1-2.4" this is "1-2", of that "usb1".
fn parent(path: &str) -> Option<String> {
    let (bus, ports) = path.split_once('-')?;
    Some(match ports.rsplit_once('.') {
        Some((before, _)) => format!("{bus}-{before}"),
        None => format!("usb{bus}"),
    })
}

fn of<T>(dev: *mut libusb_device, function: &'static str, failed: T, ask: impl FnOnce(&Node) -> T + Copy) -> T
where
    T: Copy,
{
    guard(function, failed, || wanted(dev, function).map_or(failed, |node| ask(&node)))
}

#[no_mangle]
pub extern "C" fn libusb_get_bus_number(dev: *mut libusb_device) -> u8 {
    of(dev, "libusb_get_bus_number", 0, |node| bus_number(&node.info.path, node.info.bus))
}

#[no_mangle]
pub extern "C" fn libusb_get_device_address(dev: *mut libusb_device) -> u8 {
    of(dev, "libusb_get_device_address", 0, |node| node.info.address)
}

#[no_mangle]
pub extern "C" fn libusb_get_port_number(dev: *mut libusb_device) -> u8 {
    of(dev, "libusb_get_port_number", 0, |node| ports(&node.info.path).last().copied().unwrap_or(0))
}

#[no_mangle]
pub extern "C" fn libusb_get_device_speed(dev: *mut libusb_device) -> c_int {
    of(dev, "libusb_get_device_speed", Speed::Unknown as c_int, |node| node.info.speed as c_int)
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_port_numbers(
    dev: *mut libusb_device,
    port_numbers: *mut u8,
    length: c_int,
) -> c_int {
    guard("libusb_get_port_numbers", ERROR_OTHER, || {
        let room = match usize::try_from(length) {
            Ok(room) if room > 0 && !port_numbers.is_null() => room,
            _ => return ERROR_INVALID_PARAM,
        };
        let node = or_return!(wanted(dev, "libusb_get_port_numbers"), ERROR_INVALID_PARAM);
        let ports = ports(&node.info.path);
        if ports.len() > room {
            return ERROR_OVERFLOW;
        }
        // SAFETY: the program's array has room for `length` bytes.
        unsafe { port_numbers.copy_from_nonoverlapping(ports.as_ptr(), ports.len()) };
        ports.len() as c_int
    })
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_port_path(
    _ctx: *mut libusb_context,
    dev: *mut libusb_device,
    path: *mut u8,
    length: u8,
) -> c_int {
    // SAFETY: the same contract.
    unsafe { libusb_get_port_numbers(dev, path, length.into()) }
}

/// The pointer is good as long as the list of devices that it came from.
#[no_mangle]
pub extern "C" fn libusb_get_parent(dev: *mut libusb_device) -> *mut libusb_device {
    guard("libusb_get_parent", std::ptr::null_mut(), || {
        let node = or_return!(wanted(dev, "libusb_get_parent"), std::ptr::null_mut());
        let (parent, context) = (parent(&node.info.path), node.context.upgrade());
        let (parent, context) = (or_return!(parent, std::ptr::null_mut()), or_return!(context, std::ptr::null_mut()));
        let devices = lock(&context.devices);
        let found = devices.known.iter().find(|other| other.info.path == parent);
        found.map_or(std::ptr::null_mut(), Node::pointer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_names_ports_and_parent() {
        assert_eq!(ports("1-2.4.1"), [2, 4, 1]);
        assert_eq!((ports("usb1"), ports("virtual/3")), (vec![], vec![]));
        assert_eq!((ports("usbip://pi-4.local/1-2.4"), ports("usbip+unix:///run/a-7/virtual-1")), (vec![2, 4], vec![]));
        assert_eq!(parent("1-2.4.1").as_deref(), Some("1-2.4"));
        assert_eq!(parent("3-2").as_deref(), Some("usb3"));
        assert_eq!((parent("usb3"), parent("virtual/3")), (None, None));
    }

    #[test]
    fn no_two_buses_have_one_number() {
        let numbers = [("1-1", 1), ("virtual/1", 0), ("usbip://a/1-1", 1), ("usbip://b/1-1", 1), ("usbip://a/2-1", 2)]
            .map(|(path, bus)| bus_number(path, bus));
        assert_eq!(numbers, [1, 0, 255, 254, 253]);
        assert_eq!((bus_number("usbip://b/1-7", 1), bus_number("usbip+unix:///a/1-1", 1)), (254, 252));
    }
}
