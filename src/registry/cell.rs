//! What the registry is built of: the real thing, and the same for loom, which follows the steps of its own types only.

#[cfg(loom)]
pub use simulated::*;

#[cfg(not(loom))]
pub use real::*;

#[cfg(not(loom))]
mod real {
    use arc_swap::ArcSwapOption;
    use std::sync::Arc;

    pub use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

    /// Set at most once. Threads that race for it each make a value and one is kept: nobody waits.
    pub type Once<T> = once_cell::race::OnceBox<T>;

    /// What was in a cell when it was loaded; lives on after the cell has changed.
    pub type Guard<T> = arc_swap::Guard<Option<Arc<T>>>;

    /// Holds an object or none.
    pub struct Cell<T>(ArcSwapOption<T>);

    impl<T> Cell<T> {
        pub const fn empty() -> Self {
            Cell(ArcSwapOption::const_empty())
        }

        pub fn load(&self) -> Guard<T> {
            self.0.load()
        }

        pub fn fill(&self, value: Arc<T>) {
            self.0.store(Some(value));
        }

        /// Empties the cell if it still holds the very object that was seen; exactly one caller gets it. The guard
        /// keeps that object's address from being given to another meanwhile.
        pub fn take(&self, seen: Guard<T>) -> Option<Arc<T>> {
            let found = self.0.compare_and_swap(&seen, None);
            match (&*found, &*seen) {
                (Some(found), Some(seen)) if Arc::ptr_eq(found, seen) => {}
                _ => return None,
            }
            arc_swap::Guard::into_inner(found)
        }
    }
}

#[cfg(loom)]
mod simulated {
    use loom::sync::atomic::AtomicBool;
    use loom::sync::Mutex;
    use std::ops::Deref;
    use std::sync::Arc;

    pub use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering};

    /// The value lies in a real cell; the flag tells loom what may be known of it where.
    pub struct Once<T> {
        value: once_cell::race::OnceBox<T>,
        making: Mutex<()>,
        ready: AtomicBool,
    }

    impl<T> Once<T> {
        pub fn new() -> Self {
            Once { value: once_cell::race::OnceBox::new(), making: Mutex::new(()), ready: AtomicBool::new(false) }
        }

        pub fn get(&self) -> Option<&T> {
            if self.ready.load(Ordering::Acquire) {
                self.value.get()
            } else {
                None
            }
        }

        pub fn get_or_init(&self, make: impl FnOnce() -> Box<T>) -> &T {
            let _one_at_a_time = self.making.lock().unwrap();
            let value = self.value.get_or_init(make);
            self.ready.store(true, Ordering::Release);
            value
        }
    }

    pub struct Guard<T>(Option<Arc<T>>);

    impl<T> Deref for Guard<T> {
        type Target = Option<Arc<T>>;

        fn deref(&self) -> &Option<Arc<T>> {
            &self.0
        }
    }

    pub struct Cell<T>(Mutex<Option<Arc<T>>>);

    impl<T> Cell<T> {
        pub fn empty() -> Self {
            Cell(Mutex::new(None))
        }

        pub fn load(&self) -> Guard<T> {
            Guard(self.0.lock().unwrap().clone())
        }

        pub fn fill(&self, value: Arc<T>) {
            *self.0.lock().unwrap() = Some(value);
        }

        pub fn take(&self, seen: Guard<T>) -> Option<Arc<T>> {
            let mut found = self.0.lock().unwrap();
            match (&*found, &*seen) {
                (Some(found), Some(seen)) if Arc::ptr_eq(found, seen) => {}
                _ => return None,
            }
            found.take()
        }
    }
}
