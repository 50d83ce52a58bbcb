//! Devices that come and go: as libusb tells it (told.rs), and where it does not, or is found to have missed something, by lists that are
//! made anew now and then.

use super::context::{Context, Device};
use super::discovery::{self, Usable};
use super::nodes::{self, Nodes};
use super::strings::{self, Reading};
use super::told::{self, Told};
use crate::bus::{Change, Event, Hotplug, PATIENCE_OF_LISTS};
use crate::error::{Result, Status};
use crate::sys::{self, BorrowedDescriptor, Pollable, Readiness, Timer};
use crate::usb::{path_order, DeviceInfo};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a device may take until the system has given its node to its users.
const SETTLING: Duration = Duration::from_secs(1);

/// How often to look at a device that is settling.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How often to make a list where there are no events; and where changes of the nodes say when.
const LIST_AGAIN: Duration = Duration::from_millis(500);
const LIST_ANYWAY: Duration = Duration::from_secs(2);

pub struct LibusbHotplug {
    told: Option<Told>,
    /// What the last list had that was not told, or had not. It may be on its way then.
    untold: Vec<DeviceInfo>,
    /// Something was untold in two lists: nothing is believed to be told any more.
    is_deaf: bool,
    /// When to make a list next.
    list_due: Option<Instant>,
    known: Vec<Known>,
    nodes: Nodes,
    timer: Timer,
    /// The strings of some device have been read.
    strings: Arc<sys::Event>,
    /// That of all devices that are known; `None` where libusb finds no USB.
    context: Option<Arc<Context>>,
}

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
    pub fn open() -> Result<LibusbHotplug> {
        let told = match told::is_any().then(Context::new) {
            Some(Ok(context)) => Some(Told::new(context)?),
            Some(Err(error)) if error.status == Status::NoMem => return Err(error),
            // As a list has none there. Other buses' devices may come and go.
            Some(Err(_)) | None => None,
        };
        let context = told.as_ref().map(|told| Arc::clone(told.context()));
        let (nodes, timer, strings) = (Nodes::open(), Timer::new()?, Arc::new(sys::Event::new()?));
        Ok(LibusbHotplug {
            told,
            untold: Vec::new(),
            is_deaf: false,
            list_due: None,
            known: Vec::new(),
            nodes,
            timer,
            strings,
            context,
        })
    }

    fn came(&mut self, (info, device): (DeviceInfo, Device), changes: &mut Vec<Change>) {
        if self.known.iter().any(|known| known.device == device) {
            return;
        }
        self.known.push(Known { device, info, settled: Some(Instant::now() + SETTLING), reading: None, hidden: false });
        self.settle(changes);
    }

    fn gone(&mut self, device: &Device, changes: &mut Vec<Change>) {
        if let Some(at) = self.known.iter().position(|known| known.device == *device) {
            self.known.remove(at).leaves(changes);
        }
    }

    fn is_told(&self) -> bool {
        self.told.is_some() && !self.is_deaf
    }

    /// The list of a context has all devices there are.
    fn compare(&mut self, context: Option<Arc<Context>>, changes: &mut Vec<Change>) -> Result<()> {
        let mut there = devices(&context)?;
        // Of one context a device that is told is another one than the last in its place.
        let is_exact = self.is_told();
        for known in std::mem::take(&mut self.known) {
            let is_known = |device: &Device| known.device == *device || (!is_exact && known.is(device));
            match there.iter().position(is_known) {
                Some(at) => self.known.push(Known { device: there.swap_remove(at), ..known }),
                None => known.leaves(changes),
            }
        }
        self.context = context;
        let mut new: Vec<_> = there.into_iter().filter_map(described).collect();
        new.sort_by(|(a, _), (b, _)| path_order(&a.path, &b.path));
        new.into_iter().for_each(|new| self.came(new, changes));
        Ok(())
    }

    /// Makes a list, and sees what is new in it. Where it cannot be made, it is made later.
    fn look(&mut self, changes: &mut Vec<Change>) -> Result<()> {
        self.list_due = Some(Instant::now() + if self.nodes.are_watched() { LIST_ANYWAY } else { LIST_AGAIN });
        // Where a context's list is kept by events, that of a new one is made anew.
        let context = match &self.context {
            Some(context) if !told::has_events() => Some(Arc::clone(context)),
            _ => match Context::new() {
                Ok(context) => Some(Arc::new(context)),
                Err(error) if error.status == Status::NoMem || nodes::obstacle().is_none() => return Err(error),
                Err(_) => None,
            },
        };
        if self.is_told() {
            self.verify(&context)?;
        }
        match self.is_told() {
            true => Ok(()),
            false => self.compare(context, changes),
        }
    }

    /// Whether all is told that is in the list.
    fn verify(&mut self, context: &Option<Arc<Context>>) -> Result<()> {
        let there = devices(context)?;
        let is_there = |known: &Known| there.iter().any(|device| known.is(device));
        let is_known = |device: &Device| self.known.iter().any(|known| known.is(device));
        let gone = self.known.iter().filter(|known| !is_there(known)).map(|known| known.info.clone());
        let new = there.iter().filter(|device| !is_known(device));
        let untold: Vec<DeviceInfo> =
            gone.chain(new.filter_map(|device| discovery::describe(device.as_ptr()))).collect();
        let is_same = |a: &DeviceInfo, b: &DeviceInfo| (a.bus, a.address, &a.path) == (b.bus, b.address, &b.path);
        self.is_deaf = untold.iter().any(|now| self.untold.iter().any(|before| is_same(now, before)));
        self.list_due = (!untold.is_empty()).then(|| Instant::now() + SETTLING);
        self.untold = untold;
        Ok(())
    }

    fn settle(&mut self, changes: &mut Vec<Change>) {
        let Some(context) = &self.context else { return };
        for known in &mut self.known {
            known.settle(&self.nodes, context, &self.strings, changes);
        }
    }

    fn set_timer(&mut self) {
        let is_settling = |known: &Known| known.settled.is_some() && known.reading.is_none();
        let settling = self.known.iter().any(|known| is_settling(known) && !self.nodes.lacks(&known.info));
        let now = Instant::now();
        let due = self.list_due.into_iter().chain(settling.then(|| now + LOOK_AGAIN)).min();
        // Also what it shows now is over.
        if due.is_some() || self.timer.due.is_some() {
            self.timer.set(due, now);
        }
    }
}

impl Known {
    /// In the list of another context. One that was plugged in at the same place later mostly has another address.
    fn is(&self, device: &Device) -> bool {
        discovery::is(device.as_ptr(), &self.info)
    }

    fn leaves(self, changes: &mut Vec<Change>) {
        if self.hidden {
            return;
        }
        if self.settled.is_some() {
            changes.push(Change { event: Event::Arrived, info: self.info.clone() });
        }
        changes.push(Change { event: Event::Left, info: self.info });
    }

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
        let Some((info, usable)) = self.reading.as_ref().and_then(|reading| reading.found()) else { return };
        self.reading = None;
        if usable == Usable::NotYet && settled > Instant::now() {
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
        let all = self.told.iter().flat_map(Told::descriptors);
        let own = [self.timer.as_fd(), self.strings.as_fd()].map(|own| (own, Readiness::Read));
        all.chain(self.nodes.descriptors()).chain(own).collect()
    }

    fn begin(&mut self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        let looked = match self.is_told() {
            true => self.compare(self.context.clone(), &mut changes),
            false => self.look(&mut changes),
        };
        // What cannot be looked at now is as if there were none.
        looked.or_else(|error| if error.status == Status::NoMem { Err(error) } else { Ok(()) })?;
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
        let now = Instant::now();
        if self.nodes.pump() {
            // What comes has its node first; and what libusb is about to tell comes from its thread, or its parent's.
            let soon = now + if self.is_told() { SETTLING } else { LOOK_AGAIN };
            self.list_due = Some(self.list_due.map_or(soon, |due| due.min(soon)));
        }
        loop {
            let notes = self.told.as_ref().map_or_else(Vec::new, Told::take);
            if notes.is_empty() {
                break;
            }
            for (event, device) in notes {
                match event {
                    _ if !self.is_told() => {}
                    Event::Arrived => described(device).into_iter().for_each(|new| self.came(new, changes)),
                    Event::Left => self.gone(&device, changes),
                }
            }
        }
        self.settle(changes);
        let compared = match self.is_told() {
            true => self.compare(self.context.clone(), changes),
            false => Ok(()),
        };
        if self.list_due.is_some_and(|due| due <= now) {
            // One that fails is made again later. Until then what was told is true, or what the last one had.
            let _ = self.look(changes);
        }
        self.set_timer();
        compared
    }
}

fn devices(context: &Option<Arc<Context>>) -> Result<Vec<Device>> {
    let Some(context) = context else { return Ok(Vec::new()) };
    let list = context.devices()?;
    // SAFETY: devices of the list, which lives.
    Ok(list.iter().filter_map(|device| unsafe { Device::keep(device) }).collect())
}

/// None of one whose descriptor cannot be read.
fn described(device: Device) -> Option<(DeviceInfo, Device)> {
    Some((discovery::describe(device.as_ptr())?, device))
}
