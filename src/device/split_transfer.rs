//! A call that moves more than one transfer should: in pieces, so that the bus waits as little as possible between two of them.
//!
//! A read starts its next piece only when it has seen the one before full: a short packet ends the call, and what the device
//! sends after it belongs to the next one. But it does so before it copies the one before, out of memory shared with the
//! system. A write has the next piece under way already while one moves.

use super::{Device, Scope};
use crate::bus::{InFlight, Target};
use crate::completion::{Pending, MOST_RUNNING};
use crate::error::{Error, Result, Status};
use crate::sync::lock;
use crate::sys::{Buffer, Memory};
use crate::usb::Direction;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

/// No transfer is made smaller than this when memory is short: a multiple of every packet size.
pub(super) const SMALLEST: usize = 16 * 1024;

/// Of a piece to write, or to read in shared memory, which the system has to find in one go.
const SMALL: usize = 256 * 1024;

/// Of a piece to read that the kernel copies while the bus waits.
const LARGE: usize = 1024 * 1024;

/// The least size of a read for which making shared memory is worth it (measured: benches/peers).
const WORTH_SHARING: usize = 2 * 1024 * 1024;

pub(super) struct SplitTransfer<'a> {
    device: &'a Device,
    pending: &'a Arc<Pending>,
    scope: Scope,
    target: &'a Target,
    deadline: Option<Instant>,
    /// What no piece has yet.
    rest: Buffer,
    size: usize,
    /// Memory shared with the system that no piece uses now; none if the system gives none, or if it is not worth it.
    shared: Vec<Arc<Memory>>,
    running: VecDeque<Piece>,
    started: bool,
    pub transferred: usize,
}

struct Piece {
    transfer: Arc<dyn InFlight>,
    length: usize,
    /// Where its bytes are instead, and where an IN piece's are to go.
    shared: Option<(Arc<Memory>, Buffer)>,
}

/// Why a call ended early: what became of a transfer, or why one could not be started.
type Failure = Result<Status>;

impl<'a> SplitTransfer<'a> {
    pub fn new(
        device: &'a Device,
        pending: &'a Arc<Pending>,
        scope: Scope,
        target: &'a Target,
        buffer: Buffer,
        deadline: Option<Instant>,
    ) -> SplitTransfer<'a> {
        let way = target.direction();
        let shared = match way {
            Direction::In if buffer.len() >= WORTH_SHARING && !buffer.is_mapped() => {
                device.fast_shared_memory(way, SMALL, MOST_RUNNING)
            }
            _ => Vec::new(),
        };
        let size = if way == Direction::In && shared.is_empty() { LARGE } else { SMALL };
        let running = VecDeque::with_capacity(MOST_RUNNING);
        SplitTransfer {
            device,
            pending,
            scope,
            target,
            deadline,
            rest: buffer,
            size,
            shared,
            running,
            started: false,
            transferred: 0,
        }
    }

    /// Moves all of it; the reason if that was not to be.
    pub fn run(&mut self) -> Option<Failure> {
        let reads = self.target.direction() == Direction::In;
        let most = if reads { 1 } else { MOST_RUNNING };
        let (mut failure, mut over, mut arrived) = (None, false, None);
        loop {
            while !over && self.running.len() < most && (!self.rest.is_empty() || !self.started) {
                match self.start() {
                    Ok(true) => {}
                    Ok(false) => break,
                    Err(why) => {
                        over = true;
                        failure = Some(why);
                    }
                }
            }
            if let Some((piece, moved)) = arrived.take() {
                self.take_out(piece, moved, reads);
            }
            let Some(piece) = self.running.pop_front() else { return failure };
            let time_is_up = || self.device.time_is_up(self.pending);
            let completion = self.pending.wait(&*piece.transfer, self.deadline, time_is_up);
            self.pending.ran();
            self.transferred += completion.transferred;
            over |= completion.transferred < piece.length;
            if let Err(status) = completion.result {
                over = true;
                if failure.is_none() {
                    failure = Some(Ok(status));
                    // Nothing is to go on after it.
                    self.pending.cancel();
                }
            }
            arrived = Some((piece, completion.transferred));
        }
    }

    /// Starts the next piece; false if the system has no memory for it beside those that run.
    fn start(&mut self) -> std::result::Result<bool, Failure> {
        loop {
            let length = self.rest.len().min(self.size);
            let shared = self.shared.pop();
            let mut lent = match &shared {
                Some(memory) => {
                    let lent = memory.lend(length);
                    let mut lent = lent.ok_or_else(|| Err(Error::new(Status::Internal, "shared memory is in use")))?;
                    if self.target.direction() == Direction::Out {
                        lent.space().copy_from_slice(&self.rest.bytes()[..length]);
                    }
                    Some(lent)
                }
                None => None,
            };
            let submitted = self.submit(lent.as_mut(), length)?;
            drop(lent);
            match submitted {
                Ok(transfer) => {
                    let shared = shared.map(|memory| (memory, self.rest.split_to(length)));
                    self.running.push_back(Piece { transfer, length, shared });
                    self.started = true;
                    return Ok(true);
                }
                Err(error) if error.status != Status::NoMem => return Err(Err(error)),
                Err(_) if !self.running.is_empty() => {
                    self.shared.extend(shared);
                    return Ok(false);
                }
                // The kernel's share for USB is limited for all programs together: ask for less before giving up.
                Err(_) if length > SMALLEST => {
                    self.size = (length / 2).max(SMALLEST) / SMALLEST * SMALLEST;
                    self.shared.clear();
                }
                Err(error) => return Err(Err(error)),
            }
        }
    }

    fn submit(
        &mut self,
        lent: Option<&mut Buffer>,
        length: usize,
    ) -> std::result::Result<Result<Arc<dyn InFlight>>, Failure> {
        let mut state = lock(&self.device.state);
        if let Some(end) = self.pending.ended() {
            return Err(Ok(end.status()));
        }
        let buffer = lent.unwrap_or(&mut self.rest);
        Ok(state.submit(self.pending, self.scope, self.target, buffer, length, None))
    }

    /// Copies what a piece has brought, and has its memory back for another one.
    fn take_out(&mut self, piece: Piece, moved: usize, reads: bool) {
        if let Some((memory, mut place)) = piece.shared {
            if reads {
                memory.access(|bytes| place.space()[..moved].copy_from_slice(&bytes[..moved]));
            }
            self.shared.push(memory);
        }
    }
}
