//! Locks that a panic elsewhere does not spoil: the boundary reports the panic, and the code that changes
//! the data keeps it consistent. Loom and ThreadSanitizer follow the steps of their own types only, so all locks come from here.

#[cfg(thread_sanitizer)]
#[path = "sync/tsan_locks.rs"]
mod tsan_locks;

#[cfg(loom)]
pub use loom::sync::{atomic, Condvar, Mutex, MutexGuard};
#[cfg(not(loom))]
pub use std::sync::atomic;
#[cfg(not(any(loom, thread_sanitizer)))]
pub use std::sync::{Condvar, Mutex, MutexGuard};
#[cfg(thread_sanitizer)]
pub use tsan_locks::{Condvar, Mutex, MutexGuard};

use std::sync::{PoisonError, TryLockError};
use std::time::{Duration, Instant};

pub fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The lock, if no thread has it.
pub fn try_lock<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(guard)) => Some(guard.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Waits for a notification, until the deadline if there is one.
pub fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>, deadline: Option<Instant>) -> MutexGuard<'a, T> {
    match deadline {
        None => condition.wait(guard).unwrap_or_else(PoisonError::into_inner),
        Some(deadline) => {
            let left = deadline.saturating_duration_since(Instant::now());
            condition.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner).0
        }
    }
}

/// Leaves others the processor. Loom has no time, and lets them take their steps instead.
pub fn sleep(time: Duration) {
    #[cfg(not(loom))]
    std::thread::sleep(time);
    #[cfg(loom)]
    {
        let _ = time;
        loom::thread::yield_now();
    }
}
