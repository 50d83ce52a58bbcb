//! What one handle took from kernel drivers. snd-usb-audio lets go of one interface of several, and takes it back whole only with the first of its
//! function; so what it still holds of the function is bound anew.

use super::connection::Connection;
use super::status::{check, error};
use crate::error::{Result, Status};
use crate::sync::{lock, Mutex};
use crate::usb::function;
use std::collections::{BTreeMap, BTreeSet};

/// Of each interface that has lost its driver: the others of its function that the same driver held.
#[derive(Default)]
pub struct Detached(Mutex<BTreeMap<u8, BTreeSet<u8>>>);

impl Detached {
    /// `held` by the driver that these interfaces of the active configuration, whose descriptor this is, have lost.
    pub fn note(&self, lost: &[u8], held: &[u8], configuration: &[u8]) {
        let mut detached = lock(&self.0);
        for interface in lost {
            let function = function(configuration, *interface);
            detached.insert(*interface, function.into_iter().filter(|other| held.contains(other)).collect());
        }
    }

    /// Lets drivers bind to these interfaces again.
    pub fn give_back(&self, connection: &Connection, interfaces: &[u8]) -> Result<()> {
        let mut detached = lock(&self.0);
        let wanted: BTreeSet<u8> = interfaces.iter().copied().collect();
        let functions: BTreeSet<u8> =
            interfaces.iter().filter_map(|interface| detached.remove(interface)).flatten().collect();
        for other in functions.difference(&wanted).filter(|other| connection.kernel_driver_active(**other) == 1) {
            connection.detach_kernel_driver(*other);
        }
        wanted.union(&functions).try_for_each(|interface| match connection.attach_kernel_driver(*interface) {
            // No driver wants it now, one has taken it already, or this system has none that come and go.
            code if code < 0
                && matches!(error(code).status, Status::NotFound | Status::Busy | Status::NotSupported) =>
            {
                Ok(())
            }
            code => check(code),
        })
    }
}
