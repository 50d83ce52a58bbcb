//! Contexts: what a program's libusb_init makes, and the one it may do without.

use crate::abi::*;
use crate::boundary::guard;
use crate::completion::Done;
use crate::device::Devices;
use crate::event_lock::EventLock;
use crate::flights::Flights;
use crate::hotplug::Hotplug;
use crate::log;
use crate::table::Table;
use std::collections::VecDeque;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use usbx::tool::{Error, Patience, PollSet, Queue, Readiness, Result, Signal};

pub const WAKE: u64 = 0;
pub const QUEUE: u64 = 1;
pub const WATCH: u64 = 2;

pub struct Context {
    pub queue: Arc<Queue>,
    /// Ready when there is something to handle: the one file descriptor that a program polls.
    pub poll: PollSet,
    pub wake: Signal,
    pub events: EventLock,
    /// The thread that handles them now; 0 for none.
    pub handling: AtomicUsize,
    pub flights: Flights,
    /// How often something was cancelled.
    pub cancels: AtomicUsize,
    next: AtomicU64,
    /// What was complete when it was submitted, and was not told yet.
    pub done: Mutex<VecDeque<Done>>,
    pub devices: Mutex<Devices>,
    pub hotplug: Mutex<Hotplug>,
    pub discovers: AtomicBool,
    level: AtomicI32,
    level_is_fixed: bool,
    log_callback: AtomicUsize,
}

static CONTEXTS: Table<Context> = Table::new();

/// The default context with the number of its users, and the contexts there are in the order of their making.
static DEFAULT: Mutex<(Option<Arc<Context>>, usize)> = Mutex::new((None, 0));
static ORDER: Mutex<Vec<usize>> = Mutex::new(Vec::new());

/// A lock whose holder panicked is taken all the same: what it guards is whole between any two statements.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The context that a program means: its own; with NULL the default one, or without that the first one there is.
pub fn get(pointer: *const libusb_context) -> Option<Arc<Context>> {
    if !pointer.is_null() {
        return CONTEXTS.get(pointer);
    }
    if let Some(context) = &lock(&DEFAULT).0 {
        return Some(Arc::clone(context));
    }
    let first = lock(&ORDER).first().copied()?;
    CONTEXTS.get(first as *const libusb_context)
}

/// The same, with a word for the log where there is none.
pub fn wanted(pointer: *const libusb_context, function: &str) -> Option<Arc<Context>> {
    let found = get(pointer);
    if found.is_none() {
        log::error(function, "there is no such context: it was never made, or is gone by libusb_exit");
    }
    found
}

impl Context {
    fn new() -> Result<Context> {
        usbx::tool::never_libusb();
        let (queue, poll, wake) = (Queue::new(Patience::AsTheSystem)?, PollSet::new()?, Signal::new()?);
        poll.add(&wake, Readiness::Read, WAKE)?;
        queue.be_polled_by(&poll, QUEUE)?;
        let fixed = log::from_environment();
        Ok(Context {
            queue,
            poll,
            wake,
            events: EventLock::new(),
            handling: AtomicUsize::new(0),
            flights: Flights::default(),
            cancels: AtomicUsize::new(0),
            next: AtomicU64::new(1),
            done: Mutex::default(),
            devices: Mutex::default(),
            hotplug: Mutex::default(),
            discovers: AtomicBool::new(crate::options::discovers()),
            level: AtomicI32::new(fixed.unwrap_or_else(log::default_level)),
            level_is_fixed: fixed.is_some(),
            log_callback: AtomicUsize::new(0),
        })
    }

    pub fn pointer(self: &Arc<Self>) -> *mut libusb_context {
        Arc::as_ptr(self).cast_mut().cast()
    }

    pub fn number(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub fn log_level(&self) -> c_int {
        self.level.load(Ordering::Relaxed)
    }

    pub fn set_log_level(&self, level: c_int) {
        if !self.level_is_fixed {
            self.level.store(level, Ordering::Relaxed);
        }
    }

    pub fn log_callback(&self) -> usize {
        self.log_callback.load(Ordering::SeqCst)
    }

    pub fn set_log_callback(&self, callback: libusb_log_cb) {
        self.log_callback.store(log::address(callback), Ordering::SeqCst);
    }

    /// Ends everything; the program has no pointer to it any more.
    fn exit(self: &Arc<Self>) {
        let open = crate::handle::count_of(self);
        if open > 0 {
            log::say(Some(self), log::WARNING, "libusb_exit", &format!("the program left {open} devices open"));
        }
        log::say(Some(self), log::DEBUG, "libusb_exit", "the context ends");
        self.queue.close();
        crate::completion::forget(self.flights.take_all());
        lock(&self.hotplug).close();
        let devices = std::mem::take(&mut *lock(&self.devices)).known;
        devices.iter().for_each(|node| node.unreference());
    }
}

fn init(place: *mut *mut libusb_context, set: impl FnOnce(&Arc<Context>) -> c_int) -> c_int {
    if place.is_null() {
        let mut default = lock(&DEFAULT);
        if default.0.is_some() {
            default.1 += 1;
            return SUCCESS;
        }
        let made = made(set);
        if let Ok(context) = &made {
            *default = (Some(Arc::clone(context)), 1);
        }
        // The log looks for the default context.
        drop(default);
        return match made {
            Ok(context) => {
                introduce(&context);
                SUCCESS
            }
            Err(refusal) => refusal.logged(),
        };
    }
    let (context, code) = match made(set) {
        Ok(context) => {
            introduce(&context);
            (context.pointer(), SUCCESS)
        }
        Err(refusal) => (std::ptr::null_mut(), refusal.logged()),
    };
    // SAFETY: not NULL, therefore the program's place for a pointer.
    unsafe { place.write(context) };
    code
}

fn introduce(context: &Arc<Context>) {
    let text = format!("usbx {}, in place of libusb 1.0.27", usbx::tool::VERSION);
    log::say(Some(context), log::DEBUG, "libusb_init", &text);
}

/// Why there is no context.
enum Refusal {
    System(Error),
    /// What setting an option gave.
    Code(c_int),
}

impl Refusal {
    /// Not to be called with a lock that `get` takes.
    fn logged(self) -> c_int {
        match self {
            Refusal::System(error) => crate::status::logged("libusb_init", &error),
            Refusal::Code(code) => code,
        }
    }
}

fn made(set: impl FnOnce(&Arc<Context>) -> c_int) -> std::result::Result<Arc<Context>, Refusal> {
    let context = Context::new().map(Arc::new).map_err(Refusal::System)?;
    match set(&context) {
        SUCCESS => {
            CONTEXTS.add(&context);
            lock(&ORDER).push(Arc::as_ptr(&context) as usize);
            Ok(context)
        }
        code => Err(Refusal::Code(code)),
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_init(ctx: *mut *mut libusb_context) -> c_int {
    guard("libusb_init", ERROR_OTHER, || init(ctx, |_| SUCCESS))
}

#[no_mangle]
pub unsafe extern "C" fn libusb_init_context(
    ctx: *mut *mut libusb_context,
    options: *const libusb_init_option,
    num_options: c_int,
) -> c_int {
    guard("libusb_init_context", ERROR_OTHER, || {
        let count = usize::try_from(num_options).unwrap_or(0);
        if num_options < 0 || options.is_null() && count > 0 {
            return ERROR_INVALID_PARAM;
        }
        init(ctx, |context| {
            for at in 0..count {
                // SAFETY: within the array that the program passes.
                let option = unsafe { &*options.add(at) };
                // SAFETY: which field is meant depends on the option; every byte pattern is a number, and the program wrote the pointer.
                let code = unsafe { crate::options::set_initial(context, option) };
                if code != SUCCESS {
                    return code;
                }
            }
            SUCCESS
        })
    })
}

#[no_mangle]
pub extern "C" fn libusb_exit(ctx: *mut libusb_context) {
    guard("libusb_exit", (), || {
        let context = if ctx.is_null() {
            let mut default = lock(&DEFAULT);
            match default.1 {
                0 => {
                    drop(default);
                    return log::error("libusb_exit", "there is no default context");
                }
                1 => {
                    default.1 = 0;
                    default.0.take()
                }
                _ => {
                    default.1 -= 1;
                    return;
                }
            }
        } else {
            CONTEXTS.get(ctx)
        };
        let Some(context) = context.and_then(|context| CONTEXTS.remove(context.pointer())) else {
            return log::error("libusb_exit", "there is no such context; was it exited before?");
        };
        lock(&ORDER).retain(|address| *address != Arc::as_ptr(&context) as usize);
        let mut default = lock(&DEFAULT);
        if default.0.as_ref().is_some_and(|default| Arc::ptr_eq(default, &context)) {
            *default = (None, 0);
        }
        drop(default);
        context.exit();
    });
}
