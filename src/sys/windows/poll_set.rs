//! What one thread waits with for many things: a set that can be in another one. It has no limit of 64.

use super::readiness::{BorrowedDescriptor, Descriptor, Interest, Pollable, Source};
use super::RawDescriptor;
use crate::error::Result;
use crate::sys::Readiness;
use std::time::{Duration, Instant};

pub struct PollSet(Descriptor);

impl PollSet {
    pub fn new() -> Result<PollSet> {
        Ok(PollSet(Source::set()))
    }

    /// From now on `wait` gives its key when it is ready.
    pub fn add(&self, descriptor: impl Pollable, readiness: Readiness, key: u64) -> Result<()> {
        let (read, write) = (readiness == Readiness::Read, readiness == Readiness::Write);
        self.0.watch(descriptor.as_fd().source(), Interest { read, write, key });
        Ok(())
    }

    /// The HANDLE of an event that is signalled while one of the set is ready. It lives as long as the set.
    pub fn as_raw_descriptor(&self) -> Result<RawDescriptor> {
        self.0.handle()
    }

    /// The same set, for another one.
    pub fn duplicate(&self) -> Result<Descriptor> {
        Ok(Descriptor::clone(&self.0))
    }

    /// What `wait` gives its key for from now on; hung up counts always.
    pub fn change(&self, descriptor: impl Pollable, read: bool, write: bool, key: u64) {
        self.0.watch(descriptor.as_fd().source(), Interest { read, write, key });
    }

    pub fn remove(&self, descriptor: impl Pollable) {
        self.0.forget(descriptor.as_fd().source());
    }

    /// Sleeps until something is ready or the time is up; `None` waits forever.
    pub fn wait(&self, time: Option<Duration>) -> Result<Ready> {
        let deadline = time.and_then(|time| Instant::now().checked_add(time));
        let (keys, hung_up) = self.0.wait(deadline);
        Ok(Ready { keys, hung_up })
    }
}

/// Ready for reading when one of the set is.
impl Pollable for PollSet {
    fn as_fd(&self) -> BorrowedDescriptor<'_> {
        self.0.as_fd()
    }
}

pub struct Ready {
    keys: Vec<u64>,
    hung_up: Vec<u64>,
}

impl Ready {
    pub fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.keys.iter().copied()
    }

    /// There are no signals here that interrupt a wait.
    pub fn was_interrupted(&self) -> bool {
        false
    }

    /// Whether the other end of this one is gone: it would be ready forever.
    pub fn hung_up(&self, key: u64) -> bool {
        self.hung_up.contains(&key)
    }
}
