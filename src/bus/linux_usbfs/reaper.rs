//! Who takes completed requests from the kernel: one thread at a time, for all that wait on the device.
//!
//! usbfs gives completed requests to any thread that asks, in their order. So of several waiting threads one leads: it sleeps on the
//! node, takes what is complete and tells the others, which sleep on a condition. When it leaves, another one leads. A queue
//! does not sleep on the node itself but polls it with others, and takes what is there when it is ready.

use super::capabilities::Capabilities;
use super::held::Disturbance;
use super::node::{self, Node};
use super::transfer::Transfer;
use super::urb;
use crate::bus::line::{Lines, Place};
use crate::bus::Wire;
use crate::error::{Result, Status};
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::sync::{self, lock, Condvar, Mutex, MutexGuard};
use crate::sys::{usbfs, Event, Timestamp};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Reaper {
    node: Arc<Node>,
    wire: Arc<Wire>,
    pub capabilities: Capabilities,
    state: Mutex<State>,
    /// The leader has taken what there was, or has left.
    round: Condvar,
    /// A `Disturbance`: what the kernel's answers say about this handle's claims.
    disturbance: AtomicU8,
}

/// Under its lock requests are submitted and reaped, so that each is in one of these states only.
#[derive(Default)]
pub struct State {
    /// By the addresses of the requests: nothing that the kernel gives back is followed, only looked up.
    pub in_flight: InFlightTable,
    /// Transfers that the kernel has not got all requests of.
    pub lines: Lines<Transfer>,
    /// Set when a transfer has ended in a line, which the node says nothing of. Made with the first line.
    waker: Option<Arc<Event>>,
    /// Requests that the kernel has given back without saying which: their memory cannot be written.
    pub lost: usize,
    leading: bool,
    rounds: u64,
    followers: usize,
}

pub type InFlightTable = FxHashMap<usize, Arc<Transfer>>;

/// How long a call leaves a device alone that is being disconnected: its node is ready all the time, and says nothing.
const LEAVING: Duration = Duration::from_millis(1);

impl Reaper {
    pub fn new(node: Arc<Node>, wire: Arc<Wire>) -> Reaper {
        Reaper {
            node,
            wire,
            capabilities: Capabilities::default(),
            state: Mutex::default(),
            round: Condvar::new(),
            disturbance: AtomicU8::new(0),
        }
    }

    pub fn node(&self) -> &Node {
        &self.node
    }

    pub fn wire(&self) -> &Arc<Wire> {
        &self.wire
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub fn disturb(&self, disturbance: Disturbance) {
        self.disturbance.fetch_max(disturbance as u8, Ordering::SeqCst);
    }

    pub fn is_disturbed(&self) -> bool {
        self.disturbance.load(Ordering::SeqCst) != Disturbance::None as u8
    }

    /// From here on what happens is another disturbance.
    pub fn settle(&self) -> Disturbance {
        match self.disturbance.swap(Disturbance::None as u8, Ordering::SeqCst) {
            0 => Disturbance::None,
            1 => Disturbance::Ended,
            _ => Disturbance::SettingLost,
        }
    }

    /// Why the kernel has shut a request's endpoint down: the device is gone, or the interface was taken from us, or the computer slept.
    pub fn shut_down(&self) -> Status {
        if node::is_gone(&self.node) {
            return Status::NoDevice;
        }
        self.disturb(Disturbance::Ended);
        Status::Io
    }

    /// Waits until the transfer is complete or time is up.
    pub fn wait_for(&self, own: &Transfer, deadline: Option<Instant>) {
        let mut state = self.state();
        while !own.is_complete() {
            let late = || matches!(deadline, Some(deadline) if deadline <= Instant::now());
            if state.leading {
                if late() {
                    return;
                }
                state = self.follow(state, deadline);
                continue;
            }
            state.leading = true;
            let waker = state.waker.clone();
            drop(state);
            node::sleep(&self.node, waker.as_deref(), deadline);
            state = self.state();
            state.leading = false;
            waker.iter().for_each(|waker| waker.clear());
            let leaving = self.reap(&mut state, Some(own), usize::MAX);
            self.tell(&mut state);
            if own.is_complete() || late() {
                return;
            }
            if leaving {
                drop(state);
                std::thread::sleep(LEAVING);
                state = self.state();
            }
        }
    }

    /// Takes up to `most` of what is complete now, for a queue; true if the node stays ready although there is nothing, until the device is gone.
    pub fn pump(&self, most: usize) -> bool {
        let mut state = self.state();
        if state.leading {
            // The leader is woken by the same event; until it has run, the queue would find the node ready again and again.
            let round = state.rounds;
            while state.leading && state.rounds == round && node::is_ready(&self.node) {
                state = self.follow(state, None);
            }
            if state.leading {
                return false;
            }
        }
        let leaving = self.reap(&mut state, None, most);
        self.tell(&mut state);
        leaving
    }

    fn follow<'a>(&self, mut state: MutexGuard<'a, State>, deadline: Option<Instant>) -> MutexGuard<'a, State> {
        state.followers += 1;
        state = sync::wait(&self.round, state, deadline);
        state.followers -= 1;
        state
    }

    fn tell(&self, state: &mut State) {
        state.rounds = state.rounds.wrapping_add(1);
        if state.followers > 0 {
            self.round.notify_all();
        }
    }

    /// Takes what is complete, up to `most`, or until `own` is; true if the device is being disconnected and more is to come.
    fn reap(&self, state: &mut State, own: Option<&Transfer>, most: usize) -> bool {
        let (mut now, mut disconnected, mut left) = (None, false, most);
        while left > 0 && !state.in_flight.is_empty() && !own.is_some_and(Transfer::is_complete) {
            match urb::reap(&self.node) {
                Ok(address) => {
                    left -= 1;
                    if let Some(transfer) = state.in_flight.remove(&address) {
                        transfer.reaped(address, &mut now);
                    }
                }
                Err(error) => match error.raw_os_error() {
                    Some(libc::EINTR) => {}
                    Some(libc::EAGAIN) => return false,
                    Some(libc::EFAULT) => state.lost += 1,
                    // The kernel had let go of every request when it was asked; an old kernel gives none of them back.
                    Some(libc::ENODEV) if disconnected => state.abandon(Status::NoDevice, &mut now),
                    Some(libc::ENODEV) if usbfs::is_disconnected(&self.node) => disconnected = true,
                    _ => return true,
                },
            }
            if state.lost > 0 && state.lost >= state.in_flight.len() {
                state.abandon(Status::InvalidParam, &mut now);
            }
            state.advance(&mut now);
        }
        false
    }

    /// The kernel no longer has a transfer that is in flight: it waits to be taken, or it is one of those that are lost.
    pub fn find(&self, state: &mut State, own: &Transfer) {
        let leaving = self.reap(state, None, usize::MAX);
        self.tell(state);
        if !leaving && !own.is_complete() {
            state.lost = state.lost.saturating_sub(1);
            own.addresses().for_each(|address| drop(state.in_flight.remove(&address)));
            own.abandoned(Status::InvalidParam, &mut None);
            state.advance(&mut None);
        }
    }

    /// A transfer has ended in its line: those that wait for it are told, and the next ones may go on.
    pub fn left_line(&self, state: &mut State) {
        state.advance(&mut None);
        state.waker.iter().for_each(|waker| waker.set());
        self.tell(state);
    }
}

impl State {
    /// In that line. The thread that sleeps on the node is to look at the waker besides.
    pub fn make_room(&mut self, place: Place) -> Result<()> {
        if self.waker.is_none() {
            self.waker = Some(Arc::new(Event::new()?));
        }
        self.lines.make_room(place)
    }

    #[inline]
    pub fn advance(&mut self, now: &mut Option<Timestamp>) {
        let in_flight = &mut self.in_flight;
        self.lines.advance(|first| first.go_on(in_flight, now));
    }

    /// Ends everything without the kernel.
    fn abandon(&mut self, status: Status, now: &mut Option<Timestamp>) {
        self.lost = 0;
        for transfer in std::mem::take(&mut self.in_flight).into_values() {
            transfer.abandoned(status, now);
        }
    }
}
