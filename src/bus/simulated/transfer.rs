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
        let isochronous = match &self.target {
            Target::Isochronous { packets, .. } => {
                Some(Isochronous { packets: Arc::clone(packets), submitted: now, results: packets.begin(), at: 0 })
            }
            _ => None,
        };
        let (cell, notice) = (Arc::clone(&self.cell), self.notice.clone());
        let zero_packet = matches!(&self.target, Target::Endpoint { extras, .. } if extras.zero_packet);
        let tap = Tap::begin(&self.device.wire, &self.target, buffer.bytes(), buffer.len());
        let mut request = QueuedTransfer { cell, buffer, moved: 0, notice, tap, isochronous, zero_packet };
        let address = self.target.address();
        match &self.target {
            Target::Control(setup) => {
                // What time alone has moved by now has come before the request, which may be one that ends it.
                state.service(now);
                let result = state.request(setup, &mut request, now);
                request.complete(result);
                // A request may set things going at other endpoints.
                state.service(now);
            }
            _ if state.halted.contains(&address) => request.complete(Err(Status::Pipe)),
            _ if state.endpoint(address).is_none() => {
                request.tap.refused(Status::NotFound);
                return Err(Error::invalid("the device has no such endpoint"));
            }
            _ => {
                state.queues.endpoints.entry(address).or_default().push_back(request);
                state.service(now);
            }
        }
        if state.waiters > 0 {
            self.device.progress.notify_all();
        }
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
        state.service(Instant::now());
        let queue = state.queues.endpoints.entry(self.target.address()).or_default();
        if let Some(at) = queue.iter().position(|request| Arc::ptr_eq(&request.cell, &self.cell)) {
            if let Some(request) = queue.remove(at) {
                request.complete(Err(Status::Cancelled));
            }
        }
        if state.waiters > 0 {
            self.device.progress.notify_all();
        }
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<Completion> {
        if let Some(completion) = self.completion() {
            return Some(completion);
        }
        let mut state = self.device.state();
        loop {
            let now = Instant::now();
            if state.service(now) && state.waiters > 0 {
                self.device.progress.notify_all();
            }
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
