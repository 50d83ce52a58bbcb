//! A timer that is never ready: no model has deadlines of queued transfers.

use super::poll_set::{Descriptor, Pollable};
use crate::error::Result;
use std::time::Instant;

pub struct Timer {
    descriptor: Descriptor,
    pub due: Option<Instant>,
}

impl Timer {
    pub fn new() -> Result<Timer> {
        Ok(Timer { descriptor: Descriptor::new(), due: None })
    }

    pub fn set(&mut self, due: Option<Instant>, _: Instant) {
        self.due = due;
    }
}

impl Pollable for Timer {
    fn descriptor(&self) -> Descriptor {
        self.descriptor
    }
}
