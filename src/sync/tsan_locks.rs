//! The standard library's locks for ThreadSanitizer. It is not instrumented itself, so which thread gets a contended lock from which is not
//! seen: here each holder leaves a mark for the next one while it has the lock. That adds no order that is not there.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{self, LockResult, PoisonError, TryLockError, TryLockResult, WaitTimeoutResult};
use std::time::Duration;

#[derive(Default)]
pub struct Mutex<T: ?Sized> {
    mark: AtomicU32,
    mutex: sync::Mutex<T>,
}

pub struct MutexGuard<'a, T: ?Sized> {
    mark: &'a AtomicU32,
    /// `None` while it waits for a notification.
    guard: Option<sync::MutexGuard<'a, T>>,
}

#[derive(Default)]
pub struct Condvar(sync::Condvar);

impl<T> Mutex<T> {
    pub fn new(value: T) -> Self {
        Mutex { mark: AtomicU32::new(0), mutex: sync::Mutex::new(value) }
    }
}

impl<T: ?Sized> Mutex<T> {
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let guard = self.mutex.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(MutexGuard::taken(&self.mark, guard))
    }

    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        match self.mutex.try_lock() {
            Ok(guard) => Ok(MutexGuard::taken(&self.mark, guard)),
            Err(TryLockError::Poisoned(guard)) => Ok(MutexGuard::taken(&self.mark, guard.into_inner())),
            Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        }
    }
}

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    fn taken(mark: &'a AtomicU32, guard: sync::MutexGuard<'a, T>) -> Self {
        mark.load(Ordering::Acquire);
        MutexGuard { mark, guard: Some(guard) }
    }

    fn given_back(&mut self) -> sync::MutexGuard<'a, T> {
        self.mark.fetch_add(1, Ordering::Release);
        self.guard.take().expect("the lock is held")
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        self.mark.fetch_add(1, Ordering::Release);
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;
    fn deref(&self) -> &T {
        self.guard.as_deref().expect("the lock is held")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.guard.as_deref_mut().expect("the lock is held")
    }
}

impl Condvar {
    pub fn new() -> Self {
        Condvar::default()
    }

    pub fn notify_all(&self) {
        self.0.notify_all();
    }

    pub fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let mark = guard.mark;
        let waited = self.0.wait(guard.given_back()).unwrap_or_else(PoisonError::into_inner);
        Ok(MutexGuard::taken(mark, waited))
    }

    pub fn wait_timeout<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        time: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let mark = guard.mark;
        let waited = self.0.wait_timeout(guard.given_back(), time).unwrap_or_else(PoisonError::into_inner);
        Ok((MutexGuard::taken(mark, waited.0), waited.1))
    }
}
