//! Where libusb makes and ends contexts, on systems without fork(): one thread at a time.

use crate::sync::{lock, Mutex};

static ALONE: Mutex<()> = Mutex::new(());

pub fn one_more(_: u32) {}

pub fn one_less() {}

pub fn are_inherited() -> bool {
    false
}

/// Makes a call that makes or ends a context.
pub fn alone<T>(call: impl FnOnce() -> T) -> T {
    let _alone = lock(&ALONE);
    call()
}
