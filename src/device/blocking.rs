//! Calls that return when their bytes have moved, or when time, cancel, close or the bus ended them; what moved is always
//! counted.

use super::split_transfer::{SplitTransfer, SMALLEST};
use super::submission::{Admitted, Patience, Request};
use super::{Device, State};
use crate::bus::{Completion, Extras, Packets, Target};
use crate::completion::{End, Life, Pending};
use crate::error::{Error, Outcome, Result, Status};
use crate::sync::MutexGuard;
use crate::sys::Buffer;
use crate::usb::{Direction, TransferType};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Given to transfers, this is a mistake: it is for the library's own queues.
const NO_WAIT: u32 = u32::MAX;

pub fn check_timeout(timeout_ms: u32) -> Result<()> {
    if timeout_ms == NO_WAIT {
        return Err(Error::invalid(
            "USBX_NO_WAIT is not a timeout for a transfer; give milliseconds, or USBX_NO_TIMEOUT to wait forever",
        ));
    }
    Ok(())
}

impl Device {
    pub fn transfer(
        &self,
        transfer_type: TransferType,
        way: Direction,
        address: u8,
        buffer: Buffer,
        timeout_ms: u32,
    ) -> Outcome {
        let outcome =
            self.run(&Request::Endpoint { transfer_type, way, address, extras: Extras::default() }, buffer, timeout_ms);
        outcome.during(|| format!("{} endpoint 0x{address:02x} of {self}", way.verb(transfer_type)))
    }

    /// One isochronous transfer: the packets' bytes lie in the buffer one after the other.
    pub fn isochronous(
        &self,
        way: Direction,
        address: u8,
        buffer: Buffer,
        packets: &Arc<Packets>,
        timeout_ms: u32,
    ) -> Outcome {
        let request = Request::Isochronous { way, address, packets: Arc::clone(packets) };
        let outcome = self.run(&request, buffer, timeout_ms);
        outcome.during(|| format!("{} endpoint 0x{address:02x} of {self}", way.verb(TransferType::Isochronous)))
    }

    /// Moves the whole buffer. The caller says in its own words what was tried.
    pub(super) fn run(&self, request: &Request, mut buffer: Buffer, timeout_ms: u32) -> Outcome {
        let deadline = match timeout_ms {
            0 => None,
            timeout => Some(Instant::now() + Duration::from_millis(timeout.into())),
        };
        let patience = deadline.map_or(Patience::Unlimited, Patience::Until);
        let mut once = || {
            let admitted = self.admit(request, &buffer, patience).map_err(|error| match error.status {
                Status::Busy => held_up(error, timeout_ms),
                _ => error,
            })?;
            self.run_admitted(admitted, request, &mut buffer, timeout_ms, deadline)
        };
        let outcome = check_timeout(timeout_ms).and_then(|()| match once() {
            // It shows only now that the claim or the setting is gone. Admitted anew, it has them again.
            Err(_) if self.is_disturbed() => once(),
            outcome => outcome,
        });
        outcome.unwrap_or_else(|error| Outcome::failed(self.or_gone(error)))
    }

    fn run_admitted(
        &self,
        admitted: Admitted<'_>,
        request: &Request,
        buffer: &mut Buffer,
        timeout_ms: u32,
        deadline: Option<Instant>,
    ) -> Result<Outcome> {
        let Admitted { mut state, target, scope } = admitted;
        let wanted = buffer.len();
        let divisible = matches!(target, Target::Endpoint { .. });
        // Shared with the system it needs no piece of memory of the system's for each transfer.
        let long = divisible
            && !buffer.is_mapped()
            && wanted > state.handle.as_ref().ok_or_else(super::closed)?.max_transfer();
        let mut life = if long { Life::LongCall } else { Life::Call };
        if !long && !state.has_long_call(request.address()) {
            let pending = Arc::new(Pending::new(request.address(), life));
            match state.submit(&pending, scope, &target, buffer, wanted, None) {
                Ok(transfer) => {
                    drop(state);
                    let _listed = Listed { device: self, pending: &pending };
                    let completion = pending.wait(&*transfer, deadline, || self.time_is_up(&pending));
                    drop(transfer);
                    let outcome = self.outcome(&target, completion, timeout_ms, wanted);
                    self.leave(&pending);
                    return Ok(outcome);
                }
                // The kernel's share for USB is limited for all programs together: ask for less before giving up.
                Err(error) if error.status == Status::NoMem && divisible && wanted > SMALLEST => {
                    life = Life::LongCall;
                }
                Err(error) => return Err(error),
            }
        }
        let pending = Arc::new(Pending::new(request.address(), life));
        state.enter(&pending, scope);
        let _listed = Listed { device: self, pending: &pending };
        let state = self.wait_for_turn(state, &pending, deadline);
        drop(state);
        let mut parts = SplitTransfer::new(self, &pending, scope, &target, buffer.split_to(wanted), deadline);
        let failure = parts.run();
        let transferred = parts.transferred;
        drop(parts);
        let outcome = match failure {
            Some(Err(error)) => Outcome { transferred, result: Err(error) },
            Some(Ok(status)) => {
                let completion = Completion { transferred, result: Err(status) };
                self.outcome(&target, completion, timeout_ms, wanted)
            }
            None => Outcome { transferred, result: Ok(()) },
        };
        self.leave(&pending);
        Ok(outcome)
    }

    /// Waits until no long call is on the endpoint that came before this one: the bytes of each belong together.
    fn wait_for_turn<'a>(
        &self,
        mut state: MutexGuard<'a, State>,
        this: &Arc<Pending>,
        deadline: Option<Instant>,
    ) -> MutexGuard<'a, State> {
        while this.ended().is_none() && state.waits_for_long_call(this) {
            if matches!(deadline, Some(deadline) if deadline <= Instant::now()) {
                this.end(End::Timeout);
                break;
            }
            state = self.wait_until(state, deadline);
        }
        state
    }

    fn outcome(&self, target: &Target, completion: Completion, timeout_ms: u32, wanted: usize) -> Outcome {
        let Completion { transferred, result } = completion;
        let result = result.map_err(|status| {
            let status = if status == Status::Io && self.gone() { Status::NoDevice } else { status };
            if status == Status::Io && self.is_disturbed() {
                return disturbed(transferred, wanted);
            }
            let explained = self.explanation(target.address(), status).map(|reason| Error::new(status, reason));
            explained.unwrap_or_else(|| explain(target, status, timeout_ms, transferred, wanted))
        });
        Outcome { transferred, result }
    }
}

/// A call's place in the list of what is pending. The call leaves by itself; a panic in it would leave the place behind, and close
/// would wait for it.
struct Listed<'a> {
    device: &'a Device,
    pending: &'a Arc<Pending>,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let see_out = || {
            self.pending.end(End::Cancel);
            self.pending.drain();
            self.device.leave(self.pending);
        };
        // What panicked may do so again. Then the place stays, as the bus may still have the buffer.
        let _ = catch_unwind(AssertUnwindSafe(see_out));
    }
}

impl State {
    fn has_long_call(&self, address: u8) -> bool {
        let is_one = |other: &Pending| other.life == Life::LongCall && other.endpoint == address;
        self.long_calls > 0 && self.pending.iter().any(|(other, _)| is_one(other))
    }

    fn waits_for_long_call(&self, this: &Pending) -> bool {
        let is_one = |other: &Pending| other.life == Life::LongCall && other.endpoint == this.endpoint;
        let older = |other: &Pending| other.number() < this.number();
        self.long_calls > 0 && self.pending.iter().any(|(other, _)| is_one(other) && older(other))
    }
}

/// It did not begin in its time.
fn held_up(why: Error, timeout_ms: u32) -> Error {
    Error::new(Status::Timeout, format!("it could not begin within {timeout_ms} ms: {}", why.reason()))
}

fn disturbed(moved: usize, wanted: usize) -> Error {
    let reason = format!(
        "the system ended it, as another program reset the device, the computer slept, or the device is being unplugged ({moved} of \
         {wanted} bytes moved); try again: the next call claims and selects anew what is lost, or says that the device is gone"
    );
    Error::new(Status::Io, reason)
}

pub(super) fn explain(target: &Target, status: Status, timeout_ms: u32, moved: usize, wanted: usize) -> Error {
    let control = matches!(target, Target::Control(_));
    let count = format!("{moved} of {wanted} bytes moved");
    let reason = match status {
        Status::Timeout if target.direction() == Direction::In && !control => {
            format!("nothing more came within {timeout_ms} ms ({count}); is the device sending? give it more time")
        }
        Status::Timeout if control => {
            format!("the device did not answer within {timeout_ms} ms ({count}); give it more time")
        }
        Status::Timeout => format!("the device took no more within {timeout_ms} ms ({count}); give it more time"),
        Status::Cancelled => format!("cancelled ({count})"),
        Status::Closed => format!("another thread closed the device meanwhile ({count})"),
        Status::NoDevice => format!("the device was unplugged ({count}); plug it in and open it again"),
        Status::Pipe if control => "the device refused the request (stall): it does not know it, or not now".to_owned(),
        Status::Pipe => format!("the endpoint is halted ({count}); call usbx_clear_halt to go on"),
        Status::Overflow => overflow(target, wanted),
        Status::NoMem => format!("memory ran out ({count})"),
        Status::InvalidParam => {
            format!("the system cannot write to the buffer ({count}); is it memory for reading only?")
        }
        _ => format!(
            "the transfer failed on the bus ({count}); try again, and check cable and hub: the next call says if the device is gone"
        ),
    };
    Error::new(status, reason)
}

fn overflow(target: &Target, wanted: usize) -> String {
    match target {
        Target::Endpoint { max_packet_size, .. } => {
            let packet = usize::from(*max_packet_size);
            let enough = wanted.div_ceil(packet) * packet;
            format!(
                "the device sent a packet larger than the rest of the buffer; packets have up to {packet} bytes: \
                 read {enough} bytes instead of {wanted}, or another multiple of {packet}"
            )
        }
        _ => "the device sent more than it was asked for".to_owned(),
    }
}
