//! The strings of devices. Linux has them, and libusb has them from the devices alone: each is opened and asked. Who does either waits while a
//! device is busy, or does not answer. So a thread does it for each, which ends when it has; the caller goes on without the strings of those that are busy. A device
//! may even be played by the thread that lists, which must not wait for its own answer.

use super::context::{Context, Device};
use super::contexts;
use super::discovery::{self, Usable};
use crate::error::{Result, Status};
use crate::sync::{lock, wait, Condvar, Mutex};
use crate::sys::{process_generation, start_thread, Event};
use crate::usb::DeviceInfo;
use once_cell::sync::Lazy;
use rusb::ffi::libusb_device;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// Devices that threads ask at this moment. It is locked by `contexts::alone` only, so that no fork() comes in between.
static ASKED: Lazy<Mutex<Vec<Arc<Reading>>>> = Lazy::new(|| Mutex::new(Vec::new()));

/// How soon to look whether another device is enough.
const SOON: Duration = Duration::from_millis(10);

/// The strings of one device, when they have been read.
pub struct Reading {
    /// In this process: a forked child does not have the thread.
    process: u32,
    /// As it is described without strings.
    info: DeviceInfo,
    progress: Mutex<Progress>,
    ended: Condvar,
}

#[derive(Default)]
struct Progress {
    found: Option<(DeviceInfo, Usable)>,
    /// So long a caller has waited in vain. The next ones wait for what they would wait beyond that.
    waited: Duration,
    /// Whom the end is told.
    told: Vec<Weak<Event>>,
}

/// What the thread has of libusb's: the device is given back before the context.
struct Asked {
    device: Device,
    context: Arc<Context>,
}

impl Reading {
    /// Begins to read them, and returns at once; the event reports the end. If the device is being asked already, that is the same.
    /// The device is one of a list of the context's that the caller holds. `None` if it is gone.
    pub fn begin(context: &Arc<Context>, device: *mut libusb_device, end: Option<&Arc<Event>>) -> Option<Arc<Reading>> {
        let info = discovery::describe(device)?;
        if !discovery::has_strings(device, &info) {
            return Some(Arc::new(Reading::new(info.clone(), Some((info, Usable::Maybe)))));
        }
        // SAFETY: the caller holds it.
        let kept = unsafe { Device::keep(device) }?;
        let new = Arc::new(Reading::new(info, None));
        let asked = new.asked_already();
        let reading = asked.as_ref().unwrap_or(&new);
        {
            let mut progress = lock(&reading.progress);
            match &progress.found {
                Some(_) => end.iter().for_each(|end| end.set()),
                None => progress.told.extend(end.map(Arc::downgrade)),
            }
        }
        if asked.is_none() {
            let asked = Asked { device: kept, context: Arc::clone(context) };
            let by_thread = Arc::clone(&new);
            if start_thread("usbx strings", move || by_thread.read(asked)).is_err() {
                // Where no thread can be started, the caller waits itself.
                new.end(discovery::describe_in_full(device));
            }
        }
        Some(Arc::clone(reading))
    }

    fn new(info: DeviceInfo, found: Option<(DeviceInfo, Usable)>) -> Reading {
        let progress = Mutex::new(Progress { found, ..Progress::default() });
        Reading { process: process_generation(), info, progress, ended: Condvar::new() }
    }

    /// The one that is under way for the same device; if there is none, this one is from here on.
    fn asked_already(self: &Arc<Self>) -> Option<Arc<Reading>> {
        contexts::alone(|| {
            let mut all = lock(&ASKED);
            all.retain(|other| other.process == self.process);
            let same = all.iter().find(|other| is_same(&other.info, &self.info)).map(Arc::clone);
            if same.is_none() {
                all.push(Arc::clone(self));
            }
            same
        })
    }

    fn read(self: &Arc<Self>, asked: Asked) {
        self.end(discovery::describe_in_full(asked.device.as_ptr()));
        let Asked { device, context } = asked;
        drop(device);
        drop(context);
    }

    fn end(self: &Arc<Self>, found: Option<(DeviceInfo, Usable)>) {
        contexts::alone(|| lock(&ASKED).retain(|other| !Arc::ptr_eq(other, self)));
        let mut progress = lock(&self.progress);
        progress.found = Some(found.unwrap_or_else(|| (self.info.clone(), Usable::Maybe)));
        let told = std::mem::take(&mut progress.told);
        drop(progress);
        self.ended.notify_all();
        told.iter().filter_map(Weak::upgrade).for_each(|end| end.set());
    }

    /// The device with its strings, and whether it may be opened; `None` as long as it has not answered.
    pub fn found(&self) -> Option<(DeviceInfo, Usable)> {
        lock(&self.progress).found.clone()
    }

    /// The same, with what is known by now.
    pub fn described(&self) -> DeviceInfo {
        self.found().map_or_else(|| self.info.clone(), |(info, _)| info)
    }

    /// Waits a moment; false if there is nothing to wait for, or no more time.
    fn wait(&self, patience: Duration, since: Instant) -> bool {
        let progress = lock(&self.progress);
        if progress.found.is_some() || progress.waited >= patience {
            return false;
        }
        let (now, deadline) = (Instant::now(), since + (patience - progress.waited));
        let mut progress = wait(&self.ended, progress, Some(deadline.min(now + SOON)));
        if progress.found.is_none() && Instant::now() >= deadline {
            progress.waited = patience;
        }
        true
    }
}

/// Begins to read those of all devices that are wanted. A computer without USB has none.
pub fn begin_all(is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Vec<Arc<Reading>>> {
    let context = match Context::new() {
        Ok(context) => Arc::new(context),
        Err(error) if error.status == Status::NoMem => return Err(error),
        Err(_) => return Ok(Vec::new()),
    };
    let list = context.devices()?;
    let wanted = list.iter().filter(|device| discovery::describe(*device).is_some_and(|info| is_wanted(&info)));
    Ok(wanted.filter_map(|device| Reading::begin(&context, device, None)).collect())
}

/// Waits for them, until one of them is enough; for one that is busy, this time, of which all who wait for it have a part.
pub fn wait_for(readings: &[Arc<Reading>], patience: Duration, is_enough: &dyn Fn(&DeviceInfo) -> bool) {
    let has_enough = || readings.iter().any(|reading| reading.found().is_some_and(|(info, _)| is_enough(&info)));
    for reading in readings {
        let since = Instant::now();
        while !has_enough() && reading.wait(patience, since) {}
    }
}

fn is_same(a: &DeviceInfo, b: &DeviceInfo) -> bool {
    (a.bus, a.address, &a.path, a.vendor_id, a.product_id) == (b.bus, b.address, &b.path, b.vendor_id, b.product_id)
}
