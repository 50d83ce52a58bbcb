//! A client's connection: its bytes as messages.

use super::import::Import;
use super::output::Output;
use super::worker::Worker;
use crate::bus::usbip::protocol::{
    self, Common, Exported, Header, Message, Packet, BUSID, COMMON, HEADER, PACKET, REQ_DEVLIST, REQ_IMPORT,
};
use crate::sys::{Moved, Socket};
use crate::usb::SetupPacket;
use std::time::{Duration, Instant};

pub struct Client {
    pub socket: Socket,
    pub phase: Phase,
    pub output: Output,
    input: Vec<u8>,
    /// So many bytes of the input are used up.
    at: usize,
    since: Instant,
    /// What it is polled for: reading, writing.
    pub polled: (bool, bool),
}

pub enum Phase {
    /// It may ask for the list, or for a device.
    Greeting,
    /// It waits for a device that is on its way back from another client.
    Waiting(String),
    /// It waits for a device, of which it will hear this.
    Opening(Worker, Box<Exported>),
    Imported(Import),
    /// Nothing that it sends counts any more; it gets what there is for it.
    Leaving,
}

/// A message, whole.
pub enum Incoming {
    List,
    Import(String),
    Submit(Submission),
    Unlink { sequence: u32, target: u32 },
}

pub struct Submission {
    pub sequence: u32,
    pub is_in: bool,
    /// Without the direction's bit.
    pub endpoint: u8,
    pub flags: u32,
    pub length: usize,
    pub setup: SetupPacket,
    /// Empty unless it is isochronous.
    pub packets: Vec<Packet>,
    /// What the host sends.
    pub data: Vec<u8>,
}

/// What comes is not the protocol: the connection is of no use any more.
pub struct Nonsense;

/// More bytes than any host controller's driver takes for one transfer.
pub const MOST_BYTES: usize = 16 << 20;
/// The kernel's limit of an isochronous transfer.
const MOST_PACKETS: u32 = 1024;

/// Read at once, and the most that one client's turn takes.
const READ: usize = 128 << 10;
const TURN: usize = 1 << 20;

/// Answers that wait before requests are left where they are.
const MOST_OUTPUT: usize = 8 << 20;

/// How long a client may take to say what it wants, and to take one more byte of what it was sent.
const GREETING: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);

impl Client {
    pub fn new(socket: Socket, now: Instant) -> Client {
        Client {
            socket,
            phase: Phase::Greeting,
            output: Output::default(),
            input: Vec::new(),
            at: 0,
            since: now,
            polled: (true, false),
        }
    }

    /// Reads what has come. False if the client has gone.
    pub fn read(&mut self) -> bool {
        let mut left = TURN;
        while left > 0 {
            let length = self.input.len();
            self.input.resize(length + READ, 0);
            let moved = self.socket.read(&mut self.input[length..]);
            let count = if let Moved::Bytes(count) = moved { count } else { 0 };
            self.input.truncate(length + count);
            match moved {
                Moved::Bytes(count) => left = left.saturating_sub(count),
                Moved::Nothing => return true,
                Moved::Over => return false,
            }
            if count < READ {
                return true;
            }
        }
        true
    }

    /// The next message; `None` if it has not come whole.
    pub fn next(&mut self) -> Result<Option<Incoming>, Nonsense> {
        let rest = &self.input[self.at..];
        let parsed = match &self.phase {
            Phase::Greeting => greeting(rest)?,
            Phase::Imported(import) => request(rest, import)?,
            Phase::Waiting(_) | Phase::Opening(..) => None,
            Phase::Leaving => {
                self.input.clear();
                self.at = 0;
                None
            }
        };
        match parsed {
            Some((incoming, length)) => {
                self.at += length;
                Ok(Some(incoming))
            }
            None => {
                self.input.drain(..self.at);
                self.at = 0;
                if self.input.is_empty() {
                    self.input.shrink_to(2 * READ);
                }
                Ok(None)
            }
        }
    }

    /// What it is to be polled for.
    pub fn wants(&self) -> (bool, bool) {
        let reads = !matches!(self.phase, Phase::Waiting(_) | Phase::Opening(..)) && self.output.len() < MOST_OUTPUT;
        (reads, self.output.len() > 0)
    }

    /// When it is to be given up.
    pub fn deadline(&self) -> Option<Instant> {
        let greeting = matches!(self.phase, Phase::Greeting | Phase::Waiting(_)).then(|| self.since + GREETING);
        let taking = self.output.waits_since().map(|since| since + PATIENCE);
        [greeting, taking].into_iter().flatten().min()
    }

    /// Writes what can be written. False if it has gone, or is done with.
    pub fn flush(&mut self, now: Instant) -> bool {
        self.output.flush(&mut self.socket, now) && !(matches!(self.phase, Phase::Leaving) && self.output.len() == 0)
    }
}

fn greeting(bytes: &[u8]) -> Result<Option<(Incoming, usize)>, Nonsense> {
    let Some(common) = first::<COMMON>(bytes) else { return Ok(None) };
    let common = Common::parse(&common).map_err(|_| Nonsense)?;
    match common.code {
        REQ_DEVLIST => Ok(Some((Incoming::List, COMMON))),
        REQ_IMPORT => {
            let busid = first::<BUSID>(&bytes[COMMON..]);
            Ok(busid.map(|busid| (Incoming::Import(protocol::busid(&busid)), COMMON + BUSID)))
        }
        _ => Err(Nonsense),
    }
}

fn request(bytes: &[u8], import: &Import) -> Result<Option<(Incoming, usize)>, Nonsense> {
    let Some(header) = first::<HEADER>(bytes) else { return Ok(None) };
    let Header { sequence, is_in, endpoint, message, .. } = Header::parse(&header).ok_or(Nonsense)?;
    let (flags, length, packets, setup) = match message {
        Message::Unlink { sequence: target } => return Ok(Some((Incoming::Unlink { sequence, target }, HEADER))),
        Message::Submit { flags, length, packets, setup, .. } => (flags, length as usize, packets, setup),
        _ => return Err(Nonsense),
    };
    let packets = if import.is_isochronous(endpoint, is_in, packets) { packets } else { 0 };
    if packets > MOST_PACKETS || length > MOST_BYTES && !is_in {
        return Err(Nonsense);
    }
    let data = if is_in { 0 } else { length };
    let whole = HEADER + data + packets as usize * PACKET;
    if bytes.len() < whole {
        return Ok(None);
    }
    let (data, tables) = bytes[HEADER..whole].split_at(data);
    let packets = tables.chunks_exact(PACKET).filter_map(first::<PACKET>);
    let submission = Submission {
        sequence,
        is_in,
        endpoint,
        flags,
        length,
        setup,
        packets: packets.map(|bytes| Packet::parse(&bytes)).collect(),
        data: data.to_vec(),
    };
    Ok(Some((Incoming::Submit(submission), whole)))
}

/// The first bytes, if there are so many.
fn first<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.get(..N)?.try_into().ok()
}
