//! Descriptors as a device may send them. The library's result is compared with that of another parser.

use super::input::Input;
use crate::text::cut;
use crate::usb::{path_order, split, Configuration, DeviceInfo, Endpoint, Speed, TransferType};

pub fn run(mut input: Input) {
    let speed = Speed::from_number(input.byte() % 7);
    match input.byte() % 4 {
        0 => device(input.rest()),
        1 => names(input),
        2 => several(input.rest(), speed),
        _ => one(input.rest(), speed),
    }
}

fn device(bytes: &[u8]) {
    let mut info = DeviceInfo::default();
    let described = info.describe(bytes).is_some();
    assert_eq!(described, bytes.len() >= 18 && bytes[0] >= 18 && bytes[1] == 1);
    if !described {
        assert_eq!(info, DeviceInfo::default());
        return;
    }
    let words = [info.usb_version, info.vendor_id, info.product_id, info.device_version];
    for (word, at) in words.iter().zip([2, 8, 10, 12]) {
        assert_eq!(word.to_le_bytes(), bytes[at..at + 2]);
    }
    let class = [info.device_class, info.device_subclass, info.device_protocol];
    assert_eq!((&class[..], info.configurations), (&bytes[4..7], bytes[17]));
}

fn names(mut input: Input) {
    let limit = usize::from(input.byte());
    let text = String::from_utf8_lossy(input.rest());
    let short = cut(&text, limit);
    assert!(text.starts_with(short) && short.len() <= limit && (short.len() + 4 > limit || short == text));
    let mut paths: Vec<&str> = text.split('\n').collect();
    // It would panic if this were no order.
    paths.sort_by(|a, b| path_order(a, b));
}

/// All that the system keeps of a device: its configurations one behind the other.
fn several(bytes: &[u8], speed: Speed) {
    let found = split(bytes);
    assert_eq!(found.concat(), bytes[..found.concat().len()]);
    found.iter().for_each(|bytes| one(bytes, speed));
}

fn one(bytes: &[u8], speed: Speed) {
    let Ok(found) = Configuration::parse(bytes, speed) else {
        assert!(bytes.len() < 9 || bytes[0] < 9 || bytes[1] != 2);
        return;
    };
    assert_eq!(found.value, bytes[5]);
    let expected = entries(bytes);
    let settings = expected.iter().filter(|entry| is_interface(entry)).map(|entry| (entry[2], entry[3]));
    assert!(settings.eq(found.settings.iter().copied()));
    let mut of = None;
    let mut endpoints = found.endpoints.iter();
    for (at, entry) in expected.iter().enumerate() {
        if is_interface(entry) {
            of = Some((entry[2], entry[3]));
        } else if let (true, Some(of)) = (is_endpoint(entry), of) {
            let endpoint = endpoints.next().expect("an endpoint for each descriptor of one");
            assert_eq!((endpoint.interface, endpoint.alt_setting), of);
            let mut behind = expected[at + 1..].iter().take_while(|entry| !is_endpoint(entry) && !is_interface(entry));
            let companion = behind.find(|entry| speed >= Speed::Super && entry[1] == 48 && entry.len() >= 6);
            check(endpoint, entry, companion.copied(), speed);
        }
    }
    assert_eq!(endpoints.next(), None);
    for interface in [0, bytes[5], bytes[bytes.len() - 1]] {
        let there = found.settings.iter().any(|setting| setting.0 == interface);
        assert_eq!(found.has_interface(interface), there);
        assert_eq!(found.alt_setting_list(interface) == "none", !there);
    }
    assert_eq!(found.interface_list() == "none", found.settings.is_empty());
}

fn is_interface(entry: &[u8]) -> bool {
    entry[1] == 4 && entry.len() >= 9
}

fn is_endpoint(entry: &[u8]) -> bool {
    entry[1] == 5 && entry.len() >= 7
}

/// The entries behind the configuration's own, as far as their lengths make sense.
fn entries(bytes: &[u8]) -> Vec<&[u8]> {
    let end = bytes.len().min(usize::from(u16::from_le_bytes([bytes[2], bytes[3]])));
    let mut at = usize::from(bytes[0]);
    let mut all = Vec::new();
    while at + 2 <= end && bytes[at] >= 2 && at + usize::from(bytes[at]) <= end {
        all.push(&bytes[at..at + usize::from(bytes[at])]);
        at += usize::from(bytes[at]);
    }
    all
}

/// The sizes, as the header defines them.
fn check(endpoint: &Endpoint, entry: &[u8], companion: Option<&[u8]>, speed: Speed) {
    let word = |entry: &[u8], at: usize| u32::from(entry[at]) | u32::from(entry[at + 1]) << 8;
    let size = word(entry, 4);
    assert_eq!((endpoint.address, endpoint.transfer_type as u8, endpoint.interval), (entry[2], entry[3] % 4, entry[6]));
    assert_eq!(u32::from(endpoint.max_packet_size), size % 2048);
    let periodic = matches!(endpoint.transfer_type, TransferType::Isochronous | TransferType::Interrupt);
    let (mut packets, mut reserved) = (if periodic && speed == Speed::High { size / 2048 % 4 + 1 } else { 1 }, 0);
    if let Some(companion) = companion {
        packets = u32::from(companion[2].min(15)) + 1;
        if endpoint.transfer_type == TransferType::Isochronous {
            packets *= u32::from(companion[3] % 4) + 1;
        }
        reserved = word(companion, 4);
    }
    assert_eq!(u32::from(endpoint.packets_per_interval), packets);
    let product = size % 2048 * packets;
    assert_eq!(endpoint.max_bytes_per_interval, if reserved == 0 { product } else { reserved });
}
