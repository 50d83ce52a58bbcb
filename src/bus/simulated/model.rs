//! What a device does, seen from the bus: it answers one packet or one request at a time.

use super::description::Description;
use super::replay_statistics::ReplayStatistics;
use crate::bus::PacketResult;
use crate::error::Status;
use crate::sys::Buffer;
use crate::usb::{Endpoint, SetupPacket};
use std::sync::Arc;
use std::time::Instant;

/// How a device behaves; a [`Description`] goes with it. The simulated bus does for it what hardware does for a device: it answers
/// standard requests from the description, keeps halts, and cuts transfers into packets. Its calls come one at a time, with the device's
/// lock held: they take no time.
pub trait Model: Send {
    /// Something happened on the host's side.
    fn host(&mut self, event: HostEvent);

    /// A control request that is not the bus's to answer. After [`Answer::Nak`] the same request comes again.
    fn control(&mut self, request: &Request<'_>, now: Instant) -> Answer;

    /// Whether standard requests that are about descriptors are the model's to answer too.
    fn answers_standard_requests(&self) -> bool {
        false
    }

    /// The host asks an IN endpoint for a packet: at most the room of `packet`. Its length, or `None` for NAK.
    fn send(&mut self, endpoint: &Endpoint, packet: &mut [u8], now: Instant) -> Option<usize>;

    /// The same for several packets, where the model has such at once: fills as much of that room for whole packets as it has full ones for, and
    /// says how many bytes that is. `send` is asked for what follows.
    fn send_full(&mut self, _endpoint: &Endpoint, _packets: &mut [u8], _now: Instant) -> usize {
        0
    }

    /// The host offers an OUT endpoint a packet; false is NAK.
    fn receive(&mut self, endpoint: &Endpoint, packet: &[u8]) -> bool;

    /// Whether it moves whole transfers, as a recording has them, and no single packets.
    fn moves_transfers(&self) -> bool {
        false
    }

    /// The transfer that an endpoint is at, as far as it goes now; `None` until it has ended. Asked again when anything has moved, and
    /// when it is due.
    fn advance(&mut self, _transfer: &mut WholeTransfer<'_>, _now: Instant) -> Finished {
        None
    }

    /// The host does not wait any more for the end of a transfer to this endpoint.
    fn gave_up(&mut self, _endpoint: u8) {}

    /// What there is to say about the last transfer of this endpoint (0 for control requests) that ended with `Status::Other`.
    fn explanation(&self, _endpoint: u8) -> Option<String> {
        None
    }

    /// Of a recording.
    fn replay_statistics(&self) -> Option<Arc<ReplayStatistics>> {
        None
    }

    /// When a NAK of this endpoint (0 for control requests) will have ended by time alone.
    fn due(&self, endpoint: u8, now: Instant) -> Option<Instant>;

    /// Asked after anything moved: whether the device leaves its port now, and what comes in its place.
    fn departure(&mut self) -> Option<Departure> {
        None
    }
}

/// A control request.
pub struct Request<'a> {
    /// The same each time it comes.
    pub id: u64,
    pub setup: &'a SetupPacket,
    /// Of an OUT request.
    pub data: &'a [u8],
}

#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of an IN request, the data; more than was asked for are cut. Of an OUT request nothing.
    Data(Vec<u8>),
    Stall,
    Nak,
    /// It ends as it would by a fault on the bus.
    Failed(Status),
}

/// How a transfer has ended, once it has.
pub type Finished = Option<Result<(), Status>>;

impl From<Option<Vec<u8>>> for Answer {
    /// A device refuses what it does not have.
    fn from(data: Option<Vec<u8>>) -> Answer {
        data.map_or(Answer::Stall, Answer::Data)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostEvent {
    /// A bus reset: all as after power-on.
    Reset,
    /// A configuration was selected, by its value, or the same one again; 0 is none.
    Configured(u8),
    AltSetting {
        interface: u8,
        alt_setting: u8,
    },
    /// The halt of an endpoint was set or cleared by the host.
    Halt {
        endpoint: u8,
        halted: bool,
    },
    /// A handle of the device was opened or closed.
    Opened,
    Closed,
    /// The host does not wait for the answer to this request any more.
    Abandoned(u64),
    /// The device is out of its port.
    Unplugged,
}

/// A device that leaves of itself, as one does that has got new firmware.
pub struct Departure {
    /// What is plugged in in its place, if anything.
    pub next: Option<(Description, Box<dyn Model>)>,
}

/// One transfer of an endpoint, for a model that moves it as a whole.
pub struct WholeTransfer<'a> {
    pub endpoint: u8,
    pub packet_size: u16,
    /// How many bytes have moved.
    pub moved: usize,
    pub packets: Option<WholePackets<'a>>,
    pub(super) buffer: &'a mut Buffer,
    /// What comes in place of the buffer's bytes.
    pub(super) corrupted: Option<&'a [u8]>,
}

/// Of an isochronous transfer.
pub struct WholePackets<'a> {
    pub lengths: &'a [u32],
    pub results: &'a mut Vec<PacketResult>,
    /// Where the next packet's place in the buffer is.
    pub at: &'a mut usize,
}

impl WholeTransfer<'_> {
    /// How many bytes the host wants to move.
    pub fn length(&self) -> usize {
        self.buffer.len()
    }

    /// What the host sends.
    pub fn bytes(&self) -> &[u8] {
        self.corrupted.unwrap_or_else(|| self.buffer.bytes())
    }

    /// Where the host wants the data.
    pub fn space(&mut self) -> &mut [u8] {
        self.buffer.space()
    }

    /// The length of the next isochronous packet; `None` behind the last.
    pub fn next_packet(&self) -> Option<u32> {
        let packets = self.packets.as_ref()?;
        packets.lengths.get(packets.results.len()).copied()
    }

    /// Ends the next packet: with the bytes of an IN packet, which are no longer than it may be, or as one that was sent whole.
    pub fn end_packet(&mut self, received: Option<&[u8]>, result: Result<(), Status>) {
        let (Some(length), Some(packets)) = (self.next_packet(), self.packets.as_mut()) else { return };
        let moved = received.map_or(length as usize, <[u8]>::len);
        if let Some(bytes) = received {
            self.buffer.space()[*packets.at..][..moved].copy_from_slice(bytes);
        }
        packets.results.push((moved as u32, result));
        *packets.at += length as usize;
        self.moved += moved;
    }
}
