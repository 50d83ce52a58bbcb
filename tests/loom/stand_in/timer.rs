//! A timer that is never ready: no model has deadlines of queued transfers.

use crate::error::Result;
use crate::poll::{Descriptor, Pollable};
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
