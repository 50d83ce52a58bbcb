//! A program's transfers: submitted, and cancelled.

use crate::abi::*;
use crate::boundary::guard;
use crate::completion::Done;
use crate::context::{lock, Context};
use crate::flights::{Flight, Owner, Shape};
use crate::handle::{self, Handle};
use crate::log;
use crate::status;
use crate::transfer_memory::{packet, Private};
use std::os::raw::c_int;
use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::Duration;
use usbx::tool::{
    blocks, is_tracked, with_buffer, Buffer, Direction, Endpoint, Error, Extras, Packets, Request, SetupPacket, Status,
    TransferType,
};

pub const SETUP: usize = 8;
/// libusb's limit, from a kernel that had it. A model that lets more through would pass what real devices never see.
pub const LONGEST_CONTROL: usize = 4096;

/// What to move, for a program's transfer or for a blocking call.
pub struct Wish {
    pub kind: u8,
    pub endpoint: u8,
    pub flags: u8,
    pub stream: u32,
    pub timeout: u32,
    pub buffer: *mut u8,
    pub length: usize,
    pub packets: Vec<u32>,
}

impl Wish {
    /// `None` if another one cannot be started in its place.
    fn shape(&self) -> Option<Shape> {
        let Wish { kind, endpoint, flags, stream, timeout, length, .. } = *self;
        let is_bulk = matches!(kind, TYPE_BULK | TYPE_INTERRUPT | TYPE_BULK_STREAM) && length > 0;
        is_bulk.then_some(Shape { kind, endpoint, flags: flags & ADD_ZERO_PACKET, stream, timeout, length })
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_submit_transfer(transfer: *mut libusb_transfer) -> c_int {
    guard("libusb_submit_transfer", ERROR_OTHER, || {
        if transfer.is_null() {
            return ERROR_INVALID_PARAM;
        }
        // SAFETY: the program's transfer, which it leaves alone during the call.
        let (private, asked) = unsafe { (Private::of(transfer), &*transfer) };
        if !private.is_marked() {
            log::error("libusb_submit_transfer", "it is not from libusb_alloc_transfer");
            return ERROR_INVALID_PARAM;
        }
        let handle = or_return!(handle::wanted(asked.dev_handle, "libusb_submit_transfer"), ERROR_NO_DEVICE);
        let length = or_return!(usize::try_from(asked.length).ok(), ERROR_INVALID_PARAM);
        let longest = if asked.r#type == TYPE_CONTROL { SETUP + LONGEST_CONTROL } else { usize::MAX };
        if asked.r#type > TYPE_BULK_STREAM || length > longest {
            return ERROR_INVALID_PARAM;
        }
        let mut packets = Vec::new();
        if asked.r#type == TYPE_ISOCHRONOUS {
            let count = usize::try_from(asked.num_iso_packets).unwrap_or(0);
            if count == 0 || count > private.packets() {
                return ERROR_INVALID_PARAM;
            }
            // SAFETY: there is room for so many behind the transfer.
            packets.extend((0..count).map(|at| unsafe { (*packet(transfer, at)).length }));
        }
        let wish = Wish {
            kind: asked.r#type,
            endpoint: asked.endpoint,
            flags: asked.flags,
            stream: private.stream.load(Ordering::Relaxed),
            timeout: asked.timeout,
            buffer: asked.buffer,
            length,
            packets,
        };
        let number = handle.context.number();
        if private.flight.compare_exchange(0, number, Ordering::SeqCst, Ordering::SeqCst).is_err() {
            return ERROR_BUSY;
        }
        // SAFETY: the program keeps buffer and transfer until the callback.
        let code = unsafe { submit(&handle, number, &wish, Owner::Program(transfer as usize)) };
        if code != SUCCESS {
            private.flight.store(0, Ordering::SeqCst);
        }
        code
    })
}

/// # Safety
/// The buffer is valid until the owner is told.
pub unsafe fn submit(handle: &Arc<Handle>, number: u64, wish: &Wish, owner: Owner) -> c_int {
    // SAFETY: this function's own contract.
    let submitted = unsafe { start(handle, number, wish, owner) };
    match submitted {
        Ok(()) => SUCCESS,
        Err(error) => {
            let level = if error.status == Status::NoDevice { log::DEBUG } else { log::ERROR };
            log::failure(Some(&handle.context), level, "libusb_submit_transfer", &error);
            match error.status {
                Status::NoDevice | Status::Closed => ERROR_NO_DEVICE,
                Status::NoMem => ERROR_NO_MEM,
                Status::InvalidParam if wish.kind == TYPE_ISOCHRONOUS => ERROR_INVALID_PARAM,
                _ => ERROR_IO,
            }
        }
    }
}

/// # Safety
/// As of `submit`.
unsafe fn start(handle: &Arc<Handle>, number: u64, wish: &Wish, owner: Owner) -> Result<(), Error> {
    if handle.is_the_parents() {
        return Err(Error::new(Status::NoDevice, "the process that this one was forked from has it open"));
    }
    let context = &handle.context;
    let timeout = (wish.timeout != 0).then(|| Duration::from_millis(wish.timeout.into()));
    let shape = wish.shape();
    if let (Owner::Program(transfer), Some(shape)) = (&owner, shape) {
        let cancels = context.cancels.load(Ordering::SeqCst);
        let (start, length) = (wish.buffer, wish.length);
        let find = |flight: &mut Flight| {
            // SAFETY: this function's own contract.
            unsafe {
                blocks::find_again(&mut flight.block, start, length).unwrap_or_else(|| Buffer::new(start, length))
            }
        };
        if let Some((again, buffer)) = context.flights.begin_again(*transfer, handle, shape, number, find) {
            let started = context.queue.submit_again(again, buffer, timeout, number);
            if begun(context, number, cancels, started).is_ok() {
                return Ok(());
            }
        }
    }
    // SAFETY: the buffer holds the setup packet and the data, by this function's contract.
    let prepared = unsafe { prepare(handle, wish) }?;
    let Prepared { request, at, length, packets, mut scratch } = prepared;
    let start = scratch.as_mut().map_or_else(|| wish.buffer.wrapping_add(at), |scratch| scratch.as_mut_ptr());
    let block = blocks::Last::default();
    let flight = Flight { handle: Arc::clone(handle), cancelled: false, owner, shape, packets, scratch, block };
    let cancels = context.cancels.load(Ordering::SeqCst);
    context.flights.begin(number, Box::new(flight));
    let start = || {
        if let Request::Control(setup) = &request {
            if is_tracked(setup) {
                // SAFETY: this function's own contract.
                unsafe { at_once(handle, *setup, start, length, wish.timeout, number) };
                return Ok(());
            }
        }
        let once = || {
            // SAFETY: this function's own contract; a Buffer that was refused is gone.
            let buffer = unsafe { blocks::find(start, length).unwrap_or_else(|| Buffer::new(start, length)) };
            context.queue.submit(&handle.device, &request, buffer, None, timeout, number)
        };
        handle.claiming(request_place(&request), once).map(|_| ())
    };
    begun(context, number, cancels, start())
}

/// Of what was noted as under way before it was started, and before that `cancels` cancels.
#[inline]
fn begun(context: &Context, number: u64, cancels: usize, started: Result<(), Error>) -> Result<(), Error> {
    match started {
        // Another thread may have cancelled it before the queue had it.
        Ok(()) if context.cancels.load(Ordering::SeqCst) != cancels && context.flights.is_cancelled(number) => {
            let _ = context.queue.cancel_user_data(number);
        }
        Ok(()) => {}
        Err(_) => context.flights.forget(number),
    }
    started
}

/// A request that changes what the library keeps is made at once, and its callback comes with the next events.
///
/// # Safety
/// The data are valid for `length` bytes.
unsafe fn at_once(handle: &Arc<Handle>, setup: SetupPacket, data: *mut u8, length: usize, timeout: u32, number: u64) {
    let data: &mut [u8] = match length {
        0 => &mut [],
        // SAFETY: this function's own contract.
        _ => unsafe { std::slice::from_raw_parts_mut(data, length) },
    };
    let outcome = with_buffer(data, |buffer| handle.device.control(setup, buffer, timeout.min(u32::MAX - 1)));
    let result = outcome.result.map_err(|error| match error.status {
        Status::NoDevice | Status::Timeout | Status::Io => error.status,
        _ => Status::Pipe,
    });
    lock(&handle.context.done).push_back(Done { number, result, transferred: outcome.transferred, again: None });
    handle.context.wake.set();
}

/// Room for a read of nothing.
type Scratch = Option<Box<[u8]>>;

struct Prepared {
    request: Request,
    /// Where the data begin in the buffer.
    at: usize,
    length: usize,
    packets: Option<Arc<Packets>>,
    scratch: Scratch,
}

/// # Safety
/// The buffer of a control transfer is valid for reading.
unsafe fn prepare(handle: &Arc<Handle>, wish: &Wish) -> Result<Prepared, Error> {
    let way = if wish.endpoint & 0x80 != 0 { Direction::In } else { Direction::Out };
    if wish.buffer.is_null() && wish.length > 0 {
        return Err(Error::new(Status::Io, "the buffer is NULL"));
    }
    match wish.kind {
        TYPE_CONTROL => {
            if wish.length < SETUP {
                return Err(Error::new(Status::Io, "the buffer has no room for a setup packet"));
            }
            // SAFETY: so long is the buffer.
            let setup = setup_packet(unsafe { std::slice::from_raw_parts(wish.buffer, SETUP) });
            let length = usize::from(setup.length);
            if SETUP + length > wish.length {
                return Err(Error::new(Status::Io, "the buffer is shorter than the setup packet and wLength"));
            }
            Ok(Prepared { request: Request::Control(setup), at: SETUP, length, packets: None, scratch: None })
        }
        TYPE_ISOCHRONOUS => {
            let packets = Arc::new(Packets::new(wish.packets.clone())?);
            let length = packets.total();
            if length > wish.length {
                return Err(Error::invalid("the packets are longer than the buffer"));
            }
            let request = Request::Isochronous { way, address: wish.endpoint, packets: Arc::clone(&packets) };
            Ok(Prepared { request, at: 0, length, packets: Some(packets), scratch: None })
        }
        TYPE_BULK | TYPE_INTERRUPT | TYPE_BULK_STREAM => {
            let endpoint = handle.endpoint(wish.endpoint)?;
            let (request, scratch) = endpoint_request(&endpoint, wish, way)?;
            let length = scratch.as_ref().map_or(wish.length, |scratch| scratch.len());
            Ok(Prepared { request, at: 0, length, packets: None, scratch })
        }
        other => Err(Error::invalid(format!("there is no type {other} of transfers"))),
    }
}

/// Whether the system takes a transfer of this kind for the endpoint: bulk transfers go to interrupt endpoints too.
pub fn suits(kind: u8, transfer_type: TransferType) -> bool {
    match transfer_type {
        TransferType::Bulk => matches!(kind, TYPE_BULK | TYPE_BULK_STREAM),
        TransferType::Interrupt => matches!(kind, TYPE_BULK | TYPE_INTERRUPT),
        _ => false,
    }
}

/// A read of nothing waits for an empty packet.
fn endpoint_request(endpoint: &Endpoint, wish: &Wish, way: Direction) -> Result<(Request, Scratch), Error> {
    let transfer_type = endpoint.transfer_type;
    if !suits(wish.kind, transfer_type) {
        return Err(Error::new(Status::Io, format!("endpoint 0x{:02x} is {}", endpoint.address, transfer_type.name())));
    }
    let stream = if wish.kind == TYPE_BULK_STREAM { wish.stream } else { 0 };
    let stream = u16::try_from(stream).map_err(|_| Error::new(Status::Io, "there is no such stream"))?;
    let zero_packet = wish.flags & ADD_ZERO_PACKET != 0 && way == Direction::Out;
    let extras = Extras { zero_packet, stream };
    let room = (way == Direction::In && wish.length == 0)
        .then(|| vec![0; endpoint.max_packet_size.max(1).into()].into_boxed_slice());
    Ok((Request::Endpoint { transfer_type, way, address: wish.endpoint, extras }, room))
}

pub fn setup_packet(bytes: &[u8]) -> SetupPacket {
    let word = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
    SetupPacket { request_type: bytes[0], request: bytes[1], value: word(2), index: word(4), length: word(6) }
}

/// What a request needs a claim of.
#[derive(Clone, Copy)]
pub enum Place {
    Device,
    Interface(u8),
    Endpoint(u8),
}

pub fn request_place(request: &Request) -> Place {
    match request {
        Request::Control(setup) => control_place(setup),
        other => Place::Endpoint(other.address()),
    }
}

pub fn control_place(setup: &SetupPacket) -> Place {
    match setup.request_type & 0x1f {
        1 => Place::Interface(setup.index as u8),
        2 => Place::Endpoint(setup.index as u8),
        _ => Place::Device,
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_cancel_transfer(transfer: *mut libusb_transfer) -> c_int {
    guard("libusb_cancel_transfer", ERROR_OTHER, || {
        if transfer.is_null() {
            return ERROR_INVALID_PARAM;
        }
        // SAFETY: the program's transfer.
        let private = unsafe { Private::of(transfer) };
        if !private.is_marked() {
            log::error("libusb_cancel_transfer", "it is not from libusb_alloc_transfer, or was freed before");
            return ERROR_NOT_FOUND;
        }
        let number = private.flight.load(Ordering::SeqCst);
        // SAFETY: as above.
        let handle = handle::get(unsafe { (*transfer).dev_handle });
        let handle = or_return!(handle.filter(|_| number != 0), ERROR_NOT_FOUND);
        cancel(&handle.context, number)
    })
}

pub fn cancel(context: &Arc<Context>, number: u64) -> c_int {
    if !context.flights.cancel(number) {
        return ERROR_NOT_FOUND;
    }
    // One that the queue has not got yet is cancelled when it has it.
    context.cancels.fetch_add(1, Ordering::SeqCst);
    match context.queue.cancel_user_data(number) {
        Ok(()) => SUCCESS,
        Err(error) => status::logged("libusb_cancel_transfer", &error),
    }
}
