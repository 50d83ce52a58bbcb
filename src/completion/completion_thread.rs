//! A thread that takes a device's completions as they come, for programs that want to know exactly when that was. It sleeps in the
//! kernel until there is one.

use super::{EventSource, Pumped};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::sys::{start_thread, Descriptor, Event, PollSet, Readiness};
use std::sync::Arc;
use std::thread::JoinHandle;

pub struct CompletionThread {
    stop: Arc<Event>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

const STOP: u64 = 0;
const SOURCE: u64 = 1;

impl CompletionThread {
    /// `descriptor` is one of the source's, to poll.
    pub fn start(
        source: Arc<dyn EventSource>,
        descriptor: Descriptor,
        readiness: Readiness,
    ) -> Result<CompletionThread> {
        let refused =
            |error: std::io::Error| Error::new(Status::NoMem, format!("the system cannot start a thread: {error}"));
        let (poll, stop) = (PollSet::new()?, Arc::new(Event::new()?));
        poll.add(&*stop, Readiness::Read, STOP)?;
        poll.add(&descriptor, readiness, SOURCE)?;
        let kept = Arc::clone(&stop);
        let thread = start_thread("usbx-completion", move || {
            take_completions(&*source, &poll);
            drop((descriptor, kept));
        });
        Ok(CompletionThread { stop, thread: Mutex::new(Some(thread.map_err(refused)?)) })
    }

    /// Ends the thread. When this returns the thread is gone, with its file descriptors.
    pub fn stop(&self) {
        let thread = lock(&self.thread).take();
        self.stop.set();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for CompletionThread {
    fn drop(&mut self) {
        self.stop();
    }
}

fn take_completions(source: &dyn EventSource, poll: &PollSet) {
    loop {
        let Ok(ready) = poll.wait(None) else { continue };
        if ready.keys().any(|key| key == STOP) {
            return;
        }
        let closed = ready.keys().any(|key| key == SOURCE) && source.pump() == Pumped::Closed;
        if closed || ready.hung_up(SOURCE) {
            // Close, or the next call that waits, takes what is left; here the source would be ready forever.
            return;
        }
    }
}
