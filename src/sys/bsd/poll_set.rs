//! What one thread waits with for many things: a set of file descriptors that is one itself (kqueue).

use super::kernel_queue::{KernelQueue, BATCH};
use crate::error::{Error, Result, Status};
use crate::sys::{Descriptor, RawDescriptor, Readiness};
use rustix::event::kqueue::{EventFilter, EventFlags};
use rustix::io::Errno;
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

pub struct PollSet(KernelQueue);

impl PollSet {
    pub fn new() -> Result<PollSet> {
        KernelQueue::new().map(PollSet)
    }

    /// From now on `wait` gives its key when it is ready.
    pub fn add(&self, descriptor: impl AsFd, readiness: Readiness, key: u64) -> Result<()> {
        let number = descriptor.as_fd().as_raw_fd();
        let filter = match readiness {
            Readiness::Read => EventFilter::Read(number),
            Readiness::Write => EventFilter::Write(number),
            Readiness::Exceptional => {
                return Err(Error::new(Status::NotSupported, "this system has no lists of mounts to wait for"));
            }
        };
        self.0.change(filter, EventFlags::ADD, key).map_err(|error| match error {
            Errno::NOMEM => Error::new(Status::NoMem, "the system has no memory to wait for one more file descriptor"),
            _ => Error::new(Status::Other, format!("the system cannot wait for a file descriptor: {error}")),
        })
    }

    /// To poll for reading: ready when one of the set is. It lives as long as the set.
    pub fn as_raw_descriptor(&self) -> Result<RawDescriptor> {
        Ok(self.0.as_fd().as_raw_fd())
    }

    /// The same set under another number.
    pub fn duplicate(&self) -> Result<Descriptor> {
        self.0.duplicate()
    }

    /// What `wait` gives its key for from now on; hung up counts always.
    pub fn change(&self, descriptor: impl AsFd, read: bool, write: bool, key: u64) {
        let number = descriptor.as_fd().as_raw_fd();
        // One filter is deleted and added anew, as it keeps how it was added. Of a descriptor in the set, deleting may fail and adding cannot.
        for (filter, wanted) in [
            (EventFilter::Read as fn(RawDescriptor) -> EventFilter, read.then_some(EventFlags::ADD)),
            (EventFilter::Write, Some(if write { EventFlags::ADD } else { EventFlags::ADD | HANGING_UP })),
        ] {
            let _ = self.0.change(filter(number), EventFlags::DELETE, key);
            if let Some(flags) = wanted {
                let _ = self.0.change(filter(number), flags, key);
            }
        }
    }

    pub fn remove(&self, descriptor: impl AsFd) {
        let number = descriptor.as_fd().as_raw_fd();
        let _ = self.0.change(EventFilter::Read(number), EventFlags::DELETE, 0);
        let _ = self.0.change(EventFilter::Write(number), EventFlags::DELETE, 0);
    }

    /// Sleeps until something is ready or the time is up; `None` waits forever.
    pub fn wait(&self, time: Option<Duration>) -> Result<Ready> {
        let end = time.and_then(|time| Instant::now().checked_add(time));
        loop {
            let left = end.map(|end| end.saturating_duration_since(Instant::now()).min(LONGEST));
            let mut ready = Ready { events: [(0, false); BATCH], count: 0, interrupted: false };
            match self.0.wait(left, |filter, flags, key| ready.take(filter, flags, key)) {
                Ok(()) => {}
                // A signal is no failure. Most callers wait again.
                Err(Errno::INTR) => ready.interrupted = true,
                Err(error) => return Err(Error::new(Status::Other, format!("the system cannot wait: {error}"))),
            }
            let is_over = end.is_some_and(|end| end <= Instant::now());
            if ready.count > 0 || ready.interrupted || is_over {
                return Ok(ready);
            }
        }
    }
}

/// Ready for reading when one of the set is.
impl AsFd for PollSet {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A filter that is in the set only to tell that the other end is gone. It wakes once for each change, so that what it tells besides
/// does not wake forever.
const HANGING_UP: EventFlags = EventFlags::CLEAR;

/// More is no time for every system.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

pub struct Ready {
    /// Each key with whether its other end is gone.
    events: [(u64, bool); BATCH],
    count: usize,
    interrupted: bool,
}

impl Ready {
    fn take(&mut self, filter: EventFilter, flags: EventFlags, key: u64) {
        // The end of what is to be read leaves the other direction.
        let hung_up = matches!(filter, EventFilter::Write(_)) && flags.contains(EventFlags::EOF);
        if flags.contains(HANGING_UP) && !hung_up {
            return;
        }
        // Reading and writing are two events of one key.
        match self.events[..self.count].iter_mut().find(|event| event.0 == key) {
            Some(event) => event.1 |= hung_up,
            None => {
                self.events[self.count] = (key, hung_up);
                self.count += 1;
            }
        }
    }

    pub fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.events[..self.count].iter().map(|event| event.0)
    }

    /// Nothing is ready: a signal came, and its handler ran.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Whether the other end of this one is gone: it would be ready forever.
    pub fn hung_up(&self, key: u64) -> bool {
        self.events[..self.count].iter().any(|event| *event == (key, true))
    }
}
