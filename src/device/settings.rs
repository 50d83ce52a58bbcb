//! Claims, alternate settings, kernel drivers, reset: what this handle holds.

use super::submission::Request;
use super::{numbers, set_up, Device, Scope, State};
use crate::bus::Handle;
use crate::error::{Error, Result, Status};
use crate::sync::lock;
use crate::sys::with_buffer;
use crate::text::list;
use crate::usb::{Configuration, Endpoint, Setting};
use std::collections::BTreeSet;
use std::sync::Arc;

/// As long as the kernel gives a device to clear a halt, in milliseconds.
const HALT_TIMEOUT: u32 = 5000;

impl Device {
    pub fn endpoints(&self) -> Result<Vec<Endpoint>> {
        let call = self.enter(&"list endpoints")?;
        let configuration = self.refresh(&*call.handle).map_err(|e| e.during(format!("list endpoints of {self}")))?;
        Ok(configuration.endpoints.clone())
    }

    /// The alternate settings of the active configuration, each with whether it is the selected one as far as this handle knows.
    pub fn interfaces(&self) -> Result<Vec<(Setting, bool)>> {
        let call = self.enter(&"list interfaces")?;
        let configuration = self.refresh(&*call.handle).map_err(|e| e.during(format!("list interfaces of {self}")))?;
        let state = lock(&self.state);
        let selected = |setting: &Setting| state.alt_setting(setting.interface) == setting.alt_setting;
        Ok(configuration.settings.iter().map(|setting| (setting.clone(), selected(setting))).collect())
    }

    pub fn claim(&self, interface: u8) -> Result<()> {
        let claim = || {
            let change = self.change(&format_args!("claim interface {interface}")).map_err(plain)?;
            let configuration = self.configuration_to_claim(change.handle(), interface)?;
            if lock(&self.state).claims.contains_key(&interface) {
                let lost = change.restore().missing.contains(&interface);
                return if lost { change.handle().claim(interface) } else { Ok(()) };
            }
            match self.claim_or_detach(change.handle(), interface) {
                // It may be that the device is not configured.
                Err(none) if none.status == Status::NotFound => {
                    let configuration = self.refresh(change.handle())?;
                    return has_interface(&configuration, interface).and(Err(none));
                }
                claimed => claimed?,
            }
            let first = configuration.first_setting(interface);
            if first != 0 {
                // The system goes back to setting 0 when an interface is given back. Of one without, it leaves the endpoints shut.
                let _ = set_up::set_alt_setting(change.handle(), interface, first);
            }
            lock(&self.state).claims.insert(interface, first);
            Ok(())
        };
        claim().map_err(|e: Error| {
            let info = Arc::clone(&self.info);
            e.while_trying(move || format!("claim interface {interface} of {info}"))
        })
    }

    /// The configuration with the interface. Of a device that has one configuration only, the claim itself shows whether it is configured.
    fn configuration_to_claim(&self, handle: &dyn Handle, interface: u8) -> Result<Arc<Configuration>> {
        let known = Arc::clone(&lock(&self.state).configuration);
        if handle.only_configuration() == Some(known.value) && known.has_interface(interface) {
            return Ok(known);
        }
        let configuration = self.refresh_to(handle, handle.configuration_waiting()?)?;
        has_interface(&configuration, interface)?;
        Ok(configuration)
    }

    pub fn release(&self, interface: u8) -> Result<()> {
        let what = format!("release interface {interface}");
        let release = || {
            let change = self.change(&what).map_err(plain)?;
            lock(&self.state).claimed(interface)?;
            change.clear(Scope::Interface(interface));
            let (alt_setting, group) = {
                let mut state = lock(&self.state);
                let alt_setting = state.claims.remove(&interface).unwrap_or(0);
                (alt_setting, state.take_free_group(interface))
            };
            let released = change.ask(|handle| set_up::release(handle, interface, alt_setting));
            if let Some(group) = group {
                change.ask(|handle| handle.attach_kernel_driver(&numbers(&group)))?;
            }
            released
        };
        release().map_err(|e: Error| self.or_gone(e).during(format!("{what} of {self}")))
    }

    pub fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()> {
        let what = format!("set alternate setting {alt_setting} of interface {interface}");
        let select = || {
            let change = self.change(&what).map_err(plain)?;
            {
                let state = lock(&self.state);
                has_interface(&state.configuration, interface)?;
                if !state.configuration.has_setting(interface, alt_setting) {
                    let there = state.configuration.alt_setting_list(interface);
                    let reason = format!("the interface has no such alternate setting; it has {there}");
                    return Err(Error::new(Status::NotFound, reason));
                }
                state.claimed(interface)?;
            }
            change.clear(Scope::Interface(interface));
            change
                .claimed(interface, || change.ask(|handle| set_up::set_alt_setting(handle, interface, alt_setting)))?;
            lock(&self.state).claims.insert(interface, alt_setting);
            Ok(())
        };
        select().map_err(|e: Error| self.or_gone(e).during(format!("{what} of {self}")))
    }

    pub fn kernel_driver(&self, interface: u8) -> Result<Option<String>> {
        let what = format!("ask for the kernel driver of interface {interface}");
        let ask = || {
            let call = self.enter(&what).map_err(plain)?;
            has_interface(&*self.refresh(&*call.handle)?, interface)?;
            call.handle.kernel_driver(interface)
        };
        ask().map_err(|e: Error| e.during(format!("{what} of {self}")))
    }

    pub fn attach_kernel_driver(&self, interface: u8) -> Result<()> {
        let what = format!("attach kernel driver to interface {interface}");
        let attach = || {
            let change = self.change(&what).map_err(plain)?;
            has_interface(&*self.refresh(change.handle())?, interface)?;
            if lock(&self.state).claims.contains_key(&interface) {
                drop(change.restore());
                let reason = "this handle has claimed it; usbx_release gives it back to its driver";
                return Err(Error::new(Status::Busy, reason));
            }
            let group = {
                let mut state = lock(&self.state);
                let group = state.take_free_group(interface);
                // Its driver comes back with the release of the last interface of its group.
                if group.is_none() && state.detached.iter().any(|group| group.contains(&interface)) {
                    return Ok(());
                }
                group
            };
            let group = group.unwrap_or_else(|| BTreeSet::from([interface]));
            change.ask(|handle| handle.attach_kernel_driver(&numbers(&group)))
        };
        attach().map_err(|e: Error| e.during(format!("{what} of {self}")))
    }

    pub fn detach_kernel_driver(&self, interface: u8) -> Result<()> {
        let what = format!("detach kernel driver from interface {interface}");
        let detach = || {
            let change = self.change(&what).map_err(plain)?;
            has_interface(&*self.refresh(change.handle())?, interface)?;
            let claimed = lock(&self.state).claims.contains_key(&interface);
            if claimed {
                // A driver that the system has bound meanwhile goes as well.
                drop(change.restore());
            } else {
                let lost = change.ask(|handle| handle.detach_kernel_driver(interface))?;
                lock(&self.state).note_detached(lost);
            }
            Ok(())
        };
        detach().map_err(|e: Error| e.during(format!("{what} of {self}")))
    }

    /// A driver that was detached comes back by `attach_kernel_driver` alone: no release, close or end of the process brings it.
    pub fn keep_detached(&self, interface: u8) {
        let Ok(call) = self.enter(&"keep the driver detached") else { return };
        let is_meant = |group: &BTreeSet<u8>| group.contains(&interface);
        let mut state = lock(&self.state);
        let kept: BTreeSet<u8> = state.detached.iter().filter(|group| is_meant(group)).flatten().copied().collect();
        state.detached.retain(|group| !is_meant(group));
        drop(state);
        call.handle.keep_detached(&numbers(&kept));
    }

    pub fn set_auto_detach(&self, enable: bool) -> Result<()> {
        let what = "set auto detach";
        let change = self.change(&what).map_err(|e| plain(e).during(format!("{what} of {self}")))?;
        lock(&self.state).auto_detach = enable;
        drop(change);
        Ok(())
    }

    fn claim_or_detach(&self, handle: &dyn Handle, interface: u8) -> Result<()> {
        let claimed = handle.claim(interface);
        match &claimed {
            Err(busy) if busy.status == Status::Busy && lock(&self.state).auto_detach => {}
            _ => return claimed,
        }
        let lost = handle.detach_kernel_driver(interface)?;
        if lost.is_empty() {
            return claimed;
        }
        lock(&self.state).note_detached(lost);
        let claimed = handle.claim(interface);
        if claimed.is_err() {
            if let Some(group) = lock(&self.state).take_free_group(interface) {
                let _ = handle.attach_kernel_driver(&numbers(&group));
            }
        }
        claimed
    }

    pub fn clear_halt(&self, address: u8) -> Result<()> {
        let what = format!("clear halt of endpoint 0x{address:02x}");
        let clear = || {
            let change = self.change(&what).map_err(plain)?;
            let interface = {
                let state = lock(&self.state);
                let interface = state.endpoint(address)?.interface;
                state.claimed(interface)?;
                interface
            };
            if lock(&self.state).alt_setting(interface) != 0 {
                // Without its claim the system would do it in the alternate setting in which the interface begins.
                drop(change.restore());
            }
            change.clear(Scope::Endpoint(interface, address));
            change.claimed(interface, || {
                let request = |setup| {
                    with_buffer(&mut [], |nothing| self.run(&Request::Control(setup), nothing, HALT_TIMEOUT)).result
                };
                change.handle().clear_halt(address, &request)
            })
        };
        clear().map_err(|e: Error| self.or_gone(e).during(format!("{what} of {self}")))
    }

    pub fn reset(&self) -> Result<()> {
        let reset = || {
            let change = self.change(&"reset").map_err(plain)?;
            change.clear(Scope::Device);
            let claims = lock(&self.state).claims.clone();
            let reset = change.ask(|handle| set_up::reset(handle, &claims.keys().copied().collect::<Vec<u8>>()));
            match &reset {
                // The others are still this handle's.
                Err(error) if error.status != Status::NotClaimed => return reset,
                _ => {}
            }
            let select = |(interface, alt_setting): (u8, u8)| {
                change
                    .claimed(interface, || change.ask(|handle| set_up::set_alt_setting(handle, interface, alt_setting)))
            };
            let settings = claims.into_iter().filter(|(_, alt_setting)| *alt_setting != 0);
            settings.fold(reset, |before, setting| before.and(select(setting)))
        };
        reset().map_err(|e: Error| self.or_gone(e).during(format!("reset {self}")))
    }

    /// The error, or "unplugged" in its place if the device is gone: what a gone device lacks is no longer the point.
    pub(super) fn or_gone(&self, error: Error) -> Error {
        if error.status == Status::Io && self.gone() {
            return Error::no_device();
        }
        if error.status != Status::NotClaimed {
            return error;
        }
        match self.enter(&"look for the device").and_then(|call| call.handle.configuration()) {
            Err(gone) if gone.status == Status::NoDevice => gone,
            _ => error,
        }
    }

    /// The active configuration. While nothing is claimed, others may have changed it.
    pub(super) fn refresh(&self, handle: &dyn Handle) -> Result<Arc<Configuration>> {
        self.refresh_to(handle, handle.configuration()?)
    }

    fn refresh_to(&self, handle: &dyn Handle, active: u8) -> Result<Arc<Configuration>> {
        let known = Arc::clone(&lock(&self.state).configuration);
        if known.value == active {
            return Ok(known);
        }
        let configuration = configuration_of(handle, active)?;
        lock(&self.state).configuration = Arc::clone(&configuration);
        Ok(configuration)
    }
}

/// Reads the descriptor of the active configuration. An unconfigured device has an empty one, and so has a device whose
/// descriptor makes no sense: control requests still reach it.
pub fn active_configuration(handle: &dyn Handle) -> Result<Arc<Configuration>> {
    configuration_of(handle, handle.configuration_waiting()?)
}

fn configuration_of(handle: &dyn Handle, value: u8) -> Result<Arc<Configuration>> {
    handle.wire().note_configuration(value);
    if let Some(known) = handle.known_configuration(value) {
        return Ok(known);
    }
    let descriptors = handle.configuration_descriptors()?;
    let active = descriptors.iter().find(|bytes| bytes.get(5) == Some(&value));
    let parsed = active.and_then(|bytes| Configuration::parse(bytes, handle.info().speed).ok());
    Ok(Arc::new(parsed.unwrap_or(Configuration { value, ..Configuration::default() })))
}

/// The caller says what was tried itself, with the same words.
pub(super) fn plain(error: Error) -> Error {
    if error.status == Status::Closed {
        return super::closed();
    }
    error
}

pub fn has_interface(configuration: &Configuration, interface: u8) -> Result<()> {
    if configuration.has_interface(interface) {
        return Ok(());
    }
    let reason = match configuration.value {
        0 if configuration.settings.is_empty() => {
            "the device is not configured; call usbx_set_configuration first".to_owned()
        }
        value => format!("configuration {value} has no such interface; it has {}", configuration.interface_list()),
    };
    Err(Error::new(Status::NotFound, reason))
}

impl State {
    /// Checks that this handle has claimed the interface.
    pub fn claimed(&self, interface: u8) -> Result<()> {
        if self.claims.contains_key(&interface) {
            return Ok(());
        }
        has_interface(&self.configuration, interface)?;
        let reason = format!("interface {interface} is not claimed by this handle; call usbx_claim first");
        Err(Error::new(Status::NotClaimed, reason))
    }

    pub(super) fn note_detached(&mut self, lost: Vec<u8>) {
        let lost: BTreeSet<u8> = lost.into_iter().collect();
        if lost.is_empty() {
            return;
        }
        // What has had a driver again since is not of an older group any more.
        self.detached.iter_mut().for_each(|group| group.retain(|interface| !lost.contains(interface)));
        self.detached.retain(|group| !group.is_empty());
        self.detached.push(lost);
    }

    /// The interfaces that lost their driver together with this one, if none of them is claimed: they are to be given back then.
    fn take_free_group(&mut self, interface: u8) -> Option<BTreeSet<u8>> {
        let at = self.detached.iter().position(|group| group.contains(&interface))?;
        if self.detached[at].iter().any(|member| self.claims.contains_key(member)) {
            return None;
        }
        Some(self.detached.swap_remove(at))
    }

    /// The alternate setting that counts: of an interface which this handle has not claimed, the one in which it begins.
    fn alt_setting(&self, interface: u8) -> u8 {
        self.claims.get(&interface).copied().unwrap_or_else(|| self.configuration.first_setting(interface))
    }

    /// The endpoint of that address, in the alternate settings selected now. Where two interfaces have one, the claimed one's.
    pub fn endpoint(&self, address: u8) -> Result<&Endpoint> {
        let endpoints = &self.configuration.endpoints;
        let here = |e: &&Endpoint| e.address == address && e.alt_setting == self.alt_setting(e.interface);
        let claimed = |e: &&Endpoint| self.claims.contains_key(&e.interface);
        let found = endpoints.iter().filter(here).find(claimed).or_else(|| endpoints.iter().find(here));
        if let Some(found) = found {
            return Ok(found);
        }
        if let Some(other) = endpoints.iter().find(|e| e.address == address) {
            return Err(Error::invalid(format!(
                "it belongs to alternate setting {} of interface {}, which is not selected: call usbx_set_alt_setting first; now {}",
                other.alt_setting,
                other.interface,
                self.endpoint_list()
            )));
        }
        Err(Error::invalid(format!("there is no such endpoint; {}", self.endpoint_list())))
    }

    /// "the device has 0x81 (bulk IN, interface 0) and 0x02 (bulk OUT, interface 0)".
    pub fn endpoint_list(&self) -> String {
        let selected = self.configuration.endpoints.iter().filter(|e| e.alt_setting == self.alt_setting(e.interface));
        let name = |e: &Endpoint| {
            format!(
                "0x{:02x} ({} {}, interface {})",
                e.address,
                e.transfer_type.name(),
                e.direction_name(),
                e.interface
            )
        };
        format!("the device has {}", list(selected.map(name)))
    }
}
