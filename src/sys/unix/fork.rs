//! Which process this is: handles do not survive fork().

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::sys::bsd::{is_unmarked_child, mark};
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::sys::linux::{is_unmarked_child, mark};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// A number that differs between a process and each child it forks. Cheap: no system call.
pub fn process_generation() -> u32 {
    // No thread waits for another here, as a child forked in the middle would wait forever. Of several at once each sets up
    // a watch, and the number goes up by more than one.
    static WATCHED: AtomicBool = AtomicBool::new(false);
    if !WATCHED.load(Ordering::Acquire) && watch() {
        WATCHED.store(true, Ordering::Release);
    }
    if is_unmarked_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    GENERATION.load(Ordering::Relaxed)
}

/// False if the system has no memory for it: the next call tries again.
fn watch() -> bool {
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    mark();
    // SAFETY: the handler only touches an atomic, which is allowed in a forked child, and lives as long as the library,
    // which is never unloaded.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) == 0 }
}
