//! Streams to the device.

use super::{Chunk, Current, Inner, Stream};
use crate::error::{Error, Result, Status};
use crate::sys::{Deadline, Wait};

impl Stream {
    /// Takes bytes in, waiting for room: how many, and why not all. They are on their way once a transfer is full, or flushed.
    pub fn write(&self, wait: Wait, data: &[u8]) -> (usize, Result<()>) {
        let mut taken = 0;
        let result = self.check_output("write").and_then(|()| {
            self.turn(&mut Deadline::new(wait), |inner, deadline| {
                inner.lent = 0;
                while taken < data.len() {
                    let Current { chunk, at } = self.to_fill(inner, deadline)?;
                    let slot = chunk.slot();
                    let take = (self.size - at).min(data.len() - taken);
                    inner.slots[slot]
                        .memory
                        .access(|bytes| bytes[at..at + take].copy_from_slice(&data[taken..taken + take]))
                        .ok_or_else(|| Error::new(Status::Internal, "a slot of the stream is in use"))?;
                    taken += take;
                    inner.unflushed += take as u64;
                    if at + take < self.size {
                        inner.current = Some(Current { chunk, at: at + take });
                    } else {
                        self.send(inner, slot, self.size, deadline)?;
                    }
                }
                Ok(())
            })
        });
        (taken, result)
    }

    /// Lends the caller room to fill by itself, waiting for some: where, and how many bytes. It stays until the next call.
    pub fn space(&self, wait: Wait) -> Result<(usize, usize)> {
        self.check_output("space")?;
        self.turn(&mut Deadline::new(wait), |inner, deadline| {
            let Current { chunk, at } = self.to_fill(inner, deadline)?;
            let slot = chunk.slot();
            inner.current = Some(Current { chunk, at });
            inner.lent = self.size - at;
            Ok((inner.slots[slot].memory.as_ptr() as usize + at, self.size - at))
        })
    }

    /// Takes in the first `length` bytes of the room that was lent.
    pub fn commit(&self, length: usize) -> Result<()> {
        self.check_output("commit")?;
        self.turn(&mut Deadline::new(Wait::Not), |inner, deadline| {
            self.check_ended(inner)?;
            let lent = inner.lent;
            if length > lent {
                return Err(Error::invalid(format!(
                    "commit of {length} bytes, where {lent} are lent; call usbx_stream_space first, and after each call again"
                )));
            }
            inner.lent = 0;
            inner.unflushed += length as u64;
            let Some(Current { chunk, at }) = inner.current.take() else { return Ok(()) };
            let slot = chunk.slot();
            // Where it cannot be sent now, as there is no memory or the endpoint is being changed, the next call sends it.
            let started = match at + length < self.size {
                true => Ok(false),
                false => self.start(inner, slot, self.size, deadline),
            };
            match started {
                Ok(true) => {}
                Err(error) if error.status != Status::Timeout => return Err(error),
                _ => inner.current = Some(Current { chunk, at: at + length }),
            }
            Ok(())
        })
    }

    /// Returns when the device has taken all that was written.
    pub fn flush(&self, wait: Wait) -> Result<()> {
        self.check_output("flush")?;
        self.turn(&mut Deadline::new(wait), |inner, deadline| {
            inner.lent = 0;
            self.check_ended(inner)?;
            match inner.current.take() {
                Some(Current { chunk, at: 0 }) => inner.free.push_front(chunk.slot()),
                Some(Current { chunk, at }) => self.send(inner, chunk.slot(), at, deadline)?,
                None => {}
            }
            self.end_message(inner, deadline)?;
            while !inner.in_flight.is_empty() {
                self.reap(inner, deadline)?;
            }
            self.check_ended(inner)
        })
    }

    /// If the stream has that option: lets the device see where the bytes written since the last flush end, if their last packet is full.
    fn end_message(&self, inner: &mut Inner, deadline: &mut Deadline) -> Result<()> {
        let full = inner.unflushed > 0 && inner.unflushed % self.packet as u64 == 0;
        if self.zero_packet && full {
            let slot = self.room(inner, deadline)?.chunk.slot();
            self.send(inner, slot, 0, deadline)?;
        }
        inner.unflushed = 0;
        Ok(())
    }

    fn check_output(&self, what: &str) -> Result<()> {
        if !self.is_input() {
            return Ok(());
        }
        Err(Error::invalid(format!("{what} {}: it is an IN endpoint; read from it", self.place())))
    }

    fn check_ended(&self, inner: &Inner) -> Result<()> {
        inner.ended.map_or(Ok(()), |status| Err(self.over(status)))
    }

    /// A slot with room in it. One that is full, and could not be sent because memory was short, is sent first.
    fn to_fill(&self, inner: &mut Inner, deadline: &mut Deadline) -> Result<Current> {
        loop {
            self.check_ended(inner)?;
            let current = match inner.current.take() {
                Some(current) => current,
                None => self.room(inner, deadline)?,
            };
            if current.at < self.size {
                return Ok(current);
            }
            self.send(inner, current.chunk.slot(), self.size, deadline)?;
        }
    }

    /// An empty slot.
    fn room(&self, inner: &mut Inner, deadline: &mut Deadline) -> Result<Current> {
        loop {
            if let Some(slot) = inner.free.pop_front() {
                return Ok(Current { chunk: Chunk::empty(slot), at: 0 });
            }
            self.reap(inner, deadline)?;
            self.check_ended(inner)?;
        }
    }

    fn reap(&self, inner: &mut Inner, deadline: &mut Deadline) -> Result<()> {
        let completed = self.completions(inner, deadline)?;
        if completed.is_empty() {
            return Err(Error::new(Status::Timeout, "the device took no more in that time"));
        }
        inner.free.extend(completed.iter().map(|one| one.slot));
        Ok(())
    }

    /// Sends a slot; where the system has no memory for one more transfer, after another has gone. If that takes too long, the
    /// slot stays the one being filled, and full.
    fn send(&self, inner: &mut Inner, slot: usize, length: usize, deadline: &mut Deadline) -> Result<()> {
        loop {
            let waited = match self.start(inner, slot, length, deadline) {
                Ok(true) => return Ok(()),
                Ok(false) => self.reap(inner, deadline),
                Err(error) if error.status == Status::Timeout => Err(error),
                Err(error) => return Err(error),
            };
            if let Err(error) = waited {
                inner.current = Some(Current { chunk: Chunk::empty(slot), at: length });
                return Err(error);
            }
            self.check_ended(inner)?;
        }
    }
}
