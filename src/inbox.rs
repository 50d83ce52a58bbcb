//! Where completions of several devices arrive: a list, a descriptor that says that there is something to do, and a wait. There is
//! no thread of ours: whoever waits handles the devices' events. Queues and streams are built on it.

use crate::attendant::Attendant;
use crate::backend::Readiness;
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::sync::lock;
use crate::timer::Timer;
use crate::transfer::{Completion, Sink, Timestamp};
use crate::wait::Deadline;
use rustix::event::{epoll, eventfd, EventfdFlags, Timespec};
use rustix::io::Errno;
use std::collections::{BTreeMap, VecDeque};
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

pub struct Arrival {
    /// What the owner called the transfer.
    pub id: u64,
    pub completion: Completion,
    pub at: Timestamp,
}

pub struct Inbox {
    this: Weak<Inbox>,
    arrivals: Arc<Arrivals>,
    members: Mutex<BTreeMap<u64, Member>>,
    attendant: Mutex<Option<Attendant>>,
    /// Somebody outside polls our descriptor; nobody did as long as it was not asked for.
    is_polled: AtomicBool,
    /// What the caller may poll: ready if the event is, or a device, or the owner's timer. `None` once it is cleared.
    poll: Mutex<Option<Arc<OwnedFd>>>,
}

struct Arrivals {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    list: VecDeque<Arrival>,
    closed: bool,
    /// Ready while something has arrived, or the inbox is closed. `None` once it is cleared.
    event: Option<OwnedFd>,
    /// What the event says.
    signalled: bool,
    /// Somebody outside polls our descriptor.
    polled: bool,
    /// What came out waits above, in a stream.
    held: bool,
    /// Threads that sleep.
    sleepers: usize,
    /// Threads that handle events now and will look at the list afterwards.
    pumping: usize,
}

/// A device whose completions arrive here.
struct Member {
    device: Arc<Device>,
    /// Of our own: with it the device leaves the poll set, whatever other copies there are.
    descriptor: OwnedFd,
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
        let make = || -> rustix::io::Result<(OwnedFd, OwnedFd)> {
            let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
            let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
            epoll::add(&poll, &event, epoll::EventData::new_u64(EVENT), epoll::EventFlags::IN)?;
            Ok((poll, event))
        };
        let (poll, event) = make().map_err(Error::no_descriptor)?;
        let state = State { event: Some(event), ..State::default() };
        let arrivals = Arc::new(Arrivals { state: Mutex::new(state) });
        let poll = Mutex::new(Some(Arc::new(poll)));
        Ok(Arc::new_cyclic(|this| Inbox {
            this: Weak::clone(this),
            arrivals,
            members: Mutex::default(),
            attendant: Mutex::default(),
            is_polled: AtomicBool::new(false),
            poll,
        }))
    }

    /// Wakes a wait when it is ready.
    pub fn add_timer(&self, timer: &Timer) -> Result<()> {
        let poll = self.poll()?;
        epoll::add(&poll, timer, epoll::EventData::new_u64(TIMER), epoll::EventFlags::IN).map_err(Error::no_descriptor)
    }

    fn poll(&self) -> Result<Arc<OwnedFd>> {
        lock(&self.poll).clone().ok_or_else(closed)
    }

    /// To poll for reading: ready when a wait has something to do. It lives as long as the inbox.
    pub fn descriptor(&self) -> Result<RawFd> {
        let mut state = lock(&self.arrivals.state);
        state.polled = true;
        self.is_polled.store(true, Ordering::Relaxed);
        self.arrivals.signal(&mut state);
        Ok(self.poll()?.as_raw_fd())
    }

    /// Keeps the descriptor ready, or not, for what waits above.
    pub fn hold(&self, held: bool) {
        if !self.is_polled.load(Ordering::Relaxed) {
            return;
        }
        let mut state = lock(&self.arrivals.state);
        if state.held != held {
            state.held = held;
            self.arrivals.signal(&mut state);
        }
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
        let flags = match member.readiness {
            Readiness::Read => epoll::EventFlags::IN,
            Readiness::Write => epoll::EventFlags::OUT,
        };
        let data = epoll::EventData::new_u64(key(&member.device));
        epoll::add(&self.poll()?, &member.descriptor, data, flags).map_err(Error::no_descriptor)?;
        member.counter.polled.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn leave_alone(&self, member: &Member) {
        if let (true, Ok(poll)) = (member.counter.polled.swap(false, Ordering::SeqCst), self.poll()) {
            let _ = epoll::delete(&poll, &member.descriptor);
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
        let mut state = lock(&self.arrivals.state);
        if self.arrivals.take(&mut state, capacity, taken)? {
            return Ok(Woken::Event);
        }
        state.sleepers += 1;
        self.arrivals.signal(&mut state);
        drop(state);
        let ready = self.sleep(deadline);
        let mut state = lock(&self.arrivals.state);
        state.sleepers -= 1;
        let (events, count) = ready?;
        let devices = events[..count].iter().any(|event| event.data.u64() > TIMER);
        if devices {
            drop(state);
            let pumping = self.arrivals.pumping();
            events[..count].iter().for_each(|event| self.pump(event));
            drop(pumping);
            state = lock(&self.arrivals.state);
        }
        if self.arrivals.take(&mut state, capacity, taken)? {
            return Ok(Woken::Event);
        }
        drop(state);
        match events[..count].iter().any(|event| event.data.u64() == TIMER) {
            true => Ok(Woken::Timer),
            false if deadline.is_over() => Ok(Woken::TimeIsUp),
            false => Ok(Woken::Event),
        }
    }

    /// Takes what a device has now, without looking whether others have something.
    pub fn look(&self, device: &Device, capacity: usize, taken: &mut Vec<Arrival>) -> Result<()> {
        let pumping = self.arrivals.pumping();
        device.pump();
        drop(pumping);
        let mut state = lock(&self.arrivals.state);
        self.arrivals.take(&mut state, capacity, taken).map(|_| ())
    }

    /// Sleeps until something is ready.
    fn sleep(&self, deadline: &mut Deadline) -> Result<([epoll::Event; BATCH], usize)> {
        let timeout =
            deadline.left().map(|left| Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ });
        let nothing = epoll::Event { flags: epoll::EventFlags::empty(), data: epoll::EventData::new_u64(EVENT) };
        let mut events = [nothing; BATCH];
        match epoll::wait(&*self.poll()?, events.as_mut_slice(), timeout.as_ref()) {
            Ok(count) => Ok((events, count)),
            // A signal is no reason to stop waiting.
            Err(Errno::INTR) => Ok((events, 0)),
            Err(error) => Err(Error::new(Status::Other, format!("the system cannot wait: {error}"))),
        }
    }

    /// Handles a device's events.
    fn pump(&self, event: &epoll::Event) {
        let key = event.data.u64();
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
        let mut state = lock(&self.arrivals.state);
        state.closed = true;
        self.arrivals.signal(&mut state);
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
        lock(&self.arrivals.state).event = None;
    }
}

/// How many things that are ready are handled in one go.
const BATCH: usize = 16;

/// A thread that handles events, until it is dropped.
struct Pumping<'a>(&'a Arrivals);

impl Drop for Pumping<'_> {
    fn drop(&mut self) {
        lock(&self.0.state).pumping -= 1;
    }
}

impl Arrivals {
    fn pumping(&self) -> Pumping<'_> {
        lock(&self.state).pumping += 1;
        Pumping(self)
    }

    /// True if there was anything.
    fn take(&self, state: &mut State, capacity: usize, taken: &mut Vec<Arrival>) -> Result<bool> {
        if state.closed {
            return Err(closed());
        }
        let count = state.list.len().min(capacity);
        taken.extend(state.list.drain(..count));
        self.signal(state);
        Ok(count > 0)
    }

    /// Makes the event say what is the case.
    fn signal(&self, state: &mut State) {
        let wanted = !state.list.is_empty() || state.held && state.polled || state.closed;
        // A system call that nobody would notice is saved.
        let noticed = state.polled || state.sleepers > 0 || state.closed;
        if wanted == state.signalled || wanted && !noticed {
            return;
        }
        let Some(event) = &state.event else { return };
        if wanted {
            let _ = rustix::io::write(event, &1u64.to_ne_bytes());
        } else {
            let _ = rustix::io::read(event, &mut [0; 8]);
        }
        state.signalled = wanted;
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
        let mut state = lock(&self.arrivals.state);
        state.list.push_back(Arrival { id, completion, at });
        if state.pumping == 0 {
            self.arrivals.signal(&mut state);
        }
    }
}

fn closed() -> Error {
    Error::new(Status::Closed, "another thread closed it meanwhile")
}
