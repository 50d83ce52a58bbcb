//! Every exported function runs inside [`guard`]: panics become a status, failures the thread's last error.

use crate::error::{Error, Result, Status};
use crate::library;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::CString;
use std::os::raw::c_char;
use std::panic::{catch_unwind, set_hook, take_hook, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering};

thread_local! {
    static LAST_ERROR: RefCell<LastError> = RefCell::new(LastError::default());
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

static HOOK_IS_BEGUN: AtomicBool = AtomicBool::new(false);
/// From then on a defect's sentence has its place.
static HOOK_IS_SET: AtomicBool = AtomicBool::new(false);

/// A sentence is finished when it is asked for: programs that look at the status alone do not wait for it.
#[derive(Default)]
struct LastError {
    unread: Option<Error>,
    text: CString,
}

/// Runs the body of an exported function that has no handle, or is about none.
pub fn guard(body: impl FnOnce() -> Result<()>) -> i32 {
    guard_of(std::ptr::null::<()>(), body)
}

/// Runs the body of an exported function that works with a handle, which keeps the failure too.
pub fn guard_of<H>(handle: *const H, body: impl FnOnce() -> Result<()>) -> i32 {
    match quietly(body).unwrap_or_else(Err) {
        Ok(()) => 0,
        Err(error) => {
            let status = error.status as i32;
            remember(error, handle as usize);
            status
        }
    }
}

/// The result, or the defect that a panic has shown.
fn quietly<T>(body: impl FnOnce() -> T) -> Result<T> {
    keep_panics_quiet();
    let outer = INSIDE.try_with(|inside| inside.replace(true)).unwrap_or(false);
    let outcome = catch_unwind(AssertUnwindSafe(body)).map_err(|panic| internal(&*panic));
    let _ = INSIDE.try_with(|inside| inside.set(outer));
    outcome
}

/// The calling thread's last failure. Valid until its next one.
pub fn last_error() -> *const c_char {
    let text = LAST_ERROR.try_with(|last| last.try_borrow_mut().map(|mut last| last.text()).ok());
    text.ok().flatten().unwrap_or_else(|| b"\0".as_ptr().cast())
}

impl LastError {
    fn text(&mut self) -> *const c_char {
        if let Some(error) = self.unread.take() {
            let mut text = quietly(|| error.reason()).unwrap_or_else(|defect| defect.reason()).into_bytes();
            text.retain(|byte| *byte != 0);
            self.text = CString::new(text).unwrap_or_default();
        }
        self.text.as_ptr()
    }
}

fn remember(error: Error, handle: usize) {
    if handle != 0 {
        library::keep_failure(handle, &error);
    }
    // A thread that is being torn down has no last error any more; its status still says what happened.
    let _ = LAST_ERROR.try_with(|last| last.borrow_mut().unread = Some(error));
}

fn internal(payload: &(dyn Any + Send)) -> Error {
    let mut panic = PANIC.try_with(|panic| std::mem::take(&mut *panic.borrow_mut())).unwrap_or_default();
    if panic.is_empty() {
        // Another thread was about to set the hook.
        let text = payload.downcast_ref::<String>().map(String::as_str);
        panic = text.or(payload.downcast_ref::<&str>().copied()).unwrap_or_default().to_owned();
    }
    Error::new(Status::Internal, format!("usbx {} has a defect ({panic}); please report it", env!("CARGO_PKG_VERSION")))
}

/// The library prints nothing, not even for its own defects; a panic elsewhere in the process goes its usual way.
fn keep_panics_quiet() {
    // The first thread does it, and no thread waits: a child forked in the middle would wait forever.
    if HOOK_IS_BEGUN.load(Ordering::Relaxed) || HOOK_IS_BEGUN.swap(true, Ordering::Relaxed) {
        return;
    }
    let previous = take_hook();
    set_hook(Box::new(move |panic| {
        if INSIDE.try_with(Cell::get).unwrap_or(false) {
            let _ = PANIC.try_with(|text| *text.borrow_mut() = panic.to_string());
        } else {
            previous(panic);
        }
    }));
    HOOK_IS_SET.store(true, Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn last() -> String {
        // SAFETY: last_error returns a NUL-terminated string that is valid until this thread's next failure.
        unsafe { CStr::from_ptr(last_error()) }.to_string_lossy().into_owned()
    }

    #[test]
    fn a_panic_is_a_status_with_its_place() {
        guard(|| Ok(()));
        while !HOOK_IS_SET.load(Ordering::Acquire) {
            std::thread::yield_now(); // another test's thread is about to set it
        }
        assert_eq!(guard(|| panic!("slot {} is odd", 7)), Status::Internal as i32);
        assert!(last().contains("slot 7 is odd") && last().contains("boundary.rs"), "{}", last());
    }

    #[test]
    fn a_reason_is_looked_for_when_it_is_asked_for_and_once() {
        static LOOKS: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let failed = || {
            let look = || format!("held by process {}", LOOKS.fetch_add(1, Ordering::Relaxed));
            Err(Error::looked_up(Status::Busy, look).during("claim"))
        };
        assert_eq!(guard(failed), Status::Busy as i32);
        assert_eq!(guard(failed), Status::Busy as i32);
        assert_eq!(LOOKS.load(Ordering::Relaxed), 0);
        assert_eq!((last(), last()), ("claim: held by process 0".to_owned(), "claim: held by process 0".to_owned()));
        guard(|| Err(Error::looked_up(Status::Busy, || panic!("no list of processes"))));
        assert!(last().contains("has a defect") && last().contains("no list of processes"), "{}", last());
    }

    #[test]
    fn a_success_leaves_the_last_error_and_each_thread_has_its_own() {
        guard(|| Err(Error::invalid("the rate is 0")));
        assert_eq!(guard(|| Ok(())), 0);
        assert_eq!(last(), "the rate is 0");
        std::thread::spawn(|| assert_eq!(last(), "")).join().unwrap();
    }
}
