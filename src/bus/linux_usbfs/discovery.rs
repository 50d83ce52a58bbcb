//! Which devices there are: read from sysfs, where the kernel keeps descriptors and strings. Nothing is opened, no request is
//! sent, and plugging is seen whether udevd runs or not.
//!
//! What was read of a device is kept for as long as its entry in sysfs has the same number. The kernel counts its events, of which each
//! device that comes or goes is one: while that count is the same, so is the list, and one small file says so. Where it is another one,
//! or is hidden, the directory says which devices are the same. It takes no thread to keep that true, and a forked child may go on with
//! it.
//!
//! Where there is no sysfs, as on Android or in some containers, devices are found by their nodes, "001/002" is the path of one, and
//! their strings are not known, for only the device itself could be asked.

use super::event_count;
use super::known::Known;
use super::strings::Directories;
use super::sysfs::{self, Directory};
use crate::bus::device_nodes::NODES;
use crate::error::Result;
use crate::usb::{path_order, DeviceInfo};
use arc_swap::ArcSwapOption;
use rustix::fs::RawDir;
use rustix::io::Errno;
use std::fs::DirEntry;
use std::mem::MaybeUninit;
use std::ops::Deref;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicU8, Ordering};
use std::sync::Arc;

pub type Devices = Arc<List>;

/// The devices there were at one time, in the order of their paths.
#[derive(Default)]
pub struct List {
    devices: Vec<Arc<Known>>,
    /// Another one than any list before it had in this process, and in those that it was forked from. 0 where no list was kept yet.
    number: u64,
    /// Their descriptions with strings, once those of all are known. They stay as they are.
    described: ArcSwapOption<Vec<Arc<DeviceInfo>>>,
    /// The kernel's count of events before the list was made, or was found to be true again; 0 if a later list may differ without one.
    events: AtomicU64,
}

impl List {
    fn new(devices: Vec<Arc<Known>>, events: u64) -> Arc<List> {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        Arc::new(List { devices, number, described: ArcSwapOption::empty(), events: AtomicU64::new(events) })
    }

    /// The descriptions with strings; `None` if some are not known yet.
    pub fn described(&self) -> Option<Arc<Vec<Arc<DeviceInfo>>>> {
        let known = self.described.load_full();
        known.or_else(|| {
            let all: Option<Vec<_>> =
                self.devices.iter().map(|known| known.has_strings().then(|| known.described())).collect();
            let all = Arc::new(all?);
            self.described.store(Some(Arc::clone(&all)));
            Some(all)
        })
    }

    /// While `devices` gives this number, it gives the same devices.
    pub fn number(&self) -> u64 {
        self.number
    }
}

impl Deref for List {
    type Target = [Arc<Known>];

    fn deref(&self) -> &[Arc<Known>] {
        &self.devices
    }
}

/// The devices that were there the last time. Without a lock: a forked child would find it as another thread had it.
static KNOWN: ArcSwapOption<List> = ArcSwapOption::const_empty();

/// The devices on the bus. A host without USB has none.
pub fn devices() -> Result<Devices> {
    list(None)
}

/// The same, for a caller that reads their strings next: the directories of those that are new stay open.
pub fn devices_and_directories() -> Result<(Devices, Directories)> {
    let mut directories = Directories::default();
    let devices = list(Some(&mut directories))?;
    Ok((devices, directories))
}

fn list(directories: Option<&mut Directories>) -> Result<Devices> {
    // First: what happens from here on is another event.
    let events = event_count::read();
    unchanged(events).map_or_else(|| look(events.unwrap_or(0), directories), Ok)
}

/// The list, if it is still true.
fn unchanged(events: Option<u64>) -> Option<Devices> {
    let last = KNOWN.load();
    let last = last.as_ref().filter(|last| Some(last.events.load(Ordering::Relaxed)) == events)?;
    Some(Arc::clone(last))
}

fn look(events: u64, mut directories: Option<&mut Directories>) -> Result<Devices> {
    let before = still_true();
    let mut is_there = vec![false; before.len()];
    let (mut new, mut is_complete) = (Vec::new(), true);
    let has_sysfs = for_each_entry(|directory, name, entry| {
        match before.iter().position(|known| known.entry == entry && known.info.path == name) {
            Some(at) => is_there[at] = true,
            // A device that goes away while it is read is not there.
            None => {
                let read = match read(directory, name, entry) {
                    Err(_) if directories.as_mut().is_some_and(|kept| kept.give_up()) => read(directory, name, entry),
                    read => read,
                };
                match read? {
                    Some((known, own)) => {
                        new.push(known);
                        if let Some(kept) = &mut directories {
                            kept.keep(entry, own);
                        }
                    }
                    None => is_complete = false,
                }
            }
        }
        Ok(())
    })?;
    if !has_sysfs {
        is_complete = false;
        for (bus, address, entry) in nodes() {
            let is_same =
                |known: &Arc<Known>| (known.info.bus, known.info.address, known.entry) == (bus, address, entry);
            match before.iter().position(is_same) {
                Some(at) => is_there[at] = true,
                None => new.extend(Known::read_node(bus, address, entry)?),
            }
        }
    } else if !new.is_empty() && (events == 0 || event_count::read() != Some(events)) {
        // What was read by a name may be of another device than its entry was.
        let read = new.len();
        new.retain(|known| sysfs::entry(&known.info.path) == Some(known.entry));
        is_complete &= new.len() == read;
    }
    let events = if is_complete { events } else { 0 };
    if new.is_empty() && !is_there.contains(&false) {
        before.events.store(events, Ordering::Relaxed);
        return Ok(before);
    }
    let still_there = before.iter().zip(is_there).filter(|(_, is_there)| *is_there);
    let mut devices: Vec<Arc<Known>> = still_there.map(|(known, _)| Arc::clone(known)).collect();
    new.into_iter().for_each(|known| insert(&mut devices, Arc::new(known)));
    let list = List::new(devices, events);
    KNOWN.store(Some(Arc::clone(&list)));
    Ok(list)
}

/// A device by its entry, and its directory.
fn read(devices: &Directory, name: &str, entry: u64) -> Result<Option<(Known, Directory)>> {
    let Some(own) = Directory::open_in(devices, name)? else { return Ok(None) };
    Ok(Known::read(&own, name, entry)?.map(|known| (known, own)))
}

fn insert(devices: &mut Vec<Arc<Known>>, known: Arc<Known>) {
    let at = devices.partition_point(|other| path_order(&other.info.path, &known.info.path).is_lt());
    devices.insert(at, known);
}

/// The device at a path, if there is one.
pub fn device(path: &str) -> Result<Option<Arc<Known>>> {
    let in_list = |devices: &List| devices.iter().find(|known| known.info.path == path).map(Arc::clone);
    if path.contains('/') {
        return Ok(in_list(&*devices()?));
    }
    if let Some(last) = unchanged(event_count::read()) {
        return Ok(in_list(&last));
    }
    let Some(entry) = Some(path).filter(|path| sysfs::is_name(path)).and_then(sysfs::entry) else { return Ok(None) };
    if let Some(known) = still_true().iter().find(|known| known.entry == entry && known.info.path == path) {
        return Ok(Some(Arc::clone(known)));
    }
    let Some(directory) = Directory::open(path)? else { return Ok(None) };
    let Some(known) = Known::read(&directory, path, entry)?.map(Arc::new) else { return Ok(None) };
    // If it went away meanwhile, some of that may be of another one.
    if sysfs::entry(path) != Some(entry) {
        return Ok(None);
    }
    KNOWN.rcu(|before| {
        let others = before.iter().flat_map(|devices| devices.iter()).filter(|other| other.info.path != path);
        let mut devices = others.map(Arc::clone).collect();
        insert(&mut devices, Arc::clone(&known));
        Some(List::new(devices, 0))
    });
    Ok(Some(known))
}

/// What was known at the last look.
pub fn last() -> Devices {
    KNOWN.load_full().unwrap_or_default()
}

/// The same, where an entry of the same number is the same device.
fn still_true() -> Devices {
    match KNOWN.load_full() {
        Some(last) if are_numbers_unique() => last,
        _ => Devices::default(),
    }
}

/// Calls with the directory, each device's entry in it, and the entry's number; false if there is no sysfs.
fn for_each_entry(mut call: impl FnMut(&Directory, &str, u64) -> Result<()>) -> Result<bool> {
    let directory = match Directory::of_devices() {
        Ok(directory) => directory,
        // Where it is not there, no file descriptor would have helped.
        Err(_) if !Path::new(sysfs::DEVICES).is_dir() => return Ok(false),
        Err(error) => return sysfs::unless_short_of(&error).map(|()| false),
    };
    let mut buffer = [MaybeUninit::uninit(); 8192];
    let mut entries = RawDir::new(&directory, &mut buffer);
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) => match entry.file_name().to_str() {
                Ok(name) if sysfs::is_name(name) => call(&directory, name, entry.ino())?,
                _ => {}
            },
            Err(Errno::INTR) => {}
            Err(error) => return sysfs::unless_short_of(&error.into()).map(|()| true),
        }
    }
    Ok(true)
}

/// The device nodes, by bus and address, each with a number that is another one when the node was made anew.
fn nodes() -> Vec<(u8, u8, u64)> {
    let directory = |path: &Path| std::fs::read_dir(path).into_iter().flatten().flatten();
    let number = |entry: &DirEntry| entry.file_name().to_str().and_then(|name| name.parse::<u8>().ok());
    let mut nodes = Vec::new();
    for bus in directory(Path::new(NODES)) {
        for node in directory(&bus.path()) {
            if let (Some(bus), Some(address), Ok(metadata)) = (number(&bus), number(&node), node.metadata()) {
                let made = metadata.ctime().wrapping_mul(1_000_000_000).wrapping_add(metadata.ctime_nsec());
                nodes.push((bus, address, metadata.ino() ^ (made as u64).rotate_left(20)));
            }
        }
    }
    nodes
}

/// Whether devices can be found at all.
pub fn has_usb() -> bool {
    sysfs::has_usb() || Path::new(NODES).is_dir()
}

/// Whether the kernel (4.14 and newer) gives a number in sysfs again only when it has used up all others.
fn are_numbers_unique() -> bool {
    static KNOWN: AtomicU8 = AtomicU8::new(0);
    match KNOWN.load(Ordering::Relaxed) {
        0 => {
            let unique = version() >= (4, 14);
            KNOWN.store(if unique { 1 } else { 2 }, Ordering::Relaxed);
            unique
        }
        known => known == 1,
    }
}

fn version() -> (u32, u32) {
    // SAFETY: uname fills in the structure, which is plain memory, and every field of it ends with a NUL.
    let release = unsafe {
        let mut name: libc::utsname = std::mem::zeroed();
        libc::uname(&mut name);
        std::ffi::CStr::from_ptr(name.release.as_ptr()).to_string_lossy().into_owned()
    };
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}
