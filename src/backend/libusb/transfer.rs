//! One libusb transfer, from submission to its callback.

use super::connection::Connection;
use super::status::{check, error};
use crate::backend::InFlight;
use crate::descriptor::Kind;
use crate::error::{Error, Result, Status};
use crate::ffi::Buffer;
use crate::sync::lock;
use crate::transfer::{Completion, Direction, Notice, Packets, Target};
use rusb::ffi::{self, constants::*, libusb_transfer};
use std::os::raw::c_int;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// More than this is worth nothing to the bus, and usbfs has 16 MiB for all programs together.
pub(super) const MAX_TRANSFER: usize = 1024 * 1024;
/// libusb's own limit on Linux.
pub(super) const MAX_CONTROL: usize = 4096;

const SETUP: usize = 8;

/// How long to sleep in one go without a deadline. libusb counts it in an int of milliseconds.
const LONG: Duration = Duration::from_secs(24 * 60 * 60);

struct Transfer {
    connection: Arc<Connection>,
    raw: *mut libusb_transfer,
    /// 1 once the callback has run. libusb watches it as an int.
    done: AtomicI32,
    memory: Mutex<Memory>,
    notice: Mutex<Option<Notice>>,
    packets: Option<Arc<Packets>>,
}

/// What the transfer moves data in and out of: kept until it is complete.
enum Memory {
    Caller {
        _buffer: Buffer,
    },
    /// Setup packet and data in one piece, as libusb wants it, and where the data of an IN request goes.
    Control {
        bytes: Vec<u8>,
        buffer: Buffer,
        way: Direction,
    },
    Done,
}

// SAFETY: `raw` is read after `done` is set or passed to libusb functions that take any thread; the rest is Sync.
unsafe impl Send for Transfer {}
// SAFETY: as above.
unsafe impl Sync for Transfer {}

pub fn submit(
    connection: &Arc<Connection>,
    target: &Target,
    buffer: &mut Buffer,
    length: usize,
    notice: Option<Notice>,
) -> Result<Arc<dyn InFlight>> {
    let packets = match target {
        Target::Isochronous { packets, .. } => Some(Arc::clone(packets)),
        _ => None,
    };
    let count = packets.as_ref().map_or(0, |packets| packets.lengths.len());
    // SAFETY: allocates a transfer with room for so many isochronous packets; it is ours to free.
    let raw = unsafe { ffi::libusb_alloc_transfer(count as c_int) };
    if raw.is_null() {
        return Err(Error::new(Status::NoMem, "memory ran out"));
    }
    let transfer = Arc::new(Transfer {
        connection: Arc::clone(connection),
        raw,
        done: AtomicI32::new(0),
        memory: Mutex::new(Memory::Done),
        notice: Mutex::new(notice),
        packets: packets.clone(),
    });
    let (kind, memory, size) = match target {
        Target::Control(setup) => {
            let mut bytes = setup.bytes().to_vec();
            match setup.direction() {
                Direction::Out => bytes.extend_from_slice(&buffer.bytes()[..length]),
                Direction::In => bytes.resize(SETUP + length, 0),
            }
            (LIBUSB_TRANSFER_TYPE_CONTROL, bytes.as_mut_ptr(), (bytes, setup.direction()))
        }
        Target::Isochronous { .. } => (LIBUSB_TRANSFER_TYPE_ISOCHRONOUS, buffer.as_ptr(), (Vec::new(), Direction::In)),
        Target::Endpoint { kind, .. } => {
            let kind =
                if *kind == Kind::Interrupt { LIBUSB_TRANSFER_TYPE_INTERRUPT } else { LIBUSB_TRANSFER_TYPE_BULK };
            (kind, buffer.as_ptr(), (Vec::new(), Direction::In))
        }
    };
    let (bytes, way) = size;
    let total = if bytes.is_empty() { length } else { bytes.len() };
    let user_data = Arc::into_raw(Arc::clone(&transfer));
    // SAFETY: the transfer is fresh and nobody else has it yet, and has room for the packets. The memory holds `total` bytes and stays until
    // completion: a Vec's bytes do not move with it, and the caller's buffer is kept below.
    unsafe {
        (*raw).dev_handle = connection.handle();
        (*raw).endpoint = target.address();
        (*raw).transfer_type = kind;
        (*raw).timeout = 0;
        (*raw).buffer = memory;
        (*raw).length = total as c_int;
        (*raw).callback = completed;
        (*raw).user_data = user_data as *mut _;
        (*raw).num_iso_packets = count as c_int;
        for (i, length) in packets.iter().flat_map(|packets| packets.lengths.iter().enumerate()) {
            (*(*raw).iso_packet_desc.as_mut_ptr().add(i)).length = *length;
        }
    }
    let mut kept = lock(&transfer.memory);
    // SAFETY: filled in completely above.
    let code = unsafe { ffi::libusb_submit_transfer(raw) };
    if code < 0 {
        drop(kept);
        // SAFETY: the callback, which would take this reference back, does not run for what was not submitted.
        drop(unsafe { Arc::from_raw(user_data) });
        return Err(error(code));
    }
    let buffer = buffer.split_to(length);
    *kept = match target {
        Target::Control(_) => Memory::Control { bytes, buffer, way },
        _ => Memory::Caller { _buffer: buffer },
    };
    drop(kept);
    Ok(transfer)
}

/// libusb calls this once for each submitted transfer, on whichever thread handles events.
extern "system" fn completed(raw: *mut libusb_transfer) {
    // SAFETY: user_data is the reference that `submit` left for this call.
    let transfer = unsafe { Arc::from_raw((*raw).user_data as *const Transfer) };
    // SAFETY: the transfer is complete, and its fields are ours again.
    let moved = unsafe { (*raw).actual_length }.max(0) as usize;
    let mut memory = lock(&transfer.memory);
    if let Memory::Control { bytes, buffer, way: Direction::In } = &mut *memory {
        let moved = moved.min(buffer.len());
        buffer.space()[..moved].copy_from_slice(&bytes[SETUP..SETUP + moved]);
    }
    *memory = Memory::Done;
    drop(memory);
    transfer.finish_packets();
    transfer.done.store(1, Ordering::Release);
    let notice = lock(&transfer.notice).take();
    if let (Some(notice), Some(completion)) = (notice, transfer.completion()) {
        notice.give(completion);
    }
}

impl Transfer {
    fn completion(&self) -> Option<Completion> {
        if self.done.load(Ordering::Acquire) == 0 {
            return None;
        }
        // SAFETY: the callback has run, so libusb has written these for the last time.
        let (status, moved) = unsafe { ((*self.raw).status, (*self.raw).actual_length) };
        let transferred = match &self.packets {
            Some(packets) => packets.results().iter().map(|(moved, _)| *moved as usize).sum(),
            None => moved.max(0) as usize,
        };
        Some(Completion { transferred, result: outcome(status) })
    }

    /// Notes what became of each isochronous packet. In the callback.
    fn finish_packets(&self) {
        if let Some(packets) = &self.packets {
            // SAFETY: the transfer is complete, and has as many packets as it was allocated for.
            let done =
                unsafe { std::slice::from_raw_parts((*self.raw).iso_packet_desc.as_ptr(), packets.lengths.len()) };
            packets.finish(done.iter().map(|packet| (packet.actual_length, outcome(packet.status))).collect());
        }
    }

    /// Handles libusb's events on this thread, or waits while another thread does, until the transfer is done or time is up.
    fn handle_events(&self, timeout: Duration) -> Result<()> {
        let timeout = libc::timeval {
            tv_sec: timeout.as_secs() as libc::time_t,
            tv_usec: timeout.subsec_micros() as libc::suseconds_t,
        };
        // SAFETY: the context lives as long as the connection. libusb only reads the flag, which the callback sets.
        check(unsafe {
            ffi::libusb_handle_events_timeout_completed(self.connection.context(), &timeout, self.done_flag())
        })
    }

    fn done_flag(&self) -> *mut c_int {
        &self.done as *const AtomicI32 as *mut c_int
    }
}

fn outcome(status: c_int) -> std::result::Result<(), Status> {
    match status {
        LIBUSB_TRANSFER_COMPLETED => Ok(()),
        LIBUSB_TRANSFER_TIMED_OUT => Err(Status::Timeout),
        LIBUSB_TRANSFER_CANCELLED => Err(Status::Cancelled),
        LIBUSB_TRANSFER_STALL => Err(Status::Pipe),
        LIBUSB_TRANSFER_NO_DEVICE => Err(Status::NoDevice),
        LIBUSB_TRANSFER_OVERFLOW => Err(Status::Overflow),
        _ => Err(Status::Io),
    }
}

impl InFlight for Transfer {
    fn cancel(&self) {
        // SAFETY: the transfer is freed only when the last reference to self is gone. For one that is complete libusb
        // answers "not found".
        unsafe { ffi::libusb_cancel_transfer(self.raw) };
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<Completion> {
        loop {
            if let Some(completion) = self.completion() {
                return Some(completion);
            }
            let left = match deadline {
                None => LONG,
                Some(deadline) => deadline.saturating_duration_since(Instant::now()),
            };
            // A signal is no reason to stop waiting; after any other failure of event handling only an end helps.
            match self.handle_events(left.min(LONG)) {
                Err(error) if error.status != Status::Interrupted => self.cancel(),
                _ => {}
            }
            if left == Duration::from_secs(0) {
                return self.completion();
            }
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        // SAFETY: either it was never submitted, or its callback has run: until then the callback owns a reference.
        unsafe { ffi::libusb_free_transfer(self.raw) };
    }
}
