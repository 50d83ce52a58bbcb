//! Devices: find, open, close, describe.

use super::boundary::guard;
use super::library::usbx_status;
use super::pointer::{fill, text, Out};
use crate::device::Device;
use crate::error::{Error, Result};
use crate::library::{self, Object};
use crate::usb::DeviceInfo;
use std::os::raw::c_char;
use std::sync::Arc;

/// An open device. The pointer is a token, never dereferenced: a wrong, closed or forged one is answered with
/// USBX_ERROR_INVALID_HANDLE. Any thread may use it; usbx_close ends it.
pub struct usbx_device {
    _opaque: [u8; 0],
}

/// Speed not known.
pub const USBX_SPEED_UNKNOWN: u8 = 0;
/// 1.5 Mbit/s.
pub const USBX_SPEED_LOW: u8 = 1;
/// 12 Mbit/s.
pub const USBX_SPEED_FULL: u8 = 2;
/// 480 Mbit/s.
pub const USBX_SPEED_HIGH: u8 = 3;
/// 5 Gbit/s.
pub const USBX_SPEED_SUPER: u8 = 4;
/// 10 Gbit/s and more.
pub const USBX_SPEED_SUPER_PLUS: u8 = 5;

/// A device on this computer's own bus.
pub const USBX_BACKEND_LIBUSB: u8 = 0;
/// A virtual device, living in this process.
pub const USBX_BACKEND_VIRTUAL: u8 = 1;
/// A device of another computer, over USB/IP.
pub const USBX_BACKEND_USBIP: u8 = 2;

/// What is known of a device without opening it. Strings are NUL-terminated UTF-8, "" where unknown. Since 0.1.0.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct usbx_device_info {
    /// idVendor.
    pub vendor_id: u16,
    /// idProduct.
    pub product_id: u16,
    /// bcdDevice: 0x0100 is release 1.00.
    pub device_version: u16,
    /// bcdUSB: 0x0200 is USB 2.0.
    pub usb_version: u16,
    /// bDeviceClass; 0 says that each interface has its own.
    pub device_class: u8,
    /// bDeviceSubClass.
    pub device_subclass: u8,
    /// bDeviceProtocol.
    pub device_protocol: u8,
    /// How many configurations the device has.
    pub configurations: u8,
    /// Number of the bus.
    pub bus: u8,
    /// Address on the bus; changes each time the device is plugged in.
    pub address: u8,
    /// USBX_SPEED_*.
    pub speed: u8,
    /// USBX_BACKEND_*.
    pub backend: u8,
    /// Where the device is plugged in: "2-1.4" is bus 2, port 1, port 4 of the hub there; "usb2" bus 2's root hub;
    /// "virtual/1" a virtual device. Stays the same when it is plugged in again there. Opens with usbx_open_path.
    pub path: [c_char; 256],
    /// iManufacturer.
    pub manufacturer: [c_char; 384],
    /// iProduct.
    pub product: [c_char; 384],
    /// iSerialNumber.
    pub serial: [c_char; 384],
    /// 0.
    pub reserved: [u8; 64],
}

impl From<&DeviceInfo> for usbx_device_info {
    fn from(info: &DeviceInfo) -> Self {
        usbx_device_info {
            vendor_id: info.vendor_id,
            product_id: info.product_id,
            device_version: info.device_version,
            usb_version: info.usb_version,
            device_class: info.device_class,
            device_subclass: info.device_subclass,
            device_protocol: info.device_protocol,
            configurations: info.configurations,
            bus: info.bus,
            address: info.address,
            speed: info.speed as u8,
            backend: info.backend as u8,
            path: terminated(&info.path),
            manufacturer: terminated(&info.manufacturer),
            product: terminated(&info.product),
            serial: terminated(&info.serial),
            reserved: [0; 64],
        }
    }
}

/// Cut at a character where it is too long.
fn terminated<const N: usize>(text: &str) -> [c_char; N] {
    let mut place = [0; N];
    for (to, from) in place.iter_mut().zip(crate::text::cut(text, N - 1).bytes()) {
        *to = from as c_char;
    }
    place
}

/// Lists the devices there are now: those on the bus, root hubs among them, and the virtual ones, in path order.
///
/// Nothing is opened and no request is sent: a device that somebody uses is not disturbed. Plugging and unplugging is
/// seen without udevd. A host without USB has none, which is no error.
///
/// devices: receives one entry for each device, capacity at the most; may be NULL if capacity is 0.
/// capacity: how many entries fit.
/// count: receives how many devices there are, which may be more than capacity; may be NULL.
///
/// Returns USBX_OK, also where capacity is too small; USBX_ERROR_INVALID_PARAM if devices is NULL and capacity is not 0;
/// USBX_ERROR_NO_MEM if the system has no descriptor to look with.
/// Any thread. Source: libusb_get_device_list. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_devices(
    devices: *mut usbx_device_info,
    capacity: usize,
    count: *mut usize,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a size_t, as documented.
    let count = unsafe { Out::new(count) };
    guard(|| {
        let found = library::devices()?;
        let entries: Vec<usbx_device_info> = found.iter().take(capacity).map(usbx_device_info::from).collect();
        // SAFETY: the caller passes room for `capacity` entries, as documented.
        unsafe { fill(devices, capacity, &entries, "devices") }.map_err(|error| error.during("list devices"))?;
        count.set(found.len());
        Ok(())
    })
}

/// Opens the device of these IDs and, if given, this serial number. If several match: the first in path order.
///
/// Opening claims nothing and leaves kernel drivers alone; several handles of one device may be open at once.
///
/// vendor_id, product_id: idVendor and idProduct.
/// serial: the serial number, UTF-8; NULL or "" for any.
/// device: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_close.
///
/// Returns USBX_OK; USBX_ERROR_NOT_FOUND if no such device is there; USBX_ERROR_ACCESS if its node may not be opened;
/// USBX_ERROR_NO_DEVICE if it went away meanwhile; USBX_ERROR_IO if it does not answer; USBX_ERROR_NO_MEM;
/// USBX_ERROR_INVALID_PARAM.
/// Any thread. Source: libusb_open. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_open(
    vendor_id: u16,
    product_id: u16,
    serial: *const c_char,
    device: *mut *mut usbx_device,
) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let device = unsafe { Out::new(device) };
    guard(|| {
        // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
        let serial = unsafe { text(serial, "serial") }.map_err(|error| error.during("open"))?;
        opened(&device, || library::open(vendor_id, product_id, serial.unwrap_or("")))
    })
}

/// Opens the device that is plugged in at this place, whatever it is.
///
/// path: as in usbx_device_info: "2-1.4", "usb1", "virtual/1".
/// device: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_close.
///
/// Returns as usbx_open. Any thread. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_open_path(path: *const c_char, device: *mut *mut usbx_device) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let device = unsafe { Out::new(device) };
    guard(|| {
        // SAFETY: the caller passes NULL or a NUL-terminated string, as documented.
        let path = unsafe { text(path, "path") }.map_err(|error| error.during("open a path"))?;
        let path = path.ok_or_else(|| Error::invalid("open a path: path is NULL; pass one that usbx_devices lists"))?;
        opened(&device, || library::open_path(path))
    })
}

/// Makes a handle of a usbfs descriptor that someone else opened: Android's UsbDeviceConnection, a Flatpak portal,
/// a service manager.
///
/// fd: a descriptor of /dev/bus/usb/BBB/DDD, open for reading and writing. It stays the caller's, who closes it after
///   usbx_close. Meanwhile nobody else may move data by it or a copy of it: the system would mix up who gets what.
/// device: receives the handle, or NULL on failure. The caller owns it and gives it back with usbx_close.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_PARAM if fd is no usbfs descriptor; USBX_ERROR_BUSY if another handle was made of it or of
/// a copy; USBX_ERROR_NO_DEVICE if the device is gone;
/// USBX_ERROR_NOT_SUPPORTED where the system has no usbfs. The path in usbx_info is "" if it cannot be told.
/// Any thread. Source: libusb_wrap_sys_device. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_open_fd(fd: i32, device: *mut *mut usbx_device) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let device = unsafe { Out::new(device) };
    guard(|| opened(&device, || library::open_descriptor(fd)))
}

fn opened(place: &Out<*mut usbx_device>, open: impl FnOnce() -> Result<Device>) -> Result<()> {
    place.required("device").map_err(|error| error.during("open"))?;
    let token = library::register(Object::Device(Arc::new(open()?))).map_err(|error| error.during("open"))?;
    place.set(token.value() as *mut usbx_device);
    Ok(())
}

/// Closes a device: ends its pending calls with USBX_ERROR_CLOSED, gives back claims and detached kernel drivers.
///
/// When it returns, no transfer can touch a caller's buffer any more and the kernel drivers are back.
///
/// device: the handle; NULL is allowed and does nothing, as with free().
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE if it is not open (any more): of several closes at once exactly one
/// returns USBX_OK; USBX_ERROR_FORKED in a child process. Any thread. Source: libusb_close. Since 0.1.0.
#[no_mangle]
pub extern "C" fn usbx_close(device: *mut usbx_device) -> usbx_status {
    guard(|| {
        if device.is_null() {
            return Ok(());
        }
        library::close_device(device as usize)
    })
}

/// Tells what usbx_devices tells, of an open device. Works after unplugging too.
///
/// device: the handle.
/// info: receives the description; zeroed on failure.
///
/// Returns USBX_OK; USBX_ERROR_INVALID_HANDLE; USBX_ERROR_INVALID_PARAM if info is NULL. Any thread. Since 0.1.0.
#[no_mangle]
pub unsafe extern "C" fn usbx_info(device: *mut usbx_device, info: *mut usbx_device_info) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a usbx_device_info, as documented.
    let info = unsafe { Out::new(info) };
    guard(|| {
        let device = library::device(device as usize, "info")?;
        info.required("info").map_err(|error| error.during("info"))?;
        info.set(usbx_device_info::from(device.info()));
        Ok(())
    })
}
