//! Devices that come and go, by libusb's events where it has them; the list of devices, looked at now and then, where it has not.
//!
//! libusb keeps the events until `pump` handles them, and calls back then: in their order, each with its device. A look at the list
//! afterwards finds what no event reported.

use super::context::{Context, Device};
use super::discovery::{self, Access};
use super::nodes::Nodes;
use super::status::check;
use super::strings::{self, Reading};
use crate::bus::{Change, Event, Hotplug, PATIENCE_OF_LISTS};
use crate::error::Result;
use crate::sync::{lock, Mutex};
use crate::sys::{self, BorrowedDescriptor, Pollable, Readiness, Timer};
use crate::usb::{path_order, DeviceInfo};
use rusb::ffi::constants::*;
use rusb::ffi::{self, libusb_context, libusb_device, libusb_hotplug_callback_handle, libusb_hotplug_event};
use std::os::raw::{c_int, c_void};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a device may take until the system has given its node to its users.
const SETTLING: Duration = Duration::from_secs(1);

/// How often to look at a device that is settling.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How often to look at the list where there are no events.
const LOOK_AT_LIST: Duration = Duration::from_millis(500);

pub struct LibusbHotplug {
    /// What libusb has reported. It has the address.
    notes: Box<Notes>,
    callback: Option<libusb_hotplug_callback_handle>,
    known: Vec<Known>,
    #[cfg(unix)]
    descriptors: Vec<(crate::sys::RawDescriptor, Readiness)>,
    nodes: Nodes,
    timer: Timer,
    /// The strings of some device have been read.
    strings: Arc<sys::Event>,
    /// After all that is its own.
    context: Arc<Context>,
}

type Notes = Mutex<Vec<(Event, Device)>>;

struct Known {
    device: Device,
    info: DeviceInfo,
    /// Its arrival is reported then, whether it may be opened or not, when its strings have been asked for; `None` once it was reported.
    settled: Option<Instant>,
    /// `None` while it is left alone, as it may not be opened yet.
    reading: Option<Arc<Reading>>,
    /// It is there, but not here: this container has no node of it.
    hidden: bool,
}

impl LibusbHotplug {
    /// Events first, then the devices: one that comes meanwhile is in both, and none is in neither.
    pub fn open(context: Context) -> Result<LibusbHotplug> {
        let context = Arc::new(context);
        let (notes, timer) = (Box::default(), Timer::new()?);
        let mut hotplug = LibusbHotplug {
            notes,
            callback: None,
            known: Vec::new(),
            #[cfg(unix)]
            descriptors: context.descriptors()?,
            nodes: Nodes::open(),
            timer,
            strings: Arc::new(sys::Event::new()?),
            context,
        };
        // SAFETY: it has no condition.
        if unsafe { ffi::libusb_has_capability(LIBUSB_CAP_HAS_HOTPLUG) } != 0 {
            let mut callback = 0;
            // SAFETY: the context lives; the argument of the callback stays in its place until `drop` has taken the callback back.
            check(unsafe {
                ffi::libusb_hotplug_register_callback(
                    hotplug.context.as_ptr(),
                    LIBUSB_HOTPLUG_EVENT_DEVICE_ARRIVED | LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT,
                    LIBUSB_HOTPLUG_NO_FLAGS,
                    LIBUSB_HOTPLUG_MATCH_ANY,
                    LIBUSB_HOTPLUG_MATCH_ANY,
                    LIBUSB_HOTPLUG_MATCH_ANY,
                    happened,
                    &*hotplug.notes as *const Notes as *mut c_void,
                    &mut callback,
                )
            })?;
            hotplug.callback = Some(callback);
        }
        Ok(hotplug)
    }

    fn came(&mut self, device: Device, changes: &mut Vec<Change>) {
        if self.known.iter().any(|known| known.device == device) {
            return;
        }
        let Some(info) = discovery::describe(device.as_ptr()) else { return };
        self.known.push(Known { device, info, settled: Some(Instant::now() + SETTLING), reading: None, hidden: false });
        self.settle(changes);
    }

    fn gone(&mut self, device: &Device, changes: &mut Vec<Change>) {
        let Some(at) = self.known.iter().position(|known| known.device == *device) else { return };
        let known = self.known.remove(at);
        if known.hidden {
            return;
        }
        if known.settled.is_some() {
            changes.push(Change { event: Event::Arrived, info: known.info.clone() });
        }
        changes.push(Change { event: Event::Left, info: known.info });
    }

    /// What no event has reported.
    fn compare(&mut self, changes: &mut Vec<Change>) -> Result<()> {
        let there: Vec<Device> = {
            let list = self.context.devices()?;
            // SAFETY: devices of the list, which lives.
            list.iter().filter_map(|device| unsafe { Device::keep(device) }).collect()
        };
        let gone: Vec<usize> = (0..self.known.len()).filter(|at| !there.contains(&self.known[*at].device)).collect();
        for at in gone.into_iter().rev() {
            // SAFETY: `known` keeps it.
            if let Some(device) = unsafe { Device::keep(self.known[at].device.as_ptr()) } {
                self.gone(&device, changes);
            }
        }
        there.into_iter().for_each(|device| self.came(device, changes));
        Ok(())
    }

    fn settle(&mut self, changes: &mut Vec<Change>) {
        for known in &mut self.known {
            known.settle(&self.nodes, &self.context, &self.strings, changes);
        }
    }

    fn set_timer(&mut self) {
        let is_settling = |known: &Known| known.settled.is_some() && known.reading.is_none();
        let settling = self.known.iter().any(|known| is_settling(known) && !self.nodes.lacks(&known.info));
        let pause = match self.callback {
            _ if settling => Some(LOOK_AGAIN),
            None => Some(LOOK_AT_LIST),
            Some(_) => None,
        };
        let now = Instant::now();
        // Also what it shows now is over.
        if pause.is_some() || self.timer.due.is_some() {
            self.timer.set(pause.map(|pause| now + pause), now);
        }
    }
}

impl Known {
    /// Reports a device when it can be used, or when it had its time.
    fn settle(&mut self, nodes: &Nodes, context: &Arc<Context>, end: &Arc<sys::Event>, changes: &mut Vec<Change>) {
        let Some(mut settled) = self.settled else { return };
        if nodes.lacks(&self.info) {
            self.hidden = nodes.are_hidden(&self.info);
            return;
        }
        if std::mem::take(&mut self.hidden) {
            settled = Instant::now() + SETTLING;
            self.settled = Some(settled);
        }
        if self.reading.is_none() {
            self.reading = Reading::begin(context, self.device.as_ptr(), Some(end));
        }
        let Some((info, access)) = self.reading.as_ref().and_then(|reading| reading.found()) else { return };
        self.reading = None;
        if access == Access::Denied && settled > Instant::now() {
            return;
        }
        self.settled = None;
        self.info = info.clone();
        changes.push(Change { event: Event::Arrived, info });
    }
}

impl Hotplug for LibusbHotplug {
    fn descriptors(&self) -> Vec<(BorrowedDescriptor<'_>, Readiness)> {
        // There is none where there are no events either: the list is looked at then.
        #[cfg(not(unix))]
        let all = std::iter::empty();
        #[cfg(unix)]
        let all = self.descriptors.iter().map(|(fd, readiness)| {
            // SAFETY: libusb's own, open as long as the context, which lives as long as self.
            (unsafe { BorrowedDescriptor::borrow_raw(*fd) }, *readiness)
        });
        let own = [self.timer.as_fd(), self.strings.as_fd()].map(|own| (own, Readiness::Read));
        all.chain(self.nodes.descriptors()).chain(own).collect()
    }

    fn begin(&mut self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        self.compare(&mut changes)?;
        let asked: Vec<_> = self.known.iter().filter_map(|known| known.reading.clone()).collect();
        strings::wait_for(&asked, PATIENCE_OF_LISTS, &|_| false);
        self.settle(&mut changes);
        changes.sort_by(|a, b| path_order(&a.info.path, &b.info.path));
        self.set_timer();
        Ok(changes)
    }

    fn pump(&mut self, changes: &mut Vec<Change>) -> Result<()> {
        // First: the event is set again by what is read from here on.
        self.strings.clear();
        self.nodes.pump();
        loop {
            self.context.handle_events(Duration::from_secs(0), None);
            let notes = std::mem::take(&mut *lock(&self.notes));
            if notes.is_empty() {
                break;
            }
            for (event, device) in notes {
                match event {
                    Event::Arrived => self.came(device, changes),
                    Event::Left => self.gone(&device, changes),
                }
            }
        }
        self.settle(changes);
        let compared = self.compare(changes);
        self.set_timer();
        compared
    }
}

impl Drop for LibusbHotplug {
    fn drop(&mut self) {
        if let Some(callback) = self.callback {
            // SAFETY: registered in this context; no thread handles its events, so that the callback does not run now or later.
            unsafe { ffi::libusb_hotplug_deregister_callback(self.context.as_ptr(), callback) };
        }
        lock(&self.notes).clear();
    }
}

/// Called by libusb in `pump`: takes a note and no more.
extern "system" fn happened(
    _: *mut libusb_context,
    device: *mut libusb_device,
    event: libusb_hotplug_event,
    notes: *mut c_void,
) -> c_int {
    // SAFETY: `open` gave this, and `drop` takes the callback back; the device is valid during the call.
    let (notes, device) = unsafe { (&*(notes as *const Notes), Device::keep(device)) };
    let event = if event == LIBUSB_HOTPLUG_EVENT_DEVICE_LEFT { Event::Left } else { Event::Arrived };
    lock(notes).extend(device.map(|device| (event, device)));
    0
}
