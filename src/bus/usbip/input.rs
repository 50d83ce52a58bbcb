//! Answers of a device's host, read as they come and put where they belong.

use super::protocol::{Header, Message, Packet, HEADER, PACKET};
use super::request::{Part, Request};
use super::state::{Owner, State};
use crate::bus::{Held, Target};
use crate::error::Status;
use crate::sys::{Moved, Socket};
use std::collections::hash_map::Entry;
use std::io::IoSliceMut;
use std::sync::Arc;
use std::time::Instant;

#[derive(Default)]
pub struct Input {
    staged: Vec<u8>,
    /// Where in it the bytes lie that were not looked at yet.
    begin: usize,
    end: usize,
    reply: Option<Reply>,
    /// The answer that came last has so much data that they are not staged, and so will the next have.
    is_long: bool,
    /// Endpoints whose read-ahead got something.
    pub answered: Vec<u8>,
}

/// An answer of which the header has come.
struct Reply {
    sequence: u32,
    owner: Owner,
    status: i32,
    actual: usize,
    /// So many bytes of data follow, and so many have come.
    length: usize,
    at: usize,
    /// Of isochronous transfers: their data as they come, then the packets.
    scratch: Vec<u8>,
    packets: usize,
}

pub enum Failure {
    Over,
    Nonsense(&'static str),
}

const STAGE: usize = 16 << 10;

const UNASKED: Failure =
    Failure::Nonsense("its host answered what this process has not asked; the one that it was forked from may have");
const TOO_MUCH: Failure = Failure::Nonsense("its host sent more than was asked for");
const UNTOLD: Failure =
    Failure::Nonsense("its host did not tell of every packet and every byte of an isochronous transfer");

impl Input {
    /// Takes bytes that were read from the socket.
    pub fn take(&mut self, bytes: &[u8], state: &mut State) -> Result<(), Failure> {
        if self.staged.is_empty() {
            self.staged.resize(STAGE, 0);
        }
        // After each look less than a header is left there.
        self.staged.copy_within(self.begin..self.end, 0);
        (self.begin, self.end) = (0, self.end - self.begin + bytes.len());
        self.staged[self.end - bytes.len()..self.end].copy_from_slice(bytes);
        self.digest(state)
    }

    /// Takes what the socket has now.
    pub fn receive(&mut self, socket: &Socket, state: &mut State) -> Result<(), Failure> {
        if self.staged.is_empty() {
            self.staged.resize(STAGE, 0);
        }
        loop {
            self.digest(state)?;
            (self.begin, self.end) = match self.begin == self.end {
                true => (0, 0),
                false => {
                    self.staged.copy_within(self.begin..self.end, 0);
                    (0, self.end - self.begin)
                }
            };
            let (end, staged) = (self.end, &mut self.staged[self.end..]);
            let mut room = staged.len();
            // A long piece of data goes where it belongs without a stop, and the header behind it to the stage: data behind that would be copied.
            let (least, begins) = (if self.is_long { 1 } else { STAGE }, self.reply.is_none());
            let long = self.reply.as_mut().filter(|reply| reply.length - reply.at >= least);
            let goes_direct = long.is_some();
            let received = match long {
                Some(reply) => {
                    let header = &mut staged[..HEADER];
                    room = header.len();
                    reply.receive(socket, header, &mut room)
                }
                // Behind this header, too, there will be such a piece.
                None if self.is_long && begins => {
                    room = HEADER - end;
                    socket.receive(&mut [IoSliceMut::new(&mut staged[..room])])
                }
                None => socket.receive(&mut [IoSliceMut::new(staged)]),
            };
            match received {
                Moved::Bytes(count) => {
                    let mut rest = count;
                    if let Some(reply) = self.reply.as_mut().filter(|_| goes_direct) {
                        let direct = rest.min(reply.length - reply.at);
                        reply.at += direct;
                        rest -= direct;
                    }
                    self.end = end + rest;
                    if count < room {
                        return self.digest(state);
                    }
                }
                Moved::Nothing => return Ok(()),
                Moved::Over => return Err(Failure::Over),
            }
        }
    }

    /// Goes on with what is staged.
    fn digest(&mut self, state: &mut State) -> Result<(), Failure> {
        loop {
            let Some(reply) = &mut self.reply else {
                let Some(bytes) = self.staged[self.begin..self.end].get(..HEADER) else { return Ok(()) };
                let bytes: [u8; HEADER] = bytes.try_into().unwrap_or([0; HEADER]);
                self.begin += HEADER;
                let header =
                    Header::parse(&bytes).ok_or(Failure::Nonsense("its host does not speak USB/IP any more"))?;
                self.reply = begin(&header, state)?;
                self.is_long = self.reply.as_ref().is_some_and(|reply| reply.length >= STAGE);
                continue;
            };
            let staged = &self.staged[self.begin..self.end];
            self.begin += reply.take(staged);
            if reply.at < reply.length {
                return Ok(());
            }
            if let Some(reply) = self.reply.take() {
                let ahead = if let Owner::Ahead(address, _) = reply.owner { Some(address) } else { None };
                reply.finish(state)?;
                self.answered.extend(ahead);
            }
        }
    }

    /// Whose answer is under way.
    pub fn owner(&self) -> Option<&Owner> {
        self.reply.as_ref().map(|reply| &reply.owner)
    }

    /// The link is broken: what has come of the answer that was under way counts.
    pub fn abandon(&mut self, state: &mut State) -> Option<Arc<Request>> {
        let reply = self.reply.take()?;
        let request = match reply.owner {
            Owner::Request(request, _) => request,
            Owner::Ahead(address, _) => {
                if let Some(pipe) = state.pipes.get_mut(&address) {
                    if let Some(data) = pipe.ahead.data(reply.sequence) {
                        *data = reply.scratch;
                    }
                    pipe.ahead.answered(reply.sequence, Some(Status::NoDevice));
                    self.answered.push(address);
                }
                return None;
            }
            _ => return None,
        };
        if !matches!(request.target, Target::Isochronous { .. }) {
            request.progress().moved += reply.at;
        }
        Some(request)
    }
}

/// What follows a header; nothing, if that was all.
fn begin(header: &Header, state: &mut State) -> Result<Option<Reply>, Failure> {
    let sequence = header.sequence;
    match header.message {
        Message::Submitted { status, actual, packets, .. } => {
            // One that cannot be right leaves its request where it is, to end with the connection.
            let Entry::Occupied(asked) = state.in_flight.entry(sequence) else { return Err(UNASKED) };
            let actual = actual as usize;
            let (is_in, most, most_packets) = match asked.get() {
                Owner::Request(request, part) => (request.is_in, part.length, part.packets),
                Owner::Ahead(_, room) => (true, *room, 0),
                Owner::Retired { is_in, room, packets } => (*is_in, *room, *packets),
                Owner::Unlink { .. } => return Err(UNASKED),
            };
            let packets = if most_packets == 0 { 0 } else { packets as usize };
            if actual > most || packets > most_packets {
                return Err(TOO_MUCH);
            }
            // One that failed as a whole has none.
            let has_none = packets == 0 && status != 0 && !(is_in && actual > 0);
            if packets < most_packets && !has_none {
                return Err(UNTOLD);
            }
            let owner = asked.remove();
            let length = if is_in { actual } else { 0 } + packets * PACKET;
            Ok(Some(Reply { sequence, owner, status, actual, length, at: 0, scratch: Vec::new(), packets }))
        }
        Message::Unlinked { status } => {
            let Some(&Owner::Unlink { target, again }) = state.in_flight.get(&sequence) else { return Err(UNASKED) };
            state.in_flight.remove(&sequence);
            state.cancel_answered = Some(Instant::now());
            match state.in_flight.remove(&target) {
                // It says that it was complete. Linux sends the answers to requests before those to unlinks, but for one that is complete
                // between the two: that answer has passed before a second unlink is answered.
                Some(owner @ Owner::Request(..)) if status == 0 && !again => {
                    state.in_flight.insert(target, owner);
                    state.doubtful.push(target);
                }
                Some(Owner::Request(request, part)) => {
                    if status == 0 {
                        let (is_in, room, packets) = (request.is_in, part.length, part.packets);
                        state.in_flight.insert(target, Owner::Retired { is_in, room, packets });
                    }
                    returned(&request, 0, Some(Status::Cancelled), state);
                }
                Some(owner) if status == 0 => drop(state.in_flight.insert(target, owner)),
                _ => {}
            }
            Ok(None)
        }
        _ => Err(UNASKED),
    }
}

impl Reply {
    /// Reads right into the place of the data.
    fn receive(&mut self, socket: &Socket, staged: &mut [u8], room: &mut usize) -> Moved {
        let missing = self.length - self.at;
        if let Owner::Request(request, part) = &self.owner {
            if self.packets == 0 {
                let mut progress = request.progress();
                if let Held::Caller { buffer } = &mut progress.held {
                    let begin = part.offset + self.at;
                    let space = &mut buffer.space()[begin..begin + missing];
                    *room += missing;
                    return socket.receive(&mut [IoSliceMut::new(space), IoSliceMut::new(staged)]);
                }
            }
        }
        let begin = self.scratch.len();
        self.scratch.resize(begin + missing, 0);
        *room += missing;
        let received = socket.receive(&mut [IoSliceMut::new(&mut self.scratch[begin..]), IoSliceMut::new(staged)]);
        let count = if let Moved::Bytes(count) = received { count } else { 0 };
        self.scratch.truncate(begin + count.min(missing));
        received
    }

    /// Takes staged bytes: how many.
    fn take(&mut self, staged: &[u8]) -> usize {
        let count = staged.len().min(self.length - self.at);
        match &self.owner {
            Owner::Request(request, part) if self.packets == 0 => {
                let mut progress = request.progress();
                if let Held::Caller { buffer } = &mut progress.held {
                    let begin = part.offset + self.at;
                    buffer.space()[begin..begin + count].copy_from_slice(&staged[..count]);
                }
            }
            _ => self.scratch.extend_from_slice(&staged[..count]),
        }
        self.at += count;
        count
    }

    fn finish(self, state: &mut State) -> Result<(), Failure> {
        let failure = outcome(self.status);
        let is_wanted = matches!(self.owner, Owner::Request(..) | Owner::Ahead(..));
        state.has_left |= is_wanted && failure == Some(Status::NoDevice);
        match self.owner {
            Owner::Request(request, part) if self.packets > 0 => {
                let data = self.length - self.packets * PACKET;
                let (data, packets) = self.scratch.split_at(data);
                if let Err(nonsense) = place(&request, &part, data, packets) {
                    state.in_flight.insert(self.sequence, Owner::Request(request, part));
                    return Err(nonsense);
                }
                // What became of each packet is told.
                let failure = failure.filter(|status| matches!(status, Status::Cancelled | Status::NoDevice));
                returned(&request, 0, failure, state);
            }
            Owner::Request(request, part) => {
                request.progress().note_errno(self.status);
                // On a bus there is no write that succeeds with less.
                let is_short = !request.is_in && self.actual < part.length && request.address() != 0;
                let failure = failure.or(is_short.then_some(Status::Io));
                returned(&request, self.actual, failure, state);
            }
            Owner::Ahead(address, _) => {
                if let Some(pipe) = state.pipes.get_mut(&address) {
                    if let Some(data) = pipe.ahead.data(self.sequence) {
                        *data = self.scratch;
                    }
                    pipe.ahead.answered(self.sequence, failure);
                }
            }
            Owner::Unlink { .. } | Owner::Retired { .. } => {}
        }
        Ok(())
    }
}

/// One of the request's messages is over.
fn returned(request: &Arc<Request>, moved: usize, failure: Option<Status>, state: &mut State) {
    if request.progress().returned(moved, failure) {
        request.finish(None);
        state.news = true;
    }
}

/// Puts the packets' data, which came one after the other, into the packets' own places.
fn place(request: &Request, part: &Part, data: &[u8], packets: &[u8]) -> Result<(), Failure> {
    let Target::Isochronous { packets: asked, .. } = &request.target else { return Ok(()) };
    let lengths = &asked.lengths[part.first..];
    let told: Vec<Packet> =
        packets.chunks_exact(PACKET).map(|bytes| Packet::parse(&bytes.try_into().unwrap_or([0; PACKET]))).collect();
    if told.iter().zip(lengths).any(|(packet, length)| packet.actual > *length) {
        return Err(TOO_MUCH);
    }
    let mut progress = request.progress();
    if request.is_in {
        let Held::Caller { buffer } = &mut progress.held else { return Ok(()) };
        let (mut from, mut to) = (0, part.offset);
        for (packet, length) in told.iter().zip(lengths) {
            let actual = packet.actual as usize;
            let bytes = data.get(from..from + actual).ok_or(TOO_MUCH)?;
            buffer.space()[to..to + actual].copy_from_slice(bytes);
            (from, to) = (from + actual, to + *length as usize);
        }
        if from < data.len() {
            return Err(UNTOLD);
        }
    }
    if let Some(places) = progress.places(part.first) {
        for (place, packet) in places.iter_mut().zip(&told) {
            *place = (packet.actual, outcome(packet.status).map_or(Ok(()), Err));
        }
    }
    Ok(())
}

/// What a Linux errno of a transfer means (Linux, Documentation/driver-api/usb/error-codes.rst).
fn outcome(status: i32) -> Option<Status> {
    // A hostile host may send any number, i32::MIN too.
    match status.wrapping_neg() {
        // EREMOTEIO is a short read.
        0 | 121 => None,
        // ENOENT, ECONNRESET
        2 | 104 => Some(Status::Cancelled),
        // ENODEV, ESHUTDOWN
        19 | 108 => Some(Status::NoDevice),
        12 => Some(Status::NoMem),
        32 => Some(Status::Pipe),
        75 => Some(Status::Overflow),
        _ => Some(Status::Io),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_a_host_may_send_is_an_outcome() {
        assert_eq!(outcome(0), None);
        assert_eq!(outcome(-32), Some(Status::Pipe));
        for status in [i32::MIN, i32::MIN + 1, -1, 1, 32, i32::MAX] {
            assert_eq!(outcome(status), Some(Status::Io), "{status}");
        }
    }
}
