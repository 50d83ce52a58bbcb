//! A controller that takes a few bytes a request.

use super::node::Node;
use crate::usb::TransferType;

pub const CERTAIN: usize = 8;

#[derive(Default)]
pub struct Capabilities;

impl Capabilities {
    pub fn most_bytes(&self, _: &Node, _: TransferType, _: bool) -> Option<usize> {
        Some(CERTAIN)
    }

    pub fn has_zero_packet(&self, _: &Node) -> bool {
        true
    }
}
