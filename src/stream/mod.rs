//! Continuous data: many transfers in flight on one endpoint, submitted again as the reader or writer keeps up. A stream is a
//! user of a completion queue of its own, and like that has no thread: a reader that is late leaves the device waiting.

mod input;
mod output;

use crate::descriptor::{Endpoint, Kind};
use crate::device::{Device, Request};
use crate::error::{Error, Result, Status};
use crate::ffi::{Memory, USBX_SPEED_FULL, USBX_SPEED_LOW};
use crate::queue::{Completed, Queue};
use crate::sync::{self, lock};
use std::collections::VecDeque;
use std::os::unix::io::RawFd;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

pub use input::Chunk;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MemoryKind {
    /// Whatever is faster here.
    #[default]
    Auto,
    Heap,
    Mapped,
}

/// What a caller asks for; 0 leaves it to the library.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    pub size: usize,
    pub depth: usize,
    pub memory: MemoryKind,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    pub bytes: u64,
    pub transfers: u64,
    pub short_packets: u64,
    pub stalls: u64,
    pub overflows: u64,
    pub other_errors: u64,
    pub device_waits: u64,
    pub deepest_backlog: u64,
    pub depth: u64,
    pub size: u64,
    pub mapped: bool,
}

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub enum Wait {
    Forever,
    Until(Instant),
    /// Only what is there.
    Not,
}

impl Wait {
    pub fn deadline(self) -> Option<Instant> {
        match self {
            Wait::Forever => None,
            Wait::Until(deadline) => Some(deadline),
            Wait::Not => Some(Instant::now()),
        }
    }
}

pub struct Stream {
    device: Arc<Device>,
    address: u8,
    kind: Kind,
    queue: Arc<Queue>,
    size: usize,
    /// `None` while a call has it.
    inner: Mutex<Option<Inner>>,
    returned: Condvar,
    stats: Mutex<Stats>,
}

/// What one call at a time works with.
struct Inner {
    slots: Vec<Arc<Memory>>,
    /// Slots that no transfer has: to be submitted (IN), or to be filled (OUT).
    free: VecDeque<usize>,
    in_flight: usize,
    /// IN: what has come and was not taken.
    ready: VecDeque<Chunk>,
    /// IN: the slot whose bytes the caller looks at; OUT: the slot being filled.
    current: Option<Current>,
    sequence: u64,
    /// Why there is no more: told when all that moved was delivered.
    ended: Option<Status>,
    started: bool,
    /// IN: what is in flight is cancelled for the sake of what it has got.
    harvesting: bool,
}

struct Current {
    chunk: Chunk,
    /// Bytes read, or filled.
    at: usize,
}

impl Stream {
    pub fn open(device: Arc<Device>, address: u8, options: Options) -> Result<Arc<Stream>> {
        let open = || {
            let endpoint = device.stream_endpoint(address)?;
            let (size, depth) = dimensions(&endpoint, device.info().speed, &options)?;
            let slots = allocate(&device, size, depth, options.memory)?;
            let mapped = slots[0].is_mapped();
            let inner = Inner {
                free: (0..depth).collect(),
                slots,
                in_flight: 0,
                ready: VecDeque::new(),
                current: None,
                sequence: 0,
                ended: None,
                started: false,
                harvesting: false,
            };
            let stats = Stats { depth: depth as u64, size: size as u64, mapped, ..Stats::default() };
            let stream = Stream {
                device: Arc::clone(&device),
                address,
                kind: endpoint.kind,
                queue: Queue::new()?,
                size,
                inner: Mutex::new(None),
                returned: Condvar::new(),
                stats: Mutex::new(stats),
            };
            let mut inner = inner;
            if stream.is_input() {
                stream.fill_up(&mut inner)?;
            }
            *lock(&stream.inner) = Some(inner);
            Ok(Arc::new(stream))
        };
        open().map_err(|error: Error| error.during(format!("open a stream on endpoint 0x{address:02x} of {device}")))
    }

    fn is_input(&self) -> bool {
        self.address & 0x80 != 0
    }

    pub fn descriptor(&self) -> RawFd {
        self.queue.descriptor()
    }

    pub fn stats(&self) -> Stats {
        *lock(&self.stats)
    }

    /// Ends every call and every transfer; when it returns, no memory of the stream is in use.
    pub fn close(&self) {
        self.queue.close();
        let mut inner = lock(&self.inner);
        while inner.is_none() {
            inner = sync::wait(&self.returned, inner, None);
        }
        *inner = Some(Inner::over());
    }

    /// Runs one call at a time; another waits for its turn until its own deadline.
    fn turn<T>(&self, deadline: Option<Instant>, call: impl FnOnce(&mut Inner) -> Result<T>) -> Result<T> {
        let mut place = lock(&self.inner);
        let inner = loop {
            if let Some(inner) = place.take() {
                break inner;
            }
            if matches!(deadline, Some(deadline) if deadline <= Instant::now()) {
                return Err(Error::new(Status::Timeout, "another thread is using the stream").during(self.place()));
            }
            place = sync::wait(&self.returned, place, deadline);
        };
        drop(place);
        let mut turn = Turn { stream: self, inner: Some(inner) };
        let result = turn.inner.as_mut().map_or_else(|| Err(Error::new(Status::Internal, "no turn")), call);
        drop(turn);
        result.map_err(|error| error.during(self.place()))
    }

    fn place(&self) -> String {
        format!("stream on endpoint 0x{:02x} of {}", self.address, self.device)
    }

    /// Starts a transfer of a slot's first `length` bytes; false if the system has no memory for one more.
    fn start(&self, inner: &mut Inner, slot: usize, length: usize) -> Result<bool> {
        let buffer = inner.slots[slot].lend(length);
        let buffer = buffer.ok_or_else(|| Error::new(Status::Internal, "a slot of the stream is in use twice"))?;
        let request = Request::Endpoint { kind: self.kind, address: self.address };
        match self.queue.submit(&self.device, &request, buffer, None, None, slot as u64) {
            Ok(_) => {
                inner.in_flight += 1;
                Ok(true)
            }
            // The system's share for USB is used up: go on with what is in flight.
            Err(error) if error.status == Status::NoMem && inner.in_flight > 0 => Ok(false),
            Err(error) => {
                inner.ended = inner.ended.or(Some(error.status));
                Err(error)
            }
        }
    }

    /// Waits for completions; none if the time is up first.
    fn completions(&self, inner: &mut Inner, deadline: Option<Instant>) -> Result<Vec<Completed>> {
        let completed = self.queue.wait(inner.slots.len().max(1), deadline)?;
        let mut stats = lock(&self.stats);
        for one in &completed {
            inner.in_flight -= 1;
            stats.bytes += one.transferred as u64;
            stats.transfers += 1;
            stats.short_packets += u64::from(self.is_input() && one.result.is_ok() && one.transferred < self.size);
            match one.result {
                Ok(()) | Err(Status::Cancelled | Status::Closed | Status::NoDevice) => {}
                Err(Status::Pipe) => stats.stalls += 1,
                Err(Status::Overflow) => stats.overflows += 1,
                Err(_) => stats.other_errors += 1,
            }
        }
        drop(stats);
        let expected = |status: &Status| inner.harvesting && *status == Status::Cancelled;
        let failed = completed.iter().filter_map(|one| one.result.err()).find(|status| !expected(status));
        if let (Some(status), None) = (failed, inner.ended) {
            inner.ended = Some(status);
            // Nothing goes on behind a failure. What the others have got until now still comes.
            self.queue.cancel(0)?;
        }
        Ok(completed)
    }

    fn over(&self, status: Status) -> Error {
        let reason = match status {
            Status::Pipe => "the endpoint is halted; call usbx_clear_halt and open the stream anew",
            Status::NoDevice => "the device was unplugged; plug it in and open it again",
            Status::Closed => "the stream or its device was closed",
            Status::NotClaimed => "its interface is not claimed any more",
            Status::InvalidParam => "its endpoint is not there any more",
            Status::Cancelled => {
                "its transfers were cancelled (usbx_cancel, or a change of claim, setting or configuration)"
            }
            Status::Overflow => "the device sent a packet larger than the endpoint's packet size",
            _ => "a transfer failed on the bus; check cable and hub, and open the stream anew",
        };
        Error::new(status, reason)
    }
}

/// A call's time with the stream: over in any case, or everybody else would wait for ever.
struct Turn<'a> {
    stream: &'a Stream,
    inner: Option<Inner>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let waits = self.stream.is_input() && self.inner.as_ref().is_some_and(Inner::has_something);
        self.stream.queue.hold(waits);
        *lock(&self.stream.inner) = self.inner.take();
        self.stream.returned.notify_all();
    }
}

impl Inner {
    /// Whether the next call has something to deliver at once.
    fn has_something(&self) -> bool {
        let rest = self.current.as_ref().is_some_and(|current| current.at < current.chunk.length);
        rest || !self.ready.is_empty() || self.ended.is_some()
    }

    /// Of a closed stream.
    fn over() -> Inner {
        Inner {
            slots: Vec::new(),
            free: VecDeque::new(),
            in_flight: 0,
            ready: VecDeque::new(),
            current: None,
            sequence: 0,
            ended: Some(Status::Closed),
            started: false,
            harvesting: false,
        }
    }
}

/// Bytes of a transfer and number of transfers.
fn dimensions(endpoint: &Endpoint, speed: u8, options: &Options) -> Result<(usize, usize)> {
    let packet = usize::from(endpoint.max_packet_size);
    let slow = matches!(speed, USBX_SPEED_LOW | USBX_SPEED_FULL);
    let (size, depth) = match endpoint.kind {
        Kind::Bulk => (if slow { 4 << 10 } else { 64 << 10 }, 8),
        // A report a transfer: each is delivered when it comes.
        Kind::Interrupt => (endpoint.max_bytes_per_interval as usize, 16),
        Kind::Isochronous => return Err(Error::new(Status::NotSupported, "isochronous streams are not supported yet")),
        Kind::Control => return Err(Error::invalid("a control endpoint has no stream")),
    };
    if packet == 0 {
        return Err(Error::invalid("its packet size is 0: it can move nothing in this alternate setting"));
    }
    let size = match options.size {
        0 => size.div_ceil(packet) * packet,
        size if size % packet == 0 && size <= 16 << 20 => size,
        size => {
            let reason = format!("a transfer size of {size} is no multiple of the packet size, {packet}, up to 16 MiB");
            return Err(Error::invalid(reason));
        }
    };
    match options.depth {
        0 => Ok((size, depth)),
        depth if depth <= 1024 => Ok((size, depth)),
        depth => Err(Error::invalid(format!("{depth} transfers in flight; 1024 are the limit"))),
    }
}

fn allocate(device: &Device, size: usize, depth: usize, kind: MemoryKind) -> Result<Vec<Arc<Memory>>> {
    let heap = || (0..depth).map(|_| Memory::heap(size)).collect::<Result<Vec<_>>>();
    if kind == MemoryKind::Heap {
        return heap();
    }
    let mapped: Option<Vec<Arc<Memory>>> = (0..depth).map(|_| device.memory(size)).collect();
    match mapped {
        Some(mapped) if kind == MemoryKind::Mapped || reads_as_fast(&mapped[0], size) => Ok(mapped),
        None if kind == MemoryKind::Mapped => Err(Error::new(
            Status::NotSupported,
            "this device or system has no mapped memory for transfers; use the heap",
        )),
        _ => heap(),
    }
}

/// On some machines mapped memory is uncached, and reading it costs more than the copy that it saves.
fn reads_as_fast(mapped: &Arc<Memory>, size: usize) -> bool {
    let heap = match Memory::heap(size) {
        Ok(heap) => heap,
        Err(_) => return true,
    };
    let time = |memory: &Arc<Memory>| {
        let read = |bytes: &mut [u8]| {
            let start = Instant::now();
            std::hint::black_box(bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)));
            start.elapsed()
        };
        // The first look brings the pages in.
        memory.access(|bytes| (0..3).map(|_| read(&mut *bytes)).min()).flatten()
    };
    matches!((time(mapped), time(&heap)), (Some(mapped), Some(heap)) if mapped <= heap * 4)
}
