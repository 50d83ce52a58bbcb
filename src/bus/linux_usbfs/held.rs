//! What a handle holds when the kernel takes it away: a reset by another program, or a sleep of the computer in which the bus lost its power,
//! ends usbfs's claims, sets alternate settings back to 0 and lets the kernel bind drivers anew.

use super::{sysfs, UsbfsHandle};
use crate::bus::{Handle, Restored};
use crate::sys::usbfs;
use crate::usb::SetupPacket;

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
    /// Claims again what is not claimed any more, with its alternate setting. What another program holds now stays with it.
    pub(super) fn restore_held(&self, held: &[(u8, u8)]) -> Restored {
        let disturbance = self.reaper.settle();
        let mut restored = Restored::default();
        for (interface, alt_setting) in held {
            let was_ours = match usbfs::driver(&self.node, *interface) {
                Ok(Some(driver)) if driver.is_usbfs() => true,
                Ok(Some(_)) => {
                    restored
                        .detached
                        .extend(self.detach_kernel_driver(*interface).ok().filter(|lost| !lost.is_empty()));
                    false
                }
                _ => false,
            };
            if usbfs::claim(&self.node, *interface).is_err() {
                restored.missing.push(*interface);
                continue;
            }
            // The kernel claims an interface by itself that is used without a claim: then the claim is there, and the setting is not.
            let is_selected = || match self.selected_setting(*interface) {
                Some(selected) => selected == *alt_setting,
                None => disturbance != Disturbance::SettingLost,
            };
            if !was_ours || (*alt_setting != 0 && !is_selected()) {
                let setup = SetupPacket::set_interface(*interface, *alt_setting);
                let select = || self.set_alt_setting(*interface, *alt_setting);
                let selected = *alt_setting == 0 || self.wire().request(setup, select).is_ok();
                restored.regained.push((*interface, selected));
            }
        }
        restored
    }

    /// As the kernel has it; `None` where sysfs does not say.
    fn selected_setting(&self, interface: u8) -> Option<u8> {
        let known = self.known.as_ref()?;
        let active = sysfs::active_configuration(&self.info, &known.interfaces())?.ok()?;
        sysfs::selected_setting(&self.info, active, interface)
    }
}
