//! What a handle holds when the kernel takes it away: a reset by another program, or a sleep of the computer in which the bus lost its power,
//! ends usbfs's claims, sets alternate settings back to 0 and lets the kernel bind drivers anew.

use super::{usbfs, UsbfsHandle};
use crate::bus::Handle;

/// How sure it is that something is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Disturbance {
    None,
    /// The kernel has ended a request that was not cancelled: the claim may be gone.
    Ended,
    /// An endpoint is not there that was: the setting is gone, though the kernel may have claimed the interface again by itself.
    SettingLost,
}

impl UsbfsHandle {
    /// Claims again what is not claimed any more, with its alternate setting. Which interfaces lost a kernel driver by
    /// that, each driver's together. What another program holds now stays with it.
    pub(super) fn restore_held(&self, held: &[(u8, u8)]) -> Vec<Vec<u8>> {
        let disturbance = self.reaper.settle();
        let mut taken = Vec::new();
        for (interface, alt_setting) in held {
            let kept = match usbfs::driver(&self.node, *interface) {
                Ok(Some(driver)) if driver.is_usbfs() => usbfs::claim(&self.node, *interface).map(|()| true),
                Ok(Some(_)) => {
                    taken.extend(self.detach_kernel_driver(*interface).ok().filter(|lost| !lost.is_empty()));
                    usbfs::claim(&self.node, *interface).map(|()| false)
                }
                Ok(None) => usbfs::claim(&self.node, *interface).map(|()| false),
                Err(error) => Err(error),
            };
            let lost = match kept {
                Ok(kept) => !kept || disturbance == Disturbance::SettingLost,
                Err(_) => false,
            };
            if lost && *alt_setting != 0 {
                let _ = self.set_alt_setting(*interface, *alt_setting);
            }
        }
        taken
    }
}
