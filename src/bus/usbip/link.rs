//! A connection to a device of another computer, and what is under way on it. It has no thread: of the calls that wait, one sleeps on the
//! socket, reads what has come and tells the others. Nothing waits for the network with a lock.

mod control;
mod giving_up;
mod process;
#[cfg(all(test, not(loom), unix))]
mod tests;
mod waiting;

use super::input::{self, Input};
use super::protocol::{Header, Message};
use super::read_ahead::Given;
use super::request::{Part, Request};
use super::state::{Owner, State, LOST};
use crate::bus::Held;
use crate::error::Result;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sync::{lock, Condvar, Mutex};
use crate::sys::{
    out_of_memory, process_generation, Buffer, Descriptor, Event, Moved, PollSet, Readiness, Socket, Timer,
};
use std::io::IoSlice;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct Link {
    socket: Socket,
    /// Whether a call may wait for bytes at the socket itself.
    waits: bool,
    /// How the host names the device in messages.
    device: u32,
    /// Whether it tells what had moved when a request is taken back.
    keeps: bool,
    /// How long set-up calls have, and how long a cancel may stay without an answer.
    patience: Duration,
    poll: PollSet,
    wake: Event,
    state: Mutex<Locked>,
    /// The one that sleeps on the socket has read what there was, or has left.
    round: Condvar,
    on_break: Box<dyn Fn() + Send + Sync>,
    /// The process whose it is: the one that opened it, or one that has found out what it is there.
    process: AtomicU32,
}

/// What the lock guards.
struct Locked {
    state: State,
    input: Input,
    /// For the oldest cancel that has no answer: those that wait on a descriptor have no other clock.
    give_up: Timer,
    /// The shortest of the library's own requests.
    round_trip: Option<Duration>,
}

impl Deref for Locked {
    type Target = State;

    fn deref(&self) -> &State {
        &self.state
    }
}

impl DerefMut for Locked {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.state
    }
}

const WAKE: u64 = 0;
const SOCKET: u64 = 1;
const GIVE_UP: u64 = 2;

impl Link {
    pub fn new(
        socket: Socket,
        device: u32,
        keeps: bool,
        patience: Duration,
        on_break: Box<dyn Fn() + Send + Sync>,
    ) -> Result<Arc<Link>> {
        let (poll, wake, give_up) = (PollSet::new()?, Event::new()?, Timer::new()?);
        poll.add(&wake, Readiness::Read, WAKE)?;
        poll.add(&socket, Readiness::Read, SOCKET)?;
        poll.add(&give_up, Readiness::Read, GIVE_UP)?;
        let process = process_generation();
        // Where the system has no such lock, children have no use of it.
        socket.hold();
        let waits = socket.let_wait(waiting::RECEIVING);
        let state =
            Mutex::new(Locked { state: State::of(process), input: Input::default(), give_up, round_trip: None });
        let (round, process) = (Condvar::new(), AtomicU32::new(process));
        Ok(Arc::new(Link { socket, waits, device, keeps, patience, poll, wake, state, round, on_break, process }))
    }

    pub fn descriptor(&self) -> Result<Descriptor> {
        // What its parent sleeps on is not for a child.
        self.breakage().map_or(Ok(()), Err)?;
        self.poll.duplicate()
    }

    /// Starts a request with the first `length` bytes of the buffer.
    pub fn submit(&self, request: &Arc<Request>, buffer: &mut Buffer, length: usize) -> Result<()> {
        let mut state = self.enter();
        if let Some(error) = state.breakage() {
            return Err(error);
        }
        let parts = request.parts(length);
        state.in_flight.try_reserve(parts.len()).map_err(out_of_memory)?;
        request.begin(buffer.split_to(length), parts.len());
        let address = request.address();
        if request.is_kept_ahead() && state.pipes.get(&address).is_some_and(|pipe| !pipe.is_idle()) {
            state.pipes.entry(address).or_default().waiting.push_back(Arc::clone(request));
            self.serve(&mut state, address);
        } else {
            for part in parts {
                self.start(&mut state, request, part);
            }
        }
        self.tell(&mut state);
        Ok(())
    }

    fn start(&self, state: &mut State, request: &Arc<Request>, part: Part) {
        let sequence = state.next();
        lock(&request.sequences).push(sequence);
        let header = request.header(sequence, self.device, request.message(&part)).bytes();
        let packets = request.packets(&part);
        {
            let progress = request.progress();
            let data = match &progress.held {
                Held::Caller { buffer } if !request.is_in => &buffer.bytes()[part.offset..part.offset + part.length],
                _ => &[],
            };
            self.write(state, [&header, data, &packets]);
        }
        state.in_flight.insert(sequence, Owner::Request(Arc::clone(request), part));
        self.check_output(state);
    }

    fn write<const N: usize>(&self, state: &mut State, pieces: [&[u8]; N]) {
        let mut sent = 0;
        if state.output.is_empty() {
            // Most have a header alone.
            let last = pieces.iter().rposition(|piece| !piece.is_empty()).unwrap_or(0);
            if let Moved::Bytes(count) = self.socket.send(&pieces.map(IoSlice::new)[..=last]) {
                sent = count;
            }
        }
        for piece in pieces {
            let done = sent.min(piece.len());
            sent -= done;
            if done < piece.len() {
                state.output.extend(&piece[done..]);
            }
        }
    }

    /// What the socket does not take now is written when it does.
    fn check_output(&self, state: &State) {
        if !state.output.is_empty() {
            self.poll.change(&self.socket, true, true, SOCKET);
        }
    }

    /// False if the other end takes no more.
    fn flush(&self, state: &mut Locked) -> bool {
        if state.output.is_empty() {
            return true;
        }
        loop {
            let (first, second) = state.output.as_slices();
            match self.socket.send(&[IoSlice::new(first), IoSlice::new(second)]) {
                Moved::Bytes(count) => drop(state.output.drain(..count)),
                Moved::Nothing => return true,
                Moved::Over => return false,
            }
            if state.output.is_empty() {
                state.output.shrink_to(KEPT);
                self.poll.change(&self.socket, true, false, SOCKET);
                return true;
            }
        }
    }

    /// Reads and writes what can be now.
    fn drive(&self, state: &mut Locked) {
        self.drive_with(state, &[], true);
    }

    /// The same behind bytes that were read before; and more only if there may be more.
    fn drive_with(&self, state: &mut Locked, first: &[u8], more: bool) {
        if state.broken.is_some() {
            return;
        }
        // What has come before the end is still to be read.
        let writes = self.flush(state);
        let had_left = state.has_left;
        let Locked { state: own, input, .. } = &mut *state;
        let taken = if first.is_empty() { Ok(()) } else { input.take(first, own) };
        let received = match taken {
            Ok(()) if more && !own.receiving => input.receive(&self.socket, own),
            taken => taken,
        };
        if state.has_left && !had_left {
            (self.on_break)();
        }
        self.ask_again(state);
        self.check_cancels(state);
        // What came before the end is for the reads that wait for it.
        for address in std::mem::take(&mut state.input.answered) {
            self.serve(state, address);
        }
        match received {
            Ok(()) if writes => {}
            Ok(()) | Err(input::Failure::Over) => self.break_off(state, LOST),
            Err(input::Failure::Nonsense(what)) => self.break_off(state, what),
        }
    }

    pub fn pump(&self) {
        let mut state = self.enter();
        self.drive(&mut state);
        self.tell(&mut state);
    }

    /// Asks for an early end. It comes when the host has given the request back. Where the host would drop what a read has got, the read ends
    /// at once, and its request stays with the host, for the next read.
    pub fn cancel(&self, request: &Arc<Request>) {
        let mut state = self.enter();
        if request.is_complete() || lock(&request.cancelled).is_some() {
            return;
        }
        let now = Instant::now();
        *lock(&request.cancelled) = Some(now);
        if request.is_kept_ahead() && !self.keeps {
            state.leave_behind(request);
        } else {
            let sequences = lock(&request.sequences).clone();
            for sequence in sequences {
                if state.in_flight.contains_key(&sequence) {
                    self.unlink(&mut state, request.address(), request.is_in, sequence, false);
                }
            }
        }
        if !request.is_complete() && state.give_up.due.is_none() {
            state.give_up.set(Some(now + self.patience), now);
        }
        self.tell(&mut state);
    }

    fn unlink(&self, state: &mut State, address: u8, is_in: bool, target: u32, again: bool) {
        let sequence = state.next();
        let message = Message::Unlink { sequence: target };
        let header = Header { sequence, device: self.device, is_in, endpoint: address & 0x0f, message };
        self.write(state, [&header.bytes()]);
        state.in_flight.insert(sequence, Owner::Unlink { target, again });
        self.check_output(state);
    }

    /// Asks for those whose answers have not come by now.
    fn ask_again(&self, state: &mut State) {
        for target in std::mem::take(&mut state.doubtful) {
            let Some(Owner::Request(request, _)) = state.in_flight.get(&target) else { continue };
            let (address, is_in) = (request.address(), request.is_in);
            self.unlink(state, address, is_in, target, true);
        }
    }

    /// Gives an endpoint's reads what is there for them, and asks for what is missing.
    fn serve(&self, state: &mut State, address: u8) {
        let Some(pipe) = state.pipes.get_mut(&address) else { return };
        while let Some(first) = pipe.waiting.front() {
            let mut progress = first.progress();
            let moved = progress.moved;
            let Held::Caller { buffer } = &mut progress.held else { break };
            let given = pipe.ahead.give(&mut buffer.space()[moved..]);
            let (Given::Part(count) | Given::All(count, _)) = given;
            progress.moved += count;
            drop(progress);
            let Given::All(_, result) = given else { break };
            first.finish(result.err());
            pipe.waiting.pop_front();
            state.news = true;
        }
        if state.broken.is_some() {
            return;
        }
        let wanted: usize = pipe.waiting.iter().map(|request| request.missing()).sum();
        let missing = wanted.saturating_sub(pipe.ahead.capacity());
        let Some(last) = pipe.waiting.back().filter(|_| missing > 0).cloned() else { return };
        let packet = last.max_packet_size();
        let room = missing.div_ceil(packet) * packet;
        let sequence = state.next();
        let header = last.header(sequence, self.device, last.message_ahead(room)).bytes();
        state.pipes.entry(address).or_default().ahead.add(sequence, room);
        state.in_flight.insert(sequence, Owner::Ahead(address, room));
        self.write(state, [&header]);
        self.check_output(state);
    }

    /// Drops what was read ahead of some endpoints, or of all: it belongs to a setting that is over.
    pub fn forget(&self, which: impl Fn(u8) -> bool) {
        let mut state = self.enter();
        let addresses: Vec<u8> = state.pipes.keys().copied().filter(|address| which(*address)).collect();
        for address in addresses {
            let Some(mut pipe) = state.pipes.remove(&address) else { continue };
            for sequence in pipe.ahead.clear() {
                if let Some(owner) = state.in_flight.get_mut(&sequence) {
                    let Owner::Ahead(_, room) = *owner else { continue };
                    *owner = Owner::Retired { is_in: true, room, packets: 0 };
                    self.unlink(&mut state, address, true, sequence, false);
                }
            }
        }
    }

    /// The endpoint's halt is over.
    pub fn forgive(&self, address: u8) {
        if let Some(pipe) = self.enter().pipes.get_mut(&address) {
            pipe.ahead.forgive();
        }
    }
}

/// Memory above this is given back when all is written.
const KEPT: usize = 1 << 20;

impl Drop for Link {
    fn drop(&mut self) {
        // Where it is broken, that is done; and a forked child has it in common with its parent.
        if self.process.load(Ordering::Acquire) == process_generation() && lock(&self.state).broken.is_none() {
            self.socket.shut_down();
        }
    }
}
