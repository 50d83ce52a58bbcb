//! A configuration descriptor as libusb's structs: each points into one copy of the bytes.

use crate::abi::*;
use std::os::raw::{c_int, c_uchar};

/// What the program gets a pointer to: the struct, with all that it points to behind it.
#[repr(C)]
pub struct Tree {
    root: libusb_config_descriptor,
    interfaces: Vec<libusb_interface>,
    settings: Vec<Vec<libusb_interface_descriptor>>,
    endpoints: Vec<Vec<libusb_endpoint_descriptor>>,
    bytes: Vec<u8>,
}

/// Walks over the descriptors one after the other, as far as their lengths make sense.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Walk<'a> {
    fn peek(&self) -> Option<&'a [u8]> {
        let rest = &self.bytes[self.at..];
        let length = usize::from(*rest.first()?);
        (2..=rest.len()).contains(&length).then(|| &rest[..length])
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        let entry = self.peek()?;
        self.at += entry.len();
        Some(entry)
    }

    /// Passes over what belongs to the descriptor before it: where that lies.
    fn extra(&mut self) -> (*const c_uchar, c_int) {
        let start = self.at;
        while self.peek().is_some_and(|entry| !matches!(entry[1], DT_DEVICE | DT_CONFIG | DT_INTERFACE | DT_ENDPOINT)) {
            self.next();
        }
        match self.at - start {
            0 => (std::ptr::null(), 0),
            length => (self.bytes[start..].as_ptr(), length as c_int),
        }
    }
}

fn word(entry: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([entry[at], entry[at + 1]])
}

impl Tree {
    /// `None` if the bytes are no configuration.
    pub fn parse(bytes: &[u8]) -> Option<Box<Tree>> {
        if bytes.len() < 9 || bytes[0] < 9 || bytes[1] != DT_CONFIG || usize::from(bytes[0]) > bytes.len() {
            return None;
        }
        let bytes = bytes.to_vec();
        let mut walk = Walk { bytes: &bytes, at: usize::from(bytes[0]) };
        let (extra, extra_length) = walk.extra();
        let mut settings: Vec<Vec<libusb_interface_descriptor>> = Vec::new();
        let mut endpoints = Vec::new();
        while let Some(entry) = walk.next() {
            if entry[1] != DT_INTERFACE || entry.len() < 9 {
                continue;
            }
            let setting = setting(entry, &mut walk, &mut endpoints);
            let full = settings.len() == usize::from(bytes[4]);
            match settings.last_mut() {
                Some(same) if same[0].bInterfaceNumber == setting.bInterfaceNumber => same.push(setting),
                _ if full => break,
                _ => settings.push(vec![setting]),
            }
        }
        let interface = |settings: &Vec<libusb_interface_descriptor>| libusb_interface {
            altsetting: settings.as_ptr(),
            num_altsetting: settings.len() as c_int,
        };
        let interfaces: Vec<libusb_interface> = settings.iter().map(interface).collect();
        let root = libusb_config_descriptor {
            bLength: bytes[0],
            bDescriptorType: bytes[1],
            wTotalLength: word(&bytes, 2),
            bNumInterfaces: interfaces.len() as u8,
            bConfigurationValue: bytes[5],
            iConfiguration: bytes[6],
            bmAttributes: bytes[7],
            MaxPower: bytes[8],
            interface: if interfaces.is_empty() { std::ptr::null() } else { interfaces.as_ptr() },
            extra,
            extra_length,
        };
        Some(Box::new(Tree { root, interfaces, settings, endpoints, bytes }))
    }

    pub fn into_raw(self: Box<Self>) -> *mut libusb_config_descriptor {
        Box::into_raw(self).cast()
    }

    /// # Safety
    /// The pointer is from `into_raw`, and not given back before.
    pub unsafe fn free(pointer: *mut libusb_config_descriptor) {
        // SAFETY: this function's own contract; the struct stands at the beginning of the Tree.
        drop(unsafe { Box::from_raw(pointer.cast::<Tree>()) });
    }

    pub fn settings(&self) -> impl Iterator<Item = &libusb_interface_descriptor> {
        self.settings.iter().flatten()
    }

    pub fn endpoints_of(&self, setting: &libusb_interface_descriptor) -> &[libusb_endpoint_descriptor] {
        let own = |endpoints: &&Vec<libusb_endpoint_descriptor>| endpoints.as_ptr() == setting.endpoint;
        self.endpoints.iter().find(own).filter(|_| setting.bNumEndpoints > 0).map_or(&[], Vec::as_slice)
    }

    /// The bytes that follow an endpoint.
    pub fn companion(&self, endpoint: &libusb_endpoint_descriptor) -> Option<u16> {
        let start = (endpoint.extra as usize).checked_sub(self.bytes.as_ptr() as usize)?;
        let extra = self.bytes.get(start..start + endpoint.extra_length as usize)?;
        find(extra, DT_SS_ENDPOINT_COMPANION, 6).map(|entry| word(entry, 4))
    }

    #[cfg(test)]
    fn interfaces(&self) -> usize {
        self.interfaces.len()
    }
}

/// The first descriptor of a kind among several.
pub fn find(bytes: &[u8], kind: u8, least: usize) -> Option<&[u8]> {
    let mut walk = Walk { bytes, at: 0 };
    std::iter::from_fn(|| walk.next()).find(|entry| entry[1] == kind && entry.len() >= least)
}

pub fn all(bytes: &[u8], kind: u8, least: usize) -> Vec<&[u8]> {
    let mut walk = Walk { bytes, at: 0 };
    std::iter::from_fn(|| walk.next()).filter(|entry| entry[1] == kind && entry.len() >= least).collect()
}

fn setting(
    entry: &[u8],
    walk: &mut Walk<'_>,
    endpoints: &mut Vec<Vec<libusb_endpoint_descriptor>>,
) -> libusb_interface_descriptor {
    let (extra, extra_length) = walk.extra();
    let mut own = Vec::new();
    while let Some(entry) = walk.peek().filter(|entry| entry[1] == DT_ENDPOINT && own.len() < usize::from(u8::MAX)) {
        walk.next();
        if entry.len() < 7 {
            continue;
        }
        let (extra, extra_length) = walk.extra();
        let byte = |at: usize| entry.get(at).copied().unwrap_or(0);
        own.push(libusb_endpoint_descriptor {
            bLength: entry[0],
            bDescriptorType: entry[1],
            bEndpointAddress: entry[2],
            bmAttributes: entry[3],
            wMaxPacketSize: word(entry, 4),
            bInterval: entry[6],
            bRefresh: byte(7),
            bSynchAddress: byte(8),
            extra,
            extra_length,
        });
    }
    own.truncate(entry[4].into());
    let setting = libusb_interface_descriptor {
        bLength: entry[0],
        bDescriptorType: entry[1],
        bInterfaceNumber: entry[2],
        bAlternateSetting: entry[3],
        bNumEndpoints: own.len() as u8,
        bInterfaceClass: entry[5],
        bInterfaceSubClass: entry[6],
        bInterfaceProtocol: entry[7],
        iInterface: entry[8],
        endpoint: if own.is_empty() { std::ptr::null() } else { own.as_ptr() },
        extra,
        extra_length,
    };
    endpoints.push(own);
    setting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_descriptor_is_its_extra() {
        let bytes: Vec<u8> = [
            &[9, 2, 0, 0, 2, 1, 0, 0x80, 50][..],
            &[8, 11, 0, 2, 2, 2, 1, 0],
            &[9, 4, 0, 0, 1, 2, 2, 1, 0],
            &[5, 0x24, 0, 0x10, 1],
            &[7, 5, 0x81, 3, 16, 0, 8],
            &[6, 48, 2, 0, 32, 0],
            &[9, 4, 0, 1, 0, 2, 2, 1, 0],
            &[9, 4, 1, 0, 2, 10, 0, 0, 0],
            &[7, 5, 0x02, 2, 0, 2, 0],
        ]
        .concat();
        let tree = Tree::parse(&bytes).unwrap();
        assert_eq!((tree.interfaces(), tree.root.bNumInterfaces, tree.root.extra_length), (2, 2, 8));
        let settings: Vec<_> = tree.settings().collect();
        let told: Vec<_> =
            settings.iter().map(|s| (s.bInterfaceNumber, s.bAlternateSetting, s.bNumEndpoints)).collect();
        assert_eq!(told, [(0, 0, 1), (0, 1, 0), (1, 0, 1)]);
        assert_eq!(settings[0].extra_length, 5);
        let endpoint = &tree.endpoints_of(settings[0])[0];
        assert_eq!((endpoint.bEndpointAddress, endpoint.extra_length), (0x81, 6));
        assert_eq!(tree.companion(endpoint), Some(32));
        assert!(Tree::parse(&bytes[..8]).is_none());
    }

    #[test]
    fn whatever_a_device_sends_is_read_without_harm() {
        let mut seed = 1u32;
        for _ in 0..2000 {
            let mut random = || {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            };
            let mut bytes: Vec<u8> = (0..60).map(|_| random() % 12).collect();
            bytes[..2].copy_from_slice(&[9, 2]);
            if let Some(tree) = Tree::parse(&bytes) {
                assert!(tree.settings().map(|setting| tree.endpoints_of(setting).len()).sum::<usize>() <= 60 / 7);
            }
        }
    }
}
