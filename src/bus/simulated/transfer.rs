//! Transfers to a simulated device, driven by the calls that submit or wait.

use super::plugged::Plugged;
use super::queues::{CompletionCell, Isochronous, QueuedTransfer};
use super::state::State;
use crate::bus::{Completion, InFlight, Notice, Tap, Target};
use crate::error::{Error, Result, Status};
use crate::sync::{self, lock};
use crate::sys::Buffer;
use std::sync::Arc;
use std::time::Instant;

pub(super) struct SimulatedTransfer {
    device: Arc<Plugged>,
    target: Target,
    notice: Option<Notice>,
    cell: Arc<CompletionCell>,
}

impl SimulatedTransfer {
    pub fn submit(
        device: &Arc<Plugged>,
        state: &mut State,
        target: &Target,
        buffer: Buffer,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        let (device, target) = (Arc::clone(device), target.clone());
        let transfer = SimulatedTransfer { device, target, notice, cell: Arc::default() };
        transfer.start(state, buffer)?;
        Ok(Arc::new(transfer))
    }

    fn start(&self, state: &mut State, buffer: Buffer) -> Result<()> {
        let now = Instant::now();
        let address = self.target.address();
        let isochronous = match &self.target {
            Target::Isochronous { packets, .. } => {
                // What time alone has ended by now is no transfer before this one any more.
                self.device.service(state, now);
                let alone_since = (!state.queues.has(address)).then_some(now);
                Some(Isochronous { packets: Arc::clone(packets), alone_since, results: packets.begin(), at: 0 })
            }
            _ => None,
        };
        let control = match &self.target {
            Target::Control(setup) => {
                state.requests += 1;
                Some((*setup, state.requests))
            }
            _ if state.settings.is_halted(address) => None,
            _ if state.settings.endpoint(address).is_none() => {
                return Err(Error::invalid("the device has no such endpoint"));
            }
            _ => None,
        };
        let tap = Tap::begin(&self.device.wire, &self.target, buffer.bytes(), buffer.len());
        let transfer = QueuedTransfer {
            address,
            cell: Arc::clone(&self.cell),
            control,
            buffer,
            moved: 0,
            notice: self.notice.clone(),
            tap,
            isochronous,
            zero_packet: matches!(&self.target, Target::Endpoint { extras, .. } if extras.zero_packet),
            begun: false,
            fault: None,
            corrupted: None,
        };
        if control.is_some() {
            // What time alone has moved by now has come before the request, which may be one that ends it.
            self.device.service(state, now);
        }
        if state.unplugged {
            transfer.complete(Err(Status::NoDevice));
        } else if state.settings.is_halted(address) {
            transfer.complete(Err(Status::Pipe));
        } else {
            state.queues.add(address, transfer);
            self.device.service(state, now);
        }
        // A thread that waits may have to wait for another time now.
        self.device.tell(state);
        state.arm(now);
        Ok(())
    }

    fn completion(&self) -> Option<Completion> {
        *lock(&self.cell.completion)
    }
}

impl InFlight for SimulatedTransfer {
    fn again(self: Arc<Self>, buffer: Buffer) -> Result<()> {
        let mut state = self.device.state();
        if state.unplugged {
            return Err(Error::no_device());
        }
        let before = lock(&self.cell.completion).take();
        let started = self.start(&mut state, buffer);
        if started.is_err() {
            // It is still as complete as it was.
            *lock(&self.cell.completion) = before;
        }
        started
    }

    fn cancel(&self) {
        let mut state = self.device.state();
        // What time alone has moved by now was on the bus, whether anybody has looked or not.
        self.device.service(&mut state, Instant::now());
        if let Some(transfer) = state.queues.remove(self.target.address(), &self.cell) {
            state.abandon(transfer, Status::Cancelled);
        }
        self.device.tell(&state);
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<Completion> {
        if let Some(completion) = self.completion() {
            return Some(completion);
        }
        let mut state = self.device.state();
        loop {
            let now = Instant::now();
            self.device.service(&mut state, now);
            if let Some(completion) = self.completion() {
                return Some(completion);
            }
            state.arm(now);
            if matches!(deadline, Some(deadline) if deadline <= now) {
                return None;
            }
            let until = [deadline, state.due(now)].iter().flatten().min().copied();
            state.waiters += 1;
            state = sync::wait(&self.device.progress, state, until);
            state.waiters -= 1;
        }
    }
}
