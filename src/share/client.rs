//! A client's connection: its bytes as messages.

use super::import::Import;
use super::input::Input;
use super::message::{self, Greeting, Incoming, Nonsense};
use super::output::Output;
use super::worker::Worker;
use crate::bus::usbip::protocol::Exported;
use crate::queue::Queue;
use crate::sys::Socket;
use std::net::IpAddr;
use std::time::{Duration, Instant};

pub struct Client {
    pub socket: Socket,
    /// Whether one may wait at the socket itself.
    waits: bool,
    pub from: Option<IpAddr>,
    pub phase: Phase,
    pub output: Output,
    input: Input,
    /// Its turn has ended before its requests did.
    behind: bool,
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

/// Answers that wait before requests are left where they are.
const MOST_OUTPUT: usize = 8 << 20;

/// The most requests that one client's turn takes: others wait no longer than for these.
const TURN: usize = 32;

/// How long a client may take to say what it wants, and to take one more byte of what it was sent.
const GREETING: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);

/// How long its next request is waited for.
const BRIEF: Duration = Duration::from_millis(1);

impl Client {
    pub fn new(socket: Socket, from: Option<IpAddr>, now: Instant) -> Client {
        Client {
            waits: socket.let_wait(BRIEF),
            socket,
            from,
            phase: Phase::Greeting,
            output: Output::default(),
            input: Input::default(),
            behind: false,
            over: false,
            since: now,
            polled: (true, false),
        }
    }

    /// Reads what has come, unless there is something already.
    pub fn read(&mut self) {
        if self.polled.0 && !self.behind {
            self.over |= !self.input.read(&self.socket, false);
        }
    }

    /// Waits for its next request, for `BRIEF` at most. True if something came.
    pub fn wait(&mut self) -> bool {
        self.over |= !self.input.read(&self.socket, true);
        self.over || !self.input.bytes().is_empty()
    }

    /// Whether all that it has asked for is answered, and it may ask for more.
    pub fn is_idle(&self) -> bool {
        let done = matches!(&self.phase, Phase::Imported(import) if import.has_nothing());
        done && self.waits && self.polled == (true, false) && self.wants() == self.polled && !self.behind
    }

    /// What it begins with; `None` if that has not come whole, or was taken before.
    pub fn greeting(&mut self) -> Result<Option<Greeting>, Nonsense> {
        if !matches!(self.phase, Phase::Greeting) {
            return Ok(None);
        }
        let Some((greeting, length)) = message::greeting(self.input.bytes())? else {
            self.input.settle();
            return Ok(None);
        };
        self.input.take(length);
        Ok(Some(greeting))
    }

    /// Takes a turn of the requests that have come, each to its device.
    pub fn requests(&mut self, queue: &Queue) -> Result<(), Nonsense> {
        let Client { phase, input, output, .. } = self;
        let import = match phase {
            Phase::Imported(import) => import,
            Phase::Leaving => {
                self.behind = false;
                input.take_all();
                input.settle();
                return Ok(());
            }
            Phase::Greeting | Phase::Waiting(_) | Phase::Opening(..) => return Ok(()),
        };
        self.behind = true;
        for _ in 0..TURN {
            if output.len() >= MOST_OUTPUT {
                break;
            }
            if import.follow(queue, output) {
                continue;
            }
            let isochronous = |endpoint, is_in, packets| import.is_isochronous(endpoint, is_in, packets);
            let Some((incoming, length)) = message::request(input.bytes(), isochronous)? else {
                self.behind = false;
                input.settle();
                break;
            };
            match incoming {
                Incoming::Submit(submission) => import.submit(submission, queue, output)?,
                Incoming::Unlink { sequence, target } => import.unlink(sequence, target, queue, output),
            }
            input.take(length);
        }
        Ok(())
    }

    /// Whether it is its turn again although nothing has come.
    pub fn is_behind(&self) -> bool {
        self.behind && self.output.len() < MOST_OUTPUT
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
            Phase::Greeting | Phase::Imported(_) => self.over && !self.behind,
        };
        self.output.flush(&mut self.socket, now) && !(done && self.output.len() == 0)
    }
}
