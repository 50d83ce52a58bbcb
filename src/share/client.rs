//! A client's connection: its bytes as messages.

use super::import::Import;
use super::message::{greeting, request, Incoming, Nonsense};
use super::output::Output;
use super::worker::Worker;
use crate::bus::usbip::protocol::Exported;
use crate::sys::{Moved, Socket};
use std::time::{Duration, Instant};

pub struct Client {
    pub socket: Socket,
    pub phase: Phase,
    pub output: Output,
    /// Room for what comes; from `at` to `end` there are bytes that no message has taken yet.
    input: Vec<u8>,
    at: usize,
    end: usize,
    /// It sends no more. What it has asked for before is answered as far as that is at hand.
    over: bool,
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

/// Read at once, and the most that one client's turn takes.
const READ: usize = 128 << 10;
const TURN: usize = 1 << 20;

/// Room above this is given back when nothing is in it.
const KEPT: usize = 1 << 20;

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
            end: 0,
            over: false,
            since: now,
            polled: (true, false),
        }
    }

    /// Reads what has come.
    pub fn read(&mut self) {
        let mut left = TURN;
        while left > 0 {
            if self.input.len() < self.end + READ {
                self.input.resize(self.end + READ, 0);
            }
            let room = self.input.len() - self.end;
            match self.socket.read(&mut self.input[self.end..]) {
                Moved::Bytes(count) => {
                    self.end += count;
                    left = left.saturating_sub(count);
                    if count < room {
                        return;
                    }
                }
                Moved::Nothing => return,
                Moved::Over => return self.over = true,
            }
        }
    }

    /// The next message; `None` if it has not come whole.
    pub fn next(&mut self) -> Result<Option<Incoming>, Nonsense> {
        let rest = &self.input[self.at..self.end];
        let parsed = match &self.phase {
            Phase::Greeting => greeting(rest)?,
            Phase::Imported(import) => {
                request(rest, |endpoint, is_in, packets| import.is_isochronous(endpoint, is_in, packets))?
            }
            Phase::Waiting(_) | Phase::Opening(..) => None,
            Phase::Leaving => {
                self.at = self.end;
                None
            }
        };
        if let Some((incoming, length)) = parsed {
            self.at += length;
            return Ok(Some(incoming));
        }
        // The beginning of the next one goes to the front.
        self.input.copy_within(self.at..self.end, 0);
        (self.at, self.end) = (0, self.end - self.at);
        if self.end == 0 && self.input.len() > KEPT {
            self.input = Vec::new();
        }
        Ok(None)
    }

    /// What it is to be polled for.
    pub fn wants(&self) -> (bool, bool) {
        let waits = matches!(self.phase, Phase::Waiting(_) | Phase::Opening(..));
        let reads = !self.over && !waits && self.output.len() < MOST_OUTPUT;
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
        let done = match self.phase {
            Phase::Leaving => true,
            Phase::Waiting(_) | Phase::Opening(..) => false,
            Phase::Greeting | Phase::Imported(_) => self.over,
        };
        self.output.flush(&mut self.socket, now) && !(done && self.output.len() == 0)
    }
}
