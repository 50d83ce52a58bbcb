//! One transfer of a stream and its memory, and the way it takes to the device, again and again.

use super::packet_table::{MakeTable, PacketTable};
use super::{isochronous, tuning, Inner, Stream};
use crate::bus::{Extras, Notice, Packets, Sink};
use crate::completion::{End, Life, Pending};
use crate::device::{Patience, Request};
use crate::error::{Error, Result, Status};
use crate::sync::lock;
use crate::sys::{Deadline, Memory};
use crate::usb::{Direction, Endpoint, TransferType};
use std::sync::Arc;

/// A transfer of the stream, and its memory.
pub(super) struct Slot {
    pub memory: Arc<Memory>,
    /// It is in the device's list from its first submission on.
    pub pending: Option<Arc<Pending>>,
    /// What it was submitted with, and will be again.
    pub length: usize,
    pub packets: Option<Arc<Packets>>,
    /// What became of each packet, for the caller to read.
    pub table: Option<Box<dyn PacketTable>>,
}

impl Slot {
    pub fn new(memory: Arc<Memory>, endpoint: &Endpoint, count: usize, table: Option<MakeTable>) -> Result<Slot> {
        let isochronous = endpoint.transfer_type == TransferType::Isochronous;
        let table = table.filter(|_| isochronous).map(|make| make(count)).transpose()?;
        let unit = tuning::unit(endpoint);
        let packets = if isochronous { Some(packets(count * unit, unit)?) } else { None };
        Ok(Slot { memory, pending: None, length: 0, packets, table })
    }
}

fn packets(total: usize, unit: usize) -> Result<Arc<Packets>> {
    Ok(Arc::new(Packets::new(isochronous::lengths(total, unit)?)?))
}

impl Stream {
    /// Starts a transfer of a slot's first `length` bytes; false if the system has no memory for one more. `Status::Timeout` if the time was
    /// up before the endpoint was free, on which another thread clears a halt, for example: that ends no stream.
    pub(super) fn start(
        &self,
        inner: &mut Inner,
        number: usize,
        length: usize,
        deadline: &mut Deadline,
    ) -> Result<bool> {
        if inner.in_flight.len() >= inner.most {
            return Ok(false);
        }
        let submitted = self.submit(inner, number, length, deadline);
        match submitted {
            Ok(()) => {
                inner.in_flight.push_back(number);
                Ok(true)
            }
            // The system's share for USB is used up: go on with what is in flight, for good.
            Err(error) if error.status == Status::NoMem && !inner.in_flight.is_empty() => {
                inner.most = inner.in_flight.len();
                lock(&self.stats).depth = inner.most as u64;
                Ok(false)
            }
            Err(error) if error.status == Status::Busy => Err(error.with_status(Status::Timeout)),
            Err(error) => {
                let error = if inner.opened { self.by_change(error) } else { error };
                inner.ended = inner.ended.or(Some(error.status));
                Err(error)
            }
        }
    }

    /// A stream whose endpoint was changed while nothing was in flight. It was right when the stream was opened: its interface was released,
    /// or another setting was selected.
    fn by_change(&self, error: Error) -> Error {
        match error.status {
            Status::InvalidParam if !self.device.has_claimed(self.interface) => error.with_status(Status::NotClaimed),
            Status::InvalidParam => error.with_status(Status::Cancelled),
            _ => error,
        }
    }

    /// A cancel while nothing was in flight does not end the stream, but it did reach the transfers, which were complete: all of them.
    fn forget_cancelled(&self, inner: &mut Inner) {
        let is_cancelled = |pending: &Arc<Pending>| pending.ended() == Some(End::Cancel);
        for slot in inner.slots.iter_mut().filter(|slot| slot.pending.as_ref().is_some_and(is_cancelled)) {
            slot.pending.iter().for_each(|pending| self.device.leave(pending));
            slot.pending = None;
        }
    }

    fn submit(&self, inner: &mut Inner, number: usize, length: usize, deadline: &mut Deadline) -> Result<()> {
        if inner.in_flight.is_empty() {
            self.forget_cancelled(inner);
        }
        let slot = &mut inner.slots[number];
        let buffer = slot.memory.lend(length);
        let buffer = buffer.ok_or_else(|| Error::new(Status::Internal, "a slot of the stream is in use twice"))?;
        let patience = match deadline.instant() {
            _ if !deadline.may_wait() => Patience::None,
            Some(deadline) => Patience::Until(deadline),
            None => Patience::Unlimited,
        };
        let again = slot.pending.as_ref().filter(|_| slot.length == length);
        if let (Some(pending), Some(counter)) = (again, &inner.counter) {
            self.inbox.expect_one_more(counter, &*self.device)?;
            return self.device.submit_again(pending, buffer, patience).map_err(|error| {
                counter.disappointed();
                error
            });
        }
        if let Some(pending) = slot.pending.take() {
            self.device.leave(&pending);
        }
        let counter = self.inbox.expect(&self.device)?;
        let way = if self.is_input() { Direction::In } else { Direction::Out };
        let request = match &mut slot.packets {
            Some(packets) => {
                if packets.total() != length {
                    *packets = self::packets(length, self.packet)?;
                }
                Request::Isochronous { way, address: self.address, packets: Arc::clone(packets) }
            }
            None => {
                let (transfer_type, address) = (self.transfer_type, self.address);
                Request::Endpoint { transfer_type, way, address, extras: Extras::default() }
            }
        };
        let pending = Arc::new(Pending::new(self.address, Life::Queued));
        let notice = Notice { sink: Arc::clone(&counter) as Arc<dyn Sink>, id: number as u64 };
        match self.device.submit(&request, buffer, notice, &pending, patience) {
            Ok(()) => {
                slot.length = length;
                slot.pending = Some(pending);
                inner.counter = Some(counter);
                Ok(())
            }
            Err(error) => {
                counter.disappointed();
                Err(error)
            }
        }
    }
}
