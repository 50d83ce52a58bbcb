//! Which configuration is active, and selecting one.

use super::settings::{active_configuration, plain};
use super::{set_up, Change, Device, Scope};
use crate::error::{Error, Result, Status};
use crate::sync::lock;
use crate::text::list;

impl Device {
    pub fn configuration(&self) -> Result<u8> {
        let call = self.enter(&"get configuration")?;
        call.handle.configuration().map_err(|e| e.during(format!("get configuration of {self}")))
    }

    /// Does nothing if it is active already.
    pub fn set_configuration(&self, value: u8) -> Result<()> {
        self.select(value, false)
    }

    /// As the request does it on the wire: selecting the active one again is the light reset (USB 2.0 section 9.1.1.5).
    pub(super) fn set_configuration_again(&self, value: u8) -> Result<()> {
        self.select(value, true)
    }

    fn select(&self, value: u8, again: bool) -> Result<()> {
        let what = format!("set configuration {value}");
        let select = || {
            let change = self.change(&what).map_err(plain)?;
            self.select_configuration(&change, value, again)
        };
        select().map_err(|e: Error| self.or_gone(e).during(format!("{what} of {self}")))
    }

    fn select_configuration(&self, change: &Change<'_>, value: u8, again: bool) -> Result<()> {
        let handle = change.handle();
        let descriptors = handle.configuration_descriptors()?;
        let values: Vec<u8> = descriptors.iter().filter_map(|bytes| bytes.get(5).copied()).collect();
        let exists = values.contains(&value);
        if !exists && value != 0 {
            let there = list(values.iter().map(u8::to_string));
            return Err(Error::new(Status::NotFound, format!("the device has no such configuration; it has {there}")));
        }
        if handle.configuration()? == value {
            return if again && exists { self.light_reset(change, value) } else { Ok(()) };
        }
        let claimed: Vec<String> = lock(&self.state).claims.keys().map(u8::to_string).collect();
        if !claimed.is_empty() {
            let claimed = list(claimed.into_iter());
            let reason = format!("this handle has claimed interface {claimed}; call usbx_release first");
            return Err(Error::new(Status::Busy, reason));
        }
        change.ask(|handle| set_up::set_configuration(handle, value))?;
        let configuration = active_configuration(handle)?;
        let mut state = lock(&self.state);
        state.configuration = configuration;
        state.detached.clear();
        drop(state.take_bulk_streams(Scope::Device));
        Ok(())
    }

    /// Selects the active configuration again. That takes every interface back to the alternate setting in which it begins and clears
    /// every halt. The system does it only while no interface is claimed, so this handle's claims are given back for that time.
    fn light_reset(&self, change: &Change<'_>, value: u8) -> Result<()> {
        let handle = change.handle();
        let configuration = self.refresh(handle)?;
        let before = lock(&self.state).claims.clone();
        // Before anything is disturbed.
        for interface in configuration.interfaces().into_iter().filter(|number| !before.contains_key(number)) {
            if let Some(driver) = handle.kernel_driver(interface)? {
                let reason = format!(
                    "kernel driver {driver} holds interface {interface}; call usbx_detach_kernel_driver({interface}) first"
                );
                return Err(Error::new(Status::Busy, reason));
            }
        }
        change.clear(Scope::Device);
        // A claim that does not come off was lost before, and is claimed anew.
        before.iter().for_each(|(interface, alt)| drop(set_up::release(handle, *interface, *alt)));
        let selected = change.ask(|handle| set_up::set_configuration(handle, value));
        let mut lost = None;
        for (interface, alt_setting) in before {
            let first = configuration.first_setting(interface);
            let claimed = handle.claim(interface);
            // Releasing changed the setting, reset or not.
            let unchanged = selected.is_err() && claimed.is_ok() && alt_setting != 0;
            let restored = unchanged && set_up::set_alt_setting(handle, interface, alt_setting).is_ok();
            let mut state = lock(&self.state);
            match claimed {
                Ok(()) => drop(state.claims.insert(interface, if restored { alt_setting } else { first })),
                Err(error) => {
                    state.claims.remove(&interface);
                    let reason = format!("the claim of interface {interface} was lost: {}", error.reason());
                    lost = Some(Error::new(error.status, reason));
                }
            }
        }
        selected.and(lost.map_or(Ok(()), Err))
    }
}
