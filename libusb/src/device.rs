//! Devices, as a program has pointers to them: counted references, and what is known of each without opening it.

use crate::abi::*;
use crate::boundary::guard;
use crate::context::{self, lock, Context};
use crate::options::{allocate, free};
use crate::table::Table;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use usbx::tool::{Backend, Device, DeviceInfo, Status};

pub struct Node {
    pub context: Weak<Context>,
    pub info: Arc<DeviceInfo>,
    /// The device descriptor, and all configurations behind it. Read when they are asked for.
    descriptors: OnceLock<Vec<u8>>,
    /// The device descriptor as far as a list has it, where there is no better one yet.
    listed: OnceLock<Vec<u8>>,
    references: Mutex<References>,
    /// The program's hotplug callbacks have heard of it, or are not to: it was there before them.
    pub announced: AtomicBool,
}

/// Who has a device. A program that gives back more than it has takes nothing away from the others.
#[derive(Default)]
struct References {
    programs: usize,
    /// Those of its open handles, and of the context that lists it.
    own: usize,
}

/// A context's devices.
#[derive(Default)]
pub struct Devices {
    /// Those that were listed, which stay as long as they are plugged in.
    pub known: Vec<Arc<Node>>,
    /// The last list with its number: while the buses give that number, it is the next one, too.
    listed: Option<(u64, Arc<[Arc<Node>]>)>,
}

static DEVICES: Table<Node> = Table::new();

/// bLength of a device descriptor.
pub const DEVICE: usize = 18;

pub fn get(pointer: *const libusb_device) -> Option<Arc<Node>> {
    DEVICES.get(pointer)
}

pub fn wanted(pointer: *const libusb_device, function: &str) -> Option<Arc<Node>> {
    let found = get(pointer);
    if found.is_none() {
        crate::log::error(function, "there is no such device: it was given back with libusb_unref_device or its list");
    }
    found
}

impl Node {
    /// With one reference of ours.
    pub fn new(context: &Arc<Context>, info: Arc<DeviceInfo>) -> Arc<Node> {
        let node = Arc::new(Node {
            context: Arc::downgrade(context),
            info,
            descriptors: OnceLock::new(),
            listed: OnceLock::new(),
            references: Mutex::new(References { programs: 0, own: 1 }),
            announced: AtomicBool::new(false),
        });
        DEVICES.add(&node);
        node
    }

    pub fn pointer(self: &Arc<Self>) -> *mut libusb_device {
        Arc::as_ptr(self).cast_mut().cast()
    }

    pub fn reference(&self) {
        lock(&self.references).own += 1;
    }

    pub fn unreference(self: &Arc<Self>) {
        let mut references = lock(&self.references);
        references.own -= 1;
        self.unlist(&references);
    }

    /// The program has it once more.
    fn lend(&self) {
        lock(&self.references).programs += 1;
    }

    /// False if the program has given back all that it had.
    fn take_back(self: &Arc<Self>) -> bool {
        let mut references = lock(&self.references);
        let Some(left) = references.programs.checked_sub(1) else { return false };
        references.programs = left;
        self.unlist(&references);
        true
    }

    fn unlist(self: &Arc<Self>, references: &References) {
        if references.programs + references.own == 0 {
            DEVICES.remove(self.pointer());
        }
    }

    /// Whether this is the device of that place, and not another one that was there before.
    pub fn is(&self, info: &DeviceInfo) -> bool {
        let key = |info: &DeviceInfo| (info.bus, info.address, info.vendor_id, info.product_id, info.device_version);
        key(&self.info) == key(info) && self.info.path == info.path
    }

    /// Of a device that went before they were read, and while another program has another computer's, what its list entry says.
    pub fn descriptors(&self) -> &[u8] {
        if let Some(known) = self.descriptors.get() {
            return known;
        }
        match self.read_descriptors() {
            Ok(read) => self.descriptors.get_or_init(|| read),
            Err(Status::Busy) => self.listed.get_or_init(|| described(&self.info)),
            Err(_) => self.descriptors.get_or_init(|| described(&self.info)),
        }
    }

    /// Another computer's device tells them when it is opened.
    fn read_descriptors(&self) -> std::result::Result<Vec<u8>, Status> {
        let read = || usbx::tool::descriptors(&self.info.path).map_err(|error| error.status);
        let bytes = match read() {
            Err(Status::NotSupported) if self.info.backend == Backend::Usbip => {
                self.open().map_err(|error| error.status)?.close();
                read()?
            }
            read => read?,
        };
        match bytes.len() >= DEVICE && is_of(&bytes, &self.info) {
            true => Ok(bytes),
            false => Err(Status::NoDevice),
        }
    }

    /// The configuration that is active; 0 for none, `None` if that cannot be found out.
    pub fn active_configuration(&self) -> Option<u8> {
        if let Some(device) = crate::handle::open_device_of(self) {
            return device.configuration().ok();
        }
        if self.info.backend == Backend::System {
            let path = format!("/sys/bus/usb/devices/{}/bConfigurationValue", self.info.path);
            if let Ok(text) = std::fs::read_to_string(path) {
                return Some(text.trim().parse().unwrap_or(0));
            }
        }
        let opened = self.open().ok();
        let active = opened.as_ref().and_then(|device| device.configuration().ok());
        opened.iter().for_each(Device::close);
        // A program that may not open it is told of the first one, as most devices have no other.
        active.or_else(|| usbx::tool::split(self.descriptors()).first().and_then(|bytes| bytes.get(5).copied()))
    }

    pub fn open(&self) -> usbx::tool::Result<Device> {
        self.opened(usbx::tool::open_path(&self.info.path))
    }

    /// What was opened in its place, if it is this device.
    pub fn opened(&self, device: usbx::tool::Result<Device>) -> usbx::tool::Result<Device> {
        let device = device?;
        if self.is(device.info()) {
            return Ok(device);
        }
        device.close();
        Err(usbx::tool::Error::no_device())
    }
}

fn is_of(bytes: &[u8], info: &DeviceInfo) -> bool {
    bytes[8..12] == [info.vendor_id.to_le_bytes(), info.product_id.to_le_bytes()].concat()
}

fn described(info: &DeviceInfo) -> Vec<u8> {
    let mut bytes = vec![DEVICE as u8, DT_DEVICE];
    bytes.extend(info.usb_version.to_le_bytes());
    bytes.extend([info.device_class, info.device_subclass, info.device_protocol, 64]);
    bytes.extend(
        [info.vendor_id.to_le_bytes(), info.product_id.to_le_bytes(), info.device_version.to_le_bytes()].concat(),
    );
    bytes.extend([0, 0, 0, info.configurations]);
    bytes
}

impl Context {
    /// The program's object for a device.
    pub fn node(self: &Arc<Self>, info: &Arc<DeviceInfo>) -> Arc<Node> {
        let mut devices = lock(&self.devices);
        if let Some(known) = devices.known.iter().find(|node| node.is(info)) {
            return Arc::clone(known);
        }
        let node = Node::new(self, Arc::clone(info));
        devices.known.push(Arc::clone(&node));
        node
    }

    /// A device is gone.
    pub fn forget(&self, node: &Arc<Node>) {
        let mut devices = lock(&self.devices);
        let before = devices.known.len();
        devices.known.retain(|other| !Arc::ptr_eq(other, node));
        if devices.known.len() < before {
            devices.listed = None;
            drop(devices);
            node.unreference();
        }
    }

    /// Those that are plugged in now: the last ones first, as libusb lists them, which has no rule for that.
    pub fn list(self: &Arc<Self>) -> usbx::tool::Result<Arc<[Arc<Node>]>> {
        if !self.discovers.load(Ordering::Relaxed) {
            return Ok(lock(&self.devices).known.as_slice().into());
        }
        // First: a list that is newer than its number is made anew the next time.
        let number = usbx::tool::list_number();
        if let (Some(number), Some((last, nodes))) = (number, &lock(&self.devices).listed) {
            if number == *last {
                return Ok(Arc::clone(nodes));
            }
        }
        let there = usbx::tool::devices_as_described()?;
        let nodes: Arc<[Arc<Node>]> = there.iter().rev().map(|info| self.node(info)).collect();
        // One that a hotplug callback is still to hear of stays.
        if !lock(&self.hotplug).is_watching() {
            let known = lock(&self.devices).known.clone();
            let gone = |node: &&Arc<Node>| !nodes.iter().any(|there| Arc::ptr_eq(there, node));
            known.iter().filter(gone).for_each(|node| self.forget(node));
        }
        lock(&self.devices).listed = number.map(|number| (number, Arc::clone(&nodes)));
        Ok(nodes)
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_device_list(ctx: *mut libusb_context, list: *mut *mut *mut libusb_device) -> isize {
    guard("libusb_get_device_list", ERROR_OTHER as isize, || {
        let context = or_return!(context::wanted(ctx, "libusb_get_device_list"), ERROR_INVALID_PARAM as isize);
        if list.is_null() {
            return ERROR_INVALID_PARAM as isize;
        }
        let nodes = match context.list() {
            Ok(nodes) => nodes,
            Err(error) => return crate::status::logged("libusb_get_device_list", &error) as isize,
        };
        let array: *mut *mut libusb_device = allocate((nodes.len() + 1) * std::mem::size_of::<*mut libusb_device>());
        if array.is_null() {
            return ERROR_NO_MEM as isize;
        }
        for (at, node) in nodes.iter().enumerate() {
            node.lend();
            // SAFETY: the array has room for all of them and one NULL.
            unsafe { array.add(at).write(node.pointer()) };
        }
        // SAFETY: not NULL, therefore the program's place for a pointer.
        unsafe { list.write(array) };
        nodes.len() as isize
    })
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_device_list(list: *mut *mut libusb_device, unref_devices: c_int) {
    guard("libusb_free_device_list", (), || {
        if list.is_null() {
            return;
        }
        let mut at = list;
        // SAFETY: an array from libusb_get_device_list, which ends with NULL.
        while unref_devices != 0 && !unsafe { *at }.is_null() {
            // SAFETY: as above.
            libusb_unref_device(unsafe { *at });
            // SAFETY: before the NULL that ends it.
            at = unsafe { at.add(1) };
        }
        // SAFETY: from `allocate`.
        unsafe { free(list) };
    });
}

#[no_mangle]
pub extern "C" fn libusb_ref_device(dev: *mut libusb_device) -> *mut libusb_device {
    guard("libusb_ref_device", dev, || {
        if let Some(node) = wanted(dev, "libusb_ref_device") {
            node.lend();
        }
        dev
    })
}

#[no_mangle]
pub extern "C" fn libusb_unref_device(dev: *mut libusb_device) {
    guard("libusb_unref_device", (), || {
        if dev.is_null() {
            return;
        }
        let node = wanted(dev, "libusb_unref_device");
        if node.is_some_and(|node| !node.take_back()) {
            crate::log::error("libusb_unref_device", "the program has given this device back as often as it had it");
        }
    });
}
