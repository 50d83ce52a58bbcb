//! The library's own control requests to a device, and what they tell about the way to it.

use super::Link;
use crate::bus::usbip::request::Request;
use crate::bus::Target;
use crate::error::{Error, Outcome, Result, Status};
use crate::sys::with_buffer;
use crate::usb::SetupPacket;
use std::time::{Duration, Instant};

/// Less is not worth more transfers in flight.
const FAR: Duration = Duration::from_millis(2);

impl Link {
    /// A control request of the library's own.
    pub fn control(&self, setup: SetupPacket, bytes: &mut [u8]) -> Result<usize> {
        self.control_until(setup, bytes, Instant::now() + self.patience)
    }

    /// One of several that have a deadline together.
    pub fn control_until(&self, setup: SetupPacket, bytes: &mut [u8], deadline: Instant) -> Result<usize> {
        if Instant::now() >= deadline {
            return Err(self.late(setup));
        }
        let request = Request::new(&Target::Control(setup), 0, None, None);
        let begin = Instant::now();
        let outcome = with_buffer(bytes, |mut buffer| {
            let length = buffer.len();
            if let Err(error) = self.submit(&request, &mut buffer, length) {
                return Outcome::failed(error);
            }
            self.wait_for(&request, Some(deadline));
            let late = !request.is_complete();
            if late {
                self.cancel(&request);
                self.wait_for(&request, None);
            }
            self.note_round_trip(begin.elapsed());
            let completion = request.progress().completion;
            let Some(completion) = completion else {
                return Outcome::failed(Error::new(Status::Internal, "a request is complete without an end"));
            };
            let result = completion.result.map_err(|status| match status {
                Status::NoDevice => self.breakage().unwrap_or_else(Error::no_device),
                Status::Pipe => Error::new(Status::Pipe, format!("the device refused {setup}")),
                Status::Cancelled if late => self.late(setup),
                _ => Error::new(Status::Io, format!("{setup} failed at the device's host")),
            });
            Outcome { transferred: completion.transferred, result }
        });
        outcome.result.map(|()| outcome.transferred)
    }

    fn note_round_trip(&self, time: Duration) {
        let mut state = self.enter();
        state.round_trip = Some(state.round_trip.map_or(time, |least| least.min(time)));
    }

    /// Whether the other end is this library.
    pub fn is_to_own_kind(&self) -> bool {
        self.keeps
    }

    /// To the device and back, as far as that is known.
    pub fn round_trip(&self) -> Duration {
        self.enter().round_trip.filter(|time| *time >= FAR).unwrap_or_default()
    }

    fn late(&self, setup: SetupPacket) -> Error {
        let reason = format!("the device did not answer {setup} within {} ms", self.patience.as_millis());
        Error::new(Status::Timeout, reason)
    }
}
