//! What to say of a queued transfer that failed, as a blocking call says it.

use super::blocking::explain;
use super::{Device, Request};
use crate::bus::{Extras, Target};
use crate::error::{Error, Status};
use crate::sync::lock;
use crate::usb::{Direction, SetupPacket, TransferType};
use std::time::Duration;

/// What was submitted, as far as a sentence needs it.
#[derive(Clone)]
pub struct Tried {
    what: What,
    length: usize,
    timeout_ms: u32,
}

#[derive(Clone)]
enum What {
    Control(SetupPacket),
    Endpoint(TransferType, Direction, u8),
}

impl Tried {
    pub fn new(request: &Request, length: usize, timeout: Option<Duration>) -> Tried {
        let what = match request {
            Request::Control(setup) => What::Control(*setup),
            Request::Endpoint { transfer_type, way, address, .. } => What::Endpoint(*transfer_type, *way, *address),
            Request::Isochronous { way, address, .. } => What::Endpoint(TransferType::Isochronous, *way, *address),
        };
        let timeout_ms = timeout.map_or(0, |timeout| timeout.as_millis() as u32);
        Tried { what, length, timeout_ms }
    }
}

impl Device {
    /// Why a queued transfer failed, in a blocking call's words.
    pub fn failure_of(&self, tried: &Tried, status: Status, transferred: usize) -> Error {
        let Tried { what, length, timeout_ms } = tried;
        let (target, words) = match what {
            What::Control(setup) => (Target::Control(*setup), format!("{setup} to {self}")),
            What::Endpoint(transfer_type, way, address) => {
                let (transfer_type, address) = (*transfer_type, *address);
                let packet = lock(&self.state).endpoint(address).map_or(1, |endpoint| endpoint.max_packet_size.max(1));
                let words = format!("{} endpoint 0x{address:02x} of {self}", way.verb(transfer_type));
                let extras = Extras::default();
                (Target::Endpoint { transfer_type, address, max_packet_size: packet, extras }, words)
            }
        };
        let explained = self.explanation(target.address(), status).map(|reason| Error::new(status, reason));
        explained.unwrap_or_else(|| explain(&target, status, *timeout_ms, transferred, *length)).during(words)
    }
}
