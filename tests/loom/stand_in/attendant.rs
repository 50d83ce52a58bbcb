//! No model asks for exact times.

use crate::backend::Readiness;
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::poll::Descriptor;
use std::sync::Arc;

pub struct Attendant;

impl Attendant {
    pub fn start(_: &Arc<Device>, _: Descriptor, _: Readiness) -> Result<Attendant> {
        Err(Error::new(Status::NotSupported, "no model asks for exact times"))
    }

    pub fn stop(&self) {}
}
