//! The devices of a recording: each with the descriptors that it sent while it was recorded, and with its transfers.

use super::urb::{Outcome, Urb};
use super::urbs::Placed;
use crate::usb::{Direction, SetupPacket};
use std::collections::{BTreeMap, HashMap};

const SET_ADDRESS: u8 = 5;
const GET_DESCRIPTOR: u8 = 6;
const SET_CONFIGURATION: u8 = 9;

const DEVICE: u8 = 1;
const CONFIGURATION: u8 = 2;
const DEVICE_LENGTH: usize = 18;
const HUB: u8 = 9;

/// wValue and wIndex, and whether it was asked of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DescriptorKey {
    pub kind: u8,
    pub number: u8,
    /// A string's language, or the interface.
    pub index: u16,
    pub of_interface: bool,
}

#[derive(Debug)]
pub struct RecordedDevice {
    pub bus: u16,
    pub address: u16,
    /// The longest answer to each request for a descriptor.
    pub descriptors: BTreeMap<DescriptorKey, Vec<u8>>,
    /// bConfigurationValue of what the host selected first.
    pub configuration: Option<u8>,
    /// By endpoint address, 0 for control requests, in the order of the submissions.
    pub endpoints: BTreeMap<u8, Vec<Urb>>,
    /// The frames between which it was there.
    pub first: u64,
    pub last: u64,
    /// It was unplugged while something was pending.
    pub gone: bool,
}

impl RecordedDevice {
    fn new(bus: u16, address: u16, first: u64) -> RecordedDevice {
        RecordedDevice {
            bus,
            address,
            descriptors: BTreeMap::new(),
            configuration: None,
            endpoints: BTreeMap::new(),
            first,
            last: first,
            gone: false,
        }
    }

    fn descriptor(&self, kind: u8, number: u8) -> Option<&[u8]> {
        let key = DescriptorKey { kind, number, index: 0, of_interface: false };
        self.descriptors.get(&key).map(Vec::as_slice)
    }

    pub fn device_descriptor(&self) -> Option<[u8; DEVICE_LENGTH]> {
        self.descriptor(DEVICE, 0)?.get(..DEVICE_LENGTH)?.try_into().ok()
    }

    /// Vendor and product.
    pub fn ids(&self) -> Option<(u16, u16)> {
        self.device_descriptor().map(|bytes| ids_of(&bytes))
    }

    pub fn is_hub(&self) -> bool {
        self.device_descriptor().is_some_and(|bytes| bytes[4] == HUB)
    }

    /// Those that are recorded whole, in the order of their numbers.
    pub fn configurations(&self) -> Vec<&[u8]> {
        (0..=u8::MAX)
            .filter_map(|number| self.descriptor(CONFIGURATION, number))
            .filter(|bytes| is_whole(bytes))
            .collect()
    }

    /// It can be played: a host could set it up from what is recorded.
    pub fn is_complete(&self) -> bool {
        self.device_descriptor().is_some() && !self.configurations().is_empty()
    }

    /// The host did more with it than find out what it is.
    pub fn is_used(&self) -> bool {
        let is_standard = |setup: SetupPacket| setup.request_type & 0x60 == 0;
        self.endpoints.values().flatten().any(|urb| !urb.setup.is_some_and(is_standard))
    }

    fn add(&mut self, endpoint: u8, urb: Urb) {
        self.first = self.first.min(urb.frame);
        if let Some(setup) = urb.setup.filter(|_| urb.outcome == Outcome::Done) {
            self.learn(&setup, urb.received());
        }
        self.gone |= urb.outcome == Outcome::Gone;
        if !matches!(urb.outcome, Outcome::Gone | Outcome::Failed) {
            self.last = self.last.max(urb.completion.unwrap_or(urb.frame));
        }
        self.endpoints.entry(endpoint).or_default().push(urb);
    }

    fn learn(&mut self, setup: &SetupPacket, answer: &[u8]) {
        match (setup.request_type, setup.request) {
            (0x80 | 0x81, GET_DESCRIPTOR) => {
                let [kind, number] = setup.value.to_be_bytes();
                // The first byte says how long it is; what an overlong answer has behind it belongs to nothing.
                let of_interface = setup.request_type == 0x81;
                let index = if kind == CONFIGURATION || kind == DEVICE { 0 } else { setup.index };
                let known = self.descriptors.entry(DescriptorKey { kind, number, index, of_interface }).or_default();
                if answer.len() >= known.len() {
                    *known = answer.to_vec();
                }
            }
            (0, SET_CONFIGURATION) => {
                self.configuration.get_or_insert(setup.value as u8);
            }
            _ => {}
        }
    }
}

/// It has all the bytes that it says.
fn is_whole(configuration: &[u8]) -> bool {
    let said = |low, high| usize::from(u16::from_le_bytes([low, high]));
    matches!(*configuration, [length, CONFIGURATION, low, high, ..]
        if length >= 9 && configuration.len() >= said(low, high).max(9))
}

fn ids_of(device: &[u8; DEVICE_LENGTH]) -> (u16, u16) {
    (u16::from_le_bytes([device[8], device[9]]), u16::from_le_bytes([device[10], device[11]]))
}

/// The vendor and product that an answer to GET_DESCRIPTOR has.
fn announced(urb: &Urb) -> Option<(u16, u16)> {
    let setup = urb.setup.filter(|setup| urb.outcome == Outcome::Done && setup.direction() == Direction::In)?;
    let asks = (setup.request_type, setup.request, setup.value >> 8) == (0x80, GET_DESCRIPTOR, u16::from(DEVICE));
    Some(ids_of(urb.received().get(..DEVICE_LENGTH)?.try_into().ok()?)).filter(|_| asks)
}

/// An address is given to one device after another: a new one is there when the host has given the address again, when the device
/// says that it is another, or when it answers after it had left.
pub(super) fn devices(urbs: Vec<Placed>) -> Vec<RecordedDevice> {
    let mut devices: Vec<RecordedDevice> = Vec::new();
    let mut current: HashMap<(u16, u16), usize> = HashMap::new();
    for Placed { bus, address, endpoint, urb, .. } in urbs {
        if address == 0 {
            // A device that has no address yet. What it is asked then, it is asked again.
            if let Some(setup) = urb.setup.filter(|setup| (setup.request_type, setup.request) == (0, SET_ADDRESS)) {
                if urb.outcome == Outcome::Done {
                    current.remove(&(bus, setup.value));
                }
            }
            continue;
        }
        let known = current.get(&(bus, address)).copied();
        let is_new = known.is_some_and(|at| {
            let device: &RecordedDevice = &devices[at];
            announced(&urb).is_some_and(|ids| device.gone || device.ids().is_some_and(|known| known != ids))
        });
        let at = known.filter(|_| !is_new).unwrap_or_else(|| {
            devices.push(RecordedDevice::new(bus, address, urb.frame));
            current.insert((bus, address), devices.len() - 1);
            devices.len() - 1
        });
        devices[at].add(endpoint, urb);
    }
    devices
}
