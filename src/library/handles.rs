//! The handles of this process: what each stands for, how it is found, how it is closed.

use super::{buses, captures};
use crate::capture::Capture;
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::queue::Queue;
use crate::registry::{kind_of, Cache, Entry, Kinded, Ref, Refused, Registry, Token};
use crate::share::Share;
use crate::stream::Stream;
use crate::sync::{lock, Mutex};
use crate::sys::process_generation;
use crate::virtual_device::VirtualDevice;
use crate::watch::Watch;
use std::ops::Deref;
use std::sync::Arc;

static REGISTRY: Registry<Registered> = Registry::new();
thread_local! {
    static CACHE: Cache<Registered> = const { Cache::new() };
}

/// What a handle stands for, and what went wrong with it last. A forked child, which might find the lock as another thread had it, is
/// refused its parent's handles before.
pub struct Registered {
    object: Object,
    failure: Mutex<Option<Error>>,
}

/// What a handle stands for.
pub enum Object {
    Device(Arc<Device>),
    Virtual(Arc<VirtualDevice>),
    Queue(Arc<Queue>),
    Stream(Arc<Stream>),
    Watch(Arc<Watch>),
    Capture(Arc<Capture>),
    Share(Arc<Share>),
}

const DEVICE: u8 = 1;
const VIRTUAL_DEVICE: u8 = 2;
const QUEUE: u8 = 3;
const STREAM: u8 = 4;
const WATCH: u8 = 5;
const CAPTURE: u8 = 6;
const SHARE: u8 = 7;

impl Kinded for Registered {
    fn kind(&self) -> u8 {
        match self.object {
            Object::Device(_) => DEVICE,
            Object::Virtual(_) => VIRTUAL_DEVICE,
            Object::Queue(_) => QUEUE,
            Object::Stream(_) => STREAM,
            Object::Watch(_) => WATCH,
            Object::Capture(_) => CAPTURE,
            Object::Share(_) => SHARE,
        }
    }

    fn may_linger(&self) -> bool {
        // The others have descriptors, which their last owner closes.
        matches!(self.object, Object::Device(_))
    }

    fn with_cache<R>(call: impl FnOnce(&Cache<Self>) -> R) -> Option<R> {
        CACHE.try_with(call).ok()
    }
}

/// A device that a call found by its handle. It stays while the call runs, closed or not.
pub struct DeviceRef(Ref<'static, Registered>);

impl Deref for DeviceRef {
    type Target = Device;

    fn deref(&self) -> &Device {
        match &self.0.object {
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

pub fn capture(handle: usize, what: &str) -> Result<Arc<Capture>> {
    find(handle, CAPTURE, what, |object| if let Object::Capture(capture) = object { Some(capture) } else { None })
}

pub fn share(handle: usize, what: &str) -> Result<Arc<Share>> {
    find(handle, SHARE, what, |object| if let Object::Share(share) = object { Some(share) } else { None })
}

pub fn virtual_device(handle: usize, what: &str) -> Result<Arc<VirtualDevice>> {
    find(handle, VIRTUAL_DEVICE, what, |object| if let Object::Virtual(device) = object { Some(device) } else { None })
}

/// The object of a handle, as `take` gives it of its kind.
fn find<T>(handle: usize, kind: u8, what: &str, take: impl Fn(&Object) -> Option<&Arc<T>>) -> Result<Arc<T>> {
    match REGISTRY.get(handle, kind, process_generation()) {
        Ok(found) => Ok(Arc::clone(take(&found.object).unwrap_or_else(|| unreachable!("the registry checks kinds")))),
        Err(refused) => Err(explain(refused, handle, kind).during(what)),
    }
}

/// Keeps a call's failure with its handle, if that is open. A queue reports its transfers instead.
pub fn keep_failure(handle: usize, error: &Error) {
    if let Ok(found) = REGISTRY.get(handle, kind_of(handle) as u8, process_generation()) {
        if !matches!(found.object, Object::Queue(_)) {
            *lock(&found.failure) = Some(error.clone());
        }
    }
}

/// The last failure of calls with a handle of any kind; for a queue, of the completion taken last that failed. "" if there was none.
pub fn failure(handle: usize) -> Result<String> {
    let kind = kind_of(handle) as u8;
    let found = REGISTRY.get(handle, kind, process_generation());
    let found = found.map_err(|refused| explain(refused, handle, kind).during("error of a handle"))?;
    let failure = match &found.object {
        Object::Queue(queue) => queue.failure().map(|reason| (*reason).clone()),
        _ => {
            let failure = lock(&found.failure).clone();
            // Without the lock: it may have to look for the reason.
            failure.map(|error| error.reason())
        }
    };
    Ok(failure.unwrap_or_default())
}

fn name(kind: u8) -> &'static str {
    match kind {
        DEVICE => "device",
        QUEUE => "queue",
        STREAM => "stream",
        WATCH => "watch",
        SHARE => "share",
        VIRTUAL_DEVICE => "virtual device",
        CAPTURE => "capture",
        _ => "object",
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
                "0x{handle:x} is not the handle of an open {kind}; it was closed, or never was one, or was cut to 32 bits on its way"
            ),
        ),
    }
}

/// Puts an object into the registry. What it gives is the handle.
pub fn register(object: Object) -> Result<Token> {
    REGISTRY
        .insert(Registered { object, failure: Mutex::new(None) }, process_generation())
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

pub fn close_capture(handle: usize) -> Result<()> {
    close(handle, CAPTURE)
}

pub fn close_share(handle: usize) -> Result<()> {
    close(handle, SHARE)
}

/// Takes the handle out first: of several closes at once one comes this far.
fn close(handle: usize, kind: u8) -> Result<()> {
    match REGISTRY.remove(handle, kind, process_generation()) {
        Ok(entry) => end(&entry),
        Err(refused) => Err(explain(refused, handle, kind).during(format!("close a {}", name(kind)))),
    }
}

fn end(entry: &Entry<Registered>) -> Result<()> {
    match &entry.object {
        Object::Device(device) => device.close(),
        Object::Virtual(device) => device.close(),
        Object::Queue(queue) => queue.close(),
        Object::Stream(stream) => stream.close(),
        Object::Watch(watch) => watch.close(),
        Object::Capture(capture) => return capture.close(),
        Object::Share(share) => share.close(),
    }
    Ok(())
}

/// Closes every handle of this process and says how many there were.
pub fn shutdown() -> usize {
    let mut open = REGISTRY.drain(process_generation());
    // Virtual devices after devices, other computers' among them, and after watches: calls end because what they were given is closed, not
    // because a virtual device was pulled out. Captures last: they see the others' end.
    open.sort_by_key(|entry| match entry.kind() {
        DEVICE | SHARE => 0,
        VIRTUAL_DEVICE => 2,
        CAPTURE => 3,
        _ => 1,
    });
    open.iter().for_each(|entry| drop(end(entry)));
    captures::end();
    buses::shutdown();
    open.len()
}
