//! Devices that come and go, as a bus reports them.

use crate::error::Result;
use crate::sys::{BorrowedDescriptor, Readiness};
use crate::usb::DeviceInfo;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Arrived,
    Left,
}

/// Something happened to a device.
#[derive(Clone, Debug)]
pub struct Change {
    pub event: Event,
    pub info: DeviceInfo,
}

/// One watch's view of a bus. Nothing runs in the background: what is not fetched yet waits in the bus.
///
/// `Bus::watch` comes first, and from then on no event is missed; `begin` comes once, before the first `pump`, and an event from
/// between the two is told once, by one of them. All calls come one at a time, from any thread.
pub trait Hotplug: Send {
    /// What to poll: each is ready when `pump` may have something to report.
    fn descriptors(&self) -> Vec<(BorrowedDescriptor<'_>, Readiness)>;

    /// The devices there are at the beginning, as arrivals in path order.
    fn begin(&mut self) -> Result<Vec<Change>>;

    /// What has happened since the last time. On failure some of it may be missing, and the next call brings the rest.
    fn pump(&mut self, changes: &mut Vec<Change>) -> Result<()>;
}

/// Of a bus on which nothing comes or goes, and no file descriptor for it.
pub struct NothingComes;

impl Hotplug for NothingComes {
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
