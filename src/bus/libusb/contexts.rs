//! Where libusb makes and ends contexts, and what that means for fork().
//!
//! libusb does both under locks of the whole process. A child forked while another thread has one would wait for it forever, as it
//! does not have that thread. So fork() waits until no thread is in there, which is a moment.

use crate::sys::process_generation;
use std::cell::{Cell, UnsafeCell};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// libc's own kind of lock, as it is taken before fork() by one function and given back after it by another.
struct Lock(UnsafeCell<libc::pthread_mutex_t>);

// SAFETY: a mutex is made to be used by several threads.
unsafe impl Sync for Lock {}

static LOCK: Lock = Lock(UnsafeCell::new(libc::PTHREAD_MUTEX_INITIALIZER));

impl Lock {
    fn take(&self) {
        // SAFETY: initialised, never moved and never destroyed.
        unsafe { libc::pthread_mutex_lock(self.0.get()) };
    }

    /// By the thread that took it, or its copy in a forked child.
    fn give_back(&self) {
        // SAFETY: as above; locked by this thread.
        unsafe { libc::pthread_mutex_unlock(self.0.get()) };
    }
}

struct Inside;

impl Drop for Inside {
    fn drop(&mut self) {
        LOCK.give_back();
    }
}

/// Makes a call that makes or ends a context.
pub fn alone<T>(call: impl FnOnce() -> T) -> T {
    static WATCHED: AtomicBool = AtomicBool::new(false);
    if !WATCHED.load(Ordering::Acquire) && watch() {
        WATCHED.store(true, Ordering::Release);
    }
    LOCK.take();
    let _inside = Inside;
    call()
}

thread_local! {
    /// How many of our handlers this thread's fork() is between: several first calls at once each set some up.
    static FORKING: Cell<u32> = const { Cell::new(0) };
}

extern "C" fn before() {
    if FORKING.replace(FORKING.get() + 1) == 0 {
        LOCK.take();
    }
}

extern "C" fn after() {
    FORKING.set(FORKING.get().saturating_sub(1));
    if FORKING.get() == 0 {
        LOCK.give_back();
    }
}

/// How many contexts there are, and in which process the first of them was made: libusb starts its thread with that one.
static COUNT: AtomicU32 = AtomicU32::new(0);
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// One more, by a call that is alone.
pub fn one_more(process: u32) {
    if COUNT.fetch_add(1, Ordering::Relaxed) == 0 {
        PROCESS.store(process, Ordering::Relaxed);
    }
}

/// One less, by a call that is alone.
pub fn one_less() {
    COUNT.fetch_sub(1, Ordering::Relaxed);
}

/// Whether this child has contexts of its parent's, and so not libusb's thread. They never end here.
pub fn are_inherited() -> bool {
    let process = process_generation();
    alone(|| COUNT.load(Ordering::Relaxed) > 0 && PROCESS.load(Ordering::Relaxed) != process)
}

/// False if the system has no memory for it: the next call tries again.
fn watch() -> bool {
    // SAFETY: the handlers take and give back a lock, in the one thread that forks, and live as long as the library, which is never
    // unloaded.
    unsafe { libc::pthread_atfork(Some(before), Some(after), Some(after)) == 0 }
}
