//! The way every transfer takes: a request is checked against what the device has and what is claimed, goes to the bus,
//! and stands in the device's list of what is pending until its completion was seen. Blocking calls, queues and streams differ in who waits.

use super::tracked::Tracked;
use super::{Device, Scope, State};
use crate::bus::{Extras, InFlight, Notice, Packets, Target};
use crate::completion::{End, Life, Pending};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, MutexGuard};
use crate::sys::Buffer;
use crate::usb::{Direction, Endpoint, SetupPacket, TransferType};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What to move.
pub enum Request {
    Control(SetupPacket),
    Endpoint { transfer_type: TransferType, way: Direction, address: u8, extras: Extras },
    Isochronous { way: Direction, address: u8, packets: Arc<Packets> },
}

/// A request's length is an int for usbfs.
const MOST_BYTES: usize = i32::MAX as usize;

/// How long a request may wait for a change of the place it goes to: a call that clears a halt, claims, resets …
#[derive(Clone, Copy)]
pub enum Patience {
    None,
    /// As long as a change takes whose device answers soon.
    Brief,
    /// As long as the system keeps a submission waiting for a device that does not answer.
    AsTheSystem,
    Until(Instant),
    Unlimited,
}

impl Patience {
    fn deadline(self, now: Instant) -> Option<Instant> {
        match self {
            Patience::None => Some(now),
            Patience::Brief => Some(now + BRIEF),
            Patience::AsTheSystem => Some(now + SYSTEMS),
            Patience::Until(deadline) => Some(deadline),
            Patience::Unlimited => None,
        }
    }
}

const BRIEF: Duration = Duration::from_millis(50);

/// Linux gives a device so long for its answer to a request of the system's.
const SYSTEMS: Duration = Duration::from_secs(5);

/// A request that may go to the bus now: it has the device's lock.
pub(super) struct Admitted<'a> {
    pub state: MutexGuard<'a, State>,
    pub target: Target,
    pub scope: Scope,
}

impl Request {
    pub fn address(&self) -> u8 {
        match self {
            Request::Control(_) => 0,
            Request::Endpoint { address, .. } | Request::Isochronous { address, .. } => *address,
        }
    }

    /// Checks what can be checked without a device.
    fn check(&self, buffer: &Buffer) -> Result<()> {
        match self {
            Request::Control(_) => Ok(()),
            Request::Endpoint { transfer_type: TransferType::Isochronous, .. } => {
                Err(Error::invalid("an isochronous transfer needs packets"))
            }
            Request::Endpoint { way: Direction::In, .. } if buffer.is_empty() => {
                Err(Error::invalid("a read of length 0 reads nothing; give at least one packet's room"))
            }
            Request::Endpoint { way: Direction::In, extras, .. } if extras.zero_packet => {
                Err(Error::invalid("a zero-length packet ends a write, and this is a read; leave the flag out"))
            }
            Request::Endpoint { .. } => Ok(()),
            Request::Isochronous { packets, .. } if packets.lengths.is_empty() => {
                Err(Error::invalid("there are no packets; give at least one"))
            }
            Request::Isochronous { packets, .. } if packets.total() != buffer.len() => Err(Error::invalid(format!(
                "the packets have {} bytes in all, the buffer has {}",
                packets.total(),
                buffer.len()
            ))),
            Request::Isochronous { .. } => Ok(()),
        }
    }
}

impl Device {
    /// Checks a request, and waits while the place it goes to is being changed: `Status::Busy` if that takes too long.
    pub(super) fn admit(&self, request: &Request, buffer: &Buffer, patience: Patience) -> Result<Admitted<'_>> {
        request.check(buffer)?;
        let mut state = lock(&self.state);
        let mut waits: Option<Arc<Pending>> = None;
        let (mut restored, mut deadline) = (false, None);
        let admitted = loop {
            // Before the check, as closing takes the claims away.
            if self.gate.is_shut() || state.handle.is_none() {
                break Err(super::closed());
            }
            if let Some(end) = waits.as_ref().and_then(|waits| waits.ended()) {
                break Err(Error::new(end.status(), "it was cancelled before it began"));
            }
            if !restored && state.is_disturbed() {
                restored = true;
                drop(state);
                self.restore_now();
                state = lock(&self.state);
                continue;
            }
            let (target, scope) = match state.check(request) {
                Ok(checked) => checked,
                Err(error) => break Err(error),
            };
            // A control request goes to the device as a whole.
            let changing = match state.changing {
                Some(change) if scope == Scope::Device => change == Scope::Device,
                Some(change) => change.covers(scope),
                None => false,
            };
            // Who has no time to wait goes on beside a cancel: most of these take none.
            let may_wait = !matches!(patience, Patience::None | Patience::Brief);
            let waits_anyhow = state.asking || (state.cancelling > 0 && may_wait);
            if !changing && !waits_anyhow {
                break state.pending.make_room().map(|()| (target, scope));
            }
            let now = Instant::now();
            deadline = deadline.or_else(|| patience.deadline(now));
            if deadline.is_some_and(|deadline| deadline <= now) {
                break Err(if changing || state.asking { being_changed() } else { being_cancelled() });
            }
            if waits.is_none() {
                let this = Arc::new(Pending::new(request.address(), Life::Call));
                state.kept_out.push(Arc::clone(&this));
                waits = Some(this);
            }
            state = self.wait_until(state, deadline);
        };
        if let Some(waits) = waits {
            state.kept_out.retain(|other| !Arc::ptr_eq(other, &waits));
        }
        admitted.map(|(target, scope)| Admitted { state, target, scope })
    }

    /// Starts a transfer whose completion goes to `notice`. It is in the list until it is given to `leave`, after that report.
    pub fn submit(
        &self,
        request: &Request,
        mut buffer: Buffer,
        notice: Notice,
        pending: &Arc<Pending>,
        patience: Patience,
    ) -> Result<()> {
        let mut submit = || {
            if let Request::Control(setup) = request {
                if Tracked::of(setup).is_some() {
                    return Err(Error::invalid(format!(
                        "{setup} changes state that the library tracks; call usbx_control or the function made for it"
                    )));
                }
            }
            let length = buffer.len();
            if length > MOST_BYTES {
                return Err(Error::invalid(format!("{length} bytes are too many for one transfer; submit several")));
            }
            let mut once = || {
                let Admitted { mut state, target, scope } = self.admit(request, &buffer, patience)?;
                state.submit(pending, scope, &target, &mut buffer, length, Some(notice.clone())).map(|_| ())
            };
            match once() {
                // It shows only now that the claim or the setting is gone. Admitted anew, it has them again.
                Err(_) if self.is_disturbed() => once(),
                submitted => submitted,
            }
        };
        submit().map_err(|error: Error| self.or_gone(error).during(format!("submit to {}", self.place(request))))
    }

    /// Starts a queued transfer that is complete once more. It fails with the reason if it was told to end meanwhile, and with `Status::Busy`
    /// while the system would keep it waiting longer than it may.
    pub fn submit_again(&self, pending: &Pending, buffer: Buffer, patience: Patience) -> Result<()> {
        let mut state = lock(&self.state);
        let mut deadline = None;
        while state.asking && !self.gate.is_shut() && pending.ended().is_none() {
            let now = Instant::now();
            deadline = deadline.or_else(|| patience.deadline(now));
            if deadline.is_some_and(|deadline| deadline <= now) {
                let place = format!("submit to endpoint 0x{:02x} of {self}", pending.endpoint);
                return Err(being_changed().during(place));
            }
            state = self.wait_until(state, deadline);
        }
        self.start_again(state, pending, buffer)
    }

    /// The same of one that may only go where it was admitted to: it fails also while something changes, or has to be put back.
    pub fn submit_again_unchanged(&self, pending: &Pending, buffer: Buffer) -> Result<()> {
        let state = lock(&self.state);
        if state.asking || state.changing.is_some() || state.is_disturbed() {
            return Err(being_changed());
        }
        self.start_again(state, pending, buffer)
    }

    fn start_again(&self, mut state: MutexGuard<'_, State>, pending: &Pending, buffer: Buffer) -> Result<()> {
        if let Some((own, scope)) = state.pending.remove(pending.number()) {
            state.write(own, scope);
        }
        let again = || match pending.ended() {
            _ if self.gate.is_shut() => Err(super::closed()),
            Some(end) => Err(Error::new(end.status(), "it was told to end")),
            None => pending.run_again(buffer),
        };
        again().map_err(|error| error.during(format!("submit to endpoint 0x{:02x} of {self}", pending.endpoint)))
    }

    pub fn place(&self, request: &Request) -> String {
        format!("endpoint 0x{:02x} of {self}", request.address())
    }

    /// Takes a transfer out of the list whose completion was seen. Nothing of the bus's is left of it then: close relies on that.
    pub fn leave(&self, pending: &Pending) {
        let mut state = lock(&self.state);
        state.remove(pending);
        pending.forget();
        self.notify(&state);
    }

    /// Whether a call to the system has to wait for that of another thread, however long it takes.
    pub fn is_occupied(&self) -> bool {
        lock(&self.state).is_occupied()
    }

    /// Tells one to end; or, without a reason, ends what runs of it to get the bytes it has so far.
    pub fn cancel_one(&self, pending: &Pending, why: Option<End>) {
        // Inside, so that the bus's transfer is not in hand when the device is closed: that ends it itself.
        if let Ok(_call) = self.enter(&"cancel") {
            self.cancelling(|| match why {
                Some(why) => pending.end(why),
                None => pending.cancel(),
            });
        }
    }

    pub fn cancel(&self, address: u8) -> Result<()> {
        // Inside, so that none of the bus's transfers is in hand when the device is closed: that ends all of them itself.
        let inside = self.gate.enter();
        let state = lock(&self.state);
        if address != 0 && !state.configuration.endpoints.iter().any(|e| e.address == address) {
            let error = Error::invalid(format!("there is no such endpoint; {}", state.endpoint_list()));
            return Err(error.during(format!("cancel endpoint 0x{address:02x} of {self}")));
        }
        let Some(_inside) = inside else { return Ok(()) };
        state.kept_out.iter().filter(|waits| waits.endpoint == address).for_each(|waits| waits.tell(End::Cancel));
        drop(self.end_all(state, |pending, _| pending.endpoint == address, End::Cancel));
        Ok(())
    }

    /// The endpoint as it is now, checked for a stream.
    pub fn stream_endpoint(&self, address: u8) -> Result<Endpoint> {
        let state = lock(&self.state);
        if self.gate.is_shut() {
            return Err(super::closed());
        }
        let endpoint = state.endpoint(address)?.clone();
        state.claimed(endpoint.interface)?;
        Ok(endpoint)
    }

    pub fn has_claimed(&self, interface: u8) -> bool {
        lock(&self.state).claims.contains_key(&interface)
    }

    pub(super) fn is_disturbed(&self) -> bool {
        lock(&self.state).is_disturbed()
    }

    /// Whether the device of a transfer that failed on the bus is known to be gone. Asked while that is in the list, so that there is
    /// an answer although the device is closing.
    pub fn gone(&self) -> bool {
        let _inside = self.gate.enter_again();
        let handle = lock(&self.state).handle.clone();
        handle.is_some_and(|handle| handle.gone())
    }

    /// What the bus has to say of a transfer that ended with that status.
    pub fn explanation(&self, endpoint: u8, status: Status) -> Option<String> {
        let _inside = self.gate.enter_again();
        let handle = lock(&self.state).handle.clone()?;
        match status {
            Status::Other => handle.explanation(endpoint),
            Status::NoDevice => handle.why_gone(),
            _ => None,
        }
    }
}

impl State {
    fn is_disturbed(&self) -> bool {
        self.handle.as_ref().is_some_and(|handle| handle.is_disturbed())
    }

    /// The step in which every transfer begins: the bus gets the first `length` bytes of the buffer, and the list of what is pending
    /// gets an entry, unless it has one for this call already.
    pub(super) fn submit(
        &mut self,
        pending: &Arc<Pending>,
        scope: Scope,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        let handle = self.handle.as_ref().ok_or_else(super::closed)?;
        let transfer = handle.submit(target, buffer, length, notice)?;
        pending.run(Arc::clone(&transfer));
        if !pending.is_listed() {
            self.enter(pending, scope);
        }
        Ok(transfer)
    }

    /// Where a request goes, if it may go there.
    fn check(&self, request: &Request) -> Result<(Target, Scope)> {
        match request {
            Request::Control(setup) => {
                self.check_recipient(setup)?;
                Ok((Target::Control(*setup), Scope::Device))
            }
            Request::Endpoint { transfer_type, way, address, extras } => {
                let endpoint = self.check_endpoint(*transfer_type, *way, *address)?;
                self.check_stream(endpoint, *extras)?;
                let (transfer_type, address, extras) = (*transfer_type, *address, *extras);
                let max_packet_size = endpoint.max_packet_size;
                Ok((Target::Endpoint { transfer_type, address, max_packet_size, extras }, scope(endpoint)))
            }
            Request::Isochronous { way, address, packets } => {
                let endpoint = self.check_endpoint(TransferType::Isochronous, *way, *address)?;
                let most = endpoint.max_bytes_per_interval;
                if let Some(at) = packets.lengths.iter().position(|length| *length > most) {
                    return Err(Error::invalid(format!(
                        "packet {at} has {} bytes; the endpoint moves at most {most} in an interval",
                        packets.lengths[at]
                    )));
                }
                Ok((Target::Isochronous { address: *address, packets: Arc::clone(packets) }, scope(endpoint)))
            }
        }
    }

    fn check_endpoint(&self, transfer_type: TransferType, way: Direction, address: u8) -> Result<&Endpoint> {
        let endpoint = self.endpoint(address)?;
        if (address & 0x80 != 0) != (way == Direction::In) {
            let right = if way == Direction::In { "IN" } else { "OUT" };
            return Err(Error::invalid(format!("that is not an {right} endpoint; {}", self.endpoint_list())));
        }
        if endpoint.transfer_type != transfer_type {
            let reason = format!("its type is {}; {}", endpoint.transfer_type.name(), self.endpoint_list());
            return Err(Error::invalid(reason));
        }
        if endpoint.max_packet_size == 0 {
            return Err(Error::invalid("its packet size is 0: it can move nothing in this alternate setting"));
        }
        self.claimed(endpoint.interface)?;
        Ok(endpoint)
    }
}

fn being_changed() -> Error {
    let reason = "another thread is changing it (a halt, claim, setting, configuration or reset); try again when that call is over";
    Error::new(Status::Busy, reason)
}

fn being_cancelled() -> Error {
    let reason = "the system is still cancelling another of its transfers, and takes no other request until that is done; try again";
    Error::new(Status::Busy, reason)
}

fn scope(endpoint: &Endpoint) -> Scope {
    Scope::Endpoint(endpoint.interface, endpoint.address)
}
