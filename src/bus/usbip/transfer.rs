//! One transfer to another computer's device, as the rest of the library sees it.

use super::link::Link;
use super::request::Request;
use crate::bus::{Completion, InFlight};
use crate::error::Result;
use crate::sys::Buffer;
use std::sync::Arc;
use std::time::Instant;

pub struct RemoteTransfer {
    pub link: Arc<Link>,
    pub request: Arc<Request>,
}

impl InFlight for RemoteTransfer {
    fn cancel(&self) {
        self.link.cancel(&self.request);
    }

    fn again(self: Arc<Self>, mut buffer: Buffer) -> Result<()> {
        let length = buffer.len();
        self.link.submit(&self.request, &mut buffer, length)
    }

    fn wait(&self, deadline: Option<Instant>) -> Option<Completion> {
        self.link.wait_for(&self.request, deadline);
        if !self.request.is_complete() {
            return None;
        }
        self.request.progress().completion
    }
}
