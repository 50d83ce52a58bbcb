//! What a handle holds when the kernel takes it away: a reset by another program, or a sleep of the computer in which the bus lost its power,
//! ends usbfs's claims, sets alternate settings back to 0 and lets the kernel bind drivers anew.

use super::{usbfs, UsbfsHandle};
use crate::sync::lock;
use std::io;

/// How sure it is that something is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Disturbance {
    None,
    /// The kernel has ended a request that nobody cancelled: the claim may be gone.
    Ended,
    /// An endpoint is not there that was: the setting is gone, though the kernel may have claimed the interface again by itself.
    SettingLost,
}

impl UsbfsHandle {
    /// Claims again what is not claimed any more, with its alternate setting. Which interfaces had to be taken from a kernel driver for
    /// that. What another program holds now stays with it.
    pub(super) fn restore_held(&self, held: &[(u8, u8)]) -> Vec<u8> {
        let disturbance = self.reaper.settle();
        let mut taken = Vec::new();
        for (interface, alt_setting) in held {
            let kept = match usbfs::driver(&self.node, *interface) {
                Ok(Some(name)) if name == "usbfs" => usbfs::claim(&self.node, *interface).map(|()| true),
                Ok(Some(_)) => self.take_from_kernel_driver(*interface).map(|()| {
                    taken.push(*interface);
                    false
                }),
                Ok(None) => usbfs::claim(&self.node, *interface).map(|()| false),
                Err(error) => Err(error),
            };
            let lost = match kept {
                Ok(kept) => !kept || disturbance == Disturbance::SettingLost,
                Err(_) => false,
            };
            if lost && *alt_setting != 0 {
                let _ = usbfs::set_alt_setting(&self.node, *interface, *alt_setting);
            }
        }
        taken
    }

    fn take_from_kernel_driver(&self, interface: u8) -> io::Result<()> {
        let mut restorer = lock(&self.restorer);
        if restorer.is_none() {
            *restorer = super::DriverRestorer::start(&self.node);
        }
        restorer.iter().for_each(|restorer| restorer.detaching(interface));
        let taken = usbfs::take_from_kernel_driver(&self.node, interface);
        if taken.is_err() {
            restorer.iter().for_each(|restorer| restorer.attached(interface));
        }
        taken
    }
}
