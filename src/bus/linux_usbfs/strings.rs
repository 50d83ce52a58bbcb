//! The strings of devices. sysfs has them, under the device's lock: reading them waits while the device is busy, for seconds if it
//! does not answer. So a thread reads them, which ends when it has. The caller waits for as long as it makes progress, and goes on without
//! the strings of a device that is busy; when they have been read, the next caller finds them.

use super::known::Known;
use crate::error::Result;
use crate::sys::{start_thread, Event};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::sync::Arc;
use std::time::Duration;

/// Strings that are free to be read are read in microseconds.
const PATIENCE: Duration = Duration::from_millis(100);

/// Added to the number of devices that a thread is through with, when its caller has left it.
const GIVEN_UP: usize = 1 << (usize::BITS - 1);

/// Reads those that are not known; of a device that is busy, they are left out.
pub fn read<'a>(devices: impl Iterator<Item = &'a Arc<Known>>) -> Result<()> {
    let unread = devices.filter(|known| !known.has_strings() && !known.is_awaited_no_more());
    let mut rest: Vec<Arc<Known>> = unread.map(Arc::clone).collect();
    while !rest.is_empty() {
        let (of_thread, done) = (rest.clone(), Arc::new(AtomicUsize::new(0)));
        let (by_thread, (tell, told)) = (Arc::clone(&done), channel());
        let started = start_thread("usbx strings", move || {
            let outcome = of_thread.iter().try_for_each(|known| {
                let outcome = known.read_strings();
                let before = by_thread.fetch_add(1, Ordering::AcqRel);
                known.reading_ended();
                // The caller has gone on without this one, and another thread has the rest.
                match before >= GIVEN_UP {
                    true => Err(None),
                    false => outcome.map_err(Some),
                }
            });
            let _ = tell.send(outcome);
        });
        // Where no thread can be started, the caller waits itself.
        if started.is_err() {
            return rest.iter().try_for_each(|known| known.read_strings());
        }
        let mut last = 0;
        loop {
            match told.recv_timeout(PATIENCE) {
                Ok(Err(Some(error))) => return Err(error),
                Ok(_) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) if done.load(Ordering::Acquire) > last => {
                    last = done.load(Ordering::Acquire);
                }
                Err(RecvTimeoutError::Timeout) => {
                    let read = done.fetch_add(GIVEN_UP, Ordering::AcqRel);
                    rest.drain(..read);
                    // The thread may be through with it at this moment: then it has no reader any more, and strings if it has any.
                    if let Some(busy) = rest.first().filter(|_| done.load(Ordering::Acquire) == read + GIVEN_UP) {
                        busy.await_no_more();
                        if done.load(Ordering::Acquire) != read + GIVEN_UP {
                            busy.reading_ended();
                        }
                    }
                    rest.drain(..1.min(rest.len()));
                    break;
                }
            }
        }
    }
    Ok(())
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
