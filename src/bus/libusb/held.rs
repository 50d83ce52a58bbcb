//! Puts back what the system has taken from a handle. libusb takes the claims for its own still, and asks the system nothing; but the
//! system itself claims an interface, if it is free, for who sends it a request. So each is asked which setting it has.

use super::handle::LibusbHandle;
use super::node;
use super::transfer;
use crate::bus::{Handle, Restored, Target};
use crate::error::{Error, Result, Status};
use crate::sys::Memory;
use crate::usb::SetupPacket;
use std::time::{Duration, Instant};

/// How long a device has to say in which alternate setting an interface is.
const PATIENCE: Duration = Duration::from_secs(1);

impl LibusbHandle {
    /// What another program holds now stays with it.
    pub(super) fn restore_held(&self, held: &[(u8, u8)]) -> Restored {
        let mut restored = Restored::default();
        if !node::IS_DISTURBED {
            return restored;
        }
        let was_disturbed = self.disturbance().settle();
        for (interface, alt_setting) in held {
            let lost = self.detach_kernel_driver(*interface).unwrap_or_default();
            let was_driven = !lost.is_empty();
            restored.detached.extend(was_driven.then_some(lost));
            let is_selected = match self.claimed_setting(*interface) {
                Ok(Some(selected)) => selected == *alt_setting,
                Ok(None) => *alt_setting == 0 || !was_disturbed,
                Err(_) => {
                    restored.missing.push(*interface);
                    continue;
                }
            };
            // Whatever it was, the interface's bulk streams are gone with it.
            if was_driven || !is_selected || was_disturbed {
                let setup = SetupPacket::set_interface(*interface, *alt_setting);
                let select = || self.set_alt_setting(*interface, *alt_setting);
                let selected = is_selected || self.wire().request(setup, select).is_ok();
                restored.regained.push((*interface, selected));
            }
        }
        restored
    }

    /// The alternate setting of an interface that libusb takes for claimed, and that is claimed after this; `None` if the device does not
    /// say. It fails if the interface cannot be claimed.
    pub(super) fn claimed_setting(&self, interface: u8) -> Result<Option<u8>> {
        let setting = self.ask_setting(interface);
        self.disturbance().note_lost(interface, setting.is_err());
        setting
    }

    fn ask_setting(&self, interface: u8) -> Result<Option<u8>> {
        let memory = Memory::heap(1)?;
        let Some(mut answer) = memory.lend(1) else { return Ok(None) };
        let target = Target::Control(SetupPacket::get_interface(interface));
        let asked = transfer::submit(&self.events, &target, &mut answer, 1, None)?;
        let completion = asked.wait(Some(Instant::now() + PATIENCE)).or_else(|| {
            asked.cancel();
            asked.wait(None)
        });
        Ok(match completion {
            Some(completion) if completion.result.is_ok() && completion.transferred == 1 => {
                memory.access(|bytes| bytes[0])
            }
            Some(completion) if completion.result == Err(Status::NoDevice) => {
                return Err(Error::no_device());
            }
            _ => None,
        })
    }
}
