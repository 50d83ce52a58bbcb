//! Configuration descriptors: the interfaces, alternate settings and endpoints a device says it has (USB 2.0 section 9.6).

use super::endpoint::{companion, endpoint};
use super::{Endpoint, Speed};
use crate::error::{Error, Result, Status};
use crate::text::list;

/// One configuration, as far as transfers need to know it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    pub value: u8,
    /// Each interface's number and alternate setting, in the order of the descriptor.
    pub settings: Vec<(u8, u8)>,
    pub endpoints: Vec<Endpoint>,
}

const CONFIGURATION: u8 = 2;
const INTERFACE: u8 = 4;
const ENDPOINT: u8 = 5;
const SUPERSPEED_COMPANION: u8 = 48;

impl Configuration {
    /// Reads a configuration descriptor with all that follows it. Whatever a device may send is read as far as it makes
    /// sense: an entry of impossible length ends it, an entry of another kind is passed over.
    pub fn parse(bytes: &[u8], speed: Speed) -> Result<Configuration> {
        if bytes.len() < 9 || bytes[0] < 9 || bytes[1] != CONFIGURATION {
            return Err(Error::new(Status::Io, "the device's configuration descriptor is not one"));
        }
        let total = usize::from(u16::from_le_bytes([bytes[2], bytes[3]])).min(bytes.len());
        let mut configuration = Configuration { value: bytes[5], ..Configuration::default() };
        let mut current = None;
        // Whether a companion that came now would be the last endpoint's.
        let mut awaits_companion = false;
        let mut rest = &bytes[usize::from(bytes[0]).min(total)..total];
        while rest.len() >= 2 && rest[0] >= 2 && usize::from(rest[0]) <= rest.len() {
            let (entry, behind) = rest.split_at(usize::from(rest[0]));
            rest = behind;
            match (entry[1], entry.len()) {
                (INTERFACE, 9..) => {
                    current = Some((entry[2], entry[3]));
                    awaits_companion = false;
                    configuration.settings.push((entry[2], entry[3]));
                }
                (ENDPOINT, 7..) => {
                    if let Some((interface, alt_setting)) = current {
                        configuration.endpoints.push(endpoint(entry, interface, alt_setting, speed));
                        awaits_companion = speed >= Speed::Super;
                    }
                }
                (SUPERSPEED_COMPANION, 6..) => {
                    if let (true, Some(endpoint)) = (awaits_companion, configuration.endpoints.last_mut()) {
                        companion(endpoint, entry);
                        awaits_companion = false;
                    }
                }
                _ => {}
            }
        }
        Ok(configuration)
    }

    pub fn has_interface(&self, interface: u8) -> bool {
        self.settings.iter().any(|(number, _)| *number == interface)
    }

    pub fn interface_list(&self) -> String {
        let mut numbers: Vec<u8> = self.settings.iter().map(|(number, _)| *number).collect();
        numbers.dedup();
        list(numbers.iter().map(u8::to_string))
    }

    pub fn alt_setting_list(&self, interface: u8) -> String {
        list(self.settings.iter().filter(|(number, _)| *number == interface).map(|(_, alt)| alt.to_string()))
    }
}

/// The configurations that lie one behind the other as the system keeps them: behind the device descriptor, each as long as it
/// says it is.
pub fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let mut rest = bytes;
    let mut configurations = Vec::new();
    while rest.len() >= 4 {
        let total = usize::from(u16::from_le_bytes([rest[2], rest[3]])).clamp(4, rest.len());
        let (configuration, behind) = rest.split_at(total);
        configurations.push(configuration);
        rest = behind;
    }
    configurations
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
        assert_eq!(found.settings, [(2, 1), (3, 0)]);
        let places: Vec<_> = found.endpoints.iter().map(|e| (e.address, e.interface, e.alt_setting)).collect();
        assert_eq!(places, [(0x81, 2, 1), (0x02, 3, 0)]);
    }

    #[test]
    fn high_bandwidth_counts_at_high_speed_alone() {
        let endpoint: &[u8] = &[7, 5, 0x81, 1, 0x00, 0x14, 1]; // 1024 bytes, three times an interval
        let high = only_endpoint(&[endpoint], Speed::High);
        assert_eq!((high.max_packet_size, high.packets_per_interval, high.max_bytes_per_interval), (1024, 3, 3072));
        let full = only_endpoint(&[endpoint], Speed::Full);
        assert_eq!((full.max_packet_size, full.packets_per_interval), (1024, 1));
    }

    #[test]
    fn superspeed_has_bursts() {
        let bulk = only_endpoint(&[&[7, 5, 0x81, 2, 0, 4, 0], &[6, 48, 15, 0, 0, 0]], Speed::Super);
        assert_eq!((bulk.packets_per_interval, bulk.max_bytes_per_interval), (16, 16384));
        let isochronous = only_endpoint(&[&[7, 5, 0x81, 1, 0, 4, 1], &[6, 48, 3, 2, 0x00, 0x28]], Speed::Super);
        assert_eq!((isochronous.packets_per_interval, isochronous.max_bytes_per_interval), (12, 0x2800));
    }

    #[test]
    fn a_companion_counts_for_its_endpoint_at_superspeed_alone() {
        let (endpoint, companion): (&[u8], &[u8]) = (&[7, 5, 0x81, 2, 0, 2, 0], &[6, 48, 3, 0, 0, 0]);
        assert_eq!(only_endpoint(&[endpoint, companion], Speed::High).packets_per_interval, 1);
        let of_another = only_endpoint(&[endpoint, &[9, 4, 3, 0, 0, 0xff, 0, 0, 0], companion], Speed::Super);
        assert_eq!(of_another.packets_per_interval, 1);
    }

    #[test]
    fn configurations_follow_each_other_by_the_length_they_say() {
        let (first, second): (&[u8], &[u8]) = (&[9, 2, 9, 0, 0, 1, 0, 0x80, 50], &[9, 2, 9, 0, 0, 2, 0, 0x80, 50]);
        assert_eq!(split(&[first, second].concat()), [first, second]);
        // Of one that says it is shorter than a descriptor, the system keeps no more than that.
        let cut: &[u8] = &[9, 2, 5, 0, 0];
        assert_eq!(split(&[cut, second].concat()), [cut, second]);
        assert_eq!(split(&first[..7]), [&first[..7]]);
        assert!(split(&[9, 2, 0]).is_empty());
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
                prop_assert!(found.settings.contains(&(endpoint.interface, endpoint.alt_setting)));
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
