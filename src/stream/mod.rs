//! Continuous data: many transfers in flight on one endpoint, submitted again as the reader or writer keeps up. A stream has
//! its own inbox and, like that, no thread: a reader that is late leaves the device waiting.

mod input;
mod isochronous;
mod output;
mod packet_table;
mod slot;
mod statistics;
mod tuning;

#[cfg(all(test, not(loom)))]
mod tests;

use crate::bus::Completion;
use crate::completion::{Completed, Counter, End, EventSource, Inbox, Woken};
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::sync::{self, lock, Condvar, Mutex};
use crate::sys::{Deadline, RawDescriptor, Timestamp, Wait};
use crate::usb::{Endpoint, TransferType};
use isochronous::Clock;
use slot::Slot;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

pub use input::Chunk;
pub use packet_table::PacketTable;
pub use statistics::Stats;
pub use tuning::{MemoryKind, Options};

/// How long opening waits for another thread's change of the endpoint, as submitting to a queue does.
const BRIEF: Duration = Duration::from_millis(50);

pub struct Stream {
    device: Arc<Device>,
    address: u8,
    interface: u8,
    transfer_type: TransferType,
    inbox: Arc<Inbox>,
    /// Bytes of a transfer, and of a packet of an isochronous one.
    size: usize,
    packet: usize,
    zero_packet: bool,
    keep_going: bool,
    inner: Mutex<Place>,
    returned: Condvar,
    stats: Mutex<Stats>,
}

#[derive(Default)]
struct Place {
    /// `None` while a call has it.
    inner: Option<Box<Inner>>,
    /// Threads that wait for it to return.
    waiters: usize,
}

/// What one call at a time works with.
#[derive(Default)]
struct Inner {
    slots: Vec<Slot>,
    counter: Option<Arc<Counter>>,
    /// Slots that no transfer has: to be submitted (IN), or to be filled (OUT).
    free: VecDeque<usize>,
    /// Slots that a transfer has, in the order of their submission.
    in_flight: VecDeque<usize>,
    /// How many there may be at once: the system has no memory for more.
    most: usize,
    /// IN: what has come and was not taken.
    ready: VecDeque<Chunk>,
    /// IN: the slot whose bytes the caller looks at; OUT: the slot being filled.
    current: Option<Current>,
    sequence: u64,
    /// Why there is no more: reported when all that moved was delivered.
    ended: Option<Status>,
    started: bool,
    /// The endpoint was right for it once.
    opened: bool,
    /// IN: the slot whose transfer is cancelled for the sake of what it has got.
    taken_early: Option<usize>,
    /// OUT: how much of the slot being filled the caller may fill itself.
    lent: usize,
    /// OUT: bytes written since the last flush.
    unflushed: u64,
    clock: Option<Clock>,
    /// Used by each wait anew.
    completions: Vec<Completed>,
}

struct Current {
    chunk: Chunk,
    /// Bytes read, or filled.
    at: usize,
}

/// A transfer of the stream that is complete, judged.
struct Ended {
    slot: usize,
    completion: Completion,
    at: Timestamp,
    /// It was cancelled for the sake of what it has got.
    taken_early: bool,
}

impl Stream {
    pub fn open(device: Arc<Device>, address: u8, options: Options) -> Result<Arc<Stream>> {
        let open = || {
            let endpoint = device.stream_endpoint(address)?;
            check_flags(&endpoint, &options)?;
            let (size, depth) = tuning::dimensions(&endpoint, device.info().speed, &options, device.round_trip())?;
            let memories = tuning::allocate(&device, address, size, depth, options.memory)?;
            let mapped = memories[0].is_mapped();
            let packet = tuning::unit(&endpoint);
            let slots =
                memories.into_iter().map(|memory| Slot::new(memory, &endpoint, size / packet, options.packet_table));
            let slots = slots.collect::<Result<Vec<_>>>()?;
            let clock = Clock::of(&endpoint, device.info().speed, size / packet);
            let mut inner =
                Box::new(Inner { free: (0..depth).collect(), slots, clock, most: depth, ..Inner::default() });
            let stats = Stats { depth: depth as u64, size: size as u64, mapped, ..Stats::default() };
            let stream = Stream {
                device: Arc::clone(&device),
                address,
                interface: endpoint.interface,
                transfer_type: endpoint.transfer_type,
                inbox: Inbox::new()?,
                size,
                packet,
                zero_packet: options.zero_packet,
                keep_going: options.keep_going,
                inner: Mutex::default(),
                returned: Condvar::new(),
                stats: Mutex::new(stats),
            };
            let begin = |inner: &mut Inner| {
                stream.inbox.make_room(depth)?;
                if options.exact_time {
                    stream.inbox.start_thread(&(Arc::clone(&device) as Arc<dyn EventSource>))?;
                }
                if stream.is_input() {
                    let busy = |error: Error| match error.status {
                        // A cancel is not for this stream, which has not begun.
                        Status::Timeout | Status::Cancelled => error.with_status(Status::Busy),
                        _ => error,
                    };
                    stream.fill_up(inner, &mut Deadline::new(Wait::For(BRIEF))).map_err(busy)?;
                }
                Ok(())
            };
            if let Err(error) = begin(&mut inner) {
                stream.leave(&inner);
                stream.inbox.clear();
                return Err(error);
            }
            inner.opened = true;
            lock(&stream.inner).inner = Some(inner);
            Ok(Arc::new(stream))
        };
        open().map_err(|error: Error| error.during(format!("open a stream on endpoint 0x{address:02x} of {device}")))
    }

    fn is_input(&self) -> bool {
        self.address & 0x80 != 0
    }

    pub fn descriptor(&self) -> Result<RawDescriptor> {
        // With the place locked, so that a call that is inside now, and leaves something, knows of it.
        let place = lock(&self.inner);
        let descriptor = self.inbox.descriptor()?;
        if let Some(inner) = &place.inner {
            self.inbox.hold(self.is_input() && inner.has_something());
        }
        Ok(descriptor)
    }

    pub fn stats(&self) -> Stats {
        *lock(&self.stats)
    }

    /// Ends every call and every transfer; when it returns, no memory of the stream is in use.
    pub fn close(&self) {
        self.inbox.close();
        let mut place = lock(&self.inner);
        while place.inner.is_none() {
            place.waiters += 1;
            place = sync::wait(&self.returned, place, None);
            place.waiters -= 1;
        }
        let inner = place.inner.replace(Box::new(Inner { ended: Some(Status::Closed), ..Inner::default() }));
        drop(place);
        inner.iter().for_each(|inner| self.leave(inner));
        self.inbox.clear();
    }

    /// Ends what is in flight, and removes it from the device's list.
    fn leave(&self, inner: &Inner) {
        self.cancel(inner);
        let pending = inner.slots.iter().filter_map(|slot| slot.pending.as_ref());
        pending.for_each(|pending| self.device.end(pending, End::Cancel));
    }

    /// Runs one call at a time; another waits for its turn until its own deadline.
    fn turn<T>(&self, deadline: &mut Deadline, call: impl FnOnce(&mut Inner, &mut Deadline) -> Result<T>) -> Result<T> {
        let mut place = lock(&self.inner);
        let inner = loop {
            if let Some(inner) = place.inner.take() {
                break inner;
            }
            if deadline.is_over() {
                return Err(Error::new(Status::Timeout, "another thread is using the stream").during(self.place()));
            }
            place.waiters += 1;
            place = sync::wait(&self.returned, place, deadline.instant());
            place.waiters -= 1;
        };
        drop(place);
        let mut turn = Turn { stream: self, inner: Some(inner) };
        let result = match turn.inner.as_deref_mut() {
            Some(inner) => call(inner, deadline),
            None => Err(Error::new(Status::Internal, "no turn")),
        };
        drop(turn);
        result.map_err(|error| error.during(self.place()))
    }

    fn place(&self) -> String {
        format!("stream on endpoint 0x{:02x} of {}", self.address, self.device)
    }

    /// Waits for completions; none if the time is up first.
    fn completions(&self, inner: &mut Inner, deadline: &mut Deadline) -> Result<Vec<Ended>> {
        let mut completions = std::mem::take(&mut inner.completions);
        let most = inner.slots.len().max(1);
        while completions.is_empty() {
            if self.inbox.wait(most, deadline, &mut completions)? == Woken::TimeIsUp {
                break;
            }
        }
        self.take_note(inner, completions)
    }

    /// The completions there are.
    fn completions_now(&self, inner: &mut Inner) -> Result<Vec<Ended>> {
        let mut completions = std::mem::take(&mut inner.completions);
        self.inbox.look(&*self.device, inner.slots.len().max(1), &mut completions)?;
        self.take_note(inner, completions)
    }

    fn take_note(&self, inner: &mut Inner, mut completions: Vec<Completed>) -> Result<Vec<Ended>> {
        let ended: Vec<Ended> = completions.drain(..).map(|completed| self.judge(inner, completed)).collect();
        inner.completions = completions;
        for one in &ended {
            // The first one, unless some were cancelled.
            if let Some(at) = inner.in_flight.iter().position(|slot| *slot == one.slot) {
                inner.in_flight.remove(at);
            }
        }
        let mut stats = lock(&self.stats);
        let full = (self.is_input() && self.transfer_type != TransferType::Isochronous).then_some(self.size);
        ended.iter().for_each(|one| stats.count(one, full));
        drop(stats);
        let failed = ended.iter().find_map(|one| one.completion.result.err().filter(|status| !self.goes_on(*status)));
        if let (Some(status), None) = (failed, inner.ended) {
            inner.ended = Some(status);
            // Nothing goes on after a failure. What the others have got until now still comes.
            self.cancel(inner);
        }
        Ok(ended)
    }

    /// Whether the stream carries on after a transfer that ended so.
    fn goes_on(&self, status: Status) -> bool {
        self.keep_going && matches!(status, Status::Io | Status::Overflow)
    }

    /// What a completion means: one that was cancelled for the sake of what it has got is as good as any.
    fn judge(&self, inner: &Inner, completed: Completed) -> Ended {
        let Completed { id, completion, at } = completed;
        let slot = id as usize;
        let (mut completion, mut taken_early) = (completion, false);
        if let Some(pending) = &inner.slots[slot].pending {
            let cancelled = completion.result == Err(Status::Cancelled) && pending.ended().is_none();
            taken_early = cancelled && inner.taken_early == Some(slot);
            completion =
                if taken_early { Completion { result: Ok(()), ..completion } } else { pending.judge(completion) };
        }
        if completion.result == Err(Status::Io) && !self.keep_going && self.device.gone() {
            completion.result = Err(Status::NoDevice);
        }
        Ended { slot, completion, at, taken_early }
    }

    /// Tells all transfers to end, the newest first, so that none gets data that would be another's.
    fn cancel(&self, inner: &Inner) {
        let pending = inner.in_flight.iter().rev().filter_map(|slot| inner.slots[*slot].pending.as_ref());
        pending.for_each(|pending| self.device.cancel_one(pending, Some(End::Cancel)));
    }

    fn over(&self, status: Status) -> Error {
        // An error on the bus may have been the first sign of an unplugging that is known by now.
        let status = if status == Status::Io && self.device.gone() { Status::NoDevice } else { status };
        if let Some(reason) = self.device.explanation(self.address, status) {
            return Error::new(status, reason);
        }
        let reason = match status {
            Status::Pipe => "the endpoint is halted; call usbx_clear_halt and open the stream anew",
            Status::NoDevice => "the device was unplugged; plug it in and open it again",
            Status::Closed => "the stream or its device was closed",
            Status::NotClaimed => "its interface is not claimed any more",
            Status::Cancelled => {
                "its transfers were cancelled (usbx_cancel, or a change of claim, setting or configuration)"
            }
            Status::Overflow => "the device sent a packet larger than the endpoint's packet size",
            Status::NoMem => {
                "the system has no memory for its transfers; usbcore's parameter usbfs_memory_mb limits them"
            }
            _ => "a transfer failed on the bus; check cable and hub, and open the stream anew",
        };
        Error::new(status, reason)
    }
}

/// Whether the endpoint can do what the flags ask for.
fn check_flags(endpoint: &Endpoint, options: &Options) -> Result<()> {
    let reads = endpoint.address & 0x80 != 0;
    if options.zero_packet && (reads || endpoint.transfer_type == TransferType::Isochronous) {
        return Err(Error::invalid("USBX_STREAM_ZERO_PACKET is for bulk and interrupt OUT endpoints"));
    }
    if options.keep_going && !reads {
        return Err(Error::invalid(
            "USBX_STREAM_KEEP_GOING is for IN endpoints: an OUT stream must report what was not sent",
        ));
    }
    Ok(())
}

/// A call's time with the stream: over in any case, or all other calls would wait forever.
struct Turn<'a> {
    stream: &'a Stream,
    inner: Option<Box<Inner>>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let waits = self.stream.is_input() && self.inner.as_ref().is_some_and(|inner| inner.has_something());
        let mut place = lock(&self.stream.inner);
        self.stream.inbox.hold(waits);
        place.inner = self.inner.take();
        if place.waiters > 0 {
            self.stream.returned.notify_all();
        }
    }
}

impl Inner {
    /// Whether the next call has something to deliver at once.
    fn has_something(&self) -> bool {
        let rest = self.current.as_ref().is_some_and(|current| current.at < current.chunk.length);
        // With nothing in flight, what the caller holds has to come back before anything else can come.
        let untold = self.current.as_ref().is_some_and(|current| current.chunk.result.is_err());
        rest || untold || !self.ready.is_empty() || self.ended.is_some() || self.in_flight.is_empty()
    }
}
