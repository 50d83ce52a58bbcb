//! Devices: find, open, close, describe.

use super::boundary::{guard, guard_of};
use super::library::usbx_status;
use super::pointer::{fill_with, text, Out};
use crate::device::Device;
use crate::error::{Error, Result};
use crate::library::{self, Object};
use crate::usb::DeviceInfo;
use std::os::raw::c_char;
use std::sync::Arc;

/// An open device, from usbx_open. It is closed with usbx_close.
///
/// The pointer is a checked token and is never dereferenced: a handle that is NULL, closed, forged or of another kind
/// is answered with USBX_ERROR_INVALID_HANDLE. Any thread may use it.
pub struct usbx_device {
    _opaque: [u8; 0],
}

/// The speed is not known.
pub const USBX_SPEED_UNKNOWN: u8 = 0;
/// Low speed, 1.5 Mbit/s.
pub const USBX_SPEED_LOW: u8 = 1;
/// Full speed, 12 Mbit/s.
pub const USBX_SPEED_FULL: u8 = 2;
/// High speed, 480 Mbit/s.
pub const USBX_SPEED_HIGH: u8 = 3;
/// SuperSpeed, 5 Gbit/s.
pub const USBX_SPEED_SUPER: u8 = 4;
/// SuperSpeedPlus, 10 Gbit/s and more.
pub const USBX_SPEED_SUPER_PLUS: u8 = 5;

/// A device on this computer's own bus.
pub const USBX_BACKEND_SYSTEM: u8 = 0;
/// A virtual device, simulated in this process.
pub const USBX_BACKEND_VIRTUAL: u8 = 1;
/// A device of another computer, over USB/IP.
pub const USBX_BACKEND_USBIP: u8 = 2;

/// What is known of a device without opening it.
///
/// Strings are UTF-8, NUL-terminated, and "" if they are not known.
///
/// @since 0.1.0
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
    /// bDeviceClass; 0 means that each interface has its own class.
    pub device_class: u8,
    /// bDeviceSubClass.
    pub device_subclass: u8,
    /// bDeviceProtocol.
    pub device_protocol: u8,
    /// Number of configurations the device has.
    pub configurations: u8,
    /// Number of the bus.
    pub bus: u8,
    /// Address on the bus; changes each time the device is plugged in.
    pub address: u8,
    /// The device's speed: USBX_SPEED_*.
    pub speed: u8,
    /// How the device is reached: USBX_BACKEND_*.
    pub backend: u8,
    /// Where the device is plugged in: "2-1.4" is bus 2, port 1, and port 4 of the hub there; "usb2" is the root hub of
    /// bus 2; "virtual/1" is a virtual device, "usbip://host/1-1" one of another computer (usbx_remote_devices). The path stays the same when a device is plugged into the same port
    /// again. usbx_open_path opens it. Where the system hides /sys, as on Android and in some containers, it is bus and
    /// address, "001/002", the strings are "", and a list opens each device node for a moment when it sees it first.
    pub path: [c_char; 256],
    /// Manufacturer's name (iManufacturer).
    pub manufacturer: [c_char; 384],
    /// Product's name (iProduct).
    pub product: [c_char; 384],
    /// Serial number (iSerialNumber).
    pub serial: [c_char; 384],
    /// Always 0.
    pub reserved: [u8; 64],
}

impl usbx_device_info {
    pub(super) const EMPTY: usbx_device_info = usbx_device_info {
        vendor_id: 0,
        product_id: 0,
        device_version: 0,
        usb_version: 0,
        device_class: 0,
        device_subclass: 0,
        device_protocol: 0,
        configurations: 0,
        bus: 0,
        address: 0,
        speed: 0,
        backend: 0,
        path: [0; 256],
        manufacturer: [0; 384],
        product: [0; 384],
        serial: [0; 384],
        reserved: [0; 64],
    };

    /// In place of what it said before: a list copies no more than the texts.
    pub(super) fn describe(&mut self, info: &DeviceInfo) {
        *self = usbx_device_info::EMPTY;
        self.vendor_id = info.vendor_id;
        self.product_id = info.product_id;
        self.device_version = info.device_version;
        self.usb_version = info.usb_version;
        self.device_class = info.device_class;
        self.device_subclass = info.device_subclass;
        self.device_protocol = info.device_protocol;
        self.configurations = info.configurations;
        self.bus = info.bus;
        self.address = info.address;
        self.speed = info.speed as u8;
        self.backend = info.backend as u8;
        write(&mut self.path, &info.path);
        write(&mut self.manufacturer, &info.manufacturer);
        write(&mut self.product, &info.product);
        write(&mut self.serial, &info.serial);
    }
}

impl From<&DeviceInfo> for usbx_device_info {
    fn from(info: &DeviceInfo) -> Self {
        let mut entry = usbx_device_info::EMPTY;
        entry.describe(info);
        entry
    }
}

/// Cut at a character where it is too long. The place has only NULs.
fn write(place: &mut [c_char], text: &str) {
    let text = crate::text::cut(text, place.len() - 1);
    for (to, from) in place.iter_mut().zip(text.bytes()) {
        *to = from as c_char;
    }
}

/// Lists the devices that are plugged in now, root hubs and virtual devices included, in the order of their paths.
///
/// No device is opened and no request is sent, so a device that another program uses is not disturbed. Where the system
/// hides /sys there is an exception: each device node that this process may open is opened for a moment when it is seen
/// first, which wakes a device that sleeps. udevd is not needed. On a host without USB the list is empty, and that is not an error. Nor does a list wait for a device that does
/// not answer: of a device that is busy, with a request of the system's or of another program, the strings may be ""
/// until they can be read.
///
/// @param devices receives one entry for each device, up to capacity; may be NULL if capacity is 0
/// @param capacity number of entries that fit in devices
/// @param count receives the number of devices, which may be more than capacity; may be NULL
///
/// @return USBX_OK, also if capacity is too small, or:
/// - USBX_ERROR_INVALID_PARAM: devices is NULL and capacity is not 0
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_get_device_list in libusb.
///
/// @since 0.1.0
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
        let (sources, mut entry) = (found.iter().map(|info| &**info), usbx_device_info::EMPTY);
        // SAFETY: the caller passes room for `capacity` entries, as documented.
        unsafe { fill_with(devices, capacity, sources, &mut entry, |info, entry| entry.describe(info), "devices") }
            .map_err(|error| error.during("list devices"))?;
        count.set(found.len());
        Ok(())
    })
}

/// Opens the device with these IDs and, if given, this serial number.
///
/// If several devices match, the first in the order of their paths is opened. Opening claims no interface, sends no
/// request, and leaves kernel drivers alone. It waits while the device itself is busy, but not for others: a busy device
/// of these IDs has a second to report its serial number, and if it does not, the message says so. Several handles of one
/// device may be open at the same time.
///
/// @param vendor_id idVendor; 0 is a number as any other here, and not a sign for any device as in usbx_watch_open
/// @param product_id idProduct, likewise
/// @param serial serial number in UTF-8; NULL or "" for any
/// @param device receives the handle, or NULL on failure; the caller owns it and closes it with usbx_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: no such device is plugged in
/// - USBX_ERROR_ACCESS: this process may not open the device; usbx_last_error() says what to do, for example which udev
///   rule to add
/// - USBX_ERROR_NO_DEVICE: the device was unplugged during the call
/// - USBX_ERROR_IO: the device does not answer
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
/// - USBX_ERROR_INVALID_PARAM: device is NULL, or serial is not UTF-8
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_open in libusb.
///
/// @since 0.1.0
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

/// Opens the device at a path, whichever device is plugged in there.
///
/// @param path a path as in usbx_device_info: "2-1.4", "usb1", "virtual/1", "usbip://host/1-1"; or, of another computer,
///   "usbip://host/vid:pid" and "usbip://host/vid:pid:serial" (usbx_remote_devices)
/// @param device receives the handle, or NULL on failure; the caller owns it and closes it with usbx_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_NOT_FOUND: no device is plugged in there
/// - USBX_ERROR_ACCESS: this process may not open the device; usbx_last_error() says what to do, for example which udev
///   rule to add
/// - USBX_ERROR_NO_DEVICE: the device was unplugged during the call
/// - USBX_ERROR_IO: the device does not answer
/// - USBX_ERROR_NO_MEM: out of memory, or no file descriptor left
/// - USBX_ERROR_INVALID_PARAM: device or path is NULL, or path is not UTF-8
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
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

/// Makes a device handle from a usbfs file descriptor that other code opened.
///
/// This is for systems that open the device for the program: UsbDeviceConnection on Android, a Flatpak portal, a
/// service manager. The path in usbx_info is "" if it cannot be found out.
///
/// @param fd a file descriptor of /dev/bus/usb/BBB/DDD, open for reading and writing. The caller keeps it and closes it
///   after usbx_close. Until then nothing else may transfer data through it or a copy of it: the system would confuse
///   whose data is whose.
/// @param device receives the handle, or NULL on failure; the caller owns it and closes it with usbx_close
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_PARAM: fd is not a usbfs descriptor, or device is NULL
/// - USBX_ERROR_BUSY: another handle was made from fd or from a copy of it
/// - USBX_ERROR_NO_DEVICE: the device was unplugged
/// - USBX_ERROR_NOT_SUPPORTED: this system has no usbfs
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_wrap_sys_device in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_open_fd(fd: i32, device: *mut *mut usbx_device) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a handle, as documented.
    let device = unsafe { Out::new(device) };
    guard(|| opened(&device, || library::open_descriptor(fd)))
}

pub(super) fn opened(place: &Out<*mut usbx_device>, open: impl FnOnce() -> Result<Device>) -> Result<()> {
    place.required("device").map_err(|error| error.during("open"))?;
    let token = library::register(Object::Device(Arc::new(open()?))).map_err(|error| error.during("open"))?;
    place.set(token.value() as *mut usbx_device);
    Ok(())
}

/// Closes a device.
///
/// Calls and transfers that are pending end with USBX_ERROR_CLOSED. When this function returns, no transfer can touch a
/// caller's buffer any more, the claimed interfaces are released, and detached kernel drivers have been given back.
///
/// @param device an open device; NULL is allowed and does nothing, as with free()
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open, or not open any more: if several threads close it at
///   once, exactly one gets USBX_OK
/// - USBX_ERROR_FORKED: the handle was opened in the parent process, before fork()
///
/// @par Threads
/// Any thread.
///
/// @par References
/// libusb_close in libusb.
///
/// @since 0.1.0
#[no_mangle]
pub extern "C" fn usbx_close(device: *mut usbx_device) -> usbx_status {
    guard_of(device, || {
        if device.is_null() {
            return Ok(());
        }
        library::close_device(device as usize)
    })
}

/// Describes an open device, as usbx_devices does; works after unplugging too.
///
/// @param device an open device
/// @param info receives the description; zeroed on failure
///
/// @return USBX_OK, or:
/// - USBX_ERROR_INVALID_HANDLE: the device handle is not open
/// - USBX_ERROR_INVALID_PARAM: info is NULL
///
/// @par Threads
/// Any thread.
///
/// @since 0.1.0
#[no_mangle]
pub unsafe extern "C" fn usbx_info(device: *mut usbx_device, info: *mut usbx_device_info) -> usbx_status {
    // SAFETY: the caller passes NULL or a valid place for a usbx_device_info, as documented.
    let info = unsafe { Out::new(info) };
    guard_of(device, || {
        let device = library::device(device as usize, "info")?;
        info.required("info").map_err(|error| error.during("info"))?;
        info.set(usbx_device_info::from(device.info()));
        Ok(())
    })
}
