//! What a queue or stream sleeps on where libusb has no descriptors, as on Windows: nothing. From the first poll on a thread handles the
//! device's events, and what completes tells its queue itself.

use super::context::Context;
use crate::error::{Error, Result, Status};
use crate::sync::atomic::{AtomicI32, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{start_thread, Descriptor, Event};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

/// From the first poll on.
#[derive(Default)]
pub struct Polled(Mutex<Option<EventThread>>);

struct EventThread {
    never: Event,
    stop: Arc<AtomicI32>,
    thread: JoinHandle<()>,
}

/// How long to sleep without a look at whether to stop.
const LONG: Duration = Duration::from_secs(60);

/// How long to leave libusb alone when it cannot handle events.
const PAUSE: Duration = Duration::from_millis(1);

/// The thread's own way to a context that lives until `end`.
struct Borrowed(*const Context);

// SAFETY: contexts may be used from any thread.
unsafe impl Send for Borrowed {}

impl Polled {
    /// A descriptor that is never ready: the queue's own is.
    ///
    /// # Safety
    /// The context stays in its place until `end`.
    pub unsafe fn descriptor(&self, context: &Context) -> Result<Descriptor> {
        let mut polled = lock(&self.0);
        if let Some(running) = &*polled {
            return Ok(running.never.duplicate());
        }
        let (never, stop, context) = (Event::new()?, Arc::new(AtomicI32::new(0)), Borrowed(context));
        let (descriptor, stopped) = (never.duplicate(), Arc::clone(&stop));
        let started = start_thread("usbx-libusb", move || {
            let context = context;
            // SAFETY: by this function's contract; `end` waits for this thread.
            let context = unsafe { &*context.0 };
            while stopped.load(Ordering::Acquire) == 0 {
                if !context.handle_events(LONG, Some(&stopped)) {
                    std::thread::sleep(PAUSE);
                }
            }
        });
        let refused = |error| Error::new(Status::NoMem, format!("the system cannot start a thread: {error}"));
        *polled = Some(EventThread { never, stop, thread: started.map_err(refused)? });
        Ok(descriptor)
    }

    /// No other thread handles the context's events any more. When this returns the thread is gone.
    pub fn end(&self, context: &Context) {
        let Some(running) = lock(&self.0).take() else { return };
        running.stop.store(1, Ordering::Release);
        context.interrupt();
        let _ = running.thread.join();
    }
}
