//! Streams from the device.

use super::{Current, Inner, Stream, Wait};
use crate::error::{Error, Result, Status};
use crate::queue::Completed;
use crate::sync::lock;

/// What one transfer brought.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    slot: usize,
    pub data: usize,
    pub length: usize,
    pub timestamp: u64,
    pub sequence: u64,
}

impl Chunk {
    pub(super) fn empty(slot: usize) -> Chunk {
        Chunk { slot, data: 0, length: 0, timestamp: 0, sequence: 0 }
    }

    pub(super) fn slot(&self) -> usize {
        self.slot
    }
}

impl Stream {
    /// Borrows the next chunk: its bytes stay until the next call. What a read has left of one comes first.
    pub fn next(&self, wait: Wait) -> Result<Chunk> {
        self.check_input("next")?;
        self.turn(wait.deadline(), |inner| {
            if let Some(Current { chunk, at }) = inner.current.take() {
                if at < chunk.length {
                    let rest = Chunk { data: chunk.data + at, length: chunk.length - at, ..chunk };
                    inner.current = Some(Current { chunk, at: chunk.length });
                    return Ok(rest);
                }
                self.give_back(inner, chunk.slot)?;
            }
            let chunk = self.fetch(inner, wait)?;
            inner.current = Some(Current { chunk, at: chunk.length });
            Ok(chunk)
        })
    }

    /// Copies what has come, waiting for the first byte; and goes on while there is more at once.
    pub fn read(&self, wait: Wait, room: usize, copy: &mut dyn FnMut(&[u8])) -> Result<usize> {
        self.check_input("read")?;
        let mut moved = 0;
        let result = self.turn(wait.deadline(), |inner| {
            while moved < room {
                match inner.current.take() {
                    Some(Current { chunk, at }) if at < chunk.length => {
                        let take = (chunk.length - at).min(room - moved);
                        let memory = inner.slots[chunk.slot].clone();
                        let from = chunk.data - memory.as_ptr() as usize + at;
                        memory
                            .access(|bytes| copy(&bytes[from..from + take]))
                            .ok_or_else(|| Error::new(Status::Internal, "a chunk of the stream is in use"))?;
                        moved += take;
                        inner.current = Some(Current { chunk, at: at + take });
                    }
                    Some(Current { chunk, .. }) => self.give_back(inner, chunk.slot)?,
                    None if moved > 0 && inner.ready.is_empty() => break,
                    None => {
                        let chunk = self.fetch(inner, wait)?;
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

    fn check_input(&self, what: &str) -> Result<()> {
        if self.is_input() {
            return Ok(());
        }
        Err(Error::invalid(format!("{what} {}: it is an OUT endpoint; write to it", self.place())))
    }

    /// The next chunk: a transfer that is full or ended by a short packet, or when the time is up what a transfer has got so far.
    fn fetch(&self, inner: &mut Inner, wait: Wait) -> Result<Chunk> {
        loop {
            if let Some(chunk) = inner.ready.pop_front() {
                return Ok(chunk);
            }
            if let Some(status) = inner.ended.filter(|_| inner.in_flight == 0) {
                return Err(self.over(status));
            }
            let completed = self.completions(inner, wait.deadline())?;
            if !completed.is_empty() {
                self.take_in(inner, completed);
                continue;
            }
            if let Wait::Until(_) = wait {
                self.harvest(inner)?;
            }
            if inner.ready.is_empty() && inner.ended.is_none() {
                return Err(Error::new(Status::Timeout, "no data came in that time"));
            }
        }
    }

    fn take_in(&self, inner: &mut Inner, completed: Vec<Completed>) {
        for one in completed {
            let slot = one.user_data as usize;
            if one.result.is_err() && one.transferred == 0 {
                inner.free.push_back(slot);
                continue;
            }
            inner.ready.push_back(Chunk {
                slot,
                data: inner.slots[slot].as_ptr() as usize,
                length: one.transferred,
                timestamp: one.timestamp,
                sequence: inner.sequence,
            });
            inner.sequence += 1;
        }
        let mut stats = lock(&self.stats);
        stats.deepest_backlog = stats.deepest_backlog.max(inner.ready.len() as u64);
    }

    /// Ends what is in flight for the sake of the bytes that have come, and starts anew. The newest goes first, so that the
    /// bytes keep their order.
    fn harvest(&self, inner: &mut Inner) -> Result<()> {
        inner.harvesting = true;
        self.queue.cancel(0)?;
        while inner.in_flight > 0 {
            let completed = self.completions(inner, None)?;
            self.take_in(inner, completed);
        }
        inner.harvesting = false;
        inner.started = false;
        self.fill_up(inner)
    }

    fn give_back(&self, inner: &mut Inner, slot: usize) -> Result<()> {
        inner.free.push_back(slot);
        self.fill_up(inner)
    }

    /// Submits every free slot.
    pub(super) fn fill_up(&self, inner: &mut Inner) -> Result<()> {
        if inner.in_flight == 0 && inner.started && inner.ended.is_none() {
            lock(&self.stats).device_waits += 1;
        }
        inner.started = true;
        while let Some(slot) = inner.free.pop_front().filter(|_| inner.ended.is_none()) {
            match self.start(inner, slot, self.size) {
                Ok(true) => {}
                Ok(false) => {
                    // For good: a stream with fewer transfers, which need less.
                    lock(&self.stats).depth -= 1;
                    return Ok(());
                }
                // What is in flight and ready still comes, and then this.
                Err(_) if inner.in_flight > 0 || !inner.ready.is_empty() => self.queue.cancel(0)?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
