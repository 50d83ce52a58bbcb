//! What a device does, seen from the bus: it answers one packet or one request at a time.

use super::description::Description;
use crate::usb::{Endpoint, SetupPacket};
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

    /// The host offers an OUT endpoint a packet; false is NAK.
    fn receive(&mut self, endpoint: &Endpoint, packet: &[u8]) -> bool;

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
}

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
