//! An event that is ready from `set` to `clear`.

use super::readiness::{BorrowedDescriptor, Descriptor, Pollable, Source, State};
use super::RawDescriptor;
use crate::error::Result;

pub struct Event(Descriptor);

impl Event {
    pub fn new() -> Result<Event> {
        Ok(Event(Source::new(State::default())))
    }

    pub fn set(&self) {
        self.0.change(|state| state.read = true);
    }

    pub fn clear(&self) {
        self.0.change(|state| state.read = false);
    }

    /// To wait for. It lives as long as the event.
    pub fn as_raw_descriptor(&self) -> Result<RawDescriptor> {
        self.0.handle()
    }

    /// The same event, for a set.
    pub fn duplicate(&self) -> Descriptor {
        Descriptor::clone(&self.0)
    }
}

impl Pollable for Event {
    fn as_fd(&self) -> BorrowedDescriptor<'_> {
        self.0.as_fd()
    }
}
