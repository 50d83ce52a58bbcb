//! Which devices there are: read from sysfs, where the kernel keeps descriptors and strings. Nothing is opened, no request is
//! sent, and plugging is seen whether udevd runs or not.
//!
//! What was read of a device is kept for as long as its entry in sysfs has the same number, so that listing reads one directory when
//! nothing has changed. It takes no thread to keep that true, and a forked child may go on with it.
//!
//! Where there is no sysfs, as on Android or in some containers, devices are found by their nodes, "001/002" is the path of one, and
//! their strings are not known, for only the device itself could be asked.

use super::known::Known;
use super::sysfs;
use crate::error::Result;
use crate::usb::path_order;
use arc_swap::ArcSwapOption;
use rustix::fs::{open, Mode, OFlags, RawDir};
use rustix::io::Errno;
use std::fs::DirEntry;
use std::mem::MaybeUninit;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::Arc;

const NODES: &str = "/dev/bus/usb";

/// In the order of their paths.
pub type Devices = Arc<Vec<Arc<Known>>>;

/// The devices that were there the last time. Without a lock: a forked child would find it as another thread had it.
static KNOWN: ArcSwapOption<Vec<Arc<Known>>> = ArcSwapOption::const_empty();

/// The devices on the bus. A host without USB has none.
pub fn devices() -> Result<Devices> {
    let before = still_true();
    let mut there = Vec::with_capacity(before.len());
    let mut are_new = false;
    let has_sysfs = for_each_entry(|name, entry| {
        let known = before.iter().find(|known| known.entry == entry && known.info.path == name);
        match known {
            Some(known) => there.push(Arc::clone(known)),
            // A device that goes away while it is read is not there.
            None => there.extend(Known::read(name, entry)?.map(|known| {
                are_new = true;
                Arc::new(known)
            })),
        }
        Ok(())
    })?;
    if !has_sysfs {
        for (bus, address, entry) in nodes() {
            let is_same =
                |known: &&Arc<Known>| (known.info.bus, known.info.address, known.entry) == (bus, address, entry);
            match before.iter().find(is_same) {
                Some(known) => there.push(Arc::clone(known)),
                None => there.extend(Known::read_node(bus, address, entry)?.map(|known| {
                    are_new = true;
                    Arc::new(known)
                })),
            }
        }
    }
    if !are_new && there.len() == before.len() {
        return Ok(before);
    }
    there.sort_by(|a, b| path_order(&a.info.path, &b.info.path));
    let there = Arc::new(there);
    KNOWN.store(Some(Arc::clone(&there)));
    Ok(there)
}

/// The device at a path, if there is one.
pub fn device(path: &str) -> Result<Option<Arc<Known>>> {
    if path.contains('/') {
        return Ok(devices()?.iter().find(|known| known.info.path == path).map(Arc::clone));
    }
    let Some(entry) = Some(path).filter(|path| sysfs::is_name(path)).and_then(sysfs::entry) else { return Ok(None) };
    if let Some(known) = still_true().iter().find(|known| known.entry == entry && known.info.path == path) {
        return Ok(Some(Arc::clone(known)));
    }
    let Some(known) = Known::read(path, entry)?.map(Arc::new) else { return Ok(None) };
    KNOWN.rcu(|before| {
        let others = before.iter().flat_map(|devices| devices.iter()).filter(|other| other.info.path != path);
        let mut devices: Vec<Arc<Known>> = others.chain([&known]).map(Arc::clone).collect();
        devices.sort_by(|a, b| path_order(&a.info.path, &b.info.path));
        Some(Arc::new(devices))
    });
    Ok(Some(known))
}

/// What was known at the last look.
pub fn last() -> Devices {
    KNOWN.load_full().unwrap_or_default()
}

/// The same, where an entry of the same number is the same device.
fn still_true() -> Devices {
    match are_numbers_unique() {
        true => last(),
        false => Devices::default(),
    }
}

/// Calls with each device's entry in sysfs, and its number; false if there is no sysfs.
fn for_each_entry(mut call: impl FnMut(&str, u64) -> Result<()>) -> Result<bool> {
    let directory = match open(sysfs::DEVICES, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()) {
        Ok(directory) => directory,
        // Where it is not there, no file descriptor would have helped.
        Err(_) if !Path::new(sysfs::DEVICES).is_dir() => return Ok(false),
        Err(error) => return sysfs::unless_short_of(&error.into()).map(|()| false),
    };
    let mut buffer = [MaybeUninit::uninit(); 8192];
    let mut entries = RawDir::new(directory, &mut buffer);
    while let Some(entry) = entries.next() {
        match entry {
            Ok(entry) => match entry.file_name().to_str() {
                Ok(name) if sysfs::is_name(name) => call(name, entry.ino())?,
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
