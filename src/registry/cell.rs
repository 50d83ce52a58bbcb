//! What the registry is built of: the real thing, and the same for loom, which follows the steps of its own types only.

#[cfg(loom)]
pub use simulated::*;

#[cfg(not(loom))]
pub use real::*;

#[cfg(not(loom))]
mod real {
    use arc_swap::ArcSwapOption;
    use std::sync::Arc;

    pub use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

    /// Set at most once. Threads that race for it each make a value and one is kept: no thread waits.
    pub type Once<T> = once_cell::race::OnceBox<T>;

    /// Holds an object or none.
    pub struct Cell<T>(ArcSwapOption<T>);

    impl<T> Cell<T> {
        pub const fn empty() -> Self {
            Cell(ArcSwapOption::const_empty())
        }

        pub fn load(&self) -> Option<Arc<T>> {
            self.0.load_full()
        }

        pub fn fill(&self, value: Arc<T>) {
            self.0.store(Some(value));
        }

        pub fn clear(&self) {
            self.0.store(None);
        }
    }
}

#[cfg(loom)]
mod simulated {
    use loom::sync::atomic::AtomicBool;
    use loom::sync::Mutex;
    use std::sync::Arc;

    pub use loom::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

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

    pub struct Cell<T>(Mutex<Option<Arc<T>>>);

    impl<T> Cell<T> {
        pub fn empty() -> Self {
            Cell(Mutex::new(None))
        }

        pub fn load(&self) -> Option<Arc<T>> {
            self.0.lock().unwrap().clone()
        }

        pub fn fill(&self, value: Arc<T>) {
            *self.0.lock().unwrap() = Some(value);
        }

        pub fn clear(&self) {
            *self.0.lock().unwrap() = None;
        }
    }
}
