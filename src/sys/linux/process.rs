//! What Linux knows of a process: that it is a child, however that was made, and that it has more rights than its user.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering};

/// A page that the system empties in a child, however that was made: not 0 in a process that has looked. NULL where there is none.
static MARK: AtomicPtr<AtomicU32> = AtomicPtr::new(null_mut());

/// Marks this process. glibc's _Fork and the bare system calls run no handlers; an older kernel (before 4.14) has no such pages.
pub fn mark() {
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

/// Whether this is the child of a marked process; asked again, it is marked.
pub fn is_unmarked_child() -> bool {
    // SAFETY: NULL, or a page that stays mapped for good.
    match unsafe { MARK.load(Ordering::Acquire).as_ref() } {
        // A child has one thread at first; of several that come here at once one counts.
        Some(mark) => mark.load(Ordering::Relaxed) == 0 && mark.swap(1, Ordering::Relaxed) == 0,
        None => false,
    }
}

/// Set-user-ID and the like.
pub fn has_more_rights_than_its_user() -> bool {
    // SAFETY: looks a number up that the system gave the process when it began.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
