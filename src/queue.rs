//! Completion queues: transfers of any device go in, completions come out, in batches.

use crate::bus::{Notice, Packets, Sink};
use crate::completion::{Completed, Counter, End, Gate, Inbox, Inside, Life, Pending, PendingList, Woken};
use crate::device::{Device, Patience, Request, Tried};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::sys::{Buffer, Deadline, PollSet, RawDescriptor, Timer, Wait};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Queue {
    inbox: Arc<Inbox>,
    gate: Gate,
    /// Of `submit`.
    patience: Patience,
    state: Mutex<State>,
    /// Of the completion taken last that failed.
    failure: Mutex<Option<Arc<String>>>,
    /// Room for completions on their way out, from the call before.
    spare: Mutex<Vec<Completed>>,
}

struct State {
    /// Each has a place of its own: it moves from the list to its `Again` and back.
    entries: PendingList<Box<Entry>>,
    /// For how many completions there is room.
    room: usize,
    deadlines: BTreeSet<(Instant, u64)>,
    /// Ready when the first deadline is over, or one that was. `None` once the queue is closed.
    timer: Option<Timer>,
}

struct Entry {
    device: Arc<Device>,
    pending: Arc<Pending>,
    counter: Arc<Counter>,
    tried: Tried,
    user_data: u64,
    deadline: Option<Instant>,
    /// Of an isochronous transfer, and the caller's table for their results.
    packets: Option<(Arc<Packets>, Buffer)>,
}

/// What comes out: a transfer that is complete.
pub struct Finished {
    pub id: u64,
    pub user_data: u64,
    pub result: std::result::Result<(), Status>,
    pub transferred: usize,
    /// When it completed, in nanoseconds of CLOCK_MONOTONIC.
    pub timestamp: u64,
    /// Of an isochronous transfer: what became of each packet, and the caller's table for that.
    pub packets: Option<(Arc<Packets>, Buffer)>,
}

/// A transfer that came out, and that its device still has in its list: the queue can start it once more. Dropped, it has left.
pub struct Again {
    id: u64,
    /// `None` once it is started.
    entry: Option<Box<Entry>>,
}

/// What a sentence about a failed completion is made of.
struct Failed {
    device: Arc<Device>,
    tried: Tried,
    status: Status,
    transferred: usize,
}

/// Outstanding transfers of one queue.
const MOST: usize = 1 << 20;

impl Queue {
    pub fn new(patience: Patience) -> Result<Arc<Queue>> {
        let inbox = Inbox::new()?;
        let timer = Timer::new()?;
        inbox.add_timer(&timer)?;
        let state = State { entries: PendingList::new(), room: 0, deadlines: BTreeSet::new(), timer: Some(timer) };
        let (failure, spare) = (Mutex::default(), Mutex::default());
        Ok(Arc::new(Queue { inbox, gate: Gate::new(), patience, state: Mutex::new(state), failure, spare }))
    }

    /// To poll for reading: ready when `wait` has something to do. It lives as long as the queue.
    pub fn descriptor(&self) -> Result<RawDescriptor> {
        self.inbox.descriptor()
    }

    /// `wait` has something to do when that set gives the key.
    #[cfg(not(loom))]
    pub fn be_polled_by(&self, set: &PollSet, key: u64) -> Result<()> {
        self.inbox.be_polled_by(set, key)
    }

    /// A sentence about the completion taken last that failed.
    pub fn failure(&self) -> Option<Arc<String>> {
        lock(&self.failure).clone()
    }

    fn enter(&self) -> Result<Inside<'_>> {
        let closed = || Error::new(Status::Closed, "another thread closed the queue meanwhile");
        self.gate.enter().ok_or_else(closed)
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
        let tried = Tried::new(request, buffer.len(), timeout);
        let during = |error: Error| error.during(format!("submit to {}", device.place(request)));
        let _inside = self.enter().map_err(during)?;
        let counter = self.inbox.expect(device).map_err(during)?;
        let deadline = timeout.map(|timeout| Instant::now() + timeout);
        let (kept, sink) = (Arc::clone(&pending), Arc::clone(&counter));
        let entry =
            Entry { device: Arc::clone(device), pending: kept, counter: sink, tried, user_data, deadline, packets };
        let submitted = self.add(Box::new(entry)).map_err(during).and_then(|id| {
            let notice = Notice { sink: Arc::clone(&counter) as Arc<dyn Sink>, id };
            let submitted = device.submit(request, buffer, notice, &pending, self.patience);
            submitted.map(|()| id).map_err(|error| {
                lock(&self.state).remove(id);
                error
            })
        });
        submitted.map_err(|error| {
            counter.disappointed();
            error
        })
    }

    /// Starts a transfer of a bulk or interrupt endpoint once more that came out without a failure, with another buffer of the same length and the
    /// same timeout. It keeps its id. After an error it is to be submitted as others are: something has changed meanwhile, or is being changed.
    pub fn submit_again(
        &self,
        mut again: Again,
        buffer: Buffer,
        timeout: Option<Duration>,
        user_data: u64,
    ) -> Result<()> {
        let _inside = self.enter()?;
        let Some(entry) = &mut again.entry else { return Ok(()) };
        entry.deadline = timeout.map(|timeout| Instant::now() + timeout);
        entry.user_data = user_data;
        let (device, pending) = (Arc::clone(&entry.device), Arc::clone(&entry.pending));
        self.inbox.expect_one_more(&entry.counter, &*device)?;
        let started = self.put_back(&mut again).and_then(|()| device.submit_again_unchanged(&pending, buffer));
        if started.is_err() {
            again.entry = again.entry.take().or_else(|| lock(&self.state).remove(again.id));
            again.entry.iter().for_each(|entry| entry.counter.disappointed());
        }
        started
    }

    fn put_back(&self, again: &mut Again) -> Result<()> {
        let mut state = lock(&self.state);
        self.make_room(&mut state)?;
        if let Some(entry) = again.entry.take() {
            state.put_back(again.id, entry);
        }
        Ok(())
    }

    fn add(&self, entry: Box<Entry>) -> Result<u64> {
        let mut state = lock(&self.state);
        self.make_room(&mut state)?;
        Ok(state.add(entry))
    }

    /// For one more.
    #[inline]
    fn make_room(&self, state: &mut State) -> Result<()> {
        match state.entries.len() < state.room {
            true => Ok(()),
            false => self.make_more_room(state),
        }
    }

    #[cold]
    fn make_more_room(&self, state: &mut State) -> Result<()> {
        let count = state.entries.len() + 1;
        if count > MOST {
            let reason = format!("{MOST} transfers are outstanding in this queue; take their completions");
            return Err(Error::new(Status::NoMem, reason));
        }
        let room = (2 * count).min(MOST);
        self.inbox.make_room(room)?;
        state.entries.make_room_for(room)?;
        state.room = room;
        Ok(())
    }

    /// Waits for completions and gives up to `capacity` of them to `take`: how many, 0 if the time is up first.
    pub fn wait(&self, capacity: usize, wait: Wait, mut take: impl FnMut(usize, Finished, Again)) -> Result<usize> {
        let _inside = self.enter()?;
        let mut deadline = Deadline::new(wait);
        let mut completions = std::mem::take(&mut *lock(&self.spare));
        let waited = loop {
            match self.inbox.wait(capacity, &mut deadline, &mut completions) {
                Ok(_) if !completions.is_empty() => break Ok(()),
                Ok(Woken::TimeIsUp) => break Ok(()),
                Ok(Woken::Timer) => self.end_late_ones(),
                Ok(Woken::Event) => {}
                Err(error) => break Err(error),
            }
        };
        let count = self.take(completions, &mut take);
        waited.map(|()| count)
    }

    /// Gives what is there already to `take`, for a caller who was told so by polling: how many. 0 does not mean that there is nothing.
    pub fn look(&self, capacity: usize, mut take: impl FnMut(usize, Finished, Again)) -> Result<usize> {
        let _inside = self.enter()?;
        let first = lock(&self.state).deadlines.first().map(|(deadline, _)| *deadline);
        if first.is_some_and(|first| first <= Instant::now()) {
            self.end_late_ones();
        }
        let mut completions = std::mem::take(&mut *lock(&self.spare));
        let looked = self.inbox.look_at_all(capacity, &mut completions);
        let count = self.take(completions, &mut take);
        looked.map(|()| count)
    }

    /// Takes up to `capacity` completions of what arrives while `work` submits, without a system call: how many.
    pub fn take_after(
        &self,
        capacity: usize,
        work: impl FnOnce(),
        mut take: impl FnMut(usize, Finished, Again),
    ) -> Result<usize> {
        let _inside = self.enter()?;
        let mut completions = std::mem::take(&mut *lock(&self.spare));
        let taken = self.inbox.take_after(capacity, work, &mut completions);
        let count = self.take(completions, &mut take);
        taken.map(|()| count)
    }

    fn take(&self, mut completions: Vec<Completed>, take: &mut dyn FnMut(usize, Finished, Again)) -> usize {
        let (mut count, mut failed) = (0, None);
        for completed in &completions {
            // Without the lock a completion is finished: its device may be telling another queue of one while it holds its own.
            let entry = lock(&self.state).remove(completed.id);
            if let Some(mut entry) = entry {
                let finished = finish(completed, &mut entry, &mut failed);
                take(count, finished, Again { id: completed.id, entry: Some(entry) });
                count += 1;
            }
        }
        completions.clear();
        *lock(&self.spare) = completions;
        if let Some(Failed { device, tried, status, transferred }) = failed {
            let reason = device.failure_of(&tried, status, transferred).reason();
            *lock(&self.failure) = Some(Arc::new(reason));
        }
        count
    }

    /// Ends those whose time is up.
    fn end_late_ones(&self) {
        let now = Instant::now();
        loop {
            let late = lock(&self.state).late(now);
            match late {
                Some((device, pending)) => device.end(&pending, End::Timeout),
                None => return,
            }
        }
    }

    /// Ends one transfer, or all with id 0. Their completions still come.
    pub fn cancel(&self, id: u64) -> Result<()> {
        let _inside = self.enter()?;
        let whose = |entry: &Entry| (Arc::clone(&entry.device), Arc::clone(&entry.pending));
        if id != 0 {
            let one = lock(&self.state).entries.get(id).map(|entry| whose(entry));
            one.iter().for_each(|(device, pending)| device.cancel_one(pending, Some(End::Cancel)));
            return Ok(());
        }
        // The newest first: so none gets data that would be another's.
        let mut newest = u64::MAX;
        loop {
            let next = lock(&self.state).entries.before(newest).map(|(id, entry)| (id, whose(entry)));
            let Some((id, (device, pending))) = next else { return Ok(()) };
            device.cancel_one(&pending, Some(End::Cancel));
            newest = id;
        }
    }

    /// Ends the transfers with this user data.
    pub fn cancel_user_data(&self, user_data: u64) -> Result<()> {
        let _inside = self.enter()?;
        let whose = |entry: &Entry| (Arc::clone(&entry.device), Arc::clone(&entry.pending));
        let meant: Vec<_> = lock(&self.state)
            .entries
            .iter()
            .filter(|entry| entry.user_data == user_data)
            .map(|entry| whose(entry))
            .collect();
        meant.iter().for_each(|(device, pending)| device.cancel_one(pending, Some(End::Cancel)));
        Ok(())
    }

    /// Cancels what is pending and returns when no buffer is in use any more.
    pub fn close(&self) {
        self.gate.shut();
        self.inbox.close();
        self.gate.wait_until_empty();
        let entries = lock(&self.state).entries.take();
        for entry in entries.rev() {
            entry.device.end(&entry.pending, End::Cancel);
        }
        self.inbox.clear();
        lock(&self.state).timer = None;
    }
}

impl State {
    fn add(&mut self, entry: Box<Entry>) -> u64 {
        let deadline = entry.deadline;
        let id = self.entries.add(entry);
        self.expect_end(id, deadline);
        id
    }

    fn put_back(&mut self, id: u64, entry: Box<Entry>) {
        let deadline = entry.deadline;
        self.entries.put_back(id, entry);
        self.expect_end(id, deadline);
    }

    #[inline(always)]
    fn expect_end(&mut self, id: u64, deadline: Option<Instant>) {
        if let Some(deadline) = deadline {
            self.end_at(id, deadline);
        }
    }

    #[inline(never)]
    fn end_at(&mut self, id: u64, deadline: Instant) {
        self.deadlines.insert((deadline, id));
        self.set_timer();
    }

    fn remove(&mut self, id: u64) -> Option<Box<Entry>> {
        let entry = self.entries.remove(id)?;
        // The timer stays: should it be early then, that is one look for nothing, and less than a system call each time.
        if let Some(deadline) = entry.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        Some(entry)
    }

    /// The next one whose time is up; when there is none, the timer is set to the first that will be.
    fn late(&mut self, now: Instant) -> Option<(Arc<Device>, Arc<Pending>)> {
        while let Some((deadline, id)) = self.deadlines.first().copied().filter(|(deadline, _)| *deadline <= now) {
            self.deadlines.remove(&(deadline, id));
            if let Some(entry) = self.entries.get(id) {
                return Some((Arc::clone(&entry.device), Arc::clone(&entry.pending)));
            }
        }
        self.set_timer();
        None
    }

    fn set_timer(&mut self) {
        let first = self.deadlines.first().map(|(deadline, _)| *deadline);
        if let Some(timer) = self.timer.as_mut().filter(|timer| timer.due != first) {
            timer.set(first, Instant::now());
        }
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        if let Some(entry) = &self.entry {
            entry.device.leave(&entry.pending);
        }
    }
}

/// Says what became of a transfer.
fn finish(completed: &Completed, entry: &mut Entry, failed: &mut Option<Failed>) -> Finished {
    let Entry { device, pending, tried, user_data, packets, .. } = entry;
    let mut completion = pending.judge(completed.completion);
    pending.set_told();
    if completion.result == Err(Status::Io) && device.gone() {
        completion.result = Err(Status::NoDevice);
    }
    if let Err(status) = completion.result {
        let (device, tried) = (Arc::clone(device), tried.clone());
        *failed = Some(Failed { device, tried, status, transferred: completion.transferred });
    }
    Finished {
        id: completed.id,
        user_data: *user_data,
        result: completion.result,
        transferred: completion.transferred,
        timestamp: completed.at.0,
        packets: packets.take(),
    }
}
