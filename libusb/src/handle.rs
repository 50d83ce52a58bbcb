//! Open devices.

use crate::abi::*;
use crate::boundary::guard;
use crate::context::{self, lock, Context};
use crate::device::{self, Node};
use crate::log;
use crate::status::{code, logged};
use crate::table::Table;
use crate::transfer::Place;
use std::os::raw::c_int;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use usbx::tool::{Device, Endpoint, Error, Result, Status};

pub struct Handle {
    pub context: Arc<Context>,
    pub node: Arc<Node>,
    pub device: Arc<Device>,
    /// The interfaces that the program has claimed. Others are claimed by its transfers.
    pub claimed: Mutex<u32>,
    pub auto_detach: AtomicBool,
    endpoints: Mutex<Vec<Endpoint>>,
    /// In which it was opened.
    process: u32,
}

static HANDLES: Table<Handle> = Table::new();

pub fn get(pointer: *const libusb_device_handle) -> Option<Arc<Handle>> {
    HANDLES.get(pointer)
}

pub fn wanted(pointer: *const libusb_device_handle, function: &str) -> Option<Arc<Handle>> {
    let found = get(pointer);
    if found.is_none() {
        log::error(function, "there is no such handle: it was never open, or was closed");
    }
    found
}

pub fn count_of(context: &Arc<Context>) -> usize {
    HANDLES.all().iter().filter(|handle| Arc::ptr_eq(&handle.context, context)).count()
}

/// The program's own, if it has the device open.
pub fn open_device_of(node: &Node) -> Option<Arc<Device>> {
    let handle = HANDLES.all().into_iter().find(|handle| std::ptr::eq(&*handle.node, node))?;
    Some(Arc::clone(&handle.device))
}

impl Handle {
    /// Whether this is a forked child, and the device its parent's alone. Then nothing is to begin: the queue that it would begin in has its
    /// descriptors in common with the parent's.
    pub fn is_the_parents(&self) -> bool {
        self.process != usbx::tool::process_generation() && self.device.gone()
    }

    fn open(context: Arc<Context>, node: Arc<Node>, device: Device) -> *mut libusb_device_handle {
        node.reference();
        let (device, claimed, auto_detach) = (Arc::new(device), Mutex::new(0), AtomicBool::new(false));
        log::detail(&context, "libusb_open", || format!("{} is open", node.info.path));
        let handle = Handle {
            context,
            node,
            device,
            claimed,
            auto_detach,
            endpoints: Mutex::default(),
            process: usbx::tool::process_generation(),
        };
        HANDLES.add(&Arc::new(handle)).cast()
    }

    /// The endpoint, in whichever alternate setting: what that allows is found out when it is used.
    pub fn endpoint(&self, address: u8) -> Result<Endpoint> {
        let find = |endpoints: &[Endpoint]| endpoints.iter().find(|endpoint| endpoint.address == address).cloned();
        if let Some(known) = find(&lock(&self.endpoints)) {
            return Ok(known);
        }
        let endpoints = self.device.endpoints()?;
        let found = find(&endpoints);
        *lock(&self.endpoints) = endpoints;
        found.ok_or_else(|| Error::new(Status::NotFound, format!("there is no endpoint 0x{address:02x}")))
    }

    pub fn forget_endpoints(&self) {
        lock(&self.endpoints).clear();
    }

    /// Makes a request, and claims the interface for it if that is all it needs, as Linux does for its programs.
    pub fn claiming<T>(&self, place: Place, mut request: impl FnMut() -> Result<T>) -> Result<T> {
        match request() {
            Err(error) if error.status == Status::NotClaimed => {
                self.claim_for(place)?;
                request()
            }
            made => made,
        }
    }

    pub fn claim_for(&self, place: Place) -> Result<()> {
        let interfaces = match place {
            Place::Device => return Ok(()),
            Place::Interface(interface) => vec![interface],
            Place::Endpoint(address) => {
                let endpoints = self.device.endpoints()?;
                let own = endpoints.iter().filter(|endpoint| endpoint.address & 0x7f == address & 0x7f);
                own.map(|endpoint| endpoint.interface).collect()
            }
        };
        let interface = interfaces.first().ok_or_else(|| Error::new(Status::NotFound, "there is no such endpoint"))?;
        let text = format!("interface {interface} is used without a claim; libusb_claim_interface says who has it");
        log::say(Some(&self.context), log::WARNING, "libusb_submit_transfer", &text);
        self.device.claim(*interface)
    }

    fn close(self: &Arc<Self>) {
        if self.context.flights.has_any_of(self) {
            log::error("libusb_close", "transfers are under way; they are ended, and no callback comes");
        }
        log::detail(&self.context, "libusb_close", || format!("{} is closed", self.node.info.path));
        self.device.close();
        crate::completion::forget(self.context.flights.take_of(self));
        self.node.unreference();
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_open(dev: *mut libusb_device, dev_handle: *mut *mut libusb_device_handle) -> c_int {
    guard("libusb_open", ERROR_OTHER, || {
        let node = or_return!(device::wanted(dev, "libusb_open"), ERROR_INVALID_PARAM);
        let context = or_return!(node.context.upgrade(), ERROR_INVALID_PARAM);
        if dev_handle.is_null() {
            return ERROR_INVALID_PARAM;
        }
        match node.open() {
            Ok(device) => {
                let handle = Handle::open(context, node, device);
                // SAFETY: not NULL, therefore the program's place for a pointer.
                unsafe { dev_handle.write(handle) };
                SUCCESS
            }
            Err(error) if error.status == Status::NotFound => ERROR_NO_DEVICE,
            Err(error) => logged("libusb_open", &error),
        }
    })
}

#[no_mangle]
pub unsafe extern "C" fn libusb_wrap_sys_device(
    ctx: *mut libusb_context,
    sys_dev: isize,
    dev_handle: *mut *mut libusb_device_handle,
) -> c_int {
    guard("libusb_wrap_sys_device", ERROR_OTHER, || {
        let context = or_return!(context::wanted(ctx, "libusb_wrap_sys_device"), ERROR_INVALID_PARAM);
        let fd = or_return!(i32::try_from(sys_dev).ok(), ERROR_INVALID_PARAM);
        if dev_handle.is_null() {
            return ERROR_INVALID_PARAM;
        }
        match usbx::tool::open_descriptor(fd) {
            Ok(device) => {
                // A device of its own, which is in no list and goes with the handle.
                let node = Node::new(&context, Arc::new(device.info().clone()));
                let handle = Handle::open(context, Arc::clone(&node), device);
                node.unreference();
                // SAFETY: not NULL, therefore the program's place for a pointer.
                unsafe { dev_handle.write(handle) };
                SUCCESS
            }
            Err(error) => logged("libusb_wrap_sys_device", &error),
        }
    })
}

#[no_mangle]
pub extern "C" fn libusb_open_device_with_vid_pid(
    ctx: *mut libusb_context,
    vendor_id: u16,
    product_id: u16,
) -> *mut libusb_device_handle {
    guard("libusb_open_device_with_vid_pid", std::ptr::null_mut(), || {
        let none = std::ptr::null_mut();
        let context = or_return!(context::wanted(ctx, "libusb_open_device_with_vid_pid"), none);
        let nodes = or_return!(context.list().ok(), none);
        let wanted = nodes.iter().find(|n| (n.info.vendor_id, n.info.product_id) == (vendor_id, product_id));
        let node = or_return!(wanted, none);
        match node.opened(usbx::tool::open_listed(&node.info)) {
            Ok(device) => Handle::open(context, Arc::clone(node), device),
            Err(error) => {
                logged("libusb_open_device_with_vid_pid", &error);
                none
            }
        }
    })
}

#[no_mangle]
pub extern "C" fn libusb_close(dev_handle: *mut libusb_device_handle) {
    guard("libusb_close", (), || {
        if dev_handle.is_null() {
            return;
        }
        let Some(handle) = HANDLES.remove(dev_handle) else {
            return log::error("libusb_close", "there is no such handle; was it closed before?");
        };
        let context = Arc::clone(&handle.context);
        // No callback runs from then on.
        context.events.closing(|| context.wake.set(), || handle.close());
    });
}

#[no_mangle]
pub extern "C" fn libusb_get_device(dev_handle: *mut libusb_device_handle) -> *mut libusb_device {
    guard("libusb_get_device", std::ptr::null_mut(), || {
        wanted(dev_handle, "libusb_get_device").map_or(std::ptr::null_mut(), |handle| handle.node.pointer())
    })
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_configuration(dev_handle: *mut libusb_device_handle, config: *mut c_int) -> c_int {
    guard("libusb_get_configuration", ERROR_OTHER, || {
        let handle = or_return!(wanted(dev_handle, "libusb_get_configuration"), ERROR_INVALID_PARAM);
        if config.is_null() {
            return ERROR_INVALID_PARAM;
        }
        match handle.device.configuration() {
            Ok(value) => {
                // SAFETY: not NULL, therefore the program's place for an int.
                unsafe { config.write(value.into()) };
                SUCCESS
            }
            Err(error) => code(error.status),
        }
    })
}

/// Whether events are handled on this thread now, from where blocking calls would wait for themselves.
pub fn in_callback(handle: &Handle) -> bool {
    crate::events::is_handling(&handle.context)
}

pub fn is_quiet(context: &Context) -> bool {
    context.flights.is_empty()
}
