//! Completion queues: transfers of any device go in, completions come out, in batches. No thread of ours: whoever waits drives
//! the bus, and a descriptor tells when there is something to do.

use crate::backend::Readiness;
use crate::device::{Device, Request};
use crate::error::{Error, Result, Status};
use crate::ffi::Buffer;
use crate::sync::{self, lock};
use crate::timer::Timer;
use crate::transfer::{Completion, End, Notice, Packets, Pending, Sink, Timestamp};
use rustix::event::{epoll, eventfd, EventfdFlags};
use rustix::io::Errno;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

pub struct Queue {
    this: Weak<Queue>,
    state: Mutex<State>,
    /// Somebody left who close waits for.
    left: Condvar,
    /// What the caller may poll: ready if `event`, the timer or a device is.
    poll: OwnedFd,
    /// Ready while completions wait, or the queue is closed.
    event: OwnedFd,
}

struct State {
    closed: bool,
    /// Calls inside; close waits for them.
    calls: usize,
    last_id: u64,
    entries: HashMap<u64, Entry>,
    done: VecDeque<u64>,
    members: HashMap<u64, Member>,
    deadlines: BTreeSet<(Instant, u64)>,
    timer: Timer,
    signalled: bool,
    /// Somebody outside polls our descriptor.
    polled: bool,
    /// Something that came out of the queue waits above it, in a stream.
    held: bool,
    /// Threads that sleep.
    sleepers: usize,
    /// Threads that handle events now and will look at `done` afterwards.
    pumping: usize,
}

struct Entry {
    device: Arc<Device>,
    /// Set when submission has returned.
    pending: Option<Arc<Pending>>,
    user_data: u64,
    deadline: Option<Instant>,
    /// Of an isochronous transfer, and the caller's table for their results.
    packets: Option<(Arc<Packets>, Buffer)>,
    completion: Option<(Completion, Timestamp)>,
}

/// A device that the queue polls.
struct Member {
    device: Arc<Device>,
    /// Of the queue's own: with it the device leaves the poll set, whatever other copies there are.
    descriptor: OwnedFd,
    pending: usize,
}

/// What comes out.
pub struct Completed {
    pub id: u64,
    pub user_data: u64,
    pub result: std::result::Result<(), Status>,
    pub transferred: usize,
    /// When it completed, in nanoseconds of CLOCK_MONOTONIC.
    pub timestamp: u64,
}

const EVENT: u64 = 0;
const TIMER: u64 = 1;

fn key(device: &Device) -> u64 {
    // Never 0 or 1: objects are aligned.
    device as *const Device as u64
}

impl Queue {
    pub fn new() -> Result<Arc<Queue>> {
        let make = || -> rustix::io::Result<(OwnedFd, OwnedFd)> {
            let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
            let event = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
            epoll::add(&poll, &event, epoll::EventData::new_u64(EVENT), epoll::EventFlags::IN)?;
            Ok((poll, event))
        };
        let (poll, event) = make().map_err(too_many)?;
        let timer = Timer::new()?;
        epoll::add(&poll, &timer, epoll::EventData::new_u64(TIMER), epoll::EventFlags::IN).map_err(too_many)?;
        let state = State {
            closed: false,
            calls: 0,
            last_id: 0,
            entries: HashMap::new(),
            done: VecDeque::new(),
            members: HashMap::new(),
            deadlines: BTreeSet::new(),
            timer,
            signalled: false,
            polled: false,
            held: false,
            sleepers: 0,
            pumping: 0,
        };
        Ok(Arc::new_cyclic(|this| Queue {
            this: Weak::clone(this),
            state: Mutex::new(state),
            left: Condvar::new(),
            poll,
            event,
        }))
    }

    /// To poll for reading: ready when `wait` has something to do. It lives as long as the queue.
    pub fn descriptor(&self) -> RawFd {
        let mut state = lock(&self.state);
        state.polled = true;
        self.signal(&mut state);
        self.poll.as_raw_fd()
    }

    /// Keeps the descriptor ready, or not, for what waits above the queue.
    pub fn hold(&self, held: bool) {
        let mut state = lock(&self.state);
        if state.held != held {
            state.held = held;
            self.signal(&mut state);
        }
    }

    fn enter(&self) -> Result<MutexGuard<'_, State>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(Error::new(Status::Closed, "another thread closed the queue meanwhile"));
        }
        state.calls += 1;
        Ok(state)
    }

    fn leave(&self, mut state: MutexGuard<'_, State>) {
        state.calls -= 1;
        if state.closed {
            self.left.notify_all();
        }
    }

    pub fn submit(
        &self,
        device: &Arc<Device>,
        request: &Request,
        buffer: Buffer,
        table: Option<Buffer>,
        timeout: Option<Duration>,
        user_data: u64,
    ) -> Result<u64> {
        let mut state = self.enter()?;
        state.last_id += 1;
        let id = state.last_id;
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let packets = match request {
            Request::Isochronous { packets, .. } => table.map(|table| (Arc::clone(packets), table)),
            _ => None,
        };
        let known = state.members.contains_key(&key(device));
        state.entries.insert(
            id,
            Entry { device: Arc::clone(device), pending: None, user_data, deadline, packets, completion: None },
        );
        if let Some(member) = state.members.get_mut(&key(device)) {
            member.pending += 1;
        }
        drop(state);
        let submit = || {
            if !known {
                self.watch(device)?;
            }
            let sink: Arc<dyn Sink> = self.this.upgrade().ok_or_else(|| Error::new(Status::Closed, "closed"))?;
            device.submit(request, buffer, Notice { sink, id })
        };
        let submitted = submit();
        let mut state = lock(&self.state);
        match submitted {
            Ok(pending) => {
                if let Some(entry) = state.entries.get_mut(&id) {
                    entry.pending = Some(pending);
                    if let Some(deadline) = deadline.filter(|_| entry.completion.is_none()) {
                        state.deadlines.insert((deadline, id));
                        state.set_timer();
                    }
                }
                self.leave(state);
                Ok(id)
            }
            Err(error) => {
                state.entries.remove(&id);
                state.member_left(device);
                let unused = state.members.get(&key(device)).is_some_and(|member| member.pending == 0);
                let member = if unused { state.members.remove(&key(device)) } else { None };
                if let Some(member) = &member {
                    remove(&self.poll, &member.descriptor);
                }
                self.leave(state);
                Err(error)
            }
        }
    }

    fn watch(&self, device: &Arc<Device>) -> Result<()> {
        // Inside the device, so that its close comes after this and finds us.
        device.watch(&self.this, |descriptor, readiness| {
            let flags = match readiness {
                Readiness::Read => epoll::EventFlags::IN,
                Readiness::Write => epoll::EventFlags::OUT,
            };
            let mut state = lock(&self.state);
            if let Some(member) = state.members.get_mut(&key(device)) {
                member.pending += 1;
                return Ok(());
            }
            epoll::add(&self.poll, &descriptor, epoll::EventData::new_u64(key(device)), flags).map_err(too_many)?;
            state.members.insert(key(device), Member { device: Arc::clone(device), descriptor, pending: 1 });
            Ok(())
        })
    }

    /// The device is about to close.
    pub fn forget(&self, device: &Device) {
        let member = lock(&self.state).members.remove(&key(device));
        if let Some(member) = member {
            remove(&self.poll, &member.descriptor);
        }
    }

    /// Waits for completions and takes up to `capacity` of them; none if the time is up first.
    pub fn wait(&self, capacity: usize, deadline: Option<Instant>) -> Result<Vec<Completed>> {
        let state = self.enter()?;
        let taken = self.wait_inside(state, capacity, deadline);
        // Without the lock: a device may be telling us of a completion while it holds its own.
        let mut gone = Vec::new();
        let completed = taken.map(|taken| taken.into_iter().map(|(id, entry)| finish(id, entry, &mut gone)).collect());
        let mut state = lock(&self.state);
        self.signal(&mut state);
        self.leave(state);
        completed
    }

    fn wait_inside<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        capacity: usize,
        deadline: Option<Instant>,
    ) -> Result<Vec<(u64, Entry)>> {
        let mut time_is_up = false;
        loop {
            if state.closed {
                return Err(Error::new(Status::Closed, "another thread closed the queue meanwhile"));
            }
            let taken = state.take(capacity);
            if !taken.is_empty() || time_is_up {
                return Ok(taken);
            }
            state.sleepers += 1;
            self.signal(&mut state);
            drop(state);
            let now = Instant::now();
            time_is_up = matches!(deadline, Some(deadline) if deadline <= now);
            let ready = self.sleep(deadline, now);
            state = lock(&self.state);
            state.sleepers -= 1;
            let ready = ready?;
            let due: Vec<Arc<Device>> = state.pumpable(&ready, &self.poll);
            let expired = state.expired();
            state.pumping += 1;
            drop(state);
            due.iter().for_each(|device| device.pump());
            expired.iter().for_each(|(device, pending)| device.end(pending, End::Timeout));
            state = lock(&self.state);
            state.pumping -= 1;
        }
    }

    /// Sleeps until something is ready. What it was, with whether it hung up.
    fn sleep(&self, deadline: Option<Instant>, now: Instant) -> Result<Vec<(u64, bool)>> {
        let timeout = deadline.map(|deadline| {
            let left = deadline.saturating_duration_since(now);
            rustix::event::Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ }
        });
        let mut events = [epoll::Event { flags: epoll::EventFlags::empty(), data: epoll::EventData::new_u64(0) }; 16];
        match epoll::wait(&self.poll, events.as_mut_slice(), timeout.as_ref()) {
            Ok(count) => Ok(events[..count]
                .iter()
                .map(|event| {
                    let flags = event.flags;
                    (event.data.u64(), flags.intersects(epoll::EventFlags::HUP | epoll::EventFlags::ERR))
                })
                .collect()),
            Err(Errno::INTR) => Ok(Vec::new()),
            Err(error) => Err(Error::new(Status::Other, format!("the system cannot wait: {error}"))),
        }
    }

    /// Ends one transfer, or all with id 0. Their completions still come.
    pub fn cancel(&self, id: u64) -> Result<()> {
        let state = self.enter()?;
        let pending = state.entries.iter().filter(|(_, entry)| entry.completion.is_none());
        let wanted = pending.filter(|(other, _)| id == 0 || **other == id);
        let mut ending: Vec<(u64, Arc<Pending>)> =
            wanted.filter_map(|(id, entry)| Some((*id, entry.pending.clone()?))).collect();
        drop(state);
        // The newest first: so none gets data that would be another's.
        ending.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
        ending.iter().for_each(|(_, pending)| pending.end(End::Cancel));
        self.leave(lock(&self.state));
        Ok(())
    }

    /// Cancels what is pending and returns when no buffer is in use any more.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        self.signal(&mut state);
        while state.calls > 0 {
            state = sync::wait(&self.left, state, None);
        }
        let entries = std::mem::take(&mut state.entries);
        let members = std::mem::take(&mut state.members);
        drop(state);
        for entry in entries.values() {
            if let Some(pending) = &entry.pending {
                entry.device.end(pending, End::Cancel);
                entry.device.leave(pending);
            }
        }
        for member in members.values() {
            remove(&self.poll, &member.descriptor);
        }
    }

    /// Makes the event say what is the case.
    fn signal(&self, state: &mut State) {
        let wanted = !state.done.is_empty() || state.held && state.polled || state.closed;
        // A system call that nobody would notice is saved.
        let noticed = state.polled || state.sleepers > 0 || state.closed;
        if wanted == state.signalled || wanted && !noticed {
            return;
        }
        state.signalled = wanted;
        if wanted {
            let _ = rustix::io::write(&self.event, &1u64.to_ne_bytes());
        } else {
            let _ = rustix::io::read(&self.event, &mut [0; 8]);
        }
    }
}

impl Sink for Queue {
    fn completed(&self, id: u64, completion: Completion, at: Timestamp) {
        let mut state = lock(&self.state);
        let device = match state.entries.get_mut(&id) {
            Some(entry) => {
                entry.completion = Some((completion, at));
                Arc::clone(&entry.device)
            }
            None => return,
        };
        state.done.push_back(id);
        state.member_left(&device);
        if state.pumping == 0 {
            self.signal(&mut state);
        }
    }
}

impl State {
    fn take(&mut self, capacity: usize) -> Vec<(u64, Entry)> {
        let mut taken = Vec::new();
        // One whose submission has not returned yet is left for a moment, and keeps its place.
        while taken.len() < capacity {
            match self.done.front().copied() {
                Some(id) if self.entries.get(&id).map_or(true, |entry| entry.pending.is_some()) => {
                    self.done.pop_front();
                    if let Some(entry) = self.entries.remove(&id) {
                        if let Some(deadline) = entry.deadline {
                            self.deadlines.remove(&(deadline, id));
                            self.set_timer();
                        }
                        taken.push((id, entry));
                    }
                }
                _ => break,
            }
        }
        taken
    }

    fn member_left(&mut self, device: &Device) {
        if let Some(member) = self.members.get_mut(&key(device)) {
            member.pending = member.pending.saturating_sub(1);
        }
    }

    /// The devices whose descriptors are ready. One that hung up and has nothing pending is polled no more.
    fn pumpable(&mut self, ready: &[(u64, bool)], poll: &OwnedFd) -> Vec<Arc<Device>> {
        let mut devices = Vec::new();
        for (key, hung_up) in ready {
            match self.members.get(key) {
                Some(member) if *hung_up && member.pending == 0 => {
                    remove(poll, &member.descriptor);
                    self.members.remove(key);
                }
                Some(member) => devices.push(Arc::clone(&member.device)),
                None => {}
            }
        }
        devices
    }

    fn expired(&mut self) -> Vec<(Arc<Device>, Arc<Pending>)> {
        let mut expired = Vec::new();
        if self.deadlines.is_empty() {
            return expired;
        }
        let now = Instant::now();
        while let Some((deadline, id)) = self.deadlines.iter().next().copied().filter(|(deadline, _)| *deadline <= now)
        {
            self.deadlines.remove(&(deadline, id));
            if let Some(entry) = self.entries.get(&id) {
                expired.extend(entry.pending.iter().map(|pending| (Arc::clone(&entry.device), Arc::clone(pending))));
            }
        }
        self.set_timer();
        expired
    }

    fn set_timer(&mut self) {
        let first = self.deadlines.iter().next().map(|(deadline, _)| *deadline);
        if self.timer.due != first {
            self.timer.set(first, Instant::now());
        }
    }
}

/// Takes a completed transfer out of its device's book and says what became of it.
///
/// `gone` remembers, for one batch, which devices are: to find out takes a moment.
fn finish(id: u64, entry: Entry, gone: &mut Vec<(u64, bool)>) -> Completed {
    let Entry { device, pending, user_data, completion, packets, .. } = entry;
    if let Some((packets, mut table)) = packets {
        crate::ffi::write_results(&mut table, &packets.results());
    }
    let nothing = (Completion { transferred: 0, result: Err(Status::Internal) }, Timestamp(0));
    let (mut completion, timestamp) = completion.unwrap_or(nothing);
    if let Some(pending) = pending {
        device.leave(&pending);
        completion = pending.judge(completion);
    }
    if completion.result == Err(Status::Io) {
        let known = gone.iter().find(|(key_of, _)| *key_of == key(&device)).map(|(_, gone)| *gone);
        let is_gone = known.unwrap_or_else(|| device.gone());
        gone.push((key(&device), is_gone));
        if is_gone {
            completion.result = Err(Status::NoDevice);
        }
    }
    Completed { id, user_data, result: completion.result, transferred: completion.transferred, timestamp: timestamp.0 }
}

fn too_many(error: Errno) -> Error {
    Error::new(
        Status::NoMem,
        format!("no descriptor can be made: {error}; close some files or raise the limit (ulimit -n)"),
    )
}

fn remove(poll: &OwnedFd, descriptor: &OwnedFd) {
    let _ = epoll::delete(poll, descriptor);
}
