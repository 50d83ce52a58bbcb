//! Ctrl-C and SIGTERM: end the current library call, so that it returns with the data that arrived.

use crate::failure::{Failure, SIGNAL};
use std::sync::atomic::{AtomicI32, Ordering};

static CAME: AtomicI32 = AtomicI32::new(0);

/// From now on a signal calls `stop`; a second one ends the program at once.
#[cfg(unix)]
pub fn calls(stop: impl Fn() + Send + 'static) -> Result<(), Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let watched = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]);
    let mut signals = watched.map_err(|error| Failure::new(crate::failure::ERROR, format!("signals: {error}")))?;
    std::thread::spawn(move || {
        for signal in signals.forever() {
            if CAME.swap(signal, Ordering::SeqCst) != 0 {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            stop();
        }
    });
    Ok(())
}

/// The same for Ctrl-C and Ctrl-Break, and where the console window is closed.
#[cfg(windows)]
pub fn calls(stop: impl Fn() + Send + 'static) -> Result<(), Failure> {
    const SIGINT: i32 = 2;
    let watched = ctrlc::set_handler(move || {
        if CAME.swap(SIGINT, Ordering::SeqCst) != 0 {
            std::process::exit((SIGNAL as i32) + SIGINT);
        }
        stop();
    });
    watched.map_err(|error| Failure::new(crate::failure::ERROR, format!("signals: {error}")))
}

pub fn came() -> bool {
    CAME.load(Ordering::SeqCst) != 0
}

/// The failure to end with, after a signal.
pub fn failure(done: impl Into<String>) -> Failure {
    Failure::new(SIGNAL + CAME.load(Ordering::SeqCst) as u8, done)
}
