//! Devices of this computer's bus that come and go, in their order.
//!
//! The kernel's messages say what happened, and sysfs what is the case. Where messages are lost or there are none, the difference
//! between what was known and what is there says the same. A device is known by its path and address: the address is another one
//! each time it is plugged in.

use super::uevent::{Action, News, Uevent, Uevents};
use super::{discovery, node, strings, sysfs};
use crate::bus::device_nodes::{may_open, DeviceNodes};
use crate::bus::{Change, Event, Hotplug, PATIENCE_OF_LISTS};
use crate::error::Result;
use crate::sys::{BorrowedDescriptor, Event as Signal, Readiness, Timer};
use crate::usb::DeviceInfo;
use std::collections::BTreeMap;
use std::os::unix::io::AsFd;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a device may take until it can be used: the kernel selects its configuration, and udevd gives its node to its users.
const SETTLING: Duration = Duration::from_secs(1);

/// How soon to look again first.
const FIRST_LOOK: Duration = Duration::from_millis(10);

pub struct KernelHotplug {
    uevents: Option<Uevents>,
    nodes: Option<DeviceNodes>,
    /// Ready when the first device has had its time to settle.
    timer: Timer,
    /// Ready when strings have been read.
    strings: Arc<Signal>,
    /// There may be more than the messages said.
    behind: bool,
    /// Messages come here.
    heard: bool,
    /// Where none do: when to look again, and the time since the look before. A node comes and goes a moment before all of the device does,
    /// and nothing else is heard of it.
    again: Option<(Instant, Duration)>,
    /// By path.
    known: BTreeMap<String, Known>,
}

struct Known {
    info: DeviceInfo,
    /// Its arrival was reported.
    reported: bool,
    /// The kernel has said that it has taken care of it.
    bound: bool,
    /// It is reported then at the latest. `None` as long as it has had no node.
    settled: Option<Instant>,
    /// It is there, but not here: this container has no node of it.
    hidden: bool,
}

impl KernelHotplug {
    /// Messages first, then the devices: one that comes meanwhile is in both, and none is in neither.
    pub fn open() -> Result<KernelHotplug> {
        // Messages name devices as sysfs does.
        let (uevents, nodes) = (Uevents::open().filter(|_| sysfs::has_usb()), DeviceNodes::open());
        let (timer, strings) = (Timer::new()?, Arc::new(Signal::new()?));
        Ok(KernelHotplug {
            behind: uevents.is_none(),
            heard: false,
            again: None,
            uevents,
            nodes,
            timer,
            strings,
            known: BTreeMap::new(),
        })
    }

    fn happened(&mut self, Uevent { action, info }: Uevent, changes: &mut Vec<Change>) {
        let path = info.path.clone();
        let known = self.known.get(&path).map(|known| &known.info);
        let same = known.is_some_and(|known| known.address == info.address);
        // A look at sysfs may have been ahead of the messages: this one is of a device that was there before.
        let is_past = || known.is_some_and(|known| sysfs::is_present(known) == Ok(true));
        match action {
            Action::Remove if same => self.gone(&path, changes),
            Action::Remove => {}
            Action::Add | Action::Bind if !same && is_past() => {}
            Action::Add | Action::Bind => {
                if !same {
                    self.gone(&path, changes);
                    // It may be gone by now: then the message has all that is left of it.
                    let there = discovery::device(&path).ok().flatten().filter(|there| there.is(&info));
                    self.known.insert(
                        path.clone(),
                        Known::new(there.map_or(info, |there| DeviceInfo::clone(&there.described()))),
                    );
                }
                self.known.get_mut(&path).iter_mut().for_each(|known| known.bound |= action == Action::Bind);
                self.settle(&path, changes);
            }
        }
    }

    /// Takes what is the case for what has happened.
    fn look(&mut self, changes: &mut Vec<Change>) -> Result<()> {
        let there = discovery::devices()?;
        let is_there = |known: &Known| there.iter().any(|there| there.is(&known.info));
        let gone: Vec<String> =
            self.known.iter().filter(|(_, known)| !is_there(known)).map(|(path, _)| path.clone()).collect();
        gone.iter().for_each(|path| self.gone(path, changes));
        for there in there.iter().filter(|there| !self.known.contains_key(&there.info.path)).collect::<Vec<_>>() {
            let path = &there.info.path;
            self.known.insert(path.clone(), Known::new(DeviceInfo::clone(&there.described())));
            self.settle(path, changes);
        }
        // Without messages it is always so.
        self.behind = self.uevents.is_none();
        Ok(())
    }

    fn gone(&mut self, path: &str, changes: &mut Vec<Change>) {
        let Some(known) = self.known.remove(path) else { return };
        if !known.reported && !known.hidden {
            changes.push(Change { event: Event::Arrived, info: known.info.clone() });
        }
        if known.reported || !known.hidden {
            changes.push(Change { event: Event::Left, info: known.info });
        }
    }

    /// Reports a device when it can be used, or when it had its time.
    fn settle(&mut self, path: &str, changes: &mut Vec<Change>) {
        let Some(known) = self.known.get_mut(path).filter(|known| !known.reported) else { return };
        // Without reports of nodes there is no use in waiting for one.
        if !has_node(&known.info) && self.nodes.is_some() {
            // If even the hub has none, nodes do not come by themselves here. A device that is about to leave stays what it was.
            if sysfs::is_present(&known.info) == Ok(true) {
                known.hidden = !has_node(&DeviceInfo { address: 1, ..known.info.clone() });
            }
            return;
        }
        known.hidden = false;
        let now = Instant::now();
        let settled = *known.settled.get_or_insert(now + SETTLING);
        // Its strings may have come with its configuration.
        let there = discovery::device(path).ok().flatten().filter(|there| there.is(&known.info));
        there.iter().for_each(|there| strings::begin(there, &self.strings));
        let is_told = there.as_ref().map_or(true, |there| there.has_strings());
        if settled <= now || (is_told && known.is_usable()) {
            known.reported = true;
            there.iter().for_each(|there| known.info = DeviceInfo::clone(&there.described()));
            changes.push(Change { event: Event::Arrived, info: known.info.clone() });
        }
    }

    fn set_timer(&mut self) {
        let settling =
            self.known.values().filter(|known| !known.reported && (has_node(&known.info) || self.nodes.is_none()));
        let due = settling.filter_map(|known| known.settled).chain(self.again.map(|(due, _)| due)).min();
        if self.timer.due != due {
            self.timer.set(due, Instant::now());
        }
    }
}

impl Hotplug for KernelHotplug {
    fn descriptors(&self) -> Vec<(BorrowedDescriptor<'_>, Readiness)> {
        let changes = self.nodes.as_ref().map(DeviceNodes::changes);
        let own = [self.timer.as_fd(), self.strings.as_fd()];
        let read = self.uevents.iter().map(AsFd::as_fd).chain(changes).chain(own);
        let mounts = self.nodes.as_ref().and_then(DeviceNodes::mounts);
        read.map(|descriptor| (descriptor, Readiness::Read))
            .chain(mounts.map(|d| (d, Readiness::Exceptional)))
            .collect()
    }

    fn begin(&mut self) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        let (there, directories) = discovery::devices_and_directories()?;
        strings::read(there.iter(), directories, PATIENCE_OF_LISTS, &|| false)?;
        for there in there.iter() {
            let mut known = Known::new(DeviceInfo::clone(&there.described()));
            // One that is plugged in at this moment has to settle, as those that come. The others are as they are.
            let is_settled = there.has_strings()
                && (is_by_node(&known.info) || sysfs::is_driven(&known.info))
                && has_node(&known.info);
            known.settled = is_settled.then(Instant::now);
            self.known.insert(there.info.path.clone(), known);
            self.settle(&there.info.path, &mut changes);
        }
        self.set_timer();
        Ok(changes)
    }

    fn pump(&mut self, changes: &mut Vec<Change>) -> Result<()> {
        // First: the event is set again by what is read from here on.
        self.strings.clear();
        while let Some(uevents) = &self.uevents {
            match uevents.next() {
                News::Uevent(uevent) => {
                    (self.heard, self.again) = (true, None);
                    self.happened(uevent, changes);
                }
                News::Lost => self.behind = true,
                News::Nothing => break,
            }
        }
        let waiting: Vec<String> =
            self.known.iter().filter(|(_, known)| !known.reported).map(|(path, _)| path.clone()).collect();
        if let Some(nodes) = &self.nodes {
            // In a separate user namespace nothing comes on the socket: nodes that come and go say the same.
            let changed = nodes.changed();
            self.behind |= changed;
            if changed && !self.heard {
                self.again = Some((Instant::now() + FIRST_LOOK, FIRST_LOOK));
            }
            // A mount is reported to the first that polls, which may be other code.
            if changed || !waiting.is_empty() {
                nodes.cover();
            }
        }
        waiting.iter().for_each(|path| self.settle(path, changes));
        let now = Instant::now();
        if let Some((_, pause)) = self.again.filter(|(due, _)| *due <= now) {
            self.behind = true;
            self.again = Some((now + pause * 4, pause * 4)).filter(|(_, pause)| *pause < SETTLING);
        }
        let looked = if self.behind { self.look(changes) } else { Ok(()) };
        self.set_timer();
        looked
    }
}

/// Whether there is no sysfs that knows it.
fn is_by_node(info: &DeviceInfo) -> bool {
    info.path.contains('/')
}

fn has_node(info: &DeviceInfo) -> bool {
    Path::new(&node::path(info)).exists()
}

impl Known {
    fn new(info: DeviceInfo) -> Known {
        Known { info, reported: false, bound: false, settled: None, hidden: false }
    }

    /// Its configuration is selected, and this process may open its node.
    fn is_usable(&self) -> bool {
        (self.bound || is_by_node(&self.info) || sysfs::is_configured(&self.info)) && may_open(&self.info)
    }
}
