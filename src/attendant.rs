//! A thread that takes a device's completions as they come, for those who want to know exactly when that was. It sleeps in the
//! kernel until there is one.

use crate::backend::Readiness;
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::ffi::start_thread;
use crate::sync::{lock, Mutex};
use rustix::event::{eventfd, poll, EventfdFlags, PollFd, PollFlags};
use std::os::unix::io::OwnedFd;
use std::sync::Arc;
use std::thread::JoinHandle;

pub struct Attendant {
    stop: Arc<OwnedFd>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Attendant {
    /// `descriptor` is one of the device's, to poll.
    pub fn start(device: &Arc<Device>, descriptor: OwnedFd, readiness: Readiness) -> Result<Attendant> {
        let refused = |error: std::io::Error| Error::new(Status::NoMem, format!("no thread can be started: {error}"));
        let stop = Arc::new(eventfd(0, EventfdFlags::CLOEXEC).map_err(Error::no_descriptor)?);
        let (own_stop, device) = (Arc::clone(&stop), Arc::clone(device));
        let thread = start_thread("usbx-attendant", move || attend(&device, &descriptor, readiness, &own_stop));
        Ok(Attendant { stop, thread: Mutex::new(Some(thread.map_err(refused)?)) })
    }

    /// Ends the thread. When it returns the thread is gone, with its descriptor.
    pub fn stop(&self) {
        let thread = lock(&self.thread).take();
        let _ = rustix::io::write(&*self.stop, &1u64.to_ne_bytes());
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Attendant {
    fn drop(&mut self) {
        self.stop();
    }
}

fn attend(device: &Device, descriptor: &OwnedFd, readiness: Readiness, stop: &OwnedFd) {
    let events = match readiness {
        Readiness::Read => PollFlags::IN,
        Readiness::Write => PollFlags::OUT,
        Readiness::Exceptional => PollFlags::PRI,
    };
    loop {
        let mut ready = [PollFd::new(descriptor, events), PollFd::new(stop, PollFlags::IN)];
        if poll(&mut ready, None).is_err() {
            continue;
        }
        let hung_up = ready[0].revents().intersects(PollFlags::HUP | PollFlags::ERR);
        if !ready[1].revents().is_empty() {
            return;
        }
        device.pump();
        if hung_up {
            // Whoever waits next takes what is left; here it would be ready for ever.
            return;
        }
    }
}
