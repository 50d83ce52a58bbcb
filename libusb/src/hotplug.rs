//! Devices that come and go, for the program's callbacks. The buses are watched from the first callback on.

use crate::abi::*;
use crate::boundary::guard;
use crate::context::{self, lock, Context, WATCH};
use crate::device::Node;
use std::os::raw::{c_int, c_void};
use std::sync::atomic::Ordering;
use std::sync::Arc;
use usbx::tool::{Event, Filter, Result, Wait, Watch};

#[derive(Default)]
pub struct Hotplug {
    watch: Option<Arc<Watch>>,
    callbacks: Vec<Callback>,
    last: c_int,
}

#[derive(Clone, Copy)]
struct Callback {
    number: c_int,
    events: c_int,
    vendor_id: Option<u16>,
    product_id: Option<u16>,
    class: Option<u8>,
    function: unsafe extern "C" fn(*mut libusb_context, *mut libusb_device, c_int, *mut c_void) -> c_int,
    user_data: usize,
}

const ARRIVED: c_int = 1;
const LEFT: c_int = 2;
const ENUMERATE: c_int = 1;
const ANY: c_int = -1;

impl Hotplug {
    pub fn is_watching(&self) -> bool {
        self.watch.is_some()
    }

    pub fn close(&mut self) {
        self.callbacks.clear();
        if let Some(watch) = self.watch.take() {
            watch.close();
        }
    }
}

impl Callback {
    fn is_for(&self, event: c_int, node: &Node) -> bool {
        let info = &node.info;
        self.events & event != 0
            && self.vendor_id.map_or(true, |id| id == info.vendor_id)
            && self.product_id.map_or(true, |id| id == info.product_id)
            && self.class.map_or(true, |class| class == info.device_class)
    }
}

/// Begins to watch. The devices there are belong to the list already.
fn watch(context: &Arc<Context>) -> Result<()> {
    if lock(&context.hotplug).is_watching() {
        return Ok(());
    }
    let watch = usbx::tool::open_watch(Filter { vendor_id: 0, product_id: 0 })?;
    while let Some(change) = watch.next(Wait::Not)? {
        note(context, change.event, &Arc::new(change.info));
    }
    lock(&context.devices).known.iter().for_each(|node| node.announced.store(true, Ordering::SeqCst));
    watch.be_polled_by(&context.poll, WATCH)?;
    lock(&context.hotplug).watch = Some(watch);
    Ok(())
}

/// What is the program's object for it, and whether that is news.
fn note(context: &Arc<Context>, event: Event, info: &Arc<usbx::tool::DeviceInfo>) -> Option<(Arc<Node>, c_int)> {
    match event {
        // It may be known already, from a list that was made meanwhile.
        Event::Arrived => {
            let node = context.node(info);
            let is_news = !node.announced.swap(true, Ordering::SeqCst);
            is_news.then_some((node, ARRIVED))
        }
        Event::Left => {
            let known = lock(&context.devices).known.iter().find(|node| node.is(info)).cloned();
            known.map(|node| (node, LEFT))
        }
    }
}

/// Tells the program what has happened, if anything has.
pub fn handle(context: &Arc<Context>) -> bool {
    let Some(watch) = lock(&context.hotplug).watch.clone() else { return false };
    let mut told = false;
    loop {
        match watch.next(Wait::Not) {
            Ok(Some(change)) => {
                let news = note(context, change.event, &Arc::new(change.info));
                if let Some((node, event)) = news {
                    told = true;
                    tell_all(context, &node, event);
                    if event == LEFT {
                        context.forget(&node);
                    }
                }
            }
            Ok(None) => return told,
            Err(error) => {
                crate::status::logged("libusb_handle_events", &error);
                return true;
            }
        }
    }
}

fn tell_all(context: &Arc<Context>, node: &Arc<Node>, event: c_int) {
    let numbers: Vec<c_int> = lock(&context.hotplug).callbacks.iter().map(|callback| callback.number).collect();
    for number in numbers {
        if tell(context, number, node, event) {
            lock(&context.hotplug).callbacks.retain(|callback| callback.number != number);
        }
    }
}

/// Without a lock: the callback may do anything. One that was deregistered meanwhile hears no more. Whether it wants no more.
fn tell(context: &Arc<Context>, number: c_int, node: &Arc<Node>, event: c_int) -> bool {
    let callback = lock(&context.hotplug).callbacks.iter().find(|callback| callback.number == number).copied();
    let Some(callback) = callback.filter(|callback| callback.is_for(event, node)) else { return false };
    // SAFETY: the program's function, with what it gave for it.
    let over =
        unsafe { (callback.function)(context.pointer(), node.pointer(), event, callback.user_data as *mut c_void) };
    over != 0
}

/// A number of so many bits, or any.
fn choice<T: TryFrom<c_int>>(number: c_int) -> std::result::Result<Option<T>, c_int> {
    match number {
        ANY => Ok(None),
        number => T::try_from(number).map(Some).map_err(|_| ERROR_INVALID_PARAM),
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_hotplug_register_callback(
    ctx: *mut libusb_context,
    events: c_int,
    flags: c_int,
    vendor_id: c_int,
    product_id: c_int,
    dev_class: c_int,
    cb_fn: libusb_hotplug_callback_fn,
    user_data: *mut c_void,
    callback_handle: *mut c_int,
) -> c_int {
    let register = || {
        let context = context::wanted(ctx, "libusb_hotplug_register_callback").ok_or(ERROR_INVALID_PARAM)?;
        let function = cb_fn.ok_or(ERROR_INVALID_PARAM)?;
        if events == 0 || events & !(ARRIVED | LEFT) != 0 || flags & !ENUMERATE != 0 {
            return Err(ERROR_INVALID_PARAM);
        }
        let (vendor_id, product_id, class) = (choice(vendor_id)?, choice(product_id)?, choice(dev_class)?);
        watch(&context).map_err(|error| crate::status::logged("libusb_hotplug_register_callback", &error))?;
        let number = {
            let mut hotplug = lock(&context.hotplug);
            hotplug.last += 1;
            let number = hotplug.last;
            let user_data = user_data as usize;
            hotplug.callbacks.push(Callback { number, events, vendor_id, product_id, class, function, user_data });
            number
        };
        if !callback_handle.is_null() {
            // SAFETY: not NULL, therefore the program's place for it.
            unsafe { callback_handle.write(number) };
        }
        if flags & ENUMERATE != 0 && events & ARRIVED != 0 {
            let nodes = lock(&context.devices).known.clone();
            // Of one that is not announced yet it hears as all do.
            let announced = nodes.iter().filter(|node| node.announced.load(Ordering::SeqCst));
            // As in libusb, what the callback returns counts for events that come, not for these.
            announced.for_each(|node| {
                tell(&context, number, node, ARRIVED);
            });
        }
        Ok(SUCCESS)
    };
    guard("libusb_hotplug_register_callback", ERROR_OTHER, || register().unwrap_or_else(|code| code))
}

#[no_mangle]
pub extern "C" fn libusb_hotplug_deregister_callback(ctx: *mut libusb_context, callback_handle: c_int) {
    guard("libusb_hotplug_deregister_callback", (), || {
        if let Some(context) = context::wanted(ctx, "libusb_hotplug_deregister_callback") {
            lock(&context.hotplug).callbacks.retain(|callback| callback.number != callback_handle);
            context.wake.set();
        }
    });
}

#[no_mangle]
pub extern "C" fn libusb_hotplug_get_user_data(ctx: *mut libusb_context, callback_handle: c_int) -> *mut c_void {
    guard("libusb_hotplug_get_user_data", std::ptr::null_mut(), || {
        let context = or_return!(context::wanted(ctx, "libusb_hotplug_get_user_data"), std::ptr::null_mut());
        let hotplug = lock(&context.hotplug);
        let found = hotplug.callbacks.iter().find(|callback| callback.number == callback_handle);
        found.map_or(std::ptr::null_mut(), |callback| callback.user_data as *mut c_void)
    })
}
