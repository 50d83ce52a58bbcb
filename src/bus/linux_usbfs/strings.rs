//! The strings of devices. sysfs has them, under the device's lock: reading them waits while the device is busy, for seconds if it
//! does not answer. So a thread reads them, which ends when it has; where it is kept waiting, another one reads those of the other devices. The
//! caller goes on without the strings of a device that is busy; when they have been read, the next caller finds them.

use super::known::Known;
use super::sysfs::Directory;
use crate::error::{Error, Result};
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

/// A device that is free has its strings read by then.
const SOON: Duration = Duration::from_millis(10);

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

/// How far it is.
#[derive(Default)]
struct Progress {
    /// Of which devices a thread has taken charge: so many of the first.
    taken: usize,
    /// Which of these it is through with, and how many they are.
    is_read: Vec<bool>,
    read: usize,
    /// The caller has gone on.
    given_up: bool,
    failure: Option<Error>,
}

/// Devices whose strings one caller waits for.
struct Reading {
    devices: Vec<Unread>,
    progress: Mutex<Progress>,
    /// Notified when a thread ends.
    ended: Condvar,
}

/// Reads those that are not known, until the caller has enough. Strings that are free to be read are read in microseconds; those of devices
/// that are busy for this time are left out.
pub fn read<'a>(
    devices: impl Iterator<Item = &'a Arc<Known>>,
    mut directories: Directories,
    patience: Duration,
    is_enough: &dyn Fn() -> bool,
) -> Result<()> {
    let unread = devices.filter(|known| !known.has_strings() && !known.is_awaited_no_more());
    let unread = unread.map(|known| Unread { known: Arc::clone(known), directory: directories.0.remove(&known.entry) });
    let devices: Vec<Unread> = unread.collect();
    if devices.is_empty() || is_enough() {
        return Ok(());
    }
    let progress = Progress { is_read: vec![false; devices.len()], ..Progress::default() };
    let reading = Arc::new(Reading { devices, progress: Mutex::new(progress), ended: Condvar::new() });
    // Where no thread can be started, the caller waits itself.
    if reading.start().is_err() {
        return reading.devices.iter().try_for_each(Unread::read);
    }
    reading.wait(patience, is_enough)
}

impl Reading {
    fn start(self: &Arc<Self>) -> std::io::Result<()> {
        let by_thread = Arc::clone(self);
        start_thread("usbx strings", move || by_thread.run()).map(|_| ())
    }

    fn run(&self) {
        let mut progress = lock(&self.progress);
        while !progress.given_up && progress.failure.is_none() && progress.taken < self.devices.len() {
            let at = progress.taken;
            progress.taken += 1;
            drop(progress);
            let outcome = self.devices[at].read();
            progress = lock(&self.progress);
            progress.is_read[at] = true;
            progress.read += 1;
            progress.failure = progress.failure.take().or(outcome.err());
            self.devices[at].known.reading_ended();
        }
        drop(progress);
        self.ended.notify_all();
    }

    /// While a device keeps its thread waiting, another thread goes on with the rest.
    fn wait(self: &Arc<Self>, patience: Duration, is_enough: &dyn Fn() -> bool) -> Result<()> {
        let mut progress = lock(&self.progress);
        let (mut before, mut deadline) = (0, Instant::now() + patience);
        loop {
            if let Some(failure) = progress.failure.take() {
                return Err(failure);
            }
            if progress.read == self.devices.len() {
                return Ok(());
            }
            let now = Instant::now();
            if progress.read > before {
                (before, deadline) = (progress.read, now + patience);
            }
            if now >= deadline || is_enough() {
                break;
            }
            progress = wait(&self.ended, progress, Some(deadline.min(now + SOON)));
            if progress.read == before && progress.taken < self.devices.len() {
                drop(progress);
                // Where none can be started, the first one goes on later.
                let _ = self.start();
                progress = lock(&self.progress);
            }
        }
        progress.given_up = true;
        let busy = (0..progress.taken).filter(|at| !progress.is_read[*at]);
        busy.for_each(|at| self.devices[at].known.await_no_more());
        Ok(())
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
