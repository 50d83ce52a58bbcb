//! What passes between this process and its devices, for those that record it: each transfer when it begins and when it is complete, with
//! its bytes. Every bus reports here, at the two places where it has the right to a transfer's bytes. Without a recorder a report is one
//! load.

use super::{PacketResult, Target};
use crate::error::{Result, Status};
use crate::sys::Timestamp;
use crate::usb::{DeviceInfo, Direction, SetupPacket};
use arc_swap::ArcSwapOption;
// Not loom's: no race is decided by these.
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicU8, Ordering};
use std::sync::Arc;

/// A device as its traffic is recorded.
pub struct Wire {
    pub info: Arc<DeviceInfo>,
    /// The device descriptor, then every configuration whole; empty if the system does not give them.
    pub descriptors: Arc<[u8]>,
    /// bConfigurationValue of the active one, as far as this handle knows.
    configuration: AtomicU8,
}

/// One transfer, begun or complete.
pub struct Event<'a> {
    pub wire: &'a Arc<Wire>,
    /// The same for both events of a transfer; it only grows.
    pub id: u64,
    pub target: &'a Target,
    pub phase: Phase,
    /// Bytes asked for, or moved.
    pub length: usize,
    /// What is sent, when it begins; what has come, when it is complete. Of an isochronous transfer, each packet in its own place.
    pub data: &'a [u8],
    /// Of an isochronous transfer that is complete: what became of each packet.
    pub packets: &'a [PacketResult],
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Begun,
    /// 0 or a negative errno of Linux, as its kernel gives them to a request.
    Complete(i32),
    /// It was begun, and the bus did not take it.
    Refused(i32),
}

/// Who records. Called with the bus's own locks held: it copies and returns.
pub trait Recorder: Send + Sync {
    fn record(&self, event: &Event<'_>);

    /// A device was opened, which may have no transfer.
    fn opened(&self, wire: &Arc<Wire>, at: Timestamp);
}

static ACTIVE: AtomicBool = AtomicBool::new(false);
// Without a lock: a forked child would find it as another thread had it.
static RECORDERS: ArcSwapOption<Vec<Arc<dyn Recorder>>> = ArcSwapOption::const_empty();
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Transfers that begin from now on are recorded. The first number they can have.
pub fn add_recorder(recorder: Arc<dyn Recorder>) -> u64 {
    RECORDERS.rcu(|all| {
        let mut all = all.as_deref().cloned().unwrap_or_default();
        all.push(Arc::clone(&recorder));
        Some(Arc::new(all))
    });
    ACTIVE.store(true, Ordering::SeqCst);
    NEXT.load(Ordering::SeqCst)
}

pub fn remove_recorder(recorder: &Arc<dyn Recorder>) {
    let none = || RECORDERS.load().as_ref().map_or(true, |all| all.is_empty());
    RECORDERS.rcu(|all| {
        let mut all = all.as_deref().cloned().unwrap_or_default();
        all.retain(|other| !Arc::ptr_eq(other, recorder));
        Some(Arc::new(all))
    });
    if none() {
        ACTIVE.store(false, Ordering::SeqCst);
        // One may have come in between.
        if !none() {
            ACTIVE.store(true, Ordering::SeqCst);
        }
    }
}

impl Wire {
    pub fn new(info: impl Into<Arc<DeviceInfo>>, descriptors: impl Into<Arc<[u8]>>) -> Arc<Wire> {
        Arc::new(Wire { info: info.into(), descriptors: descriptors.into(), configuration: AtomicU8::new(0) })
    }

    pub fn configuration(&self) -> u8 {
        self.configuration.load(Ordering::Relaxed)
    }

    pub fn note_configuration(&self, value: u8) {
        self.configuration.store(value, Ordering::Relaxed);
    }

    /// Its configuration is noted.
    pub fn opened(self: &Arc<Wire>) {
        if Tap::is_wanted() {
            if let Some(all) = RECORDERS.load().as_ref() {
                all.iter().for_each(|recorder| recorder.opened(self, Timestamp::now()));
            }
        }
    }

    /// A control request without data that the system makes for a call.
    pub fn request<T>(self: &Arc<Wire>, setup: SetupPacket, call: impl FnOnce() -> Result<T>) -> Result<T> {
        let mut tap = Tap::begin(self, &Target::Control(setup), &[], 0);
        let result = call();
        let status = result.as_ref().map(|_| ()).map_err(|error| error.status);
        tap.end(errno(status), 0, &[], &[]);
        result
    }
}

/// One transfer's line to the recorders, kept with it until it is complete.
#[derive(Default)]
pub struct Tap(Option<Box<Begun>>);

struct Begun {
    wire: Arc<Wire>,
    target: Target,
    id: u64,
    /// Of the first request of it that failed, where the system has such numbers.
    errno: i32,
}

impl Tap {
    /// Before the bus gets the transfer. `data`: what is sent; of an IN transfer nothing is looked at.
    #[inline]
    pub fn begin(wire: &Arc<Wire>, target: &Target, data: &[u8], length: usize) -> Tap {
        if !Tap::is_wanted() {
            return Tap(None);
        }
        Tap::report(wire, target, data, length)
    }

    /// Whether anybody records.
    #[inline]
    pub fn is_wanted() -> bool {
        ACTIVE.load(Ordering::Relaxed)
    }

    #[cold]
    fn report(wire: &Arc<Wire>, target: &Target, data: &[u8], length: usize) -> Tap {
        let id = NEXT.fetch_add(1, Ordering::SeqCst);
        let begun = Begun { wire: Arc::clone(wire), target: target.clone(), id, errno: 0 };
        let data = if target.direction() == Direction::Out { data } else { &[] };
        begun.tell(Phase::Begun, length, data, &[]);
        Tap(Some(Box::new(begun)))
    }

    /// The bus has not taken it.
    #[cold]
    pub fn refused(&mut self, status: Status) {
        if let Some(begun) = self.0.take() {
            begun.tell(Phase::Refused(errno(Err(status))), 0, &[], &[]);
        }
    }

    /// The system's own number for how one of its requests failed: a negative errno of Linux.
    #[cold]
    pub fn note(&mut self, errno: i32) {
        if let Some(begun) = self.0.as_mut().filter(|begun| begun.errno == 0) {
            begun.errno = errno;
        }
    }

    /// Whether `end` tells anybody.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// When it is complete, while its bytes are still the bus's. What was noted says more than `errno`. `buffer`: all of it.
    #[inline]
    pub fn end(&mut self, errno: i32, moved: usize, buffer: &[u8], packets: &[PacketResult]) {
        if let Some(begun) = self.0.take() {
            begun.end(errno, moved, buffer, packets);
        }
    }
}

impl Begun {
    #[cold]
    fn end(&self, errno: i32, moved: usize, buffer: &[u8], packets: &[PacketResult]) {
        let errno = if self.errno == 0 { errno } else { self.errno };
        let data = match &self.target {
            target if target.direction() == Direction::Out => &[],
            Target::Isochronous { .. } => buffer,
            _ => &buffer[..moved.min(buffer.len())],
        };
        self.tell(Phase::Complete(errno), moved, data, packets);
    }

    fn tell(&self, phase: Phase, length: usize, data: &[u8], packets: &[PacketResult]) {
        let Begun { wire, target, id, .. } = self;
        let event = Event { wire, id: *id, target, phase, length, data, packets, at: Timestamp::now() };
        if let Some(all) = RECORDERS.load().as_ref() {
            all.iter().for_each(|recorder| recorder.record(&event));
        }
    }
}

/// The errno with which Linux ends such a request (its Documentation/driver-api/usb/error-codes.rst).
pub fn errno(result: std::result::Result<(), Status>) -> i32 {
    match result {
        Ok(()) => 0,
        // ENOENT: the request was killed. A time limit does that, too.
        Err(Status::Cancelled | Status::Timeout | Status::Closed) => -2,
        Err(Status::Pipe) => -32,
        Err(Status::Overflow) => -75,
        Err(Status::NoDevice) => -108,
        Err(Status::NoMem) => -12,
        Err(Status::InvalidParam) => -22,
        Err(Status::Busy | Status::NotClaimed) => -16,
        // EPROTO
        Err(_) => -71,
    }
}
