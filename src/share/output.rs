//! Bytes on their way to a client that takes them when it likes.

use crate::sys::{Moved, Socket};
use std::time::Instant;

#[derive(Default)]
pub struct Output {
    bytes: Vec<u8>,
    /// So many of them are written.
    at: usize,
    /// Since when the client has taken nothing although there was something.
    waits_since: Option<Instant>,
}

/// Memory above this is given back when all is written.
const KEPT: usize = 1 << 20;

impl Output {
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub fn len(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub fn waits_since(&self) -> Option<Instant> {
        self.waits_since
    }

    /// Writes what the socket takes now. False if the client is gone.
    pub fn flush(&mut self, socket: &mut Socket, now: Instant) -> bool {
        while self.at < self.bytes.len() {
            match socket.write(&self.bytes[self.at..]) {
                Moved::Bytes(count) => {
                    self.at += count;
                    self.waits_since = None;
                }
                Moved::Nothing => {
                    self.waits_since = self.waits_since.or(Some(now));
                    // What is written makes room for what comes, before that grows.
                    if self.at >= self.len() {
                        self.bytes.drain(..self.at);
                        self.at = 0;
                    }
                    return true;
                }
                Moved::Over => return false,
            }
        }
        (self.at, self.waits_since) = (0, None);
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        true
    }
}
