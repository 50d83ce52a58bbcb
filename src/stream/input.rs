//! Streams from the device.

use super::{Current, Ended, Inner, Stream};
use crate::error::{Error, Result, Status};
use crate::sync::lock;
use crate::sys::{Deadline, Timestamp, Wait};
use crate::usb::TransferType;

/// What one transfer brought.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    slot: usize,
    pub data: usize,
    pub length: usize,
    /// How its transfer ended.
    pub result: std::result::Result<(), Status>,
    pub timestamp: u64,
    pub sequence: u64,
    /// Of an isochronous transfer: the table of packets, and how many there are.
    pub packets: usize,
    pub packet_count: usize,
}

impl Chunk {
    pub(super) fn empty(slot: usize) -> Chunk {
        Chunk { slot, data: 0, length: 0, result: Ok(()), timestamp: 0, sequence: 0, packets: 0, packet_count: 0 }
    }

    pub(super) fn slot(&self) -> usize {
        self.slot
    }
}

impl Stream {
    /// Borrows the next chunk: its bytes stay until the next call. What a read has left of one comes first.
    pub fn next(&self, wait: Wait) -> Result<Chunk> {
        self.check_input("next")?;
        self.turn(&mut Deadline::new(wait), |inner, deadline| {
            if let Some(Current { chunk, at }) = inner.current.take() {
                if at < chunk.length || self.is_untold(&chunk) {
                    let mut rest = Chunk { data: chunk.data + at, length: chunk.length - at, ..chunk };
                    if let Some(table) = &inner.slots[chunk.slot].table {
                        let (over, place) = table.cut(at);
                        (rest.packets, rest.packet_count) = (place, chunk.packet_count - over);
                    }
                    inner.current = Some(self.told(chunk));
                    return Ok(rest);
                }
                self.give_back(inner, chunk.slot, deadline)?;
            }
            let chunk = self.fetch(inner, deadline)?;
            inner.current = Some(self.told(chunk));
            Ok(chunk)
        })
    }

    /// Copies what has come, waiting for the first byte; and goes on while there is more at once.
    pub fn read(&self, wait: Wait, room: usize, copy: &mut dyn FnMut(&[u8])) -> Result<usize> {
        self.check_input("read")?;
        let mut moved = 0;
        let result = self.turn(&mut Deadline::new(wait), |inner, deadline| {
            while moved < room {
                match inner.current.take() {
                    Some(Current { chunk, at }) if at < chunk.length => {
                        let take = (chunk.length - at).min(room - moved);
                        let memory = &inner.slots[chunk.slot].memory;
                        let from = chunk.data - memory.as_ptr() as usize + at;
                        memory
                            .access(|bytes| copy(&bytes[from..from + take]))
                            .ok_or_else(|| Error::new(Status::Internal, "a chunk of the stream is in use"))?;
                        moved += take;
                        inner.current = Some(Current { chunk, at: at + take });
                    }
                    // The bytes before an error are one call's, and the error the next one's.
                    Some(Current { chunk, at }) if self.is_untold(&chunk) => {
                        if moved > 0 {
                            inner.current = Some(Current { chunk, at });
                            break;
                        }
                        self.give_back(inner, chunk.slot, deadline)?;
                        let status = chunk.result.err().unwrap_or(Status::Io);
                        let explained = self.device.explanation(self.address, status);
                        let reason = "a transfer failed on the bus; the stream continues after it";
                        return Err(Error::new(status, explained.unwrap_or_else(|| reason.to_owned())));
                    }
                    Some(Current { chunk, .. }) => self.give_back(inner, chunk.slot, deadline)?,
                    None if moved > 0 && inner.ready.is_empty() => break,
                    None => {
                        let chunk = self.fetch(inner, deadline)?;
                        inner.current = Some(Current { chunk, at: 0 });
                    }
                }
            }
            Ok(())
        });
        match result {
            Err(error) if moved == 0 => Err(error),
            // It comes again at the next call.
            _ => Ok(moved),
        }
    }

    /// Whether a chunk has an error that does not end the stream, and that no call has reported.
    fn is_untold(&self, chunk: &Chunk) -> bool {
        chunk.result.is_err_and(|status| self.goes_on(status))
    }

    /// A chunk that the caller has, with its status.
    fn told(&self, chunk: Chunk) -> Current {
        let result = if self.is_untold(&chunk) { Ok(()) } else { chunk.result };
        Current { chunk: Chunk { result, ..chunk }, at: chunk.length }
    }

    fn check_input(&self, what: &str) -> Result<()> {
        if self.is_input() {
            return Ok(());
        }
        Err(Error::invalid(format!("{what} {}: it is an OUT endpoint; write to it", self.place())))
    }

    /// The next chunk: a transfer that is full or ended by a short packet, or when the time is up what a transfer has got so far.
    fn fetch(&self, inner: &mut Inner, deadline: &mut Deadline) -> Result<Chunk> {
        if inner.ready.is_empty() && inner.in_flight.is_empty() && inner.ended.is_none() {
            // The call before found the endpoint being changed.
            self.fill_up(inner, deadline)?;
        }
        loop {
            if let Some(chunk) = inner.ready.pop_front() {
                return Ok(chunk);
            }
            if let Some(status) = inner.ended.filter(|_| inner.in_flight.is_empty()) {
                return Err(self.over(status));
            }
            let completed = self.completions(inner, deadline)?;
            if !completed.is_empty() {
                self.take_in(inner, completed);
                continue;
            }
            // Isochronous packets come in their time or not at all.
            // Nor does a stream wait for the system longer than it may.
            if deadline.may_wait() && self.transfer_type != TransferType::Isochronous && !self.device.is_occupied() {
                self.take_partial(inner)?;
            }
            if inner.ready.is_empty() && inner.ended.is_none() {
                return Err(Error::new(Status::Timeout, "no data came in that time"));
            }
        }
    }

    fn take_in(&self, inner: &mut Inner, completed: Vec<Ended>) {
        for Ended { slot, completion, at, taken_early } in completed {
            if let Some(clock) = &mut inner.clock {
                clock.completed(at);
            }
            let told = completion.result.is_err_and(|status| self.goes_on(status));
            if completion.transferred == 0 && !told && (taken_early || completion.result.is_err()) {
                inner.free.push_back(slot);
                continue;
            }
            let mut chunk = Chunk {
                data: inner.slots[slot].memory.as_ptr() as usize,
                length: completion.transferred,
                result: completion.result,
                timestamp: at.0,
                sequence: inner.sequence,
                ..Chunk::empty(slot)
            };
            self.take_packets(inner, &mut chunk);
            inner.ready.push_back(chunk);
            inner.sequence += 1;
        }
        let mut stats = lock(&self.stats);
        stats.deepest_backlog = stats.deepest_backlog.max(inner.ready.len() as u64);
    }

    /// Puts the bytes of an isochronous transfer's packets one after the other, and notes each.
    fn take_packets(&self, inner: &Inner, chunk: &mut Chunk) {
        let slot = &inner.slots[chunk.slot];
        let Some(packets) = &slot.packets else { return };
        let results = packets.results();
        slot.memory.access(|bytes| {
            let (mut from, mut to) = (0, 0);
            for (length, (moved, _)) in packets.lengths.iter().zip(results.iter()) {
                let moved = *moved as usize;
                if from != to {
                    bytes.copy_within(from..from + moved, to);
                }
                from += *length as usize;
                to += moved;
            }
        });
        if let Some(table) = &slot.table {
            table.write(&results);
            (chunk.packets, chunk.packet_count) = (table.address(), results.len());
        }
        let mut stats = lock(&self.stats);
        stats.packets += results.len() as u64;
        stats.lost_packets += results.iter().filter(|(_, result)| result.is_err()).count() as u64;
    }

    /// Ends the oldest transfer to get the bytes that have come, and submits it again after the others: those have no
    /// bytes as long as it takes them.
    fn take_partial(&self, inner: &mut Inner) -> Result<()> {
        let Some(slot) = inner.in_flight.front().copied() else { return Ok(()) };
        inner.taken_early = Some(slot);
        if let Some(pending) = &inner.slots[slot].pending {
            self.device.cancel_one(pending, None);
        }
        let mut forever = Deadline::new(Wait::Forever);
        let mut waited = Ok(());
        while waited.is_ok() && inner.in_flight.contains(&slot) {
            waited = self.completions(inner, &mut forever).map(|completed| self.take_in(inner, completed));
        }
        inner.taken_early = None;
        waited?;
        if inner.in_flight.is_empty() {
            // Not the reader's doing.
            inner.started = false;
        }
        self.fill_up(inner, &mut Deadline::new(Wait::Not))
    }

    fn give_back(&self, inner: &mut Inner, slot: usize, deadline: &mut Deadline) -> Result<()> {
        inner.free.push_back(slot);
        if !inner.in_flight.is_empty() && inner.ended.is_none() {
            // Before anything is submitted again: only so it shows that the device had to wait.
            let completed = self.completions_now(inner)?;
            self.take_in(inner, completed);
        }
        self.fill_up(inner, deadline)
    }

    /// Submits every free slot.
    pub(super) fn fill_up(&self, inner: &mut Inner, deadline: &mut Deadline) -> Result<()> {
        if inner.in_flight.is_empty() && inner.ended.is_none() {
            self.restart(inner);
        }
        while inner.ended.is_none() {
            // The system may have held this thread up since it submitted the one before.
            if self.may_be_over(inner) {
                let completed = self.completions_now(inner)?;
                self.take_in(inner, completed);
                if inner.in_flight.is_empty() && inner.ended.is_none() {
                    self.restart(inner);
                }
            }
            let Some(slot) = inner.free.pop_front().filter(|_| inner.ended.is_none()) else { break };
            match self.start(inner, slot, self.size, deadline) {
                Ok(true) => {}
                Ok(false) => {
                    inner.free.push_front(slot);
                    return Ok(());
                }
                Err(error) if error.status == Status::Timeout => {
                    inner.free.push_front(slot);
                    let nothing = inner.in_flight.is_empty() && inner.ready.is_empty();
                    return if nothing { Err(error) } else { Ok(()) };
                }
                // What is in flight and ready still comes, and then this.
                Err(_) if !inner.in_flight.is_empty() || !inner.ready.is_empty() => self.cancel(inner),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn may_be_over(&self, inner: &Inner) -> bool {
        let in_flight = inner.in_flight.len();
        in_flight > 0 && inner.clock.as_ref().is_some_and(|clock| clock.may_be_over(in_flight, Timestamp::now()))
    }

    /// Nothing was in flight: the device had to wait, or sent packets that no transfer took.
    fn restart(&self, inner: &mut Inner) {
        let missed = inner.clock.as_mut().map_or(0, |clock| clock.restarted(Timestamp::now()));
        if inner.started {
            let mut stats = lock(&self.stats);
            stats.device_waits += 1;
            stats.lost_packets += missed;
        }
        inner.started = true;
    }
}
