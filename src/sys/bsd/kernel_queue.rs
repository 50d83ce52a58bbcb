//! A kqueue. It is a descriptor that polls as readable when one of its events is there.

use crate::error::{Error, Result};
use crate::sys::unix::process_generation;
use rustix::event::kqueue::{kevent_timespec, kqueue, Event, EventFilter, EventFlags};
use rustix::event::Timespec;
use rustix::io::{fcntl_setfd, Errno, FdFlags};
use std::mem::{ManuallyDrop, MaybeUninit};
use std::os::unix::io::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

pub struct KernelQueue {
    descriptor: ManuallyDrop<OwnedFd>,
    /// A forked child has no copy of it: there its number is free, or another descriptor's.
    process: u32,
}

/// The most events that one call takes.
pub const BATCH: usize = 16;

impl KernelQueue {
    pub fn new() -> Result<KernelQueue> {
        let descriptor = kqueue().map_err(Error::no_descriptor)?;
        fcntl_setfd(&descriptor, FdFlags::CLOEXEC).map_err(Error::no_descriptor)?;
        Ok(KernelQueue { descriptor: ManuallyDrop::new(descriptor), process: process_generation() })
    }

    /// The same under another number.
    pub fn duplicate(&self) -> Result<OwnedFd> {
        self.descriptor.try_clone().map_err(Error::no_descriptor)
    }

    /// Adds or deletes an event, which is told by this key.
    pub fn change(&self, filter: EventFilter, flags: EventFlags, key: u64) -> std::result::Result<(), Errno> {
        let change = [Event::new(filter, flags, key as usize as *mut _)];
        let mut none: [Event; 0] = [];
        loop {
            // SAFETY: the system looks a descriptor's number up when it is added, and forgets the event when that is closed.
            match unsafe { kevent_timespec(&*self.descriptor, &change, &mut none, None) } {
                Err(Errno::INTR) => {}
                done => return done.map(drop),
            }
        }
    }

    /// Waits for events: filter, flags and key of each.
    pub fn wait(
        &self,
        time: Option<Duration>,
        mut take: impl FnMut(EventFilter, EventFlags, u64),
    ) -> std::result::Result<(), Errno> {
        let time = time.map(|time| Timespec { tv_sec: time.as_secs() as _, tv_nsec: time.subsec_nanos() as _ });
        let mut room = [MaybeUninit::uninit(); BATCH];
        // SAFETY: nothing is changed.
        let (events, _) = unsafe { kevent_timespec(&*self.descriptor, &[], &mut room, time.as_ref()) }?;
        for event in events {
            take(event.filter(), event.flags(), event.udata() as usize as u64);
        }
        Ok(())
    }
}

impl AsFd for KernelQueue {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }
}

impl Drop for KernelQueue {
    fn drop(&mut self) {
        if self.process == process_generation() {
            // SAFETY: it is used no more.
            unsafe { ManuallyDrop::drop(&mut self.descriptor) };
        }
    }
}
