//! One transfer over libusb: a request, or several of a long one, from submission to the last callback.

use super::events::{Events, InLine, LinesOfDevice};
use super::request::{Request, PACKETS_OF_ONE};
use super::requests::{divide, Requests};
use super::writable::is_writable;
use crate::bus::line::Place;
use crate::bus::{Completion, Held, InFlight, Notice, PacketResult, Progress, Tap, Target, NEVER, SETUP};
use crate::error::{Error, Result, Status};
use crate::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{Buffer, Timestamp};
use crate::usb::{Direction, SetupPacket, TransferType};
use rusb::ffi::constants::LIBUSB_TRANSFER_ERROR;
use rusb::ffi::libusb_transfer;
use std::os::raw::c_void;
use std::sync::Arc;
use std::time::Instant;

pub struct Transfer {
    /// In the order of the data. One, but for isochronous transfers and divided ones.
    requests: Requests,
    /// How many of them libusb has been given, or will not be; changed with the lock of the device's lines held.
    given: AtomicUsize,
    target: Target,
    /// Held while requests are submitted and cancelled, so that each is in flight or it is not. libusb calls back without any lock of
    /// a request's, and takes none here that a callback waits for.
    state: Mutex<Progress>,
    /// 1 once it is complete: libusb reads it.
    completed: AtomicI32,
    /// Dropped last: the requests are its device's.
    events: Arc<Events>,
}

/// Starts a transfer with the first `length` bytes of the buffer.
pub fn submit(
    events: &Arc<Events>,
    target: &Target,
    buffer: &mut Buffer,
    length: usize,
    notice: Option<Notice>,
) -> Result<Arc<dyn InFlight>> {
    let (mut setup, requests) = divide(events.connection(), target, buffer, length, finished)?;
    let transfer = Transfer::new(events, target.clone(), requests, Progress::new(target, notice));
    // The data of a control request go through memory of our own.
    let direct = !matches!(target, Target::Control(_));
    // It looks at each page: nobody's completion is to wait for that.
    let is_unwritable = direct && target.direction() == Direction::In && !is_writable(buffer, length);
    let mut lines = events.lines(transfer.is_divided());
    let mut own = lock(&transfer.state);
    if Tap::is_wanted() {
        own.record(Tap::begin(&events.wire, target, &buffer.bytes()[..length], length));
    }
    if is_unwritable {
        transfer.end_unwritable(&mut own, buffer.split_to(length));
        drop(own);
        return Ok(transfer);
    }
    let memory = if direct { buffer.as_ptr() } else { setup.as_mut_ptr() };
    // SAFETY: on success the transfer keeps what the requests move, until the last callback: a Vec's bytes do not move with it.
    let started = unsafe { transfer.start(&mut lines, &mut own, memory) };
    let in_line = own.begun(started)?;
    own.held = Held::new(target, setup, buffer.split_to(length));
    drop(own);
    transfer.enter(lines, in_line);
    Ok(transfer)
}

/// Starts a control request of a buffer that begins with the setup packet: what comes goes right behind it. It is not recorded.
pub fn submit_in_place(events: &Arc<Events>, setup: SetupPacket, buffer: Buffer) -> Result<Arc<dyn InFlight>> {
    let request = Request::new(events.connection(), TransferType::Control, 0, buffer.len(), &[], finished)?;
    let requests = Requests::from_iter([request]);
    let transfer = Transfer::new(events, Target::Control(setup), requests, Progress::without_packets(None));
    let mut own = lock(&transfer.state);
    // SAFETY: as in `submit`.
    unsafe { transfer.start(&mut None, &mut own, buffer.as_ptr()) }?;
    own.held = Held::Caller { buffer };
    drop(own);
    Ok(transfer)
}

impl Transfer {
    fn new(events: &Arc<Events>, target: Target, requests: Requests, state: Progress) -> Arc<Transfer> {
        Arc::new(Transfer {
            given: AtomicUsize::new(requests.len()),
            requests,
            target,
            state: Mutex::new(state),
            completed: AtomicI32::new(0),
            events: Arc::clone(events),
        })
    }

    fn is_complete(&self) -> bool {
        self.completed.load(Ordering::Acquire) != 0
    }

    /// Into requests that libusb gets one by one.
    fn is_divided(&self) -> bool {
        self.requests.len() > 1 && !matches!(self.target, Target::Isochronous { .. })
    }

    fn place(&self) -> Place {
        let stream = match &self.target {
            Target::Endpoint { extras, .. } => extras.stream,
            _ => 0,
        };
        (self.target.address(), stream)
    }

    /// Submits the requests, or those that libusb may have now; true if the transfer stands in a line. Callbacks wait for the lock of the
    /// state that the caller has.
    ///
    /// # Safety
    /// No request is in flight. On success the memory, as long as the requests together, stays valid until the transfer is complete.
    unsafe fn start(
        self: &Arc<Self>,
        lines: &mut Option<LinesOfDevice<'_>>,
        state: &mut Progress,
        memory: *mut u8,
    ) -> Result<bool> {
        let mut end = memory;
        for request in &self.requests {
            // SAFETY: it is not in flight.
            end = unsafe { request.prepare(end, Arc::as_ptr(self) as *mut c_void) };
        }
        let is_free = lines.as_ref().map_or(true, |lines| lines.is_free(|| self.place()));
        let in_line = self.is_divided() || !is_free;
        if let Some(lines) = lines.as_mut().filter(|_| in_line) {
            lines.make_room(self.place())?;
        }
        let all = self.requests.len();
        let now = if in_line { usize::from(is_free) } else { all };
        let (mut given, mut failure) = (0, None);
        for request in &self.requests[..now] {
            // SAFETY: prepared above, and `self` and the memory stay by this function's contract.
            match unsafe { self.give(request, state) } {
                Ok(()) => given += 1,
                Err(error) if given == 0 => return Err(error),
                Err(error) => {
                    // Some are on their way. They are to end soon, and all the rest shows as never sent.
                    self.requests[..given].iter().rev().for_each(Request::cancel);
                    failure = Some(error.status);
                    break;
                }
            }
        }
        self.given.store(if in_line { given } else { all }, Ordering::Relaxed);
        state.begin(if in_line { all } else { given }, failure);
        self.completed.store(0, Ordering::Release);
        Ok(in_line)
    }

    /// Puts it into its line, if it has one.
    fn enter(self: &Arc<Self>, lines: Option<LinesOfDevice<'_>>, in_line: bool) {
        if let Some(mut lines) = lines.filter(|_| in_line) {
            lines.push(self.place(), Arc::clone(self) as Arc<dyn InLine>);
            advance(&mut lines);
        }
    }

    /// Gives libusb a request, and with it a share of the transfer, until it calls back.
    ///
    /// # Safety
    /// It is prepared and not in flight. Its memory stays valid until the transfer is complete.
    unsafe fn give(self: &Arc<Self>, request: &Request, state: &Progress) -> Result<()> {
        let share = Arc::into_raw(Arc::clone(self));
        // SAFETY: this function's own contract; the share keeps the rest.
        let code = unsafe { request.submit() };
        if code == 0 {
            return Ok(());
        }
        let disturbance = &self.events.connection().disturbance;
        let error = disturbance.refused(code, request.length(), state.packets().is_some());
        // SAFETY: made above, and libusb has not taken it.
        drop(unsafe { Arc::from_raw(share) });
        Err(error)
    }

    /// Requests that libusb is to be given yet. With the lock of the lines held.
    fn rest(&self) -> usize {
        self.requests.len() - self.given.load(Ordering::Relaxed)
    }

    /// libusb is given no more of it.
    fn give_up_rest(&self, state: &mut Progress) {
        state.outstanding -= self.rest();
        self.given.store(self.requests.len(), Ordering::Relaxed);
        if state.outstanding == 0 && state.completion.is_none() {
            self.complete(state);
        }
    }

    /// What libusb has not got yet of it, it does not get.
    #[cold]
    fn leave_line(&self, mut lines: LinesOfDevice<'_>) {
        if self.rest() == 0 || self.is_complete() {
            return;
        }
        let mut state = lock(&self.state);
        state.failure = state.failure.or(Some(Status::Cancelled));
        self.give_up_rest(&mut state);
        drop(state);
        advance(&mut lines);
        drop(lines);
        self.events.wake();
    }

    /// Takes a request back from libusb. With the lock of the lines held, if there are any.
    fn returned(&self, request: *mut libusb_transfer) {
        let mut state = lock(&self.state);
        let Some(at) = self.requests.iter().position(|own| own.as_ptr() == request) else { return };
        let request = &self.requests[at];
        let (status, moved) = request.outcome();
        let connection = self.events.connection();
        let outcome = |status| connection.disturbance.outcome(status, &connection.node);
        let mut result = match outcome(status) {
            // It was complete when it was cancelled: libusb looks at who came first to it, not to the bus.
            Err(Status::Cancelled) if moved > 0 && moved == self.wanted(request) => Ok(()),
            result => result,
        };
        if let Some(places) = state.places(at * PACKETS_OF_ONE) {
            let mut failed = false;
            for (place, (moved, status)) in places.iter_mut().zip(request.packet_outcomes()) {
                *place = (moved, outcome(status));
                failed |= place.1.is_err();
            }
            match result {
                // Single packets that failed have their own results. What ended all of them at once is the transfer's, too.
                Err(Status::Io) if failed && status == LIBUSB_TRANSFER_ERROR => result = Ok(()),
                // libusb reports packets that were never on the bus as empty or failed ones.
                Err(_) => {
                    let count = request.packet_outcomes().count();
                    let never = |place: &&mut PacketResult| place.0 == 0;
                    places[..count].iter_mut().rev().take_while(never).for_each(|place| *place = NEVER);
                }
                Ok(()) => {}
            }
        }
        let failure = result.err();
        let last = state.returned(moved, failure);
        if self.rest() > 0 && (failure.is_some() || moved < self.wanted(request)) {
            self.give_up_rest(&mut state);
        } else if last {
            self.complete(&mut state);
        }
    }

    /// How many bytes a request moves at most.
    fn wanted(&self, request: &Request) -> usize {
        request.length() - if request.is_control() { SETUP } else { 0 }
    }

    /// Of nothing that libusb has had.
    fn end_unwritable(&self, state: &mut Progress, buffer: Buffer) {
        state.begin(0, Some(Status::InvalidParam));
        state.held = Held::Caller { buffer };
        self.complete(state);
    }

    fn complete(&self, state: &mut Progress) {
        let completion = state.complete();
        self.completed.store(1, Ordering::Release);
        if let Some(notice) = &state.notice {
            notice.give(completion, Timestamp::now());
        }
    }
}

impl InFlight for Transfer {
    /// The newest request first, so that none gets data that would be another's.
    fn cancel(&self) {
        // What the system has completed by now is not to be reported as cancelled.
        self.events.pump();
        if let Some(lines) = self.events.lines(false) {
            self.leave_line(lines);
        }
        let _state = lock(&self.state);
        if !self.is_complete() {
            self.requests.iter().rev().for_each(Request::cancel);
        }
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<Completion> {
        if !self.is_complete() {
            self.events.wait_for(&self.completed, deadline);
        }
        lock(&self.state).completion
    }

    fn again(self: Arc<Self>, buffer: Buffer) -> Result<()> {
        let mut lines = self.events.lines(self.is_divided());
        let mut state = lock(&self.state);
        if state.completion.is_none() {
            return Err(Error::new(Status::Internal, "the transfer is in flight"));
        }
        if self.requests.iter().map(Request::length).sum::<usize>() != buffer.len() {
            return Err(Error::new(Status::Internal, "another buffer has another length"));
        }
        if Tap::is_wanted() {
            state.record(Tap::begin(&self.events.wire, &self.target, buffer.bytes(), buffer.len()));
        }
        // SAFETY: it is complete, so that libusb has none of the requests; the transfer keeps the buffer, which is as long as they are.
        let started = unsafe { self.start(&mut lines, &mut state, buffer.as_ptr()) };
        let in_line = state.begun(started)?;
        state.held = Held::Caller { buffer };
        drop(state);
        self.enter(lines, in_line);
        Ok(())
    }
}

impl InLine for Transfer {
    fn go_on(self: Arc<Self>) -> bool {
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
            // SAFETY: `start` has prepared it, and as the transfer is not complete, it keeps the memory.
            match unsafe { self.give(&self.requests[self.requests.len() - rest], &state) } {
                Ok(()) => drop(self.given.fetch_add(1, Ordering::Relaxed)),
                Err(error) => {
                    state.failure = state.failure.or(Some(error.status));
                    self.give_up_rest(&mut state);
                    return true;
                }
            }
        }
    }
}

fn advance(lines: &mut LinesOfDevice<'_>) {
    lines.advance(|first| Arc::clone(first).go_on());
}

/// Called by libusb on a thread that handles events, in the middle of it: takes a note and no more, but for what waits in a line.
extern "system" fn finished(request: *mut libusb_transfer) {
    // SAFETY: `give` has given this share to libusb with the request, which it has no more. The thread that handles events has a share in
    // `Events`: the device is not closed here.
    let this = unsafe { Arc::from_raw((*request).user_data as *const Transfer) };
    let lines = this.events.lines(false);
    this.returned(request);
    if let Some(mut lines) = lines {
        advance(&mut lines);
    }
}
