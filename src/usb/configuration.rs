//! Configuration descriptors: the interfaces, alternate settings and endpoints a device says it has (USB 2.0 section 9.6).

use super::endpoint::{companion, endpoint, superspeed_plus, Companion};
use super::{Endpoint, Speed};
use crate::error::{Error, Result, Status};
use crate::text::list;

/// One configuration, as far as transfers need to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    pub value: u8,
    /// Each alternate setting of each interface, in the order of the descriptor.
    pub settings: Vec<Setting>,
    pub endpoints: Vec<Endpoint>,
}

/// An alternate setting of an interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    pub interface: u8,
    pub alt_setting: u8,
    pub class: u8,
    pub subclass: u8,
    pub protocol: u8,
    pub string_index: u8,
    /// How many endpoints are described.
    pub endpoints: u8,
    /// The first interface of the function that it belongs to, and how many interfaces that has; 0 of them: none is declared.
    pub association: (u8, u8),
}

pub(super) const CONFIGURATION: u8 = 2;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
const ASSOCIATION: u8 = 11;
const SUPERSPEED_COMPANION: u8 = 48;
const SUPERSPEED_PLUS_COMPANION: u8 = 49;

impl Configuration {
    /// Reads a configuration descriptor with all that follows it. Whatever a device may send is read as far as it makes
    /// sense: an entry of impossible length ends it, an entry of another kind is passed over.
    pub fn parse(bytes: &[u8], speed: Speed) -> Result<Configuration> {
        if bytes.len() < 9 || bytes[0] < 9 || bytes[1] != CONFIGURATION {
            return Err(Error::new(Status::Io, "the device's configuration descriptor is not valid"));
        }
        let total = usize::from(u16::from_le_bytes([bytes[2], bytes[3]])).min(bytes.len());
        let mut configuration = Configuration { value: bytes[5], ..Configuration::default() };
        let mut associations = Vec::new();
        let mut current = None;
        // What a companion that came now would be.
        let mut awaited = Companion::None;
        for entry in entries(&bytes[usize::from(bytes[0]).min(total)..total]) {
            match (entry[1], entry.len()) {
                (INTERFACE, 9..) => {
                    current = Some(configuration.add_setting(entry));
                    awaited = Companion::None;
                }
                (ENDPOINT, 7..) => {
                    if let Some(at) = current {
                        let setting: &mut Setting = &mut configuration.settings[at];
                        setting.endpoints = setting.endpoints.saturating_add(1);
                        let (interface, alt_setting) = (setting.interface, setting.alt_setting);
                        configuration.endpoints.push(endpoint(entry, interface, alt_setting, speed));
                        awaited = if speed >= Speed::Super { Companion::SuperSpeed } else { Companion::None };
                    }
                }
                (SUPERSPEED_COMPANION, 6..) => {
                    if let (Companion::SuperSpeed, Some(endpoint)) = (awaited, configuration.endpoints.last_mut()) {
                        awaited = companion(endpoint, entry);
                    }
                }
                (SUPERSPEED_PLUS_COMPANION, 8..) => {
                    if let (Companion::SuperSpeedPlus, Some(endpoint)) = (awaited, configuration.endpoints.last_mut()) {
                        superspeed_plus(endpoint, entry);
                        awaited = Companion::None;
                    }
                }
                (ASSOCIATION, 8..) => associations.push((entry[2], entry[3])),
                _ => {}
            }
        }
        for setting in &mut configuration.settings {
            let has = |(first, count): &&(u8, u8)| (*first..first.saturating_add(*count)).contains(&setting.interface);
            setting.association = associations.iter().find(has).copied().unwrap_or_default();
        }
        Ok(configuration)
    }

    /// Its place among the settings. One that is described twice is there once.
    fn add_setting(&mut self, entry: &[u8]) -> usize {
        let (interface, alt_setting) = (entry[2], entry[3]);
        let known = self.settings.iter().position(|s| (s.interface, s.alt_setting) == (interface, alt_setting));
        known.unwrap_or_else(|| {
            self.settings.push(Setting {
                interface,
                alt_setting,
                class: entry[5],
                subclass: entry[6],
                protocol: entry[7],
                string_index: entry[8],
                ..Setting::default()
            });
            self.settings.len() - 1
        })
    }

    fn settings_of(&self, interface: u8) -> impl Iterator<Item = &Setting> + '_ {
        self.settings.iter().filter(move |setting| setting.interface == interface)
    }

    pub fn has_interface(&self, interface: u8) -> bool {
        self.settings_of(interface).next().is_some()
    }

    pub fn has_setting(&self, interface: u8, alt_setting: u8) -> bool {
        self.settings_of(interface).any(|setting| setting.alt_setting == alt_setting)
    }

    /// The numbers of the interfaces, each once, in the order of the descriptor.
    pub fn interfaces(&self) -> Vec<u8> {
        let mut numbers: Vec<u8> = Vec::new();
        for setting in &self.settings {
            if !numbers.contains(&setting.interface) {
                numbers.push(setting.interface);
            }
        }
        numbers
    }

    /// The alternate setting in which an interface begins: 0, or the first that it has (USB 2.0 section 9.2.3 asks for a 0; some
    /// devices have none, and the system takes the first of these).
    pub fn first_setting(&self, interface: u8) -> u8 {
        let first = self.settings_of(interface).next().map_or(0, |setting| setting.alt_setting);
        if self.has_setting(interface, 0) {
            0
        } else {
            first
        }
    }

    pub fn interface_list(&self) -> String {
        list(self.interfaces().iter().map(u8::to_string))
    }

    pub fn alt_setting_list(&self, interface: u8) -> String {
        list(self.settings_of(interface).map(|setting| setting.alt_setting.to_string()))
    }
}

/// The descriptors that lie one after the other, as far as their lengths make sense.
pub(super) fn entries(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let length = usize::from(*rest.first()?);
        if length < 2 || length > rest.len() {
            return None;
        }
        let (entry, behind) = rest.split_at(length);
        rest = behind;
        Some(entry)
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn configuration(entries: &[&[u8]], speed: Speed) -> Configuration {
        let mut bytes = vec![9, 2, 0, 0, 1, 7, 0, 0x80, 50];
        entries.iter().for_each(|entry| bytes.extend_from_slice(entry));
        let total = (bytes.len() as u16).to_le_bytes();
        bytes[2..4].copy_from_slice(&total);
        Configuration::parse(&bytes, speed).unwrap()
    }

    const INTERFACE_2: &[u8] = &[9, 4, 2, 1, 1, 0xff, 0, 0, 0];

    fn only_endpoint(entries: &[&[u8]], speed: Speed) -> Endpoint {
        let mut all = vec![INTERFACE_2];
        all.extend_from_slice(entries);
        let configuration = configuration(&all, speed);
        assert_eq!(configuration.endpoints.len(), 1);
        configuration.endpoints[0].clone()
    }

    #[test]
    fn endpoints_belong_to_the_setting_before_them() {
        let endpoint: &[u8] = &[7, 5, 0x81, 2, 0, 2, 0];
        let audio: &[u8] = &[9, 5, 0x02, 1, 0, 1, 4, 0, 0];
        let alien: &[u8] = &[5, 0x24, 1, 2, 3];
        let found = configuration(&[INTERFACE_2, alien, endpoint, &[9, 4, 3, 0, 1, 1, 0, 0, 0], audio], Speed::High);
        let settings: Vec<_> = found.settings.iter().map(|s| (s.interface, s.alt_setting, s.endpoints)).collect();
        assert_eq!(settings, [(2, 1, 1), (3, 0, 1)]);
        let places: Vec<_> = found.endpoints.iter().map(|e| (e.address, e.interface, e.alt_setting)).collect();
        assert_eq!(places, [(0x81, 2, 1), (0x02, 3, 0)]);
    }

    #[test]
    fn high_bandwidth_counts_at_high_speed_alone() {
        let endpoint: &[u8] = &[7, 5, 0x81, 1, 0x00, 0x14, 1]; // 1024 bytes, three times an interval
        let high = only_endpoint(&[endpoint], Speed::High);
        assert_eq!((high.max_packet_size, high.packets_per_interval, high.max_bytes_per_interval), (1024, 3, 3072));
        let full = only_endpoint(&[endpoint], Speed::Full);
        assert_eq!((full.max_packet_size, full.packets_per_interval), (1023, 1));
    }

    #[test]
    fn superspeed_has_bursts() {
        let bulk = only_endpoint(&[&[7, 5, 0x81, 2, 0, 4, 0], &[6, 48, 15, 0, 0, 0]], Speed::Super);
        assert_eq!((bulk.packets_per_interval, bulk.max_bytes_per_interval), (16, 16384));
        let isochronous = only_endpoint(&[&[7, 5, 0x81, 1, 0, 4, 1], &[6, 48, 3, 2, 0x00, 0x28]], Speed::Super);
        assert_eq!((isochronous.packets_per_interval, isochronous.max_bytes_per_interval), (12, 0x2800));
    }

    #[test]
    fn superspeed_plus_says_the_bytes_of_an_interval_itself() {
        let endpoint: &[u8] = &[7, 5, 0x81, 1, 0, 4, 1];
        let companion: &[u8] = &[6, 48, 15, 0x80, 1, 0];
        let plus: &[u8] = &[8, 49, 0, 0, 0x00, 0x80, 0x01, 0x00]; // 96 KiB
        let found = only_endpoint(&[endpoint, companion, plus], Speed::SuperPlus);
        assert_eq!((found.packets_per_interval, found.max_bytes_per_interval), (96, 98304));
        // Without the bit it is not meant, and without the descriptor there is only the companion's number.
        let unasked = only_endpoint(&[endpoint, &[6, 48, 1, 1, 0, 8], plus], Speed::SuperPlus);
        assert_eq!((unasked.packets_per_interval, unasked.max_bytes_per_interval), (4, 2048));
        let bulk = only_endpoint(&[&[7, 5, 0x81, 2, 0, 4, 0], &[6, 48, 1, 0x80, 0, 0], plus], Speed::SuperPlus);
        assert_eq!((bulk.packets_per_interval, bulk.max_bytes_per_interval), (2, 2048));
    }

    #[test]
    fn an_interface_begins_at_setting_0_or_at_its_first() {
        let found = configuration(
            &[&[9, 4, 2, 3, 0, 7, 1, 2, 5], INTERFACE_2, &[9, 4, 0, 1, 0, 1, 0, 0, 0], &[9, 4, 0, 0, 0, 1, 0, 0, 0]],
            Speed::High,
        );
        assert_eq!((found.first_setting(2), found.first_setting(0), found.first_setting(9)), (3, 0, 0));
        assert_eq!(found.interfaces(), [2, 0]);
        assert!(found.has_setting(2, 3) && found.has_setting(2, 1) && !found.has_setting(2, 0));
        let printer = &found.settings[0];
        assert_eq!((printer.class, printer.subclass, printer.protocol, printer.string_index), (7, 1, 2, 5));
    }

    #[test]
    fn an_association_is_told_at_each_of_its_interfaces() {
        let association: &[u8] = &[8, 11, 1, 2, 2, 2, 1, 0];
        let interface = |number| [9, 4, number, 0, 0, 2, 0, 0, 0];
        let found =
            configuration(&[&interface(0), association, &interface(1), &interface(2), &interface(3)], Speed::High);
        let told: Vec<_> = found.settings.iter().map(|setting| setting.association).collect();
        assert_eq!(told, [(0, 0), (1, 2), (1, 2), (0, 0)]);
    }

    #[test]
    fn a_companion_counts_for_its_endpoint_at_superspeed_alone() {
        let (endpoint, companion): (&[u8], &[u8]) = (&[7, 5, 0x81, 2, 0, 2, 0], &[6, 48, 3, 0, 0, 0]);
        assert_eq!(only_endpoint(&[endpoint, companion], Speed::High).packets_per_interval, 1);
        let of_another = only_endpoint(&[endpoint, &[9, 4, 3, 0, 0, 0xff, 0, 0, 0], companion], Speed::Super);
        assert_eq!(of_another.packets_per_interval, 1);
    }

    #[test]
    fn what_is_no_configuration_is_refused() {
        for bytes in [&[][..], &[9, 2], &[9, 4, 9, 0, 0, 0, 0, 0, 0], &[4, 2, 9, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(Configuration::parse(bytes, Speed::High).unwrap_err().status, Status::Io);
        }
    }

    proptest! {
        #[test]
        fn whatever_a_device_sends_is_read_without_harm(mut bytes in proptest::collection::vec(any::<u8>(), 9..400), lie in any::<u16>(), speed in 0u8..6) {
            bytes[0] = bytes[0].max(9);
            bytes[1] = 2;
            bytes[2..4].copy_from_slice(&lie.to_le_bytes());
            let found = Configuration::parse(&bytes, Speed::from_number(speed)).unwrap();
            prop_assert!(found.endpoints.len() * 7 + found.settings.len() * 9 <= bytes.len());
            for endpoint in &found.endpoints {
                prop_assert!(found.has_setting(endpoint.interface, endpoint.alt_setting));
            }
        }

        #[test]
        fn entries_of_length_zero_end_it(tail in proptest::collection::vec(any::<u8>(), 0..50)) {
            let mut entries = vec![0, 5];
            entries.extend(tail);
            prop_assert_eq!(configuration(&[INTERFACE_2, &entries], Speed::High).endpoints.len(), 0);
        }
    }
}
