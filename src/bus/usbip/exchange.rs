//! One question to a host and its answer, before a device is imported: which devices it exports, or to have one. Nothing here waits.

use super::address::Host;
use super::protocol::{self, Common, Exported, BUSID, COMMON, DEVICE, INTERFACE};
use crate::error::{Error, Result, Status};
use crate::sys::{Moved, Peer, PollSet, Socket};
use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::time::Instant;

pub struct Exchange {
    host: Host,
    /// Addresses that were not tried yet.
    peers: VecDeque<Peer>,
    socket: Option<Socket>,
    connected: bool,
    question: Question,
    request: Vec<u8>,
    sent: usize,
    answer: Vec<u8>,
    /// Why an earlier address could not be reached.
    failure: Option<Error>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    Devices,
    Import(String),
}

pub enum Answer {
    Devices(Vec<Exported>),
    Imported(Box<Exported>, Socket),
}

/// A list that says it has more is no list.
const MOST_DEVICES: usize = 4096;

impl Exchange {
    pub fn new(host: &Host, peers: Vec<Peer>, question: Question) -> Exchange {
        Exchange {
            host: host.clone(),
            peers: peers.into(),
            socket: None,
            connected: false,
            request: question.bytes(),
            question,
            sent: 0,
            answer: Vec::new(),
            failure: None,
        }
    }

    /// By a connection that stands.
    pub fn over(host: &Host, socket: Socket, question: Question) -> Exchange {
        Exchange { socket: Some(socket), connected: true, ..Exchange::new(host, Vec::new(), question) }
    }

    /// Goes as far as it can now. `None`: it waits for the host, and `poll` says for what.
    pub fn advance(&mut self) -> Option<Result<Answer>> {
        loop {
            if self.socket.is_none() {
                let Some(peer) = self.peers.pop_front() else {
                    let none = || Error::new(Status::NotFound, format!("{} has no address", self.host));
                    return Some(Err(self.failure.take().unwrap_or_else(none)));
                };
                (self.connected, self.sent) = (false, 0);
                match Socket::connect(&peer) {
                    Ok(socket) => self.socket = Some(socket),
                    Err(error) => self.failure = Some(unreachable(&self.host, &error)),
                }
                continue;
            }
            match self.step() {
                Ok(true) => return Some(self.finish()),
                Ok(false) => return None,
                Err(error) if self.connected => return Some(Err(error)),
                Err(error) => (self.failure, self.socket) = (Some(error), None),
            }
        }
    }

    /// True when the answer is there.
    fn step(&mut self) -> Result<bool> {
        let Some(socket) = &self.socket else { return Ok(false) };
        if !self.connected {
            socket.connected().map_err(|error| unreachable(&self.host, &error))?;
        }
        while self.sent < self.request.len() {
            match socket.send(&[IoSlice::new(&self.request[self.sent..])]) {
                Moved::Bytes(count) => (self.sent, self.connected) = (self.sent + count, true),
                Moved::Nothing => return Ok(false),
                Moved::Over => return Err(self.broke_off()),
            }
        }
        loop {
            let missing = self.expected()?.saturating_sub(self.answer.len());
            if missing == 0 {
                return Ok(true);
            }
            // No more than that: behind an import the device's own messages begin.
            let mut part = [0; 4096];
            let room = missing.min(part.len());
            match socket.receive(&mut [IoSliceMut::new(&mut part[..room])]) {
                Moved::Bytes(count) => self.answer.extend_from_slice(&part[..count]),
                Moved::Nothing => return Ok(false),
                Moved::Over => return Err(self.broke_off()),
            }
        }
    }

    /// How many bytes the answer has, as far as that is known.
    fn expected(&self) -> Result<usize> {
        let Some(head) = bytes_at(&self.answer, 0) else { return Ok(COMMON) };
        let host = &self.host;
        let common = Common::parse(&head).map_err(|other| {
            let text = format!(
                "{host} speaks version 0x{other:04x} of USB/IP, or something else; 0x0111 is needed: check the port"
            );
            Error::new(Status::NotSupported, text)
        })?;
        if common.code != self.question.reply() {
            return Err(self.nonsense());
        }
        if common.status != protocol::ST_OK {
            return Err(self.refused(common.status));
        }
        if self.question != Question::Devices {
            return Ok(COMMON + DEVICE);
        }
        let mut at = COMMON + 4;
        let Some(count) = self.answer.get(COMMON..at) else { return Ok(at) };
        let count = count.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
        if count > MOST_DEVICES {
            return Err(self.nonsense());
        }
        for _ in 0..count {
            let interfaces = self.answer.get(at + DEVICE - 1).copied().unwrap_or(0);
            at += DEVICE + INTERFACE * usize::from(interfaces);
            if at > self.answer.len() {
                break;
            }
        }
        Ok(at)
    }

    fn finish(&mut self) -> Result<Answer> {
        let socket = self.socket.take();
        let device = |at: usize| bytes_at::<DEVICE>(&self.answer, at).map(|bytes| Exported::parse(&bytes));
        match (&self.question, socket) {
            (Question::Import(_), Some(socket)) => {
                Ok(Answer::Imported(Box::new(device(COMMON).ok_or_else(|| self.nonsense())?), socket))
            }
            _ => {
                let (mut at, mut all) = (COMMON + 4, Vec::new());
                while let Some(exported) = device(at) {
                    at += DEVICE + INTERFACE * usize::from(exported.interfaces);
                    all.push(exported);
                }
                Ok(Answer::Devices(all))
            }
        }
    }

    /// To be ready again when `advance` can go on.
    pub fn poll(&self, set: &PollSet, key: u64) -> Result<()> {
        let Some(socket) = &self.socket else { return Ok(()) };
        let writes = self.sent < self.request.len();
        set.add(socket, if writes { crate::sys::Readiness::Write } else { crate::sys::Readiness::Read }, key)
    }

    /// Leaves the set: a socket is in it once.
    pub fn leave(&self, set: &PollSet) {
        if let Some(socket) = &self.socket {
            set.remove(socket);
        }
    }

    /// Asks and waits for the answer.
    pub fn run(mut self, deadline: Instant) -> Result<Answer> {
        loop {
            if let Some(answer) = self.advance() {
                return answer;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(self.too_late());
            }
            let set = PollSet::new()?;
            self.poll(&set, 0)?;
            set.wait(Some(left))?;
        }
    }

    pub fn too_late(&self) -> Error {
        let host = &self.host;
        Error::new(Status::Timeout, match self.connected {
            true => format!("{host} took the connection and does not answer; is it a USB/IP server?"),
            false => format!("{host} does not answer; is it switched on and in this network, and does its firewall let port 3240 in?"),
        })
    }

    fn broke_off(&self) -> Error {
        Error::new(
            Status::Io,
            format!("{} closed the connection instead of answering; it may let other addresses in only", self.host),
        )
    }

    fn nonsense(&self) -> Error {
        Error::new(Status::Io, format!("{} does not answer as a USB/IP server does; check the port", self.host))
    }

    fn refused(&self, status: u32) -> Error {
        let host = &self.host;
        let Question::Import(busid) = &self.question else {
            return Error::new(Status::Io, format!("{host} does not list its devices (status {status})"));
        };
        match status {
            protocol::ST_NODEV => Error::new(Status::NotFound, format!(
                "{host} exports no device {busid}; usbx_remote_devices, or \"usbx list usbip://{host}\", says what it exports"
            )),
            protocol::ST_DEV_BUSY | protocol::ST_NA => Error::new(Status::Busy, format!(
                "{busid} is in use at {host}: another client has it; it is free when that one closes it"
            )),
            protocol::ST_DEV_ERR => Error::new(Status::Io, format!("{host} cannot use {busid}: the device is in an error state there; plug it in anew")),
            _ => Error::new(Status::Io, format!("{host} does not give {busid} out (status {status}); its own log says why")),
        }
    }
}

impl Question {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Question::Devices => Common { code: protocol::REQ_DEVLIST, status: 0 }.bytes(),
            Question::Import(busid) => protocol::import(busid),
        }
    }

    fn reply(&self) -> u16 {
        match self {
            Question::Devices => protocol::REP_DEVLIST,
            Question::Import(_) => protocol::REP_IMPORT,
        }
    }
}

fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

/// What fits into a request.
pub fn is_busid(text: &str) -> bool {
    !text.is_empty() && text.len() < BUSID && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn unreachable(host: &Host, error: &io::Error) -> Error {
    let (status, reason) = match error.kind() {
        ErrorKind::ConnectionRefused => {
            (Status::Io, format!("nothing listens at {host}; start \"usbx share\" or usbipd there, or check the port"))
        }
        ErrorKind::NotFound => {
            (Status::NotFound, format!("there is no socket at {host}; start \"usbx share\" with that address"))
        }
        ErrorKind::PermissionDenied => (Status::Access, format!("this user may not connect to {host}")),
        ErrorKind::TimedOut => {
            (Status::Timeout, format!("{host} does not answer; is it switched on and in this network?"))
        }
        ErrorKind::WouldBlock => (Status::Busy, format!("{host} takes no more connections now; try again")),
        _ => (Status::Io, format!("{host} cannot be reached: {error}; check cable, address and routes")),
    };
    Error::new(status, reason)
}
