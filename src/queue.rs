//! Completion queues: transfers of any device go in, completions come out, in batches.

use crate::device::{Device, Request};
use crate::error::{Error, Result, Status};
use crate::ffi::Buffer;
use crate::inbox::{Arrival, Inbox, Woken};
use crate::sync::{self, lock, Condvar, Mutex};
use crate::timer::Timer;
use crate::transfer::{End, Life, Notice, Packets, Pending, Sink};
use crate::wait::{Deadline, Wait};
use slab::Slab;
use std::collections::BTreeSet;
use std::os::unix::io::RawFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Queue {
    inbox: Arc<Inbox>,
    state: Mutex<State>,
    /// Somebody left who close waits for.
    left: Condvar,
}

struct State {
    closed: bool,
    /// Calls inside; close waits for them.
    calls: usize,
    entries: Slab<Entry>,
    /// How many were submitted.
    serial: u64,
    deadlines: BTreeSet<(Instant, u64)>,
    /// Ready when the first deadline is over, or one that was. `None` once the queue is closed.
    timer: Option<Timer>,
}

struct Entry {
    id: u64,
    device: Arc<Device>,
    pending: Arc<Pending>,
    user_data: u64,
    deadline: Option<Instant>,
    /// Of an isochronous transfer, and the caller's table for their results.
    packets: Option<(Arc<Packets>, Buffer)>,
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

/// A transfer's number is its place among the entries and, above that, which use of the place it is; it stays below 2^53.
const PLACE_BITS: u32 = 20;
const SERIAL_BITS: u32 = 33;

fn place(id: u64) -> usize {
    (id & ((1 << PLACE_BITS) - 1)) as usize
}

impl Queue {
    pub fn new() -> Result<Arc<Queue>> {
        let inbox = Inbox::new()?;
        let timer = Timer::new()?;
        inbox.add_timer(&timer)?;
        let state = State {
            closed: false,
            calls: 0,
            entries: Slab::new(),
            serial: 0,
            deadlines: BTreeSet::new(),
            timer: Some(timer),
        };
        Ok(Arc::new(Queue { inbox, state: Mutex::new(state), left: Condvar::new() }))
    }

    /// To poll for reading: ready when `wait` has something to do. It lives as long as the queue.
    pub fn descriptor(&self) -> Result<RawFd> {
        self.inbox.descriptor()
    }

    fn enter(&self) -> Result<Inside<'_>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(Error::new(Status::Closed, "another thread closed the queue meanwhile"));
        }
        state.calls += 1;
        Ok(Inside(self))
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
        let packets = match request {
            Request::Isochronous { packets, .. } => table.map(|table| (Arc::clone(packets), table)),
            _ => None,
        };
        let pending = Arc::new(Pending::new(request.address(), Life::Queued));
        let tried = |error: Error| error.during(format!("submit to {}", device.place(request)));
        let _inside = self.enter().map_err(tried)?;
        let id = lock(&self.state).add(device, &pending, packets, timeout, user_data).map_err(tried)?;
        let submitted = self.inbox.expect(device).map_err(tried).and_then(|counter| {
            let notice = Notice { sink: Arc::clone(&counter) as Arc<dyn Sink>, id };
            device.submit(request, buffer, notice, &pending).map_err(|error| {
                counter.disappointed();
                error
            })
        });
        if submitted.is_err() {
            lock(&self.state).remove(id);
        }
        submitted.map(|()| id)
    }

    /// Waits for completions and takes up to `capacity` of them; none if the time is up first.
    pub fn wait(&self, capacity: usize, wait: Wait) -> Result<Vec<Completed>> {
        let _inside = self.enter()?;
        let mut deadline = Deadline::new(wait);
        let mut arrivals = Vec::new();
        let waited = loop {
            match self.inbox.wait(capacity, &mut deadline, &mut arrivals) {
                Ok(_) if !arrivals.is_empty() => break Ok(()),
                Ok(Woken::TimeIsUp) => break Ok(()),
                Ok(Woken::Timer) => self.end_late_ones(),
                Ok(Woken::Event) => {}
                Err(error) => break Err(error),
            }
        };
        // Without the lock a completion is finished: its device may be telling another queue of one while it holds its own.
        let mut state = lock(&self.state);
        let entries: Vec<Option<Entry>> = arrivals.iter().map(|arrival| state.remove(arrival.id)).collect();
        drop(state);
        let mut gone = Vec::new();
        let pairs = arrivals.iter().zip(entries);
        let completed = pairs.filter_map(|(arrival, entry)| Some(finish(arrival, entry?, &mut gone))).collect();
        waited.map(|()| completed)
    }

    /// Ends those whose time is up.
    fn end_late_ones(&self) {
        let late = lock(&self.state).late();
        late.iter().for_each(|(device, pending)| device.end(pending, End::Timeout));
    }

    /// Ends one transfer, or all with id 0. Their completions still come.
    pub fn cancel(&self, id: u64) -> Result<()> {
        let _inside = self.enter()?;
        let state = lock(&self.state);
        let of = |entry: &Entry| (entry.id >> PLACE_BITS, Arc::clone(&entry.device), Arc::clone(&entry.pending));
        let mut ending: Vec<(u64, Arc<Device>, Arc<Pending>)> = match id {
            0 => state.entries.iter().map(|(_, entry)| of(entry)).collect(),
            _ => state.entries.get(place(id)).filter(|entry| entry.id == id).map(of).into_iter().collect(),
        };
        drop(state);
        // The newest first: so none gets data that would be another's.
        ending.sort_by_key(|(serial, ..)| std::cmp::Reverse(*serial));
        ending.iter().for_each(|(_, device, pending)| device.cancel_one(pending, Some(End::Cancel)));
        Ok(())
    }

    /// Cancels what is pending and returns when no buffer is in use any more.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        self.inbox.close();
        while state.calls > 0 {
            state = sync::wait(&self.left, state, None);
        }
        let mut entries: Vec<Entry> = std::mem::take(&mut state.entries).into_iter().map(|(_, entry)| entry).collect();
        drop(state);
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.id >> PLACE_BITS));
        for entry in entries {
            entry.device.end(&entry.pending, End::Cancel);
        }
        self.inbox.clear();
        lock(&self.state).timer = None;
    }
}

/// A call that close waits for.
struct Inside<'a>(&'a Queue);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = lock(&self.0.state);
        state.calls -= 1;
        if state.closed {
            self.0.left.notify_all();
        }
    }
}

impl State {
    fn add(
        &mut self,
        device: &Arc<Device>,
        pending: &Arc<Pending>,
        packets: Option<(Arc<Packets>, Buffer)>,
        timeout: Option<Duration>,
        user_data: u64,
    ) -> Result<u64> {
        let free = self.entries.vacant_entry();
        let key = free.key();
        if key >= 1 << PLACE_BITS {
            let reason = format!("{} transfers are outstanding in this queue; take their completions", 1 << PLACE_BITS);
            return Err(Error::new(Status::NoMem, reason));
        }
        self.serial = self.serial % ((1 << SERIAL_BITS) - 1) + 1;
        let id = self.serial << PLACE_BITS | key as u64;
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        free.insert(Entry {
            id,
            device: Arc::clone(device),
            pending: Arc::clone(pending),
            user_data,
            deadline,
            packets,
        });
        if let Some(deadline) = deadline {
            self.deadlines.insert((deadline, id));
            self.set_timer();
        }
        Ok(id)
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        let known = self.entries.get(place(id)).is_some_and(|entry| entry.id == id);
        let entry = if known { self.entries.remove(place(id)) } else { return None };
        // The timer stays: should it be early then, that is one look for nothing, and less than a system call each time.
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        Some(entry)
    }

    fn late(&mut self) -> Vec<(Arc<Device>, Arc<Pending>)> {
        let mut late = Vec::new();
        let now = Instant::now();
        while let Some((deadline, id)) = self.deadlines.iter().next().copied().filter(|(deadline, _)| *deadline <= now)
        {
            self.deadlines.remove(&(deadline, id));
            let entry = self.entries.get(place(id)).filter(|entry| entry.id == id);
            late.extend(entry.map(|entry| (Arc::clone(&entry.device), Arc::clone(&entry.pending))));
        }
        self.set_timer();
        late
    }

    fn set_timer(&mut self) {
        let first = self.deadlines.iter().next().map(|(deadline, _)| *deadline);
        if let Some(timer) = self.timer.as_mut().filter(|timer| timer.due != first) {
            timer.set(first, Instant::now());
        }
    }
}

/// Takes a completed transfer out of its device's book and says what became of it.
///
/// `gone` remembers, for one batch, which devices are: to find out takes a moment.
fn finish(arrival: &Arrival, entry: Entry, gone: &mut Vec<(*const Device, bool)>) -> Completed {
    let Entry { id, device, pending, user_data, packets, .. } = entry;
    if let Some((packets, mut table)) = packets {
        crate::ffi::write_results(&mut table, &packets.results());
    }
    let mut completion = pending.judge(arrival.completion);
    if completion.result == Err(Status::Io) {
        let this = Arc::as_ptr(&device);
        let known = gone.iter().find(|(other, _)| *other == this).map(|(_, gone)| *gone);
        let is_gone = known.unwrap_or_else(|| device.gone());
        gone.push((this, is_gone));
        if is_gone {
            completion.result = Err(Status::NoDevice);
        }
    }
    device.leave(&pending);
    Completed { id, user_data, result: completion.result, transferred: completion.transferred, timestamp: arrival.at.0 }
}
