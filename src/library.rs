//! The library as a whole: the registry of handles, and this process's view of the buses.

use crate::backend::{libusb, libusb_bus, virtual_bus};
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::ffi::process_generation;
use crate::info::{path_order, DeviceInfo};
use crate::queue::Queue;
use crate::registry::{Cache, Entry, Kinded, Ref, Refused, Registry, Token};
use crate::stream::Stream;
use crate::watch::{Filter, Watch};
use arc_swap::ArcSwapOption;
use std::ops::Deref;
use std::sync::Arc;
use virtual_bus::{built_in, Bus, Model, Plugged};

static REGISTRY: Registry<Object> = Registry::new();
thread_local! {
    static CACHE: Cache<Object> = const { Cache::new() };
}
static VIRTUAL: ArcSwapOption<VirtualBus> = ArcSwapOption::const_empty();

/// What a handle stands for.
pub enum Object {
    Device(Arc<Device>),
    Virtual(Arc<Plugged>),
    Queue(Arc<Queue>),
    Stream(Arc<Stream>),
    Watch(Arc<Watch>),
}

const DEVICE: u8 = 1;
const VIRTUAL_DEVICE: u8 = 2;
const QUEUE: u8 = 3;
const STREAM: u8 = 4;
const WATCH: u8 = 5;

impl Kinded for Object {
    fn kind(&self) -> u8 {
        match self {
            Object::Device(_) => DEVICE,
            Object::Virtual(_) => VIRTUAL_DEVICE,
            Object::Queue(_) => QUEUE,
            Object::Stream(_) => STREAM,
            Object::Watch(_) => WATCH,
        }
    }

    fn may_linger(&self) -> bool {
        // The others have descriptors, which their last owner closes.
        matches!(self, Object::Device(_))
    }

    fn with_cache<R>(call: impl FnOnce(&Cache<Self>) -> R) -> Option<R> {
        CACHE.try_with(call).ok()
    }
}

/// The virtual bus of one process; a forked child gets one of its own.
struct VirtualBus {
    process: u32,
    bus: Bus,
    /// What is wrong with USBX_VIRTUAL, if anything.
    complaint: Option<String>,
}

/// A device that a call found by its handle. It stays while the call runs, closed or not.
pub struct DeviceRef(Ref<'static, Object>);

impl Deref for DeviceRef {
    type Target = Device;

    fn deref(&self) -> &Device {
        match &*self.0 {
            Object::Device(device) => device,
            _ => unreachable!("the registry checks kinds"),
        }
    }
}

impl std::fmt::Display for DeviceRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        (**self).fmt(f)
    }
}

/// The device of a handle. `what` says what is being tried with it.
pub fn device(handle: usize, what: &str) -> Result<DeviceRef> {
    match REGISTRY.get(handle, DEVICE, process_generation()) {
        Ok(found) => Ok(DeviceRef(found)),
        Err(refused) => Err(explain(refused, handle, DEVICE).during(what)),
    }
}

/// The same, to be kept beyond the call.
pub fn device_arc(handle: usize, what: &str) -> Result<Arc<Device>> {
    find(handle, DEVICE, what, |object| if let Object::Device(device) = object { Some(device) } else { None })
}

pub fn queue(handle: usize, what: &str) -> Result<Arc<Queue>> {
    find(handle, QUEUE, what, |object| if let Object::Queue(queue) = object { Some(queue) } else { None })
}

pub fn stream(handle: usize, what: &str) -> Result<Arc<Stream>> {
    find(handle, STREAM, what, |object| if let Object::Stream(stream) = object { Some(stream) } else { None })
}

pub fn watch(handle: usize, what: &str) -> Result<Arc<Watch>> {
    find(handle, WATCH, what, |object| if let Object::Watch(watch) = object { Some(watch) } else { None })
}

pub fn virtual_device(handle: usize, what: &str) -> Result<Arc<Plugged>> {
    find(handle, VIRTUAL_DEVICE, what, |object| if let Object::Virtual(device) = object { Some(device) } else { None })
}

/// The object of a handle, as `own` takes it from its kind.
fn find<T>(handle: usize, kind: u8, what: &str, own: impl Fn(&Object) -> Option<&Arc<T>>) -> Result<Arc<T>> {
    match REGISTRY.get(handle, kind, process_generation()) {
        Ok(found) => Ok(Arc::clone(own(&found).unwrap_or_else(|| unreachable!("the registry checks kinds")))),
        Err(refused) => Err(explain(refused, handle, kind).during(what)),
    }
}

fn name(kind: u8) -> &'static str {
    match kind {
        DEVICE => "device",
        QUEUE => "queue",
        STREAM => "stream",
        WATCH => "watch",
        _ => "virtual device",
    }
}

fn explain(refused: Refused, handle: usize, kind: u8) -> Error {
    let kind = name(kind);
    match refused {
        Refused::Forked => Error::new(
            Status::Forked,
            format!("the {kind} handle belongs to the parent process; open the device anew after fork()"),
        ),
        Refused::Invalid if handle == 0 => {
            Error::new(Status::InvalidHandle, format!("the {kind} handle is NULL; was the open checked for failure?"))
        }
        Refused::Invalid => Error::new(
            Status::InvalidHandle,
            format!(
                "0x{handle:x} is no open {kind} handle; it was closed, or is not one, or was cut to 32 bits on its way"
            ),
        ),
    }
}

/// Puts an object into the registry. What it gives is the handle.
pub fn register(object: Object) -> Result<Token> {
    REGISTRY
        .insert(object, process_generation())
        .ok_or_else(|| Error::new(Status::NoMem, "the table of handles is full; close some"))
}

pub fn close_device(handle: usize) -> Result<()> {
    close(handle, DEVICE)
}

pub fn close_virtual_device(handle: usize) -> Result<()> {
    close(handle, VIRTUAL_DEVICE)
}

pub fn close_queue(handle: usize) -> Result<()> {
    close(handle, QUEUE)
}

pub fn close_stream(handle: usize) -> Result<()> {
    close(handle, STREAM)
}

pub fn close_watch(handle: usize) -> Result<()> {
    close(handle, WATCH)
}

/// Takes the handle out first: of several closes at once one comes this far.
fn close(handle: usize, kind: u8) -> Result<()> {
    match REGISTRY.remove(handle, kind, process_generation()) {
        Ok(entry) => {
            end(&entry);
            Ok(())
        }
        Err(refused) => Err(explain(refused, handle, kind).during(format!("close a {}", name(kind)))),
    }
}

fn end(entry: &Entry<Object>) {
    match &**entry {
        Object::Device(device) => device.close(),
        Object::Virtual(device) => unplug(device),
        Object::Queue(queue) => queue.close(),
        Object::Stream(stream) => stream.close(),
        Object::Watch(watch) => watch.close(),
    }
}

/// Closes every handle of this process and says how many there were.
pub fn shutdown() -> usize {
    let open = REGISTRY.drain(process_generation());
    // Devices first: their calls end because they are closed, not because a virtual device was pulled out.
    let (devices, others): (Vec<_>, Vec<_>) = open.iter().partition(|entry| entry.kind() == DEVICE);
    devices.into_iter().chain(others).for_each(|entry| end(entry));
    let bus = VIRTUAL.load_full();
    if let Some(bus) = bus.filter(|bus| bus.process == process_generation()) {
        VIRTUAL.store(None);
        bus.bus.clear();
    }
    open.len()
}

fn virtual_bus() -> Arc<VirtualBus> {
    let process = process_generation();
    loop {
        let current = VIRTUAL.load_full();
        if let Some(bus) = current.as_ref().filter(|bus| bus.process == process) {
            return Arc::clone(bus);
        }
        // Whoever comes first puts it in place.
        VIRTUAL.compare_and_swap(&current, Some(Arc::new(VirtualBus::from_environment(process))));
    }
}

impl VirtualBus {
    /// Plugs in what USBX_VIRTUAL asks for: "acquisition", or "acquisition:SERIAL1,acquisition:SERIAL2".
    fn from_environment(process: u32) -> VirtualBus {
        let wanted = std::env::var("USBX_VIRTUAL").unwrap_or_default();
        let mut virtual_bus = VirtualBus { process, bus: Bus::default(), complaint: None };
        for entry in wanted.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (model, serial) = entry.split_once(':').unwrap_or((entry, ""));
            if let Err(error) = built_in(model, serial).and_then(|model| virtual_bus.bus.plug(model)) {
                virtual_bus.complaint = Some(format!("USBX_VIRTUAL={wanted}: {error}"));
            }
        }
        virtual_bus
    }
}

pub fn plug(model: Box<dyn Model>) -> Result<Arc<Plugged>> {
    virtual_bus().bus.plug(model)
}

pub fn unplug(device: &Plugged) {
    virtual_bus().bus.unplug(device);
}

/// The devices there are, in path order.
pub fn devices() -> Result<Vec<DeviceInfo>> {
    let mut devices = if libusb_bus::selected() { libusb_bus::devices()? } else { libusb::devices()? };
    devices.extend(virtual_bus().bus.devices());
    devices.sort_by(|a, b| path_order(&a.path, &b.path));
    Ok(devices)
}

/// The descriptors of the device at a path, without opening it.
pub fn descriptors(path: &str) -> Result<Vec<u8>> {
    let system = if libusb_bus::selected() { libusb_bus::descriptors(path)? } else { libusb::descriptors(path)? };
    let found = match system {
        Some(bytes) => Some(bytes),
        None => virtual_bus().bus.descriptors(path),
    };
    match found {
        Some(bytes) => Ok(bytes),
        None => Err(none(&format!("no device at path {path}"), &devices()?)),
    }
}

/// Begins to watch both buses.
pub fn open_watch(filter: Filter) -> Result<Arc<Watch>> {
    let watch = Watch::open(filter)?;
    virtual_bus().bus.watch(watch.events());
    Ok(watch)
}

pub fn open(vendor_id: u16, product_id: u16, serial: &str) -> Result<Device> {
    let ids = format!("{vendor_id:04x}:{product_id:04x}");
    let devices = devices()?;
    let same: Vec<&DeviceInfo> =
        devices.iter().filter(|info| info.vendor_id == vendor_id && info.product_id == product_id).collect();
    match same.iter().find(|info| serial.is_empty() || info.serial == serial) {
        Some(info) => open_device(info),
        None if same.is_empty() => Err(none(&format!("no device {ids}"), &devices)),
        None => {
            let serials = crate::descriptor::list(same.iter().map(|info| match info.serial.as_str() {
                "" => "one without".to_owned(),
                serial => format!("\"{serial}\""),
            }));
            let reason = format!("no device {ids} has the serial number \"{serial}\"; there is {serials}");
            Err(Error::new(Status::NotFound, reason))
        }
    }
}

pub fn open_path(path: &str) -> Result<Device> {
    let devices = devices()?;
    match devices.iter().find(|info| info.path == path) {
        Some(info) => open_device(info),
        None => Err(none(&format!("no device at path {path}"), &devices)),
    }
}

/// Why there is no such device, as far as the host itself is the reason.
fn none(what: &str, devices: &[DeviceInfo]) -> Error {
    let reason = obstacle().map_or_else(
        || {
            let there = devices.iter().filter(|info| info.device_class != 9).count();
            format!("{what} is plugged in; {there} others are, hubs aside: usbx_devices lists them")
        },
        |obstacle| format!("{what}: {obstacle}"),
    );
    Error::new(Status::NotFound, reason)
}

/// What keeps devices from being found on this host, if anything does.
pub fn obstacle() -> Option<String> {
    let no_usb = || {
        "this host has no USB subsystem (a container or a machine without USB); USBX_VIRTUAL=acquisition plugs in a virtual device"
    };
    let complaint = virtual_bus().complaint.clone();
    if libusb_bus::selected() {
        return complaint.or_else(libusb_bus::obstacle);
    }
    complaint.or_else(|| (!libusb::has_usb()).then(|| no_usb().to_owned()))
}

fn open_device(info: &DeviceInfo) -> Result<Device> {
    let open = || {
        let handle = match info.backend {
            crate::ffi::USBX_BACKEND_VIRTUAL => virtual_bus().bus.open(info)?,
            _ if libusb_bus::selected() => libusb_bus::open(info.clone())?,
            _ => libusb::open(info.clone())?,
        };
        Device::new(handle)
    };
    open().map_err(|error| error.during(format!("open {info}")))
}

pub fn open_fd(fd: i32) -> Result<Device> {
    libusb::open_fd(fd).and_then(Device::new).map_err(|error| error.during(format!("open descriptor {fd}")))
}
