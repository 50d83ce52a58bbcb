//! Blocking transfers: checked here, run by the backend, ended by time, cancel or close; what moved is always counted.

use super::{Call, Device, Scope};
use crate::descriptor::Kind;
use crate::error::{Error, Result, Status};
use crate::ffi::Buffer;
use crate::sync::lock;
use crate::transfer::{Completion, Direction, End, Packets, Pending, Target};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What came of a call that moves data.
pub struct Outcome {
    pub transferred: usize,
    pub result: Result<()>,
}

impl Outcome {
    pub fn failed(error: Error) -> Outcome {
        Outcome { transferred: 0, result: Err(error) }
    }

    /// Says what was tried. A success, the usual case, needs no words.
    pub fn during(self, what: impl FnOnce() -> String) -> Outcome {
        Outcome { result: self.result.map_err(|error| error.during(what())), ..self }
    }
}

/// Given to transfers, this is a mistake: it is for the library's own queues.
const NO_WAIT: u32 = u32::MAX;

pub fn check_timeout(timeout_ms: u32) -> Result<()> {
    if timeout_ms == NO_WAIT {
        return Err(Error::invalid(
            "USBX_NO_WAIT is no timeout for a transfer; give milliseconds, or USBX_NO_TIMEOUT to wait for ever",
        ));
    }
    Ok(())
}

/// That there are packets, and that they fill the buffer.
pub fn check_packets(packets: &Packets, length: usize) -> Result<()> {
    if packets.lengths.is_empty() {
        return Err(Error::invalid("there are no packets; give at least one"));
    }
    if packets.total() != length {
        return Err(Error::invalid(format!(
            "the packets have {} bytes in all, the buffer has {length}",
            packets.total()
        )));
    }
    Ok(())
}

impl Device {
    pub fn transfer(&self, kind: Kind, way: Direction, address: u8, buffer: Buffer, timeout_ms: u32) -> Outcome {
        let outcome = self.checked_transfer(kind, way, address, buffer, timeout_ms);
        let outcome = outcome.unwrap_or_else(|error| Outcome::failed(self.or_gone(error)));
        outcome.during(|| format!("{} endpoint 0x{address:02x} of {self}", way.verb(kind)))
    }

    fn checked_transfer(
        &self,
        kind: Kind,
        way: Direction,
        address: u8,
        buffer: Buffer,
        timeout_ms: u32,
    ) -> Result<Outcome> {
        check_timeout(timeout_ms)?;
        if way == Direction::In && buffer.is_empty() {
            return Err(Error::invalid("a read of length 0 reads nothing; give at least one packet's room"));
        }
        let (call, target) = self.begin(kind, way, address, buffer.len())?;
        Ok(run(&call, &target, buffer, timeout_ms))
    }

    /// One isochronous transfer: `length` bytes of buffer for the packets, one behind the other.
    pub fn isochronous(
        &self,
        way: Direction,
        address: u8,
        buffer: Buffer,
        packets: &Arc<Packets>,
        timeout_ms: u32,
    ) -> Outcome {
        let transfer = || {
            check_timeout(timeout_ms)?;
            check_packets(packets, buffer.len())?;
            let (call, _) = self.begin(Kind::Isochronous, way, address, 0)?;
            Ok(run(&call, &Target::Isochronous { address, packets: Arc::clone(packets) }, buffer, timeout_ms))
        };
        let outcome = transfer().unwrap_or_else(|error| Outcome::failed(self.or_gone(error)));
        outcome.during(|| format!("{} endpoint 0x{address:02x} of {self}", way.verb(Kind::Isochronous)))
    }

    /// Checks the endpoint and enters the transfer into the book of what is pending.
    pub(super) fn begin(&self, kind: Kind, way: Direction, address: u8, length: usize) -> Result<(Call<'_>, Target)> {
        let mut state = lock(&self.state);
        loop {
            let endpoint = state.endpoint(address)?;
            if (address & 0x80 != 0) != (way == Direction::In) {
                let right = if way == Direction::In { "IN" } else { "OUT" };
                let reason = format!("that is not an {right} endpoint; {}", state.endpoint_list());
                return Err(Error::invalid(reason));
            }
            if endpoint.kind != kind {
                let reason = format!("it is of type {}; {}", endpoint.kind.name(), state.endpoint_list());
                return Err(Error::invalid(reason));
            }
            if endpoint.max_packet_size == 0 {
                return Err(Error::invalid("its packet size is 0: it can move nothing in this alternate setting"));
            }
            let (interface, max_packet_size) = (endpoint.interface, endpoint.max_packet_size);
            state.claimed(interface)?;
            let scope = Scope::Endpoint(interface, address);
            if matches!(state.changing, Some(change) if change.covers(scope)) && !state.closing {
                state = self.wait(state);
                continue;
            }
            let call = self.enter_pending(&mut state, scope, address, length)?;
            return Ok((call, Target::Endpoint { kind, address, max_packet_size }));
        }
    }

    /// The same for control requests, which go to the device as a whole.
    pub(super) fn begin_control(&self) -> Result<Call<'_>> {
        let mut state = lock(&self.state);
        while state.changing == Some(Scope::Device) && !state.closing {
            state = self.wait(state);
        }
        self.enter_pending(&mut state, Scope::Device, 0, 0)
    }

    fn enter_pending(&self, state: &mut super::State, scope: Scope, address: u8, length: usize) -> Result<Call<'_>> {
        let mut call = self.enter_locked(state, &"transfer").map_err(|_| super::closed())?;
        let long = length > call.handle().max_transfer();
        let pending = Arc::new(Pending::new(address, long));
        state.pending.push((Arc::clone(&pending), scope));
        call.pending = Some(pending);
        Ok(call)
    }

    /// Waits until no transfer in several parts runs on the endpoint that came before this one: its bytes belong together.
    fn wait_for_turn(&self, own: &Arc<Pending>, deadline: Option<Instant>) {
        let mut state = lock(&self.state);
        loop {
            let earlier =
                state.pending.iter().map(|(pending, _)| pending).take_while(|pending| !Arc::ptr_eq(pending, own));
            let blocked = earlier.into_iter().any(|pending| pending.long && pending.endpoint == own.endpoint);
            if !blocked || own.ended().is_some() {
                return;
            }
            if matches!(deadline, Some(deadline) if deadline <= Instant::now()) {
                own.end(End::Timeout);
                return;
            }
            state.waiters += 1;
            state = crate::sync::wait(&self.changed, state, deadline);
            state.waiters -= 1;
        }
    }

    pub fn cancel(&self, address: u8) -> Result<()> {
        let state = lock(&self.state);
        if address != 0 && !state.configuration.endpoints.iter().any(|e| e.address == address) {
            let error = Error::invalid(format!("there is no such endpoint; {}", state.endpoint_list()));
            return Err(error.during(format!("cancel endpoint 0x{address:02x} of {self}")));
        }
        for (pending, _) in state.pending.iter().filter(|(pending, _)| pending.endpoint == address) {
            pending.end(End::Cancel);
        }
        self.notify(&state);
        Ok(())
    }
}

/// Moves the whole buffer, in as many transfers as the backend needs.
pub(super) fn run(call: &Call<'_>, target: &Target, mut buffer: Buffer, timeout_ms: u32) -> Outcome {
    let deadline = match timeout_ms {
        0 => None,
        timeout => Some(Instant::now() + Duration::from_millis(timeout.into())),
    };
    let wanted = buffer.len();
    if let Some(pending) = call.pending.as_ref().filter(|pending| pending.endpoint != 0) {
        call.device.wait_for_turn(pending, deadline);
    }
    let mut limit = match target {
        Target::Endpoint { .. } => call.handle().max_transfer(),
        Target::Control(_) | Target::Isochronous { .. } => usize::MAX,
    };
    let whole = !matches!(target, Target::Endpoint { .. });
    let mut transferred = 0;
    let result = loop {
        let length = buffer.len().min(limit);
        let completion = match transfer_once(call, target, &mut buffer, length, deadline) {
            Err(error) if error.status == Status::NoMem && length > SMALLEST && !whole => {
                // The kernel's share for USB is limited for all programs together: ask for less before giving up.
                limit = (length / 2).max(SMALLEST) / SMALLEST * SMALLEST;
                continue;
            }
            Err(error) => break Err(error),
            Ok(completion) => completion,
        };
        transferred += completion.transferred;
        match completion.result {
            Err(status) => break Err(explain(target, status, timeout_ms, transferred, wanted)),
            Ok(()) if completion.transferred < length || buffer.is_empty() => break Ok(()),
            Ok(()) => {}
        }
    };
    Outcome { transferred, result }
}

/// No transfer is made smaller than this for want of memory: a multiple of every packet size.
const SMALLEST: usize = 16 * 1024;

fn transfer_once(
    call: &Call<'_>,
    target: &Target,
    buffer: &mut Buffer,
    length: usize,
    deadline: Option<Instant>,
) -> Result<Completion> {
    let pending = call.pending.as_ref().expect("a transfer's call is in the book");
    if let Some(end) = pending.ended() {
        return Ok(Completion { transferred: 0, result: Err(end.status()) });
    }
    let transfer = call.handle().submit(target, buffer, length, None)?;
    pending.run(Arc::clone(&transfer));
    let completion = loop {
        if let Some(completion) = transfer.wait(deadline.filter(|_| pending.ended().is_none())) {
            break completion;
        }
        pending.end(End::Timeout);
    };
    let completion = pending.judge(completion);
    if completion.result == Err(Status::Io) && call.handle().gone() {
        return Ok(Completion { result: Err(Status::NoDevice), ..completion });
    }
    Ok(completion)
}

fn explain(target: &Target, status: Status, timeout_ms: u32, moved: usize, wanted: usize) -> Error {
    let control = matches!(target, Target::Control(_));
    let count = format!("{moved} of {wanted} bytes moved");
    let reason = match status {
        Status::Timeout if target.direction() == Direction::In && !control => {
            format!("nothing more came within {timeout_ms} ms ({count}); is the device sending? give it more time")
        }
        Status::Timeout => format!("the device took no more within {timeout_ms} ms ({count}); give it more time"),
        Status::Cancelled => format!("cancelled ({count})"),
        Status::Closed => format!("another thread closed the device meanwhile ({count})"),
        Status::NoDevice => format!("the device was unplugged ({count}); plug it in and open it again"),
        Status::Pipe if control => "the device refused the request (stall): it does not know it, or not now".to_owned(),
        Status::Pipe => format!("the endpoint is halted ({count}); call usbx_clear_halt to go on"),
        Status::Overflow => overflow(target, wanted),
        Status::NoMem => format!("memory ran out ({count})"),
        _ => format!(
            "the transfer failed on the bus ({count}); check cable and hub, or another program reset the device"
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
