//! Systems without nodes of which more is known than libusb says: there a reset by others ends a handle.

use super::context::Context;
use crate::bus::{InFlight, Wire};
use crate::error::{Error, Result, Status};
use crate::sys::{Buffer, Memory};
use crate::usb::{DeviceInfo, SetupPacket};
use std::sync::Arc;

pub const IS_DISTURBED: bool = false;

pub const RESETS_ENDPOINTS: bool = false;

pub fn is_gone() -> bool {
    false
}

type Request<'a> = dyn Fn(SetupPacket, Buffer) -> Result<Arc<dyn InFlight>> + 'a;

pub struct Node;

pub fn refusal() -> Option<Error> {
    None
}

impl Node {
    pub fn new(_: &Context) -> Result<Node> {
        Ok(Node)
    }

    pub fn is_there(&self) -> bool {
        false
    }

    pub fn has_left(&self) -> bool {
        false
    }

    pub fn reset_endpoint(&self, _: u8) -> Result<()> {
        Err(Error::new(Status::NotSupported, "this system does not support it"))
    }

    pub fn most_bytes(&self, _: usize) -> Option<usize> {
        None
    }

    pub fn has_zero_packet(&self) -> bool {
        true
    }

    pub fn memory(&self, _: &DeviceInfo, _: &Arc<Wire>, _: &Request<'_>, _: usize) -> Result<Arc<Memory>> {
        Err(Error::new(Status::NotSupported, "this bus has no mapped memory for transfers here; use the heap"))
    }
}
