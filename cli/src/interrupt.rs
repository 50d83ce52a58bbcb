//! Ctrl-C and SIGTERM: end the current library call, so that it returns with the data that arrived.

use crate::failure::{Failure, SIGNAL};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;
use std::sync::atomic::{AtomicI32, Ordering};
use std::thread;

static CAME: AtomicI32 = AtomicI32::new(0);

/// From now on a signal calls `stop`; a second one ends the program at once.
pub fn calls(stop: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let watched = Signals::new([SIGINT, SIGTERM]);
    let mut signals = watched.map_err(|error| Failure::new(crate::failure::ERROR, format!("signals: {error}")))?;
    thread::spawn(move || {
        for signal in signals.forever() {
            if CAME.swap(signal, Ordering::SeqCst) != 0 {
                let _ = emulate_default_handler(signal);
            }
            stop();
        }
    });
    Ok(())
}

pub fn came() -> bool {
    CAME.load(Ordering::SeqCst) != 0
}

/// The failure to end with, after a signal.
pub fn failure(done: impl Into<String>) -> Failure {
    Failure::new(SIGNAL + CAME.load(Ordering::SeqCst) as u8, done)
}
