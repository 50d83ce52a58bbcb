//! How the host has set a simulated device up: configuration, alternate settings, halts; and the standard requests that are about these
//! (USB 2.0 section 9.4).

use super::description::Description;
use crate::usb::{Configuration, Endpoint, SetupPacket};
use std::collections::{BTreeMap, BTreeSet};

const GET_STATUS: u8 = 0;
const CLEAR_FEATURE: u8 = 1;
const SET_FEATURE: u8 = 3;
const GET_DESCRIPTOR: u8 = 6;
const GET_CONFIGURATION: u8 = 8;
const GET_INTERFACE: u8 = 10;
const ENDPOINT_HALT: u16 = 0;

pub(super) struct Settings {
    pub description: Description,
    /// What the active configuration says; `None` in the unconfigured state.
    pub active: Option<Configuration>,
    alt_settings: BTreeMap<u8, u8>,
    halted: BTreeSet<u8>,
}

/// What the bus makes of a control request.
pub(super) enum Standard {
    Data(Vec<u8>),
    Stall,
    /// The endpoint's halt was set or cleared.
    Halt(u8, bool),
    /// It is the model's to answer.
    Model,
}

impl From<Option<Vec<u8>>> for Standard {
    fn from(data: Option<Vec<u8>>) -> Standard {
        data.map_or(Standard::Stall, Standard::Data)
    }
}

impl Settings {
    /// In the first configuration, as hosts do, unless the description says otherwise; one that makes no sense is not selected.
    pub fn new(description: Description) -> Settings {
        let active = description.layout(0);
        let selected = description.selected;
        let mut settings = Settings { description, active, alt_settings: BTreeMap::new(), halted: BTreeSet::new() };
        if let Some(value) = selected {
            settings.configure(value);
        }
        settings
    }

    pub fn configuration(&self) -> u8 {
        self.active.as_ref().map_or(0, |active| active.value)
    }

    /// False if there is no such configuration. One of value 0 is a configuration, if there is one.
    pub fn configure(&mut self, value: u8) -> bool {
        let found = self.description.layout_of(value);
        if found.is_none() && value != 0 {
            return false;
        }
        self.active = found;
        self.start_over();
        true
    }

    /// Alternate settings and halts as at the beginning.
    pub fn start_over(&mut self) {
        self.alt_settings.clear();
        self.halted.clear();
    }

    pub fn endpoint(&self, address: u8) -> Option<&Endpoint> {
        let active = self.active.as_ref()?;
        active.endpoints.iter().find(|e| e.address == address && e.alt_setting == self.alt_setting(e.interface))
    }

    pub fn alt_setting(&self, interface: u8) -> u8 {
        self.alt_settings.get(&interface).copied().unwrap_or_else(|| self.first_setting(interface))
    }

    fn first_setting(&self, interface: u8) -> u8 {
        self.active.as_ref().map_or(0, |active| active.first_setting(interface))
    }

    /// The alternate setting, if it is another than at the beginning.
    pub fn selected(&self, interface: u8) -> Option<u8> {
        let selected = self.alt_settings.get(&interface).copied();
        selected.filter(|selected| *selected != self.first_setting(interface))
    }

    /// Its endpoints are as at the beginning, in every setting: their addresses.
    pub fn set_alt_setting(&mut self, interface: u8, alt_setting: u8) -> Vec<u8> {
        self.alt_settings.insert(interface, alt_setting);
        let endpoints = self.active.iter().flat_map(|active| &active.endpoints);
        let addresses: Vec<u8> = endpoints.filter(|e| e.interface == interface).map(|e| e.address).collect();
        self.halted.retain(|address| !addresses.contains(address));
        addresses
    }

    pub fn is_halted(&self, address: u8) -> bool {
        self.halted.contains(&address)
    }

    /// Whether that changes anything.
    pub fn halt(&mut self, address: u8, halted: bool) -> bool {
        if halted {
            self.halted.insert(address)
        } else {
            self.halted.remove(&address)
        }
    }

    /// Carries out what the bus answers for a model. `asks` says that the model wants to answer what it can itself.
    pub fn request(&mut self, setup: &SetupPacket, asks: bool) -> Standard {
        let address = setup.index as u8;
        match (setup.request_type, setup.request) {
            (0x80, GET_CONFIGURATION) => Standard::Data(vec![self.configuration()]),
            (0x81, GET_INTERFACE) => {
                let there = self.active.as_ref().is_some_and(|active| active.has_interface(address));
                there.then(|| vec![self.alt_setting(address)]).into()
            }
            (0x82, GET_STATUS) if address & 0x7f != 0 => {
                self.endpoint(address).map(|_| vec![u8::from(self.is_halted(address)), 0]).into()
            }
            (0x02, SET_FEATURE | CLEAR_FEATURE) if setup.value == ENDPOINT_HALT => match self.endpoint(address) {
                Some(_) => Standard::Halt(address, setup.request == SET_FEATURE),
                None => Standard::Stall,
            },
            (request_type, _) if asks || request_type & 0x60 != 0 => Standard::Model,
            (0x80 | 0x81, GET_DESCRIPTOR) => match self.description.descriptor(setup) {
                Some(bytes) => Standard::Data(bytes),
                // Interface descriptors, HID's for one, may be the model's.
                None if setup.request_type == 0x81 => Standard::Model,
                None => Standard::Stall,
            },
            (0x80..=0x82, GET_STATUS) => Standard::Data(vec![0, 0]),
            _ => Standard::Stall,
        }
    }
}
