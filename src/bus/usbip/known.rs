//! What this process knows of other computers' devices: those it has, and the strings of those it had.

use super::remote::Remote;
use crate::bus::Wire;
use crate::sync::{lock, Mutex};
use crate::sys::Event;
use crate::usb::DeviceInfo;
use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

#[derive(Default)]
pub struct Known {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// By their paths.
    devices: BTreeMap<String, Device>,
    watches: Vec<Weak<Breaks>>,
}

struct Device {
    /// With its strings.
    info: Arc<DeviceInfo>,
    wire: Arc<Wire>,
    remote: Weak<Remote>,
}

/// Tells one watch of links that broke.
pub struct Breaks {
    paths: Mutex<Vec<String>>,
    pub ready: Event,
}

impl Breaks {
    pub fn take(&self) -> Vec<String> {
        let mut paths = lock(&self.paths);
        self.ready.clear();
        std::mem::take(&mut paths)
    }
}

impl Known {
    /// The device at a path that this process has open.
    pub fn open(&self, path: &str) -> Option<Arc<Remote>> {
        let remote = lock(&self.state).devices.get(path)?.remote.upgrade();
        remote.filter(|remote| remote.link.look().is_none())
    }

    /// Those with a path that begins so.
    pub fn open_at(&self, host: &str) -> Vec<Arc<DeviceInfo>> {
        let remotes: Vec<Arc<Remote>> = lock(&self.state)
            .devices
            .range(host.to_owned()..)
            .take_while(|(path, _)| path.starts_with(host))
            .filter_map(|(_, device)| device.remote.upgrade())
            .collect();
        remotes
            .into_iter()
            .filter(|remote| remote.link.look().is_none())
            .map(|remote| Arc::clone(&remote.info))
            .collect()
    }

    pub fn note(&self, remote: &Arc<Remote>) {
        let device =
            Device { info: Arc::clone(&remote.info), wire: Arc::clone(&remote.wire), remote: Arc::downgrade(remote) };
        lock(&self.state).devices.insert(remote.info.path.clone(), device);
    }

    /// The same with its strings, if this is a device that was open once.
    pub fn describe(&self, info: DeviceInfo) -> Arc<DeviceInfo> {
        let state = lock(&self.state);
        let key = |info: &DeviceInfo| (info.vendor_id, info.product_id, info.device_version, info.bus, info.address);
        match state.devices.get(&info.path).filter(|known| key(&known.info) == key(&info)) {
            Some(known) => Arc::clone(&known.info),
            None => Arc::new(info),
        }
    }

    pub fn info(&self, path: &str) -> Option<Arc<DeviceInfo>> {
        Some(Arc::clone(&lock(&self.state).devices.get(path)?.info))
    }

    /// The descriptors of a device that was open once.
    pub fn descriptors(&self, path: &str) -> Option<Vec<u8>> {
        Some(lock(&self.state).devices.get(path)?.wire.descriptors.to_vec())
    }

    pub fn watch(&self, breaks: &Arc<Breaks>) {
        let mut state = lock(&self.state);
        state.watches.retain(|watch| watch.strong_count() > 0);
        state.watches.push(Arc::downgrade(breaks));
    }

    pub fn broke(&self, path: &str) {
        let watches: Vec<Arc<Breaks>> = lock(&self.state).watches.iter().filter_map(Weak::upgrade).collect();
        for watch in watches {
            lock(&watch.paths).push(path.to_owned());
            watch.ready.set();
        }
    }
}

impl Breaks {
    pub fn new() -> crate::error::Result<Breaks> {
        Ok(Breaks { paths: Mutex::default(), ready: Event::new()? })
    }
}
