//! One transfer over usbfs: a request, or several of an isochronous one or of one that is longer than a request may be, from submission to
//! the last completion.
//!
//! No other code sends requests on this open file, so that all that is reaped here is ours.

use super::reaper::{self, InFlightTable, Reaper};
use super::requests::{divide, Requests};
use super::status::{outcome, refused};
use super::urb::{Urb, PACKETS_OF_ONE};
use crate::bus::line::Place;
use crate::bus::{Completion, Held, InFlight, Notice, Progress, Tap, Target};
use crate::error::{Error, Result, Status};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{out_of_memory, Buffer, Timestamp};
use crate::usb::TransferType;
use std::sync::Arc;
use std::time::Instant;

pub struct Transfer {
    reaper: Arc<Reaper>,
    /// In the order of the data. One, but for isochronous transfers and divided ones.
    urbs: Requests,
    /// How many of them the kernel has been given, or will not be; changed with the reaper's lock held.
    given: AtomicUsize,
    state: Mutex<Progress>,
    /// Whether there is a completion; changed with the reaper's lock held.
    complete: AtomicBool,
}

/// What the kernel has been given, and whether the rest waits for its turn.
struct Started {
    given: usize,
    in_line: bool,
}

/// Starts a transfer with the first `length` bytes of the buffer.
pub fn submit(
    reaper: &Arc<Reaper>,
    target: &Target,
    buffer: &mut Buffer,
    length: usize,
    notice: Option<Notice>,
) -> Result<Arc<dyn InFlight>> {
    let mut state = reaper.state();
    let (setup, urbs) = divide(reaper, target, buffer, length)?;
    state.in_flight.try_reserve(urbs.len()).map_err(out_of_memory)?;
    let transfer = Arc::new(Transfer {
        reaper: Arc::clone(reaper),
        given: AtomicUsize::new(urbs.len()),
        urbs,
        state: Mutex::new(Progress::new(target, notice)),
        complete: AtomicBool::new(false),
    });
    let mut own = lock(&transfer.state);
    if Tap::is_wanted() {
        own.record(Tap::begin(reaper.wire(), target, &buffer.bytes()[..length], length));
    }
    // SAFETY: the transfer keeps the requests where they are, and on success what they move too: a Vec's bytes do not move with
    // it. The reaper keeps the transfer.
    let started = unsafe { transfer.start(&mut state, &mut own) }?;
    own.held = Held::new(target, setup, buffer.split_to(length));
    drop(own);
    transfer.enter(&mut state, started);
    Ok(transfer)
}

/// Starts a control request of a buffer that begins with the setup packet: what comes goes right behind it. It is not recorded.
pub fn submit_in_place(reaper: &Arc<Reaper>, buffer: Buffer) -> Result<Arc<dyn InFlight>> {
    let mut state = reaper.state();
    let mut urbs = Requests::new();
    urbs.push(Urb::new(TransferType::Control, 0, buffer.as_ptr(), buffer.len(), &[])?);
    state.in_flight.try_reserve(urbs.len()).map_err(out_of_memory)?;
    let transfer = Arc::new(Transfer {
        reaper: Arc::clone(reaper),
        given: AtomicUsize::new(urbs.len()),
        urbs,
        state: Mutex::new(Progress::without_packets(None)),
        complete: AtomicBool::new(false),
    });
    let mut own = lock(&transfer.state);
    // SAFETY: as in `submit`.
    let started = unsafe { transfer.start(&mut state, &mut own) }?;
    own.held = Held::Caller { buffer };
    drop(own);
    transfer.enter(&mut state, started);
    Ok(transfer)
}

/// Submits the requests: how many the kernel has, and why it has not all of them.
///
/// # Safety
/// The requests and their buffers stay until each is reaped; the reaper's lock is held, so that none is before the reaper has
/// the transfer.
unsafe fn start(urbs: &[Urb], reaper: &Reaper) -> Result<(usize, Option<Status>)> {
    for (i, urb) in urbs.iter().enumerate() {
        // SAFETY: this function's own contract.
        match unsafe { urb.submit(reaper.node()) } {
            Ok(()) => {}
            Err(error) if i == 0 => return Err(refused(&error, reaper)),
            // Some are on their way. They are to end soon, and all the rest shows as never sent.
            Err(error) => {
                urbs[..i].iter().rev().for_each(|urb| {
                    urb.discard(reaper.node());
                });
                return Ok((i, Some(refused(&error, reaper).status)));
            }
        }
    }
    Ok((urbs.len(), None))
}

impl Transfer {
    /// How many of its requests the kernel still had.
    fn discard(&self) -> usize {
        let node = self.reaper.node();
        self.urbs.iter().rev().filter(|urb| urb.discard(node)).count()
    }

    pub fn is_complete(&self) -> bool {
        self.complete.load(Ordering::Acquire)
    }

    pub fn addresses(&self) -> impl Iterator<Item = usize> + '_ {
        self.urbs.iter().map(Urb::address)
    }

    /// Where it goes, as its requests have it.
    #[cold]
    fn target(&self, state: &Progress) -> Target {
        let (transfer_type, address, extras) = self.urbs[0].place();
        match state.packets() {
            Some(packets) => Target::Isochronous { address, packets: Arc::clone(packets) },
            None => Target::Endpoint { transfer_type, address, max_packet_size: 0, extras },
        }
    }

    /// Submits its requests, or those that the kernel may have now.
    ///
    /// # Safety
    /// As of `start`.
    #[inline]
    unsafe fn start(&self, reaping: &mut reaper::State, state: &mut Progress) -> Result<Started> {
        let divided = self.urbs.len() > 1 && state.packets().is_none();
        let free = reaping.lines.is_free(|| self.place());
        let in_line = divided || !free;
        let now = match in_line {
            false => self.urbs.len(),
            true => usize::from(free),
        };
        if in_line {
            reaping.make_room(self.place())?;
        }
        // SAFETY: this function's own contract.
        let (given, failure) = state.begun(unsafe { start(&self.urbs[..now], &self.reaper) })?;
        self.given.store(if in_line { given } else { self.urbs.len() }, Ordering::Relaxed);
        state.begin(if in_line { self.urbs.len() } else { given }, failure);
        Ok(Started { given, in_line })
    }

    /// Puts it where its requests are found when they come back, and in its line, if it has one.
    #[inline]
    fn enter(self: &Arc<Self>, reaping: &mut reaper::State, started: Started) {
        for urb in &self.urbs[..started.given] {
            reaping.in_flight.insert(urb.address(), Arc::clone(self));
        }
        if started.in_line {
            reaping.lines.push(self.place(), Arc::clone(self));
            reaping.advance(&mut None);
        }
    }

    fn place(&self) -> Place {
        let (_, address, extras) = self.urbs[0].place();
        (address, extras.stream)
    }

    /// Gives the kernel those of its requests that it may have now. True if no more are to follow: it has all, or the transfer ends.
    pub fn go_on(self: &Arc<Self>, in_flight: &mut InFlightTable, now: &mut Option<Timestamp>) -> bool {
        loop {
            let rest = self.rest();
            if rest == 0 {
                return true;
            }
            let mut state = lock(&self.state);
            // One at a time: what comes after a short packet is not for the next one, and nothing is sent after one that failed.
            if state.outstanding > rest {
                return false;
            }
            let room = in_flight.try_reserve(1).map_err(out_of_memory);
            // SAFETY: the transfer keeps the request and, as it is not complete, its buffer; the reaper, whose lock is held, keeps the transfer.
            match room.and_then(|()| unsafe { self.submit_next() }) {
                Ok(address) => drop(in_flight.insert(address, Arc::clone(self))),
                Err(error) => {
                    state.failure = state.failure.or(Some(error.status));
                    self.give_up_rest(&mut state, now);
                    return true;
                }
            }
        }
    }

    /// Requests that the kernel is to be given yet. With the reaper's lock held.
    fn rest(&self) -> usize {
        self.urbs.len() - self.given.load(Ordering::Relaxed)
    }

    /// The request's address.
    ///
    /// # Safety
    /// There is a rest, and as of `Urb::submit`.
    unsafe fn submit_next(&self) -> Result<usize> {
        let urb = &self.urbs[self.given.load(Ordering::Relaxed)];
        // SAFETY: this function's own contract.
        unsafe { urb.submit(self.reaper.node()) }.map_err(|error| refused(&error, &self.reaper))?;
        self.given.fetch_add(1, Ordering::Relaxed);
        Ok(urb.address())
    }

    /// The kernel is given no more of it.
    fn give_up_rest(&self, state: &mut Progress, now: &mut Option<Timestamp>) {
        state.outstanding -= self.rest();
        self.given.store(self.urbs.len(), Ordering::Relaxed);
        if state.outstanding == 0 && state.completion.is_none() {
            self.complete(state, now);
        }
    }

    /// What the kernel has not got yet of it, it does not get.
    #[cold]
    fn leave_line(&self) {
        let mut reaping = self.reaper.state();
        if self.rest() == 0 || self.is_complete() {
            return;
        }
        let mut state = lock(&self.state);
        state.failure = state.failure.or(Some(Status::Cancelled));
        self.give_up_rest(&mut state, &mut None);
        drop(state);
        self.reaper.left_line(&mut reaping);
    }

    /// Takes one of its requests back. With the reaper's lock held.
    pub fn reaped(&self, address: usize, now: &mut Option<Timestamp>) {
        let Some(at) = self.urbs.iter().position(|urb| urb.address() == address) else { return };
        let urb = &self.urbs[at];
        let mut state = lock(&self.state);
        let done = urb.outcome();
        if let Some(places) = state.places(at * PACKETS_OF_ONE) {
            let cut = !matches!(-done.status, 0 | libc::EXDEV);
            for (place, (moved, status)) in places.iter_mut().zip(urb.packet_outcomes()) {
                // In a request that was cut short the kernel leaves EXDEV in packets that were never on the bus.
                let never = cut && -status == libc::EXDEV;
                *place = (moved, if never { Err(Status::Cancelled) } else { outcome(status, &self.reaper) });
            }
        }
        // Single packets that failed (EXDEV) have their own results.
        let isochronous = state.packets().is_some() && done.status == -libc::EXDEV;
        let failure = outcome(done.status, &self.reaper).err().filter(|_| !isochronous);
        state.note_errno(done.status);
        let last = state.returned(done.actual_length, failure);
        if self.rest() > 0 && (failure.is_some() || done.actual_length < urb.length()) {
            self.give_up_rest(&mut state, now);
        } else if last {
            self.complete(&mut state, now);
        }
    }

    /// Ends it without the kernel, which has forgotten it.
    pub fn abandoned(&self, status: Status, now: &mut Option<Timestamp>) {
        let mut state = lock(&self.state);
        // It is found once for each of its requests.
        if state.completion.is_none() {
            state.failure = state.failure.or(Some(status));
            self.given.store(self.urbs.len(), Ordering::Relaxed);
            self.complete(&mut state, now);
        }
    }

    fn complete(&self, state: &mut Progress, now: &mut Option<Timestamp>) {
        let completion = state.complete();
        self.complete.store(true, Ordering::Release);
        if let Some(notice) = &state.notice {
            notice.give(completion, *now.get_or_insert_with(Timestamp::now));
        }
    }
}

impl InFlight for Transfer {
    /// The newest request first, so that none gets data that would be another's.
    fn cancel(&self) {
        if self.is_complete() {
            return;
        }
        if self.rest() > 0 {
            self.leave_line();
        }
        // Without the reaper's lock: the kernel waits here until the host controller has let go, and others are to go on meanwhile. If
        // the transfer is complete by then, and started again, it was to end in any case.
        if self.discard() > 0 {
            return;
        }
        let mut reaping = self.reaper.state();
        if reaping.lost > 0 && !self.is_complete() && self.discard() == 0 {
            self.reaper.find(&mut reaping, self);
        }
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<Completion> {
        if !self.is_complete() {
            self.reaper.wait_for(self, deadline);
        }
        lock(&self.state).completion
    }

    /// The requests are as they were, but for what the kernel has written, which it writes anew.
    fn again(self: Arc<Self>, buffer: Buffer) -> Result<()> {
        let mut reaping = self.reaper.state();
        let mut state = lock(&self.state);
        if state.completion.is_none() {
            return Err(Error::new(Status::Internal, "the transfer is in flight"));
        }
        let mut end = buffer.as_ptr();
        for urb in &self.urbs {
            // SAFETY: the kernel has given the request back, and no other code has it.
            end = unsafe { urb.prepare(end) };
        }
        if end != buffer.as_ptr().wrapping_add(buffer.len()) {
            return Err(Error::new(Status::Internal, "another buffer has another length"));
        }
        reaping.in_flight.try_reserve(self.urbs.len()).map_err(out_of_memory)?;
        if Tap::is_wanted() {
            let tap = Tap::begin(self.reaper.wire(), &self.target(&state), buffer.bytes(), buffer.len());
            state.record(tap);
        }
        // SAFETY: the buffer is as long as the requests are together, and self keeps it and them; the reaper keeps self.
        let started = unsafe { self.start(&mut reaping, &mut state) }?;
        state.held = Held::Caller { buffer };
        self.complete.store(false, Ordering::Release);
        drop(state);
        self.enter(&mut reaping, started);
        Ok(())
    }
}
