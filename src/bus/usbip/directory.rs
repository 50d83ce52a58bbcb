//! What hosts export: asked of all of them at once, within one deadline.

use super::address::Host;
use super::exchange::{is_busid, Answer, Exchange, Question};
use super::known::Known;
use super::protocol::Exported;
use crate::error::{Error, Result};
use crate::sync::{lock, Mutex};
use crate::sys::{Peer, PollSet};
use crate::usb::{path_order, Backend, DeviceInfo};
use std::sync::Arc;
use std::time::Instant;

/// A host whose devices belong to every list.
pub struct Listed {
    pub host: Host,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// A question that had no answer when its time was up. The next list looks whether it has one by then, and waits no more.
    late: Option<Exchange>,
    failure: Option<Error>,
    peers: Vec<Peer>,
}

impl Listed {
    pub fn new(host: Host) -> Listed {
        Listed { host, state: Mutex::default() }
    }

    /// Where it was reached last.
    pub fn peers(&self) -> Vec<Peer> {
        lock(&self.state).peers.clone()
    }

    pub fn found(&self, peers: Vec<Peer>) {
        lock(&self.state).peers = peers;
    }

    /// Where it is to be reached. A name is asked for until the deadline.
    fn resolved(&self, deadline: Instant) -> Result<Vec<Peer>> {
        let peers = self.host.peers(deadline)?;
        lock(&self.state).peers.clone_from(&peers);
        Ok(peers)
    }

    /// Why it did not answer last time, if it did not.
    pub fn failure(&self) -> Option<Error> {
        lock(&self.state).failure.clone()
    }
}

/// The devices of one host.
pub fn devices_of(host: &Host, known: &Known, deadline: Instant) -> Result<Vec<Arc<DeviceInfo>>> {
    let exchange = Exchange::new(host, host.peers(deadline)?, Question::Devices);
    match exchange.run(deadline)? {
        Answer::Devices(devices) => Ok(described(host, devices, known)),
        Answer::Imported(..) => Ok(Vec::new()),
    }
}

/// The devices of all these, in path order. A host that does not answer in time has none.
pub fn devices(hosts: &[Listed], known: &Known, deadline: Instant) -> Vec<Arc<DeviceInfo>> {
    let mut all = Vec::new();
    let mut open: Vec<(&Listed, Exchange, bool)> = Vec::new();
    for listed in hosts {
        let late = lock(&listed.state).late.take();
        let was_late = late.is_some();
        let exchange = late.map_or_else(
            || listed.resolved(deadline).map(|peers| Exchange::new(&listed.host, peers, Question::Devices)),
            Ok,
        );
        match exchange {
            Ok(exchange) => open.push((listed, exchange, was_late)),
            Err(error) => listed.note(Some(error)),
        }
    }
    loop {
        open.retain_mut(|(listed, exchange, _)| match exchange.advance() {
            None => true,
            Some(Ok(Answer::Devices(devices))) => {
                listed.note(None);
                all.append(&mut described(&listed.host, devices, known));
                false
            }
            Some(Ok(Answer::Imported(..))) => false,
            Some(Err(error)) => {
                listed.note(Some(error));
                false
            }
        });
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || open.iter().all(|(_, _, was_late)| *was_late) {
            break;
        }
        let wait = || {
            let set = PollSet::new()?;
            open.iter().try_for_each(|(_, exchange, _)| exchange.poll(&set, 0))?;
            set.wait(Some(left)).map(|_| ())
        };
        if wait().is_err() {
            break;
        }
    }
    for (listed, exchange, _) in open {
        let mut state = lock(&listed.state);
        state.failure = Some(exchange.too_late());
        state.late = Some(exchange);
    }
    // Those that this process has are not told by every host.
    for listed in hosts {
        let own = known.open_at(&listed.host.path(""));
        all.extend(own.into_iter().filter(|own| !all.iter().any(|there| there.path == own.path)).collect::<Vec<_>>());
    }
    all.sort_by(|a, b| path_order(&a.path, &b.path));
    all
}

impl Listed {
    pub fn note(&self, failure: Option<Error>) {
        lock(&self.state).failure = failure;
    }
}

/// What has no bus ID that a path can name cannot be opened, and is not shown to people.
pub fn described(host: &Host, devices: Vec<Exported>, known: &Known) -> Vec<Arc<DeviceInfo>> {
    let named = devices.iter().filter(|exported| is_busid(&exported.busid) && !exported.busid.contains('/'));
    named.map(|exported| known.describe(info(host, exported))).collect()
}

/// What an export says. Strings are not told, nor the version of USB.
pub fn info(host: &Host, exported: &Exported) -> DeviceInfo {
    DeviceInfo {
        vendor_id: exported.vendor_id,
        product_id: exported.product_id,
        device_version: exported.device_version,
        device_class: exported.class,
        device_subclass: exported.subclass,
        device_protocol: exported.protocol,
        configurations: exported.configurations,
        bus: u8::try_from(exported.bus).unwrap_or(0),
        address: u8::try_from(exported.address).unwrap_or(0),
        speed: exported.speed,
        backend: Backend::Usbip,
        path: host.path(&exported.busid),
        ..DeviceInfo::default()
    }
}
