//! Handling of events: what is complete is told on the thread that calls.

use crate::abi::*;
use crate::boundary::guard;
use crate::completion::{tell, Done};
use crate::context::{self, lock, Context, QUEUE, WAKE, WATCH};
use std::os::raw::c_int;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use usbx::tool::Wait;

/// The thread, by an address that it alone has.
fn this_thread() -> usize {
    thread_local! {
        static PLACE: u8 = const { 0 };
    }
    PLACE.with(|place| (place as *const _) as usize)
}

/// How long the functions without a time of their own take at most.
const DEFAULT: Duration = Duration::from_secs(60);

/// Completions are taken so many at a time.
const BATCH: usize = 64;

/// So many are seldom complete at once.
const AT_ONCE: usize = 16;

/// Where several are under way, so many are told before others are taken: what their callbacks submit is with the device meanwhile.
const FIRST: usize = 1;

/// Whether this thread handles the context's events now, and calls from a callback.
pub fn is_handling(context: &Context) -> bool {
    context.handling.load(Ordering::Relaxed) == this_thread()
}

struct Handling<'a>(&'a Context);

impl Drop for Handling<'_> {
    fn drop(&mut self) {
        self.0.handling.store(0, Ordering::Relaxed);
    }
}

fn in_callback() -> c_int {
    crate::log::error("libusb_handle_events", "a callback may not handle events");
    ERROR_BUSY
}

/// Waits until there is something to tell, and tells it. The caller has the lock of the events.
fn handle(context: &Arc<Context>, until: Option<Instant>) -> c_int {
    if is_handling(context) {
        return in_callback();
    }
    context.handling.store(this_thread(), Ordering::Relaxed);
    let _handling = Handling(context);
    loop {
        let left = left(until);
        match handle_once(context, left) {
            Ok(false) if !left.is_some_and(|left| left.is_zero()) => {}
            Ok(_) => return SUCCESS,
            Err(code) => return code,
        }
    }
}

fn left(until: Option<Instant>) -> Option<Duration> {
    until.map(|until| until.saturating_duration_since(Instant::now()))
}

/// Whether there was something for the program. A device that others use may end the wait, too.
fn handle_once(context: &Arc<Context>, time: Option<Duration>) -> Result<bool, c_int> {
    let time = if lock(&context.done).is_empty() { time } else { Some(Duration::ZERO) };
    let ready = match context.poll.wait(time) {
        Ok(ready) => ready,
        Err(error) => return Err(crate::status::logged("libusb_handle_events", &error)),
    };
    // A program with a handler for a signal looks whether it is to end.
    if ready.was_interrupted() {
        return Err(ERROR_INTERRUPTED);
    }
    let has = |wanted: u64| ready.keys().any(|key| key == wanted);
    let mut told = has(WAKE);
    if told {
        context.wake.clear();
    }
    if has(WATCH) {
        told |= crate::hotplug::handle(context);
    }
    told |= tell_done(context);
    if has(QUEUE) {
        told |= tell_complete(context)?;
    }
    Ok(told)
}

/// Tells what the queue has, if it has anything.
fn tell_complete(context: &Arc<Context>) -> Result<bool, c_int> {
    let mut done = Vec::with_capacity(AT_ONCE);
    let mut told = false;
    for most in [FIRST, BATCH] {
        let are_more = context.flights.are_more_than(most);
        let mut looked = context.queue.look(most, |_, finished, again| done.push(Done::new(finished, again)));
        if !told && matches!(looked, Ok(0)) {
            looked = context.queue.wait(BATCH, Wait::Not, |_, finished, again| done.push(Done::new(finished, again)));
        }
        told |= !done.is_empty();
        done.drain(..).for_each(|done| tell(context, done));
        match looked {
            Ok(taken) if taken == most && are_more => {}
            Ok(_) => break,
            Err(error) => return Err(crate::status::logged("libusb_handle_events", &error)),
        }
    }
    Ok(told)
}

/// Tells what was complete when it was submitted.
fn tell_done(context: &Arc<Context>) -> bool {
    let mut told = false;
    loop {
        let next = lock(&context.done).pop_front();
        match next {
            Some(done) => tell(context, done),
            None => return told,
        }
        told = true;
    }
}

/// A program's time; NULL is `Err` with the given one.
///
/// # Safety
/// The pointer is NULL or to a timeval.
unsafe fn time(tv: *const timeval) -> Result<Option<Duration>, c_int> {
    if tv.is_null() {
        return Ok(None);
    }
    // SAFETY: not NULL, therefore a timeval.
    let timeval { tv_sec, tv_usec } = unsafe { *tv };
    match (u64::try_from(tv_sec), u32::try_from(tv_usec)) {
        (Ok(seconds), Ok(micros)) if micros < 1_000_000 => Ok(Some(Duration::new(seconds, micros * 1000))),
        _ => Err(ERROR_INVALID_PARAM),
    }
}

/// Handles events, or waits for the thread that does, until something happened, it is completed, or the time is up.
pub fn handle_until(context: &Arc<Context>, time: Option<Duration>, is_completed: &dyn Fn() -> bool) -> c_int {
    let until = time.and_then(|time| Instant::now().checked_add(time));
    loop {
        if context.events.try_lock() {
            let unlock = Unlock(context);
            let code = if is_completed() { SUCCESS } else { handle(context, until) };
            drop(unlock);
            return code;
        }
        context.events.lock_waiters();
        let done = is_completed();
        if done || context.events.is_handler_active() {
            if !done {
                context.events.wait_for_event(left(until));
            }
            context.events.unlock_waiters();
            return SUCCESS;
        }
        context.events.unlock_waiters();
    }
}

struct Unlock<'a>(&'a Context);

impl Drop for Unlock<'_> {
    fn drop(&mut self) {
        self.0.events.unlock();
    }
}

fn with(ctx: *mut libusb_context, function: &'static str, call: impl FnOnce(&Arc<Context>) -> c_int) -> c_int {
    guard(function, ERROR_OTHER, || {
        let context = or_return!(context::wanted(ctx, function), ERROR_INVALID_PARAM);
        call(&context)
    })
}

/// # Safety
/// The pointers are NULL or valid until the call returns.
unsafe fn handle_events(
    ctx: *mut libusb_context,
    function: &'static str,
    tv: Result<Option<Duration>, c_int>,
    completed: *mut c_int,
) -> c_int {
    // SAFETY: NULL, or an int of the program's that its callbacks set.
    let completed = unsafe { completed.cast::<AtomicI32>().as_ref() };
    let is_completed = || completed.is_some_and(|completed| completed.load(Ordering::SeqCst) != 0);
    with(ctx, function, |context| match tv {
        // libusb waits for another thread's events here. With a time of its own the program wants no more than that.
        Ok(None) if is_handling(context) => in_callback(),
        Ok(time) => handle_until(context, time.or(Some(DEFAULT)), &is_completed),
        Err(code) => code,
    })
}

#[no_mangle]
pub unsafe extern "C" fn libusb_handle_events(ctx: *mut libusb_context) -> c_int {
    // SAFETY: nothing is given.
    unsafe { handle_events(ctx, "libusb_handle_events", Ok(None), std::ptr::null_mut()) }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_handle_events_completed(ctx: *mut libusb_context, completed: *mut c_int) -> c_int {
    // SAFETY: the program passes NULL or an int.
    unsafe { handle_events(ctx, "libusb_handle_events_completed", Ok(None), completed) }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_handle_events_timeout(ctx: *mut libusb_context, tv: *mut timeval) -> c_int {
    // SAFETY: the program passes a timeval.
    unsafe { handle_events(ctx, "libusb_handle_events_timeout", time(tv), std::ptr::null_mut()) }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_handle_events_timeout_completed(
    ctx: *mut libusb_context,
    tv: *mut timeval,
    completed: *mut c_int,
) -> c_int {
    // SAFETY: the program passes a timeval, and NULL or an int.
    unsafe { handle_events(ctx, "libusb_handle_events_timeout_completed", time(tv), completed) }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_handle_events_locked(ctx: *mut libusb_context, tv: *mut timeval) -> c_int {
    // SAFETY: the program passes a timeval.
    let time = unsafe { time(tv) };
    with(ctx, "libusb_handle_events_locked", |context| match time {
        Ok(time) => handle(context, Instant::now().checked_add(time.unwrap_or(DEFAULT))),
        Err(code) => code,
    })
}

#[no_mangle]
pub extern "C" fn libusb_try_lock_events(ctx: *mut libusb_context) -> c_int {
    with(ctx, "libusb_try_lock_events", |context| (!context.events.try_lock()).into())
}

#[no_mangle]
pub extern "C" fn libusb_lock_events(ctx: *mut libusb_context) {
    with(ctx, "libusb_lock_events", |context| {
        context.events.lock();
        SUCCESS
    });
}

#[no_mangle]
pub extern "C" fn libusb_unlock_events(ctx: *mut libusb_context) {
    with(ctx, "libusb_unlock_events", |context| {
        if !context.events.unlock() {
            crate::log::error("libusb_unlock_events", "no thread has the lock");
        }
        SUCCESS
    });
}

#[no_mangle]
pub extern "C" fn libusb_event_handling_ok(ctx: *mut libusb_context) -> c_int {
    with(ctx, "libusb_event_handling_ok", |context| context.events.is_handling_ok().into())
}

#[no_mangle]
pub extern "C" fn libusb_event_handler_active(ctx: *mut libusb_context) -> c_int {
    with(ctx, "libusb_event_handler_active", |context| context.events.is_handler_active().into())
}

#[no_mangle]
pub extern "C" fn libusb_interrupt_event_handler(ctx: *mut libusb_context) {
    with(ctx, "libusb_interrupt_event_handler", |context| {
        context.wake.set();
        SUCCESS
    });
}

#[no_mangle]
pub extern "C" fn libusb_lock_event_waiters(ctx: *mut libusb_context) {
    with(ctx, "libusb_lock_event_waiters", |context| {
        context.events.lock_waiters();
        SUCCESS
    });
}

#[no_mangle]
pub extern "C" fn libusb_unlock_event_waiters(ctx: *mut libusb_context) {
    with(ctx, "libusb_unlock_event_waiters", |context| {
        context.events.unlock_waiters();
        SUCCESS
    });
}

#[no_mangle]
pub unsafe extern "C" fn libusb_wait_for_event(ctx: *mut libusb_context, tv: *mut timeval) -> c_int {
    // SAFETY: the program passes NULL or a timeval.
    let time = unsafe { time(tv) };
    with(ctx, "libusb_wait_for_event", |context| match time {
        Ok(time) => (!context.events.wait_for_event(time)).into(),
        Err(code) => code,
    })
}
