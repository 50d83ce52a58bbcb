//! A computer on which libusb finds no USB, as a container: nothing comes and goes.

use crate::bus::{Change, Hotplug};
use crate::error::Result;
use crate::sys::{BorrowedDescriptor, Readiness};

pub struct NoUsb;

impl Hotplug for NoUsb {
    fn descriptors(&self) -> Vec<(BorrowedDescriptor<'_>, Readiness)> {
        Vec::new()
    }

    fn begin(&mut self) -> Result<Vec<Change>> {
        Ok(Vec::new())
    }

    fn pump(&mut self, _: &mut Vec<Change>) -> Result<()> {
        Ok(())
    }
}
