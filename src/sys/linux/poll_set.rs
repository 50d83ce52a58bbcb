//! What one thread waits with for many things: a set of file descriptors that is one itself (epoll). Loom has a stand-in for it.

use crate::error::{Error, Result, Status};
use crate::sys::{Descriptor, RawDescriptor, Readiness};
use rustix::event::{epoll, Timespec};
use rustix::io::Errno;
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

pub struct PollSet(OwnedFd);

impl PollSet {
    pub fn new() -> Result<PollSet> {
        epoll::create(epoll::CreateFlags::CLOEXEC).map(PollSet).map_err(Error::no_descriptor)
    }

    /// From now on `wait` gives its key when it is ready.
    pub fn add(&self, descriptor: impl AsFd, readiness: Readiness, key: u64) -> Result<()> {
        let flags = match readiness {
            Readiness::Read => epoll::EventFlags::IN,
            Readiness::Write => epoll::EventFlags::OUT,
            Readiness::Exceptional => epoll::EventFlags::PRI,
        };
        epoll::add(&self.0, descriptor, epoll::EventData::new_u64(key), flags).map_err(|error| {
            let reason = match error {
                Errno::NOSPC => {
                    "this user waits for as many descriptors as the system allows; close some handles, or raise \
                     /proc/sys/fs/epoll/max_user_watches"
                        .to_owned()
                }
                Errno::NOMEM => "the system has no memory to wait for one more file descriptor".to_owned(),
                _ => {
                    return Error::new(Status::Other, format!("the system cannot wait for a file descriptor: {error}"))
                }
            };
            Error::new(Status::NoMem, reason)
        })
    }

    /// To poll for reading: ready when one of the set is. It lives as long as the set.
    pub fn as_raw_descriptor(&self) -> Result<RawDescriptor> {
        Ok(self.0.as_raw_fd())
    }

    /// The same set under another number.
    pub fn duplicate(&self) -> Result<Descriptor> {
        self.0.try_clone().map_err(Error::no_descriptor)
    }

    /// What `wait` gives its key for from now on; hung up counts always.
    pub fn change(&self, descriptor: impl AsFd, read: bool, write: bool, key: u64) {
        let mut flags = epoll::EventFlags::empty();
        flags.set(epoll::EventFlags::IN, read);
        flags.set(epoll::EventFlags::OUT, write);
        // It cannot fail with a descriptor that is in the set.
        let _ = epoll::modify(&self.0, descriptor, epoll::EventData::new_u64(key), flags);
    }

    pub fn remove(&self, descriptor: impl AsFd) {
        let _ = epoll::delete(&self.0, descriptor);
    }

    /// Sleeps until something is ready or the time is up, but no longer than the system can; `None` waits forever.
    pub fn wait(&self, time: Option<Duration>) -> Result<Ready> {
        let time = time.map(|time| time.min(LONGEST));
        let time = time.map(|time| Timespec { tv_sec: time.as_secs() as _, tv_nsec: time.subsec_nanos() as _ });
        let nothing = epoll::Event { flags: epoll::EventFlags::empty(), data: epoll::EventData::new_u64(0) };
        let mut events = [nothing; BATCH];
        match epoll::wait(&self.0, events.as_mut_slice(), time.as_ref()) {
            Ok(count) => Ok(Ready { events, count, interrupted: false }),
            // A signal is no failure. Most callers wait again.
            Err(Errno::INTR) => Ok(Ready { events, count: 0, interrupted: true }),
            Err(error) => Err(Error::new(Status::Other, format!("the system cannot wait: {error}"))),
        }
    }
}

/// Ready for reading when one of the set is.
impl AsFd for PollSet {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// More is no time for epoll_wait.
const LONGEST: Duration = Duration::from_millis(i32::MAX as u64);

/// The most ready things that one call reports.
const BATCH: usize = 16;

pub struct Ready {
    events: [epoll::Event; BATCH],
    count: usize,
    interrupted: bool,
}

impl Ready {
    pub fn keys(&self) -> impl Iterator<Item = u64> + '_ {
        self.events[..self.count].iter().map(|event| event.data.u64())
    }

    /// Nothing is ready: a signal came, and its handler ran.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Whether the other end of this one is gone: it would be ready forever.
    pub fn hung_up(&self, key: u64) -> bool {
        let gone = epoll::EventFlags::HUP | epoll::EventFlags::ERR;
        self.events[..self.count].iter().any(|event| event.data.u64() == key && { event.flags }.intersects(gone))
    }
}
