//! Bytes that came from a client, until a message has taken them.

use crate::sys::{Moved, Socket};
use std::io::IoSliceMut;

#[derive(Default)]
pub struct Input {
    /// Room for what comes; from `at` to `end` there are bytes that no message has taken yet.
    room: Vec<u8>,
    at: usize,
    end: usize,
}

/// Read at once, and the most that one client's turn takes.
const READ: usize = 128 << 10;
const TURN: usize = 1 << 20;

/// Room above this is given back when nothing is in it.
const KEPT: usize = 1 << 20;

impl Input {
    /// Reads what has come; waits, if it may, for a moment if nothing has. False at the end.
    pub fn read(&mut self, socket: &Socket, mut may_wait: bool) -> bool {
        let mut left = TURN;
        while left > 0 {
            if self.room.len() < self.end + READ {
                self.room.resize(self.end + READ, 0);
            }
            let room = self.room.len() - self.end;
            let free = &mut self.room[self.end..];
            let received = match std::mem::take(&mut may_wait) {
                true => socket.wait_and_receive(free),
                false => socket.receive(&mut [IoSliceMut::new(free)]),
            };
            match received {
                Moved::Bytes(count) => {
                    self.end += count;
                    left = left.saturating_sub(count);
                    if count < room {
                        return true;
                    }
                }
                Moved::Nothing => return true,
                Moved::Over => return false,
            }
        }
        true
    }

    pub fn bytes(&self) -> &[u8] {
        &self.room[self.at..self.end]
    }

    /// A message has taken so many.
    pub fn take(&mut self, count: usize) {
        self.at += count;
    }

    pub fn take_all(&mut self) {
        self.at = self.end;
    }

    /// What is left is the beginning of a message: it goes to the front.
    pub fn settle(&mut self) {
        self.room.copy_within(self.at..self.end, 0);
        (self.at, self.end) = (0, self.end - self.at);
        if self.end == 0 && self.room.len() > KEPT {
            self.room = Vec::new();
        }
    }
}
