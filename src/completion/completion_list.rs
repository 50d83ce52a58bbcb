//! The completions that have arrived in an inbox, and the event that says so: which threads a completion has to wake, so that none is missed and no
//! system call is made without need.

use crate::bus::Completion;
use crate::error::{Error, Result, Status};
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{out_of_memory, Event, Timestamp};
use std::collections::VecDeque;

#[derive(Clone, Copy)]
pub struct Completed {
    /// What the owner called the transfer.
    pub id: u64,
    pub completion: Completion,
    pub at: Timestamp,
}

pub struct CompletionList {
    state: Mutex<State>,
    /// Code outside polls the inbox's file descriptor, which begins when it asks for it. Set with the lock held.
    polled: AtomicBool,
}

struct State {
    list: VecDeque<Completed>,
    closed: bool,
    /// Ready while something has arrived, or the inbox is closed. `None` once it is cleared.
    event: Option<Event>,
    /// What the event says.
    signalled: bool,
    /// What came out waits above, in a stream.
    held: bool,
    /// Threads that sleep.
    sleepers: usize,
    /// Threads that handle events now and will look at the list afterwards.
    pumping: usize,
}

impl CompletionList {
    pub fn new(event: Event) -> CompletionList {
        let state = State {
            list: VecDeque::new(),
            closed: false,
            event: Some(event),
            signalled: false,
            held: false,
            sleepers: 0,
            pumping: 0,
        };
        CompletionList { state: Mutex::new(state), polled: AtomicBool::new(false) }
    }

    /// For as many as can be on their way at once, so that none finds no room when it arrives.
    pub fn make_room(&self, count: usize) -> Result<()> {
        let mut state = lock(&self.state);
        let more = count.saturating_sub(state.list.len());
        state.list.try_reserve(more).map_err(out_of_memory)
    }

    pub fn push(&self, completed: Completed) {
        let mut state = lock(&self.state);
        state.list.push_back(completed);
        if state.pumping == 0 {
            self.signal(&mut state);
        }
    }

    /// Code outside polls from now on.
    pub fn be_polled(&self) {
        let mut state = lock(&self.state);
        self.polled.store(true, Ordering::Relaxed);
        self.signal(&mut state);
    }

    /// Keeps the event ready, or not, for what waits above.
    pub fn hold(&self, held: bool) {
        if !self.polled.load(Ordering::Relaxed) {
            return;
        }
        let mut state = lock(&self.state);
        if state.held != held {
            state.held = held;
            self.signal(&mut state);
        }
    }

    /// Every look at the list fails from now on, and no thread sleeps.
    pub fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        self.signal(&mut state);
    }

    /// Lets go of the event: no thread sleeps on it any more.
    pub fn clear(&self) {
        lock(&self.state).event = None;
    }

    /// Takes up to `capacity`; if there is nothing, the thread may sleep on the event, as what it gets here says.
    pub fn take_or_sleep(&self, capacity: usize, taken: &mut Vec<Completed>) -> Result<Option<Waiter<'_>>> {
        let mut state = lock(&self.state);
        if self.take(&mut state, capacity, taken)? {
            return Ok(None);
        }
        // The event says that there is nothing.
        state.sleepers += 1;
        Ok(Some(Waiter { list: self, does: Does::Sleep }))
    }

    /// The thread handles events of devices now.
    pub fn pump(&self) -> Waiter<'_> {
        lock(&self.state).pumping += 1;
        Waiter { list: self, does: Does::Pump }
    }

    /// True if there was anything.
    fn take(&self, state: &mut State, capacity: usize, taken: &mut Vec<Completed>) -> Result<bool> {
        if state.closed {
            return Err(closed());
        }
        let count = state.list.len().min(capacity);
        taken.try_reserve(count).map_err(out_of_memory)?;
        taken.extend(state.list.range(..count).copied());
        state.list.drain(..count);
        self.signal(state);
        Ok(count > 0)
    }

    /// Makes the event say what is the case.
    fn signal(&self, state: &mut State) {
        let polled = self.polled.load(Ordering::Relaxed);
        let wanted = !state.list.is_empty() || state.held && polled || state.closed;
        // This saves a system call that no thread would notice.
        let noticed = polled || state.sleepers > 0 || state.closed;
        if wanted == state.signalled || wanted && !noticed {
            return;
        }
        let Some(event) = &state.event else { return };
        if wanted {
            event.set();
        } else {
            event.clear();
        }
        state.signalled = wanted;
    }
}

/// A thread that looks at the list later, and what it does until then.
pub struct Waiter<'a> {
    list: &'a CompletionList,
    does: Does,
}

#[derive(Clone, Copy)]
enum Does {
    Sleep,
    Pump,
    Nothing,
}

impl Waiter<'_> {
    /// It is awake, and handles events of devices.
    pub fn pump(&mut self) {
        self.turns(&mut lock(&self.list.state), Does::Pump);
    }

    /// Whether so many have arrived.
    pub fn has(&self, count: usize) -> bool {
        lock(&self.list.state).list.len() >= count
    }

    /// Takes up to `capacity`, true if there was anything.
    pub fn take(mut self, capacity: usize, taken: &mut Vec<Completed>) -> Result<bool> {
        let list = self.list;
        let mut state = lock(&list.state);
        self.turns(&mut state, Does::Nothing);
        list.take(&mut state, capacity, taken)
    }

    fn turns(&mut self, state: &mut State, to: Does) {
        match self.does {
            Does::Sleep => state.sleepers -= 1,
            Does::Pump => state.pumping -= 1,
            Does::Nothing => {}
        }
        if matches!(to, Does::Pump) {
            state.pumping += 1;
        }
        self.does = to;
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if !matches!(self.does, Does::Nothing) {
            let list = self.list;
            self.turns(&mut lock(&list.state), Does::Nothing);
        }
    }
}

pub fn closed() -> Error {
    Error::new(Status::Closed, "another thread closed it meanwhile")
}
