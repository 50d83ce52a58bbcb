//! Where completions of several devices arrive: a list, a descriptor that says that there is something to do, and a wait. There is
//! no thread of ours: the thread that waits handles the devices' events. Queues and streams are built on it.

use super::completion_list::{closed, Completed, CompletionList};
use super::completion_thread::CompletionThread;
use crate::bus::{Completion, Sink};
use crate::error::{Error, Result, Status};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{lock, sleep, Mutex};
use crate::sys::{
    process_generation, Deadline, Descriptor, Event, PollSet, RawDescriptor, Readiness, Timer, Timestamp,
};
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// What completions come from, as an inbox sees it: an open device.
pub trait EventSource: Send + Sync {
    /// Completes what can be completed now, without waiting for the bus or sleeping.
    fn pump(&self) -> Pumped;

    /// The same of not more than `most`, where the source can leave the others for later: its descriptor is ready then.
    fn pump_some(&self, _most: usize) -> Pumped {
        self.pump()
    }

    /// Gives `poll` a file descriptor of the source's to poll. The inbox is told to forget the source before that closes.
    fn watch(&self, inbox: &Weak<Inbox>, poll: &mut dyn FnMut(Descriptor, Readiness) -> Result<()>) -> Result<()>;
}

/// What a source is like once its events were handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pumped {
    Done,
    /// Its descriptor is ready, and will be for a while, without anything to be done.
    StaysReady,
    /// It is being closed, and takes what is left itself.
    Closed,
}

pub struct Inbox {
    this: Weak<Inbox>,
    list: Arc<CompletionList>,
    members: Mutex<BTreeMap<u64, Member>>,
    thread: Mutex<Option<CompletionThread>>,
    /// What the caller may poll: ready if the event is, or a device, or the owner's timer. `None` once it is cleared.
    poll: Mutex<Option<Arc<PollSet>>>,
    /// Whose the poll set is: a forked child has it in common with its parent, and takes nothing out of it.
    process: u32,
}

/// A device whose completions arrive here.
struct Member {
    source: Arc<dyn EventSource>,
    /// The inbox's own copy: with it the device leaves the poll set, whatever other copies there are.
    descriptor: Descriptor,
    readiness: Readiness,
    counter: Arc<Counter>,
}

/// Hears of one device's completions, and counts what is to come. While nothing is, the device is polled only until it has
/// something for another inbox or call.
pub struct Counter {
    list: Arc<CompletionList>,
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

/// How long a wait leaves a source alone whose descriptor stays ready without anything to be done.
const PAUSE: Duration = Duration::from_millis(1);

/// Of so many devices it is quicker to look at each than to ask which has something.
const FEW: usize = 2;

const EVENT: u64 = 0;
const TIMER: u64 = 1;

fn key(source: *const impl ?Sized) -> u64 {
    // Never 0 or 1: objects are aligned.
    source.cast::<()>() as u64
}

impl Inbox {
    pub fn new() -> Result<Arc<Inbox>> {
        let (poll, event) = (PollSet::new()?, Event::new()?);
        poll.add(&event, Readiness::Read, EVENT)?;
        let list = Arc::new(CompletionList::new(event));
        let poll = Mutex::new(Some(Arc::new(poll)));
        Ok(Arc::new_cyclic(|this| Inbox {
            this: Weak::clone(this),
            list,
            members: Mutex::default(),
            thread: Mutex::default(),
            poll,
            process: process_generation(),
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
    pub fn descriptor(&self) -> Result<RawDescriptor> {
        self.list.be_polled();
        self.poll()?.as_raw_descriptor()
    }

    /// The same, in a set of the library's own.
    #[cfg(not(loom))]
    pub fn be_polled_by(&self, set: &PollSet, key: u64) -> Result<()> {
        self.list.be_polled();
        set.add(&*self.poll()?, Readiness::Read, key)
    }

    /// Keeps the descriptor ready, or not, for what waits above.
    pub fn hold(&self, held: bool) {
        self.list.hold(held);
    }

    /// For as many as are expected at once.
    pub fn make_room(&self, count: usize) -> Result<()> {
        self.list.make_room(count)
    }

    /// Who is to hear of a device's completions, with one more to come.
    pub fn expect<S: EventSource + 'static>(&self, source: &Arc<S>) -> Result<Arc<Counter>> {
        let known = lock(&self.members).get(&key(Arc::as_ptr(source))).map(|member| Arc::clone(&member.counter));
        if let Some(counter) = known {
            self.expect_one_more(&counter, &**source)?;
            return Ok(counter);
        }
        let mut found = None;
        // Inside the source, so that its close comes after this and finds us.
        source.watch(&self.this, &mut |descriptor, readiness| {
            let mut members = lock(&self.members);
            let member = members.entry(key(Arc::as_ptr(source))).or_insert_with(|| Member {
                source: Arc::clone(source) as Arc<dyn EventSource>,
                descriptor,
                readiness,
                counter: Arc::new(Counter {
                    list: Arc::clone(&self.list),
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
        found.ok_or_else(|| Error::new(Status::Internal, "a device gave no file descriptor"))
    }

    /// The same for one that is known.
    #[inline]
    pub fn expect_one_more(&self, counter: &Counter, source: &dyn EventSource) -> Result<()> {
        counter.in_flight.fetch_add(1, Ordering::SeqCst);
        match counter.polled.load(Ordering::SeqCst) {
            true => Ok(()),
            false => self.poll_again(counter, source),
        }
    }

    #[cold]
    fn poll_again(&self, counter: &Counter, source: &dyn EventSource) -> Result<()> {
        let members = lock(&self.members);
        let polled = match members.get(&key(source)) {
            Some(member) => self.poll_member(member),
            // It is closed, and a call that submits to it will hear so.
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
        self.poll()?.add(&member.descriptor, member.readiness, key(Arc::as_ptr(&member.source)))?;
        member.counter.polled.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn leave_alone(&self, member: &Member) {
        if self.process != process_generation() {
            return;
        }
        if let (true, Ok(poll)) = (member.counter.polled.swap(false, Ordering::SeqCst), self.poll()) {
            poll.remove(&member.descriptor);
        }
    }

    /// Lets a thread take the source's completions as they come, even if no caller waits.
    pub fn start_thread(&self, source: &Arc<dyn EventSource>) -> Result<()> {
        source.watch(&self.this, &mut |descriptor, readiness| {
            *lock(&self.thread) = Some(CompletionThread::start(Arc::clone(source), descriptor, readiness)?);
            Ok(())
        })
    }

    /// The source is about to close.
    pub fn forget(&self, source: &dyn EventSource) {
        self.stop_thread();
        let mut members = lock(&self.members);
        if let Some(member) = members.remove(&key(source)) {
            self.leave_alone(&member);
        }
    }

    /// Takes up to `capacity` of what has arrived, waiting for the first one; or says what else there is to do.
    pub fn wait(&self, capacity: usize, deadline: &mut Deadline, taken: &mut Vec<Completed>) -> Result<Woken> {
        let Some(mut waiter) = self.list.take_or_sleep(capacity, taken)? else { return Ok(Woken::Event) };
        let ready = self.poll()?.wait(deadline.left())?;
        let mut stays_ready = false;
        if ready.keys().any(|key| key > TIMER) {
            waiter.pump();
            ready.keys().for_each(|key| stays_ready |= self.pump(key) == Pumped::StaysReady);
        }
        if waiter.take(capacity, taken)? {
            return Ok(Woken::Event);
        }
        let timer = ready.keys().any(|key| key == TIMER);
        if stays_ready && !timer {
            sleep(deadline.left().map_or(PAUSE, |left| left.min(PAUSE)));
        }
        Ok(match timer {
            true => Woken::Timer,
            false if deadline.is_over() => Woken::TimeIsUp,
            false => Woken::Event,
        })
    }

    /// Takes what arrives while `work` runs. Of that the descriptor says nothing, which saves two system calls.
    pub fn take_after(&self, capacity: usize, work: impl FnOnce(), taken: &mut Vec<Completed>) -> Result<()> {
        let waiter = self.list.pump();
        work();
        waiter.take(capacity, taken).map(|_| ())
    }

    /// Takes what a device has now, without looking whether others have something.
    pub fn look(&self, source: &dyn EventSource, capacity: usize, taken: &mut Vec<Completed>) -> Result<()> {
        let waiter = self.list.pump();
        source.pump();
        waiter.take(capacity, taken).map(|_| ())
    }

    /// Takes up to `capacity` of what the devices have now, as one of them is said to have something, which saves asking which. Of many devices it asks none.
    pub fn look_at_all(&self, capacity: usize, taken: &mut Vec<Completed>) -> Result<()> {
        let waiter = self.list.pump();
        let sources: SmallVec<[Arc<dyn EventSource>; FEW]> = {
            let members = lock(&self.members);
            let busy = members.values().filter(|member| !member.counter.expects_nothing());
            busy.take(FEW + 1).map(|member| Arc::clone(&member.source)).collect()
        };
        if sources.len() <= FEW {
            let share = (capacity / sources.len().max(1)).max(1);
            for (at, source) in sources.iter().enumerate() {
                // What is taken from a device and finds no room here costs system calls, so that a poll says it is there.
                if at > 0 && waiter.has(capacity) {
                    break;
                }
                source.pump_some(share);
            }
        }
        waiter.take(capacity, taken).map(|_| ())
    }

    /// Handles a device's events.
    fn pump(&self, key: u64) -> Pumped {
        let member =
            lock(&self.members).get(&key).map(|member| (Arc::clone(&member.source), member.counter.expects_nothing()));
        let Some((source, others)) = member else { return Pumped::Done };
        let pumped = source.pump();
        if !others && pumped != Pumped::Closed {
            return pumped;
        }
        // It is ready for another inbox or call, or hung up, or being closed.
        let members = lock(&self.members);
        if let Some(member) = members.get(&key) {
            self.leave_alone(member);
            if pumped != Pumped::Closed && !member.counter.expects_nothing() {
                let _ = self.poll_member(member);
            }
        }
        Pumped::Done
    }

    /// Ends every wait, now and later.
    pub fn close(&self) {
        self.list.close();
    }

    /// Without its lock: the thread may be about to tell us of something.
    fn stop_thread(&self) {
        let thread = lock(&self.thread).take();
        thread.iter().for_each(CompletionThread::stop);
    }

    /// Lets go of all devices and descriptors. Nothing is in flight any more, and no thread waits.
    pub fn clear(&self) {
        self.stop_thread();
        // With the lock: a device that closes meanwhile waits until its descriptor is closed.
        lock(&self.members).clear();
        *lock(&self.poll) = None;
        self.list.clear();
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
        self.list.push(Completed { id, completion, at });
    }
}
