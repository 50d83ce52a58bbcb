//! Where completions of several devices arrive: a list, a descriptor that says that there is something to do, and a wait. There is
//! no thread of ours: whoever waits handles the devices' events. Queues and streams are built on it.

use crate::arrivals::{closed, Arrivals};
use crate::attendant::Attendant;
use crate::backend::Readiness;
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::poll::{Descriptor, Event, PollSet};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{lock, Mutex};
use crate::timer::Timer;
use crate::transfer::{Completion, Sink, Timestamp};
use crate::wait::Deadline;
use std::collections::BTreeMap;
use std::os::unix::io::{AsRawFd, RawFd};
use std::sync::{Arc, Weak};

pub use crate::arrivals::Arrival;

pub struct Inbox {
    this: Weak<Inbox>,
    arrivals: Arc<Arrivals>,
    members: Mutex<BTreeMap<u64, Member>>,
    attendant: Mutex<Option<Attendant>>,
    /// What the caller may poll: ready if the event is, or a device, or the owner's timer. `None` once it is cleared.
    poll: Mutex<Option<Arc<PollSet>>>,
}

/// A device whose completions arrive here.
struct Member {
    device: Arc<Device>,
    /// Of our own: with it the device leaves the poll set, whatever other copies there are.
    descriptor: Descriptor,
    readiness: Readiness,
    counter: Arc<Counter>,
}

/// Hears of one device's completions, and counts what is to come. While nothing is, the device is polled only until it has
/// something for somebody else.
pub struct Counter {
    arrivals: Arc<Arrivals>,
    in_flight: AtomicUsize,
    polled: AtomicBool,
}

/// What ended a wait in which nothing arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Woken {
    /// Look again.
    Event,
    /// By the owner's timer.
    Timer,
    TimeIsUp,
}

const EVENT: u64 = 0;
const TIMER: u64 = 1;

fn key(device: &Device) -> u64 {
    // Never 0 or 1: objects are aligned.
    device as *const Device as u64
}

impl Inbox {
    pub fn new() -> Result<Arc<Inbox>> {
        let (poll, event) = (PollSet::new()?, Event::new()?);
        poll.add(&event, Readiness::Read, EVENT)?;
        let arrivals = Arc::new(Arrivals::new(event));
        let poll = Mutex::new(Some(Arc::new(poll)));
        Ok(Arc::new_cyclic(|this| Inbox {
            this: Weak::clone(this),
            arrivals,
            members: Mutex::default(),
            attendant: Mutex::default(),
            poll,
        }))
    }

    /// Wakes a wait when it is ready.
    pub fn add_timer(&self, timer: &Timer) -> Result<()> {
        self.poll()?.add(timer, Readiness::Read, TIMER)
    }

    fn poll(&self) -> Result<Arc<PollSet>> {
        lock(&self.poll).clone().ok_or_else(closed)
    }

    /// To poll for reading: ready when a wait has something to do. It lives as long as the inbox.
    pub fn descriptor(&self) -> Result<RawFd> {
        self.arrivals.be_polled();
        Ok(self.poll()?.as_raw_fd())
    }

    /// Keeps the descriptor ready, or not, for what waits above.
    pub fn hold(&self, held: bool) {
        self.arrivals.hold(held);
    }

    /// For as many as are expected at once.
    pub fn make_room(&self, count: usize) -> Result<()> {
        self.arrivals.make_room(count)
    }

    /// Who is to hear of a device's completions, with one more to come.
    pub fn expect(&self, device: &Arc<Device>) -> Result<Arc<Counter>> {
        let known = lock(&self.members).get(&key(device)).map(|member| Arc::clone(&member.counter));
        if let Some(counter) = known {
            self.expect_one_more(&counter, device)?;
            return Ok(counter);
        }
        let mut found = None;
        // Inside the device, so that its close comes after this and finds us.
        device.watch(&self.this, |descriptor, readiness| {
            let mut members = lock(&self.members);
            let member = members.entry(key(device)).or_insert_with(|| Member {
                device: Arc::clone(device),
                descriptor,
                readiness,
                counter: Arc::new(Counter {
                    arrivals: Arc::clone(&self.arrivals),
                    in_flight: AtomicUsize::new(0),
                    polled: AtomicBool::new(false),
                }),
            });
            member.counter.in_flight.fetch_add(1, Ordering::SeqCst);
            if let Err(error) = self.poll_member(member) {
                member.counter.disappointed();
                return Err(error);
            }
            found = Some(Arc::clone(&member.counter));
            Ok(())
        })?;
        found.ok_or_else(|| Error::new(Status::Internal, "a device gave no descriptor"))
    }

    /// The same for one that is known.
    pub fn expect_one_more(&self, counter: &Counter, device: &Device) -> Result<()> {
        counter.in_flight.fetch_add(1, Ordering::SeqCst);
        if counter.polled.load(Ordering::SeqCst) {
            return Ok(());
        }
        let members = lock(&self.members);
        let polled = match members.get(&key(device)) {
            Some(member) => self.poll_member(member),
            // It is closed, and whoever submits to it will hear so.
            None => Ok(()),
        };
        polled.map_err(|error| {
            counter.disappointed();
            error
        })
    }

    fn poll_member(&self, member: &Member) -> Result<()> {
        if member.counter.polled.load(Ordering::SeqCst) {
            return Ok(());
        }
        self.poll()?.add(&member.descriptor, member.readiness, key(&member.device))?;
        member.counter.polled.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn leave_alone(&self, member: &Member) {
        if let (true, Ok(poll)) = (member.counter.polled.swap(false, Ordering::SeqCst), self.poll()) {
            poll.remove(&member.descriptor);
        }
    }

    /// Lets a thread take the device's completions as they come, whether anybody waits or not.
    pub fn attend(&self, device: &Arc<Device>) -> Result<()> {
        device.watch(&self.this, |descriptor, readiness| {
            *lock(&self.attendant) = Some(Attendant::start(device, descriptor, readiness)?);
            Ok(())
        })
    }

    /// The device is about to close.
    pub fn forget(&self, device: &Device) {
        self.dismiss();
        let mut members = lock(&self.members);
        if let Some(member) = members.remove(&key(device)) {
            self.leave_alone(&member);
        }
    }

    /// Takes up to `capacity` of what has arrived, waiting for the first one; or says what else there is to do.
    pub fn wait(&self, capacity: usize, deadline: &mut Deadline, taken: &mut Vec<Arrival>) -> Result<Woken> {
        let Some(mut waiter) = self.arrivals.take_or_sleep(capacity, taken)? else { return Ok(Woken::Event) };
        let ready = self.poll()?.wait(deadline.left())?;
        if ready.keys().any(|key| key > TIMER) {
            waiter.pump();
            ready.keys().for_each(|key| self.pump(key));
        }
        if waiter.take(capacity, taken)? {
            return Ok(Woken::Event);
        }
        let timer = ready.keys().any(|key| key == TIMER);
        Ok(match timer {
            true => Woken::Timer,
            false if deadline.is_over() => Woken::TimeIsUp,
            false => Woken::Event,
        })
    }

    /// Takes what a device has now, without looking whether others have something.
    pub fn look(&self, device: &Device, capacity: usize, taken: &mut Vec<Arrival>) -> Result<()> {
        let waiter = self.arrivals.pump();
        device.pump();
        waiter.take(capacity, taken).map(|_| ())
    }

    /// Handles a device's events.
    fn pump(&self, key: u64) {
        let member =
            lock(&self.members).get(&key).map(|member| (Arc::clone(&member.device), member.counter.expects_nothing()));
        let Some((device, others)) = member else { return };
        device.pump();
        if !others {
            return;
        }
        // It is ready for somebody else's sake, or hung up.
        let members = lock(&self.members);
        if let Some(member) = members.get(&key) {
            self.leave_alone(member);
            if !member.counter.expects_nothing() {
                let _ = self.poll_member(member);
            }
        }
    }

    /// Ends every wait, now and later.
    pub fn close(&self) {
        self.arrivals.close();
    }

    /// Without its lock: the thread may be about to tell us of something.
    fn dismiss(&self) {
        let attendant = lock(&self.attendant).take();
        attendant.iter().for_each(Attendant::stop);
    }

    /// Lets go of all devices and descriptors. Nothing is in flight any more, and nobody waits.
    pub fn clear(&self) {
        self.dismiss();
        // With the lock: a device that closes meanwhile waits until its descriptor is closed.
        lock(&self.members).clear();
        *lock(&self.poll) = None;
        self.arrivals.clear();
    }
}

impl Counter {
    /// One that was expected will not come.
    pub fn disappointed(&self) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
    }

    fn expects_nothing(&self) -> bool {
        self.in_flight.load(Ordering::SeqCst) == 0
    }
}

impl Sink for Counter {
    fn completed(&self, id: u64, completion: Completion, at: Timestamp) {
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        self.arrivals.arrived(Arrival { id, completion, at });
    }
}
