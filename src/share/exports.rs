//! The devices that a share offers, and which client has which.

use crate::bus::usbip::protocol::{self, Exported};
use crate::device::Device;
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::usb::{split, Configuration, DeviceInfo};
use crate::watch::Watch;
use std::sync::Arc;

/// Where the devices are.
pub trait Source: Send + Sync {
    /// The device at a path, with its descriptors, without a question to the device. `Status::NotFound` if there is none.
    fn describe(&self, path: &str) -> Result<(DeviceInfo, Vec<u8>)>;

    fn open(&self, path: &str) -> Result<Device>;

    /// Devices that come and go.
    fn watch(&self) -> Result<Arc<Watch>>;
}

pub struct Exports {
    pub source: Arc<dyn Source>,
    list: Mutex<Vec<Export>>,
}

struct Export {
    busid: String,
    /// As it was when it was added. Another device in the same place is not meant.
    info: DeviceInfo,
    /// The client that has it.
    owner: Option<u64>,
}

const HUB: u8 = 9;

impl Exports {
    pub fn new(source: Arc<dyn Source>) -> Exports {
        Exports { source, list: Mutex::default() }
    }

    pub fn add(&self, path: &str, busid: Option<&str>) -> Result<()> {
        let (info, _) = self.source.describe(path)?;
        if info.device_class == HUB {
            let reason = "it is a hub, which no other computer can use; share the devices behind it";
            return Err(Error::new(Status::NotSupported, reason));
        }
        let busid = match busid {
            Some(busid) => busid.to_owned(),
            None => path.replace('/', "-"),
        };
        check(&busid)?;
        let mut list = lock(&self.list);
        if list.iter().any(|export| export.busid == busid) {
            let reason = format!("the share has a device with the bus ID {busid} already; give another one");
            return Err(Error::new(Status::Busy, reason));
        }
        if let Some(other) = list.iter().find(|export| export.info.path == path) {
            let reason = format!("the share offers it already, as {}", other.busid);
            return Err(Error::new(Status::Busy, reason));
        }
        list.push(Export { busid, info, owner: None });
        Ok(())
    }

    /// What the list of devices says of those that are plugged in: each with the interfaces of its configuration.
    pub fn described(&self) -> Vec<(Exported, Vec<[u8; 4]>)> {
        let offered: Vec<(String, DeviceInfo)> =
            lock(&self.list).iter().map(|export| (export.busid.clone(), export.info.clone())).collect();
        offered.into_iter().filter_map(|(busid, info)| self.describe(&busid, &info)).collect()
    }

    fn describe(&self, busid: &str, known: &DeviceInfo) -> Option<(Exported, Vec<[u8; 4]>)> {
        let (info, descriptors) = self.source.describe(&known.path).ok().filter(|(info, _)| is_same(info, known))?;
        // A device that nobody has asked is in its first configuration, as far as is known.
        let configurations = split(&descriptors);
        let first = configurations.first().and_then(|bytes| Configuration::parse(bytes, info.speed).ok());
        let configuration = first.unwrap_or_default();
        let interfaces = interfaces(&configuration);
        let count = interfaces.len().min(u8::MAX.into());
        let exported = Exported::of(&info, busid, configuration.value, count as u8);
        Some((exported, interfaces.into_iter().take(count).collect()))
    }

    /// Gives a device to a client: the path to open, and what the reply says of it. Otherwise the status of the reply.
    pub fn take(&self, busid: &str, client: u64) -> std::result::Result<(String, Exported), u32> {
        let known = {
            let mut list = lock(&self.list);
            let export = list.iter_mut().find(|export| export.busid == busid).ok_or(protocol::ST_NODEV)?;
            if export.owner.is_some() {
                return Err(protocol::ST_DEV_BUSY);
            }
            export.owner = Some(client);
            export.info.clone()
        };
        match self.describe(busid, &known) {
            Some((exported, _)) => Ok((known.path, exported)),
            None => {
                self.give_back(client);
                Err(protocol::ST_NODEV)
            }
        }
    }

    /// The client that has it.
    pub fn owner(&self, busid: &str) -> Option<u64> {
        lock(&self.list).iter().find(|export| export.busid == busid).and_then(|export| export.owner)
    }

    pub fn give_back(&self, client: u64) {
        let mut list = lock(&self.list);
        list.iter_mut().filter(|export| export.owner == Some(client)).for_each(|export| export.owner = None);
    }
}

fn check(busid: &str) -> Result<()> {
    let reason = match busid.len() {
        0 => "a bus ID has at least one character".to_owned(),
        protocol::BUSID.. => {
            format!("the bus ID {busid} is too long; give one of at most {} characters", protocol::BUSID - 1)
        }
        _ if busid.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'/') => {
            format!("the bus ID {busid:?} has characters that are not in all clients' bus IDs; take letters, digits, - and .")
        }
        _ => return Ok(()),
    };
    Err(Error::invalid(reason))
}

/// Whether it is the device that was added, plugged in again or not.
fn is_same(now: &DeviceInfo, then: &DeviceInfo) -> bool {
    let name = |info: &DeviceInfo| (info.vendor_id, info.product_id, info.device_version);
    name(now) == name(then)
}

/// Class, subclass and protocol of each interface, in the setting in which it begins.
fn interfaces(configuration: &Configuration) -> Vec<[u8; 4]> {
    let begins = |interface: u8| {
        let first = configuration.first_setting(interface);
        let setting = configuration.settings.iter().find(|s| (s.interface, s.alt_setting) == (interface, first))?;
        Some([setting.class, setting.subclass, setting.protocol, 0])
    };
    configuration.interfaces().into_iter().filter_map(begins).collect()
}
