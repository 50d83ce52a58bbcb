//! The buses on which this process finds devices, and what is asked of all of them.

use super::captures;
use super::system::{self, system};
use crate::bus::simulated::{built_in, split_list, SimulatedBus};
use crate::bus::usbip::{self, UsbipBus};
use crate::bus::{Bus, PATIENCE_OF_LISTS};
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::share::{self, Share};
use crate::sys::{environment, process_generation};
use crate::text::list;
use crate::usb::{path_order, with_true_lengths, Backend, DeviceInfo};
use crate::virtual_device::VirtualDevice;
use crate::watch::{Filter, Watch};
use arc_swap::ArcSwapOption;
use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

/// For how long a busy device is waited for by the opening of that one of its kind that has a serial number, where no other one has it.
const PATIENCE_FOR_A_SERIAL: Duration = Duration::from_secs(1);

/// The simulated bus of one process; a forked child gets its own.
struct Simulated {
    process: u32,
    bus: SimulatedBus,
    /// What is wrong with USBX_VIRTUAL, if anything.
    complaint: Option<String>,
}

static SIMULATED: ArcSwapOption<Simulated> = ArcSwapOption::const_empty();

fn simulated() -> Arc<Simulated> {
    let process = process_generation();
    loop {
        let current = SIMULATED.load_full();
        if let Some(simulated) = current.as_ref().filter(|simulated| simulated.process == process) {
            return Arc::clone(simulated);
        }
        // The thread that comes first puts it in place.
        SIMULATED.compare_and_swap(&current, Some(Arc::new(Simulated::from_environment(process))));
    }
}

impl Simulated {
    /// Plugs in what USBX_VIRTUAL asks for: "acquisition", or "acquisition:SERIAL1,acquisition:SERIAL2", or "replay:FILE,match=loose".
    fn from_environment(process: u32) -> Simulated {
        let wanted = environment("USBX_VIRTUAL").unwrap_or_default();
        let mut simulated = Simulated { process, bus: SimulatedBus::default(), complaint: None };
        for entry in split_list(&wanted) {
            let (model, serial) = match entry.split_once(':') {
                Some((model, serial)) if model != "replay" => (model, serial),
                _ => (entry, ""),
            };
            if let Err(error) = of_model(model, serial).plug(&simulated.bus) {
                simulated.complaint = Some(format!("USBX_VIRTUAL={wanted}: {error}"));
            }
        }
        simulated
    }
}

/// Other computers' devices, for one process; a forked child gets its own.
struct Remote {
    process: u32,
    bus: UsbipBus,
}

static REMOTE: ArcSwapOption<Remote> = ArcSwapOption::const_empty();

fn remote() -> Arc<Remote> {
    let process = process_generation();
    loop {
        let current = REMOTE.load_full();
        if let Some(remote) = current.as_ref().filter(|remote| remote.process == process) {
            return Arc::clone(remote);
        }
        let new = Remote { process, bus: UsbipBus::from_environment() };
        REMOTE.compare_and_swap(&current, Some(Arc::new(new)));
    }
}

/// A bus that tests/toy_bus plugs in here, to show that this is the only place which knows the buses by name.
#[cfg(toy_bus)]
#[path = "../../tests/toy_bus/bus.rs"]
mod toy_bus;

/// Calls with every bus, in the order in which devices are listed and looked for.
fn with_buses<T>(call: impl FnOnce(&[&dyn Bus]) -> T) -> T {
    let (simulated, remote) = (simulated(), remote());
    #[cfg(toy_bus)]
    return call(&[system(), &simulated.bus, &remote.bus, &toy_bus::ToyBus]);
    #[cfg(not(toy_bus))]
    call(&[system(), &simulated.bus, &remote.bus])
}

/// The bus of a device that `devices` listed.
fn with_bus_of<T>(info: &DeviceInfo, call: impl FnOnce(&dyn Bus) -> T) -> T {
    match info.backend {
        Backend::Virtual => call(&simulated().bus),
        #[cfg(toy_bus)]
        Backend::Usbip if !usbip::is_path(&info.path) => call(&toy_bus::ToyBus),
        Backend::Usbip => call(&remote().bus),
        _ => call(system()),
    }
}

/// Calls with the simulated bus of this process.
pub fn with_simulated<T>(call: impl FnOnce(&SimulatedBus) -> T) -> T {
    call(&simulated().bus)
}

/// Plugs in a device that the library answers for.
pub fn open_virtual(model: &str, serial: &str) -> Result<VirtualDevice> {
    let device = of_model(model, serial);
    plug_virtual(&device)?;
    Ok(device)
}

pub fn plug_virtual(device: &VirtualDevice) -> Result<()> {
    with_simulated(|bus| device.plug(bus))
}

/// What is wrong with these is said when it is plugged in.
fn of_model(model: &str, serial: &str) -> VirtualDevice {
    let (model, serial) = (model.to_owned(), serial.to_owned());
    VirtualDevice::built_in(move || built_in(&model, &serial))
}

/// Unplugs every simulated device of this process, and gives back what the system's bus keeps.
pub fn shutdown() {
    system::shutdown();
    let simulated = SIMULATED.load_full();
    if let Some(simulated) = simulated.filter(|simulated| simulated.process == process_generation()) {
        SIMULATED.store(None);
        simulated.bus.clear();
    }
}

/// The devices there are, in path order.
pub fn devices() -> Result<Vec<Arc<DeviceInfo>>> {
    list_all(|bus| Ok(bus.devices_with_strings(&|_| true, PATIENCE_OF_LISTS, &|_| false)?.0))
}

/// The same without those strings that are not known yet: nothing is waited for.
pub fn devices_as_described() -> Result<Vec<Arc<DeviceInfo>>> {
    list_all(|bus| bus.devices(&|_| true))
}

/// A number that stays the same while `devices_as_described` gives the same devices, and that no other list of them has. `None` where a
/// bus does not know that.
pub fn list_number() -> Option<u64> {
    with_buses(|buses| {
        let mut number = 0;
        for bus in buses {
            // Only one bus may have devices: the buses count each for themselves.
            number = match (number, bus.list_number()?) {
                (number, 0) => number,
                (0, number) => number,
                _ => return None,
            };
        }
        Some(number)
    })
}

/// In path order, as each bus gives them.
fn list_all(of_bus: impl Fn(&dyn Bus) -> Result<Vec<Arc<DeviceInfo>>>) -> Result<Vec<Arc<DeviceInfo>>> {
    with_buses(|buses| {
        let mut all = Vec::new();
        for bus in buses {
            let mut devices = of_bus(*bus)?;
            let is_first = all.is_empty();
            match is_first {
                true => all = devices,
                false if devices.is_empty() => {}
                false => {
                    all.append(&mut devices);
                    all.sort_by(|a, b| path_order(&a.path, &b.path));
                }
            }
        }
        Ok(all)
    })
}

/// The descriptors of the device at a path, without opening it.
pub fn descriptors(path: &str) -> Result<Vec<u8>> {
    let found = with_buses(|buses| buses.iter().find_map(|bus| bus.descriptors(path).transpose()));
    match found {
        Some(bytes) => bytes.map(with_true_lengths),
        None => Err(none(&format!("no device at path {path}"))),
    }
}

/// Begins to watch every bus.
pub fn open_watch(filter: Filter) -> Result<Arc<Watch>> {
    with_buses(|buses| Watch::open(filter, buses))
}

/// Offers devices of every bus to other computers.
pub fn open_share(address: &str, options: share::Options, offers: &[share::Offer]) -> Result<Arc<Share>> {
    Share::open(address, options, Arc::new(Everything), offers)
}

/// Every bus, for a share.
struct Everything;

impl share::Source for Everything {
    fn describe(&self, path: &str) -> Result<(DeviceInfo, Vec<u8>)> {
        Ok(((*find(path)?).clone(), descriptors(path)?))
    }

    fn open(&self, path: &str) -> Result<Device> {
        open_path(path)
    }

    fn watch(&self) -> Result<Arc<Watch>> {
        open_watch(Filter { vendor_id: 0, product_id: 0 })
    }
}

/// The first of these devices that does not leave before it is open.
pub fn open(vendor_id: u16, product_id: u16, serial: &str) -> Result<Device> {
    let mut left: Vec<Arc<DeviceInfo>> = Vec::new();
    let mut gone = None;
    loop {
        let is_left = |info: &DeviceInfo| {
            left.iter().any(|left| (&left.path, left.bus, left.address) == (&info.path, info.bus, info.address))
        };
        let info = match (find_by_ids(vendor_id, product_id, serial, &is_left), gone) {
            (Err(error), Some(gone)) if error.status == Status::NotFound => return Err(gone),
            (found, _) => found?,
        };
        match open_device(&info) {
            Err(error) if error.status == Status::NoDevice => gone = Some(error),
            opened => return opened,
        }
        left.push(info);
    }
}

/// Strings are asked of those devices alone that may be meant.
fn find_by_ids(
    vendor_id: u16,
    product_id: u16,
    serial: &str,
    is_left: &dyn Fn(&DeviceInfo) -> bool,
) -> Result<Arc<DeviceInfo>> {
    let ids = || format!("{vendor_id:04x}:{product_id:04x}");
    let is_meant = |info: &DeviceInfo| info.vendor_id == vendor_id && info.product_id == product_id && !is_left(info);
    let busy = Cell::new(false);
    let same = list_all(|bus| {
        if serial.is_empty() {
            return Ok(bus.first(&is_meant)?.into_iter().collect());
        }
        let has_serial = |info: &DeviceInfo| info.serial == serial;
        let (mut same, complete) = bus.devices_with_strings(&is_meant, PATIENCE_FOR_A_SERIAL, &has_serial)?;
        busy.set(busy.get() | !complete);
        same.iter_mut().for_each(read_remote_strings);
        Ok(same)
    })?;
    match same.iter().find(|info| serial.is_empty() || info.serial == serial) {
        Some(info) => Ok(Arc::clone(info)),
        None if same.is_empty() => Err(none(&format!("no device {}", ids()))),
        None => {
            let serials = list(same.iter().map(|info| match info.serial.as_str() {
                "" => "one without".to_owned(),
                serial => format!("\"{serial}\""),
            }));
            let later = match busy.get() {
                true => "; one is busy and does not report its serial number now: try again",
                false => "",
            };
            let ids = ids();
            let reason = format!("no device {ids} has the serial number \"{serial}\"; there is {serials}{later}");
            Err(Error::new(Status::NotFound, reason))
        }
    }
}

/// Lists leave the strings of other computers' devices out: reading them takes a device from others for that time.
fn read_remote_strings(info: &mut Arc<DeviceInfo>) {
    if info.serial.is_empty() && usbip::is_path(&info.path) {
        *info = remote().bus.with_strings(info);
    }
}

/// What another computer exports, in its order. Without a time, the one that every such call has.
pub fn remote_devices(host: &str, time: Option<Duration>) -> Result<Vec<Arc<DeviceInfo>>> {
    remote().bus.devices_of(host, time).map_err(|error| error.during(format!("list the devices of {host}")))
}

/// Opens a device of another computer over a connection that the caller has made.
pub fn open_remote_descriptor(fd: i32, busid: &str) -> Result<Device> {
    let opened = captures::begin().and_then(|()| remote().bus.open_descriptor(fd, busid)).and_then(Device::new);
    opened.map_err(|error| error.during(format!("open device {busid} over file descriptor {fd}")))
}

/// Opens a device of the list that was made just now.
pub fn open_listed(info: &Arc<DeviceInfo>) -> Result<Device> {
    open_device(info)
}

pub fn open_path(path: &str) -> Result<Device> {
    open_device(&find(path)?)
}

fn find(path: &str) -> Result<Arc<DeviceInfo>> {
    let found = with_buses(|buses| buses.iter().find_map(|bus| bus.device(path).transpose()));
    found.transpose()?.ok_or_else(|| none(&format!("no device at path {path}")))
}

/// Why there is no such device. What keeps devices from being found is the reason alone where there are none; else it may be.
fn none(what: &str) -> Error {
    let reason = match (obstacle(), list_all(|bus| bus.devices(&|info| info.device_class != 9))) {
        (Some(obstacle), Ok(devices)) if devices.is_empty() => format!("{what}: {obstacle}"),
        (Some(obstacle), Err(_)) => format!("{what}: {obstacle}"),
        (None, Err(error)) => return error.during(what),
        (obstacle, Ok(devices)) => {
            let there = match devices.len() {
                1 => "1 other is".to_owned(),
                more => format!("{more} others are"),
            };
            let also = obstacle.map_or_else(String::new, |obstacle| format!("; some may not be found: {obstacle}"));
            format!("{what} is plugged in; {there}, hubs aside: usbx_devices lists them{also}")
        }
    };
    Error::new(Status::NotFound, reason)
}

/// What keeps devices from being found on this host, if anything does. What the user has asked for, other computers, comes before what
/// this one lacks.
pub fn obstacle() -> Option<String> {
    let complaint = simulated().complaint.clone();
    complaint.or_else(|| {
        let all: Vec<String> = with_buses(|buses| buses.iter().rev().filter_map(|bus| bus.why_not()).collect());
        (!all.is_empty()).then(|| all.join("; and "))
    })
}

fn open_device(info: &Arc<DeviceInfo>) -> Result<Device> {
    let opened = captures::begin().and_then(|()| with_bus_of(info, |bus| bus.open(info))).and_then(Device::new);
    opened.map_err(|error| error.during(format!("open {info}")))
}

/// Opens a device of this computer by a file descriptor of the system's.
pub fn open_descriptor(fd: i32) -> Result<Device> {
    let opened = captures::begin().and_then(|()| system::open_descriptor(fd)).and_then(Device::new);
    opened.map_err(|error| error.during(format!("open file descriptor {fd}")))
}
