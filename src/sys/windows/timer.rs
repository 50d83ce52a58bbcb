//! A timer that is ready from a set time on: one of the system's thread pool tells it.

use super::readiness::{BorrowedDescriptor, Descriptor, Pollable, Source, State};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use std::ffi::c_void;
use std::time::{Duration, Instant};
use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::System::Threading::{
    CloseThreadpoolTimer, CreateThreadpoolTimer, SetThreadpoolTimer, WaitForThreadpoolTimerCallbacks,
    PTP_CALLBACK_INSTANCE, PTP_TIMER,
};

pub struct Timer {
    timer: PTP_TIMER,
    /// The callback has its address.
    shared: Box<Shared>,
    /// When it is set to.
    pub due: Option<Instant>,
}

struct Shared {
    source: Descriptor,
    due: Mutex<Option<Instant>>,
}

// SAFETY: a timer of the pool may be set and closed by any thread.
unsafe impl Send for Timer {}
// SAFETY: setting takes &mut self.
unsafe impl Sync for Timer {}

impl Timer {
    pub fn new() -> Result<Timer> {
        let shared = Box::new(Shared { source: Source::new(State::default()), due: Mutex::new(None) });
        let context: *const Shared = &*shared;
        // SAFETY: `drop` waits for the callback before what it is given is gone.
        let timer = unsafe { CreateThreadpoolTimer(Some(fired), context as *mut c_void, std::ptr::null()) };
        if timer == 0 {
            return Err(Error::new(Status::NoMem, "the system has no memory for a timer; close some handles"));
        }
        Ok(Timer { timer, shared, due: None })
    }

    /// The same timer, for another set.
    pub fn duplicate(&self) -> Result<Descriptor> {
        Ok(Descriptor::clone(&self.shared.source))
    }

    /// Sets it; without a time it is never ready. What it showed until now is over.
    pub fn set(&mut self, due: Option<Instant>, now: Instant) {
        let mut shared = lock(&self.shared.due);
        *shared = due;
        let is_due = due.is_some_and(|due| due <= now);
        self.shared.source.change(|state| state.read = is_due);
        let left = due.filter(|_| !is_due).map(|due| due.saturating_duration_since(now));
        arm(self.timer, left);
        drop(shared);
        self.due = due;
    }
}

/// Sets the system's timer, or stops it.
fn arm(timer: PTP_TIMER, left: Option<Duration>) {
    let time = left.map(|left| {
        // From now on, in steps of 100 ns, rounded up.
        let steps = i64::try_from(left.as_nanos().div_ceil(100)).unwrap_or(i64::MAX).wrapping_neg() as u64;
        FILETIME { dwLowDateTime: steps as u32, dwHighDateTime: (steps >> 32) as u32 }
    });
    let time = time.as_ref().map_or(std::ptr::null(), |time| time as *const FILETIME);
    // SAFETY: a timer that is not closed, and a time that is read during the call.
    unsafe { SetThreadpoolTimer(timer, time, 0, 0) };
}

unsafe extern "system" fn fired(_: PTP_CALLBACK_INSTANCE, context: *mut c_void, timer: PTP_TIMER) {
    // SAFETY: `new` gave it, and `drop` waits for this to end.
    let shared = unsafe { &*(context as *const Shared) };
    let due = lock(&shared.due);
    let Some(at) = *due else { return };
    // The pool's clock is another one, and it may have been set anew meanwhile.
    match at.saturating_duration_since(Instant::now()) {
        Duration::ZERO => shared.source.change(|state| state.read = true),
        left => arm(timer, Some(left)),
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // Nothing sets it again.
        *lock(&self.shared.due) = None;
        arm(self.timer, None);
        // SAFETY: it is closed here, once no callback runs or is to come.
        unsafe {
            WaitForThreadpoolTimerCallbacks(self.timer, 1);
            CloseThreadpoolTimer(self.timer);
        }
    }
}

impl Pollable for Timer {
    fn as_fd(&self) -> BorrowedDescriptor<'_> {
        self.shared.source.as_fd()
    }
}
