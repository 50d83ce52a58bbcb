//! Which process this is: handles do not survive fork().

use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

static GENERATION: AtomicU32 = AtomicU32::new(0);

/// A page that the system empties in a child, however that was made: not 0 in a process that has looked. NULL where there is none.
static MARK: AtomicPtr<AtomicU32> = AtomicPtr::new(null_mut());

/// A number that differs between a process and each child it forks. Cheap: no system call.
pub fn process_generation() -> u32 {
    // No thread waits for another here, as a child forked in the middle would wait forever. Of several at once each sets up
    // a watch, and the number goes up by more than one.
    static WATCHED: AtomicBool = AtomicBool::new(false);
    if !WATCHED.load(Ordering::Acquire) && watch() {
        WATCHED.store(true, Ordering::Release);
    }
    // SAFETY: NULL, or a page that stays mapped for good.
    if let Some(mark) = unsafe { MARK.load(Ordering::Acquire).as_ref() } {
        // A child has one thread at first; of several that come here at once one counts.
        if mark.load(Ordering::Relaxed) == 0 && mark.swap(1, Ordering::Relaxed) == 0 {
            GENERATION.fetch_add(1, Ordering::Relaxed);
        }
    }
    GENERATION.load(Ordering::Relaxed)
}

/// False if the system has no memory for it: the next call tries again.
#[cfg(unix)]
fn watch() -> bool {
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }
    mark_process();
    // SAFETY: the handler only touches an atomic, which is allowed in a forked child, and lives as long as the library,
    // which is never unloaded.
    unsafe { libc::pthread_atfork(None, None, Some(in_child)) == 0 }
}

/// glibc's _Fork and the bare system calls run no handlers; an older kernel (before 4.14) has no such pages.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn mark_process() {
    let (protection, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let length = std::mem::size_of::<AtomicU32>();
    // SAFETY: a new mapping at a place of the system's choosing, which is given back if the system cannot empty it.
    unsafe {
        let page = libc::mmap(null_mut(), length, protection, kind, -1, 0);
        if page == libc::MAP_FAILED {
            return;
        }
        let mark: *mut AtomicU32 = page.cast();
        (*mark).store(1, Ordering::Relaxed);
        let fits = libc::madvise(page, length, libc::MADV_WIPEONFORK) == 0;
        if !fits || MARK.compare_exchange(null_mut(), mark, Ordering::AcqRel, Ordering::Relaxed).is_err() {
            libc::munmap(page, length);
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn mark_process() {}

#[cfg(not(unix))]
fn watch() -> bool {
    true
}
