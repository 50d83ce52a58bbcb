//! The strings of devices. sysfs has them, behind the device's lock: reading them waits while the device is busy, for seconds if it
//! does not answer. So a thread reads them, which ends when it has. The caller waits for as long as it makes progress, and goes on without
//! the strings of a device that is busy; when they have been read, the next caller finds them.

use super::known::Known;
use crate::error::Result;
use crate::sys::{start_thread, Event};
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::sync::Arc;
use std::time::Duration;

/// Strings that are free to be read are read in microseconds.
const PATIENCE: Duration = Duration::from_millis(100);

/// Reads those that are not known; of a device that is busy, they are left out.
pub fn read<'a>(devices: impl Iterator<Item = &'a Arc<Known>>) -> Result<()> {
    let unread = devices.filter(|known| !known.has_strings() && !known.is_awaited_no_more());
    let mut rest: Vec<Arc<Known>> = unread.map(Arc::clone).collect();
    while !rest.is_empty() {
        let of_thread = rest.clone();
        let (tell, told) = channel();
        let started = start_thread("usbx strings", move || {
            for known in of_thread {
                let listened = tell.send(known.read_strings()).is_ok();
                known.reading_ended();
                // The caller has gone on without it, and so has another thread with the others.
                if !listened {
                    return;
                }
            }
        });
        // Where no thread can be had, somebody has to wait.
        if started.is_err() {
            return rest.iter().try_for_each(|known| known.read_strings());
        }
        loop {
            match told.recv_timeout(PATIENCE) {
                Ok(outcome) => {
                    outcome?;
                    rest.remove(0);
                }
                Err(RecvTimeoutError::Timeout) => {
                    let busy = rest.remove(0);
                    busy.await_no_more();
                    // It may have been read at this very moment: then no thread takes that back.
                    if told.try_recv().is_ok() {
                        busy.reading_ended();
                    }
                    break;
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }
    Ok(())
}

/// Begins to read them, and returns at once. The event tells the end.
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
