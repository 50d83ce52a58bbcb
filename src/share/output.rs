//! Bytes on their way to a client that takes them when it likes. A transfer's own are sent from where the device has put them.

use crate::sys::{Buffer, Moved, Socket};
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::io::IoSlice;
use std::time::Instant;

#[derive(Default)]
pub struct Output {
    pieces: VecDeque<Piece>,
    /// So many bytes of the first one are written.
    at: usize,
    /// Of all that is not written.
    length: usize,
    /// Since when the client has taken nothing although there was something.
    waits_since: Option<Instant>,
    /// Memory for the next piece.
    spare: Vec<u8>,
}

enum Piece {
    Bytes(Vec<u8>),
    Data(Buffer),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match self {
            Piece::Bytes(bytes) => bytes,
            Piece::Data(data) => data.bytes(),
        }
    }
}

/// Pieces given to the system at once.
const AT_ONCE: usize = 16;

/// Memory above this is given back when all is written.
const KEPT: usize = 64 << 10;

/// Data of fewer bytes are copied: that takes less than a piece of their own.
const COPIED: usize = 2048;

impl Output {
    pub fn add(&mut self, bytes: &[u8]) {
        self.length += bytes.len();
        match self.pieces.back_mut() {
            Some(Piece::Bytes(last)) if last.len() < KEPT => last.extend_from_slice(bytes),
            _ => {
                let mut piece = std::mem::take(&mut self.spare);
                piece.extend_from_slice(bytes);
                self.pieces.push_back(Piece::Bytes(piece));
            }
        }
    }

    /// The first bytes of a transfer's memory, of so many that it has. Where these are few, they do not keep it.
    pub fn add_data(&mut self, data: Buffer, capacity: usize) {
        if data.len() < COPIED || data.len() < capacity / 2 {
            return self.add(data.bytes());
        }
        self.length += data.len();
        self.pieces.push_back(Piece::Data(data));
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn waits_since(&self) -> Option<Instant> {
        self.waits_since
    }

    /// Writes what the socket takes now. False if the client is gone.
    pub fn flush(&mut self, socket: &mut Socket, now: Instant) -> bool {
        while self.length > 0 {
            match self.send(socket) {
                Moved::Bytes(count) => {
                    self.waits_since = None;
                    self.written(count);
                }
                Moved::Nothing => {
                    self.waits_since = self.waits_since.or(Some(now));
                    return true;
                }
                Moved::Over => return false,
            }
        }
        self.waits_since = None;
        true
    }

    fn send(&self, socket: &Socket) -> Moved {
        let mut written = self.at;
        let rest = |piece| IoSlice::new(&Piece::bytes(piece)[std::mem::take(&mut written)..]);
        let slices: SmallVec<[IoSlice<'_>; AT_ONCE]> = self.pieces.iter().take(AT_ONCE).map(rest).collect();
        socket.send(&slices)
    }

    fn written(&mut self, count: usize) {
        self.length -= count;
        self.at += count;
        while let Some(length) =
            self.pieces.front().map(|piece| piece.bytes().len()).filter(|length| *length <= self.at)
        {
            self.at -= length;
            if let Some(Piece::Bytes(mut bytes)) = self.pieces.pop_front() {
                if bytes.capacity() <= KEPT {
                    bytes.clear();
                    self.spare = bytes;
                }
            }
        }
    }
}

#[cfg(all(test, not(loom), unix))]
mod tests {
    use super::*;
    use crate::sys::Memory;
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    /// A client that reads a little now and then: what it gets is what was added, wherever a write ends.
    #[test]
    fn whatever_the_socket_takes_the_bytes_stay_in_order() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        ours.set_nonblocking(true).unwrap();
        let mut socket = Socket::Unix(ours);
        let (mut output, mut sent, mut got) = (Output::default(), Vec::new(), Vec::new());
        for (number, length) in
            [5usize, 100_000, 48, 0, 2047, 2048, 65_536, 7, 300_000, 1].into_iter().cycle().take(60).enumerate()
        {
            let bytes: Vec<u8> = (0..length).map(|at| (number * 31 + at) as u8).collect();
            sent.extend_from_slice(&bytes);
            if number % 2 == 0 {
                output.add(&bytes);
            } else {
                let memory = Memory::heap(length.max(1)).unwrap();
                memory.access(|space| space[..length].copy_from_slice(&bytes)).unwrap();
                output.add_data(memory.lend(length).unwrap(), length);
            }
            assert!(output.flush(&mut socket, Instant::now()));
            let mut some = vec![0; 1 + number * 997 % 40_000];
            let count = theirs.read(&mut some).unwrap();
            got.extend_from_slice(&some[..count]);
        }
        while got.len() < sent.len() {
            assert!(output.flush(&mut socket, Instant::now()));
            let mut some = vec![0; 30_011];
            let count = theirs.read(&mut some).unwrap();
            got.extend_from_slice(&some[..count]);
        }
        assert!(sent == got && output.len() == 0 && output.pieces.is_empty());
    }

    #[test]
    fn few_bytes_do_not_keep_much_memory() {
        let memory = Memory::heap(1 << 20).unwrap();
        let mut output = Output::default();
        output.add_data(memory.lend(100_000).unwrap(), 1 << 20);
        assert!(memory.lend(1).is_some(), "it is free");
        output.add_data(memory.lend(600_000).unwrap(), 1 << 20);
        assert!(memory.lend(1).is_none(), "it is sent from there");
    }
}
