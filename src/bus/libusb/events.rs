//! A device's events: the thread that waits handles them, by libusb's rules for several threads. The library has no thread here.
//!
//! Of several waiting threads libusb lets one sleep on the descriptors; the others sleep until that one has handled something.
//! A queue or stream sleeps on its own poll set, for which all of libusb's descriptors are put into one.

use super::connection::Connection;
#[cfg(not(unix))]
use super::event_thread::Polled;
#[cfg(unix)]
use super::pollfds::Polled;
use crate::bus::line::Lines;
use crate::bus::Wire;
use crate::error::Result;
use crate::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use crate::sync::{lock, Mutex, MutexGuard};
use crate::sys::Descriptor;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Events {
    connection: Connection,
    pub wire: Arc<Wire>,
    polled: Polled,
    /// Locked before any transfer's state.
    lines: Mutex<Lines<dyn InLine>>,
    had_lines: AtomicBool,
}

/// A transfer that libusb has not got all requests of.
pub trait InLine: Send + Sync {
    /// Gives libusb those that it may have now. True if no more are to follow: it has all, or the transfer ends.
    fn go_on(self: Arc<Self>) -> bool;
}

/// Those of a device.
pub type LinesOfDevice<'a> = MutexGuard<'a, Lines<dyn InLine>>;

/// How long to sleep where there is no deadline.
const LONG: Duration = Duration::from_secs(60);

/// How long to leave libusb alone when it cannot handle events.
const PAUSE: Duration = Duration::from_millis(1);

impl Events {
    pub fn new(connection: Connection, wire: Arc<Wire>) -> Arc<Events> {
        Arc::new(Events {
            connection,
            wire,
            polled: Polled::default(),
            lines: Mutex::default(),
            had_lines: AtomicBool::new(false),
        })
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Handles events until the flag is set, which a callback does, or time is up.
    pub fn wait_for(&self, flag: &AtomicI32, deadline: Option<Instant>) {
        while flag.load(Ordering::Acquire) == 0 {
            let left = deadline.map_or(LONG, |deadline| deadline.saturating_duration_since(Instant::now()));
            if !self.connection.context().handle_events(left.min(LONG), Some(flag)) {
                std::thread::sleep(PAUSE.min(left));
            }
            // Not before it has looked once.
            if left == Duration::from_secs(0) {
                return;
            }
        }
    }

    /// The device's lines, if it has ever had one, or is to have one now. Most systems take every transfer as it is.
    pub fn lines(&self, is_needed: bool) -> Option<LinesOfDevice<'_>> {
        if is_needed {
            self.had_lines.store(true, Ordering::Relaxed);
        }
        self.had_lines.load(Ordering::Relaxed).then(|| lock(&self.lines))
    }

    /// Those who sleep look at their flags: one was set without an event, as happens in lines alone, which other systems do not have.
    pub fn wake(&self) {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        self.connection.context().interrupt();
    }

    /// Handles what is there.
    pub fn pump(&self) {
        self.connection.context().handle_events(Duration::from_secs(0), None);
    }

    /// A new descriptor that is readable when there is something to handle.
    pub fn descriptor(self: &Arc<Self>) -> Result<Descriptor> {
        // SAFETY: the context lives as long as self, whose place does not change, and `drop` ends it.
        unsafe { self.polled.descriptor(self.connection.context()) }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.polled.end(self.connection.context());
    }
}
