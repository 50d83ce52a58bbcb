//! One transfer over libusb: a request, or several of a long isochronous one, from submission to the last callback.

use super::events::Events;
use super::request::{Request, PACKETS_OF_ONE};
use super::writable::is_writable;
use crate::bus::{
    setup_and_data, Completion, Held, InFlight, Notice, PacketResult, Progress, Tap, Target, NEVER, SETUP,
};
use crate::error::{Error, Result, Status};
use crate::sync::atomic::{AtomicI32, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{out_of_memory, Buffer, Timestamp};
use crate::usb::{Direction, TransferType};
use rusb::ffi::constants::LIBUSB_TRANSFER_ERROR;
use rusb::ffi::libusb_transfer;
use smallvec::SmallVec;
use std::os::raw::c_void;
use std::sync::Arc;
use std::time::Instant;

pub struct Transfer {
    /// In the order of the data. One, but for long isochronous transfers.
    requests: SmallVec<[Request; 1]>,
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
    let connection = events.connection();
    let mut requests = SmallVec::new();
    let mut setup = Vec::new();
    match target {
        Target::Control(request) => {
            setup = setup_and_data(request, buffer, length)?;
            requests.push(Request::new(connection, TransferType::Control, 0, &[], finished)?);
        }
        Target::Endpoint { transfer_type, address, extras, .. } => {
            let request = Request::new(connection, *transfer_type, *address, &[], finished)?;
            requests.push(request.with_zero_packet(extras.zero_packet).with_bulk_stream(extras.stream));
        }
        Target::Isochronous { address, packets } => {
            let pieces = packets.lengths.chunks(PACKETS_OF_ONE);
            requests.try_reserve_exact(pieces.len()).map_err(out_of_memory)?;
            for lengths in pieces {
                requests.push(Request::new(connection, TransferType::Isochronous, *address, lengths, finished)?);
            }
        }
    }
    let transfer = Arc::new(Transfer {
        requests,
        target: target.clone(),
        state: Mutex::new(Progress::new(target, notice)),
        completed: AtomicI32::new(0),
        events: Arc::clone(events),
    });
    let mut own = lock(&transfer.state);
    if Tap::is_wanted() {
        own.record(Tap::begin(&events.wire, target, &buffer.bytes()[..length], length));
    }
    // The data of a control request go through memory of our own.
    let direct = !matches!(target, Target::Control(_));
    if direct && target.direction() == Direction::In && !is_writable(buffer, length) {
        transfer.end_unwritable(&mut own, buffer.split_to(length));
        drop(own);
        return Ok(transfer);
    }
    let (memory, all) = match target {
        Target::Control(_) => (setup.as_mut_ptr(), setup.len()),
        _ => (buffer.as_ptr(), length),
    };
    // SAFETY: on success the transfer keeps what the requests move, until the last callback: a Vec's bytes do not move with it.
    let started = unsafe { transfer.start(&mut own, memory, all) };
    own.begun(started)?;
    own.held = Held::new(target, setup, buffer.split_to(length));
    drop(own);
    Ok(transfer)
}

impl Transfer {
    fn is_complete(&self) -> bool {
        self.completed.load(Ordering::Acquire) != 0
    }

    /// Submits the requests. Callbacks wait for the lock that the caller has.
    ///
    /// # Safety
    /// No request is in flight. On success the memory stays valid until the transfer is complete.
    unsafe fn start(self: &Arc<Self>, state: &mut Progress, memory: *mut u8, length: usize) -> Result<()> {
        // What libusb has of the transfer, until the last callback.
        let this = Arc::into_raw(Arc::clone(self));
        let (mut at, mut failure) = (memory, None);
        let mut started = 0;
        for (i, request) in self.requests.iter().enumerate() {
            let length = match state.packets() {
                Some(packets) => {
                    let lengths = packets.lengths[i * PACKETS_OF_ONE..].iter().take(PACKETS_OF_ONE);
                    lengths.map(|length| *length as usize).sum()
                }
                None => length,
            };
            // SAFETY: it is not in flight, and `self` and the memory stay by this function's contract.
            let code = unsafe {
                at = request.prepare(at, length, this as *mut c_void);
                request.submit()
            };
            if code != 0 {
                let disturbance = &self.events.connection().disturbance;
                failure = Some(disturbance.refused(code, request.length(), state.packets().is_some()));
                break;
            }
            started += 1;
        }
        if started == 0 {
            // SAFETY: made above, and libusb has not taken it.
            drop(unsafe { Arc::from_raw(this) });
            return failure.map_or(Ok(()), Err);
        }
        if failure.is_some() {
            // Some are on their way. They are to end soon, and all the rest shows as never sent.
            self.requests[..started].iter().rev().for_each(Request::cancel);
        }
        state.begin(started, failure.map(|error| error.status));
        self.completed.store(0, Ordering::Release);
        Ok(())
    }

    /// Takes a request back from libusb; true if it was the last one.
    fn returned(&self, request: *mut libusb_transfer) -> bool {
        let mut state = lock(&self.state);
        let Some(at) = self.requests.iter().position(|own| own.as_ptr() == request) else { return false };
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
        let last = state.returned(moved, result.err());
        if last {
            self.complete(&mut state);
        }
        last
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
        let started = unsafe { self.start(&mut state, buffer.as_ptr(), buffer.len()) };
        state.begun(started)?;
        state.held = Held::Caller { buffer };
        Ok(())
    }
}

/// Called by libusb on a thread that handles events, in the middle of it: takes a note and no more.
extern "system" fn finished(request: *mut libusb_transfer) {
    // SAFETY: `start` has put it there, and libusb's share of the transfer lasts until the last callback.
    let this = unsafe { (*request).user_data } as *const Transfer;
    // SAFETY: as above.
    if unsafe { (*this).returned(request) } {
        // SAFETY: the share that `start` gave to libusb, which has no request of it any more. The thread that handles events has a share in
        // `Events`: the device is not closed here.
        drop(unsafe { Arc::from_raw(this) });
    }
}
