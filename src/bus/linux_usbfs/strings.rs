//! The strings of devices. sysfs has them, under the device's lock: reading them waits while the device is busy, for seconds if it
//! does not answer. So a thread reads them, which ends when it has. The caller waits for as long as it makes progress, and goes on without
//! the strings of a device that is busy; when they have been read, the next caller finds them.

use super::known::Known;
use super::sysfs::Directory;
use crate::error::Result;
use crate::sync::{lock, wait, Condvar, Mutex};
use crate::sys::{start_thread, Event};
use rustc_hash::FxHashMap;
use std::os::unix::io::{AsFd, AsRawFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Directories of devices that were found a moment ago, still open, by the numbers of the devices' entries: to look up the way to one takes
/// as long as to read two of its files.
#[derive(Default)]
pub struct Directories(FxHashMap<u64, Arc<Directory>>);

/// File descriptors are given by the lowest free number. So many are no program's last ones.
const PLENTY: i32 = 128;

impl Directories {
    pub fn keep(&mut self, entry: u64, directory: Directory) {
        if directory.as_fd().as_raw_fd() < PLENTY {
            self.0.insert(entry, Arc::new(directory));
        }
    }

    /// Closes them all; false if there were none.
    pub fn give_up(&mut self) -> bool {
        !std::mem::take(&mut self.0).is_empty()
    }
}

/// A device whose strings are to be read.
#[derive(Clone)]
struct Unread {
    known: Arc<Known>,
    directory: Option<Arc<Directory>>,
}

impl Unread {
    fn read(&self) -> Result<()> {
        match &self.directory {
            Some(directory) if !self.known.has_strings() => self.known.read_strings_in(directory),
            _ => self.known.read_strings(),
        }
    }
}

/// What a thread has got done.
#[derive(Default)]
struct Progress {
    /// How many devices it is through with.
    read: usize,
    /// Its caller has gone on without the device that it is at, and another thread has the rest.
    given_up: bool,
    outcome: Option<Result<()>>,
}

#[derive(Default)]
struct Reading {
    progress: Mutex<Progress>,
    ended: Condvar,
}

/// Reads those that are not known; of a device that is busy for this time, they are left out. Strings that are free to be read are read in
/// microseconds.
pub fn read<'a>(
    devices: impl Iterator<Item = &'a Arc<Known>>,
    mut directories: Directories,
    patience: Duration,
) -> Result<()> {
    let unread = devices.filter(|known| !known.has_strings() && !known.is_awaited_no_more());
    let unread = unread.map(|known| Unread { known: Arc::clone(known), directory: directories.0.remove(&known.entry) });
    let mut rest: Vec<Unread> = unread.collect();
    while !rest.is_empty() {
        let (of_thread, reading) = (rest.clone(), Arc::new(Reading::default()));
        let by_thread = Arc::clone(&reading);
        // Where no thread can be started, the caller waits itself.
        if start_thread("usbx strings", move || by_thread.run(&of_thread)).is_err() {
            return rest.iter().try_for_each(Unread::read);
        }
        if let Some(outcome) = reading.wait(&mut rest, patience) {
            return outcome;
        }
    }
    Ok(())
}

impl Reading {
    fn run(&self, devices: &[Unread]) {
        let mut outcome = Ok(());
        for device in devices {
            outcome = device.read();
            let mut progress = lock(&self.progress);
            progress.read += 1;
            device.known.reading_ended();
            if progress.given_up || outcome.is_err() {
                break;
            }
        }
        lock(&self.progress).outcome = Some(outcome);
        self.ended.notify_all();
    }

    /// What came of it; `None` if the thread stands at a device. Then those after that are left.
    fn wait(&self, rest: &mut Vec<Unread>, patience: Duration) -> Option<Result<()>> {
        let mut progress = lock(&self.progress);
        loop {
            let (before, deadline) = (progress.read, Instant::now() + patience);
            while progress.outcome.is_none() && Instant::now() < deadline {
                progress = wait(&self.ended, progress, Some(deadline));
            }
            if let Some(outcome) = progress.outcome.take() {
                return Some(outcome);
            }
            if progress.read == before {
                break;
            }
        }
        progress.given_up = true;
        rest.drain(..progress.read);
        // None is left where the thread is about to say how it ended.
        if let Some(busy) = rest.first() {
            busy.known.await_no_more();
        }
        rest.drain(..1.min(rest.len()));
        None
    }
}

/// Begins to read them, and returns at once. The event reports the end.
pub fn begin(known: &Arc<Known>, end: &Arc<Event>) {
    if known.has_strings() || known.is_awaited_no_more() {
        return;
    }
    known.await_no_more();
    let (of_thread, end) = (Arc::clone(known), Arc::downgrade(end));
    let started = start_thread("usbx strings", move || {
        let _ = of_thread.read_strings();
        of_thread.reading_ended();
        end.upgrade().iter().for_each(|end| end.set());
    });
    if started.is_err() {
        known.reading_ended();
    }
}
