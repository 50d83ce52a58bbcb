//! Other computers' devices, by USB/IP: the protocol of the Linux kernel (Documentation/usb/usbip_protocol.rst). A connection for each
//! open device, in the process that uses it; no kernel module, no rights, no thread.

mod address;
mod directory;
mod exchange;
mod handle;
mod hotplug;
mod input;
mod known;
mod link;
pub mod protocol;
mod read_ahead;
mod remote;
mod request;
mod state;
mod transfer;

pub use address::Host;

use super::{Bus, Handle, Hotplug, NothingComes};
use crate::error::{Error, Result, Status};
use crate::sys::{environment, RawDescriptor, Socket};
use crate::usb::{Backend, DeviceInfo};
use address::Wanted;
use directory::Listed;
use exchange::{Answer, Exchange, Question};
use handle::RemoteHandle;
use hotplug::RemoteHotplug;
use known::Known;
use link::Link;
use protocol::Exported;
use remote::Remote;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub struct UsbipBus {
    /// Those of USBX_USBIP.
    hosts: Arc<Vec<Listed>>,
    complaint: Option<String>,
    known: Arc<Known>,
    patience: Duration,
}

/// How long connecting has, and each call that asks the device's host.
const PATIENCE: Duration = Duration::from_secs(5);

/// A host lets go of a device some time after the connection has ended.
const LETTING_GO: Duration = Duration::from_secs(1);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Whether a path is one of another computer's devices.
pub fn is_path(path: &str) -> bool {
    address::parse(path).is_some()
}

impl UsbipBus {
    /// With the hosts of USBX_USBIP, "pi.local,192.168.1.5:3240,unix:/run/usbx", and USBX_USBIP_TIMEOUT in milliseconds.
    pub fn from_environment() -> UsbipBus {
        let wanted = environment("USBX_USBIP").unwrap_or_default();
        let mut complaint = None;
        let mut hosts: Vec<Listed> = Vec::new();
        for text in wanted.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match Host::parse(text) {
                Ok(host) if hosts.iter().any(|listed| listed.host == host) => {}
                Ok(host) => hosts.push(Listed::new(host)),
                Err(error) => complaint = Some(format!("USBX_USBIP={wanted}: {error}")),
            }
        }
        let mut patience = PATIENCE;
        if let Some(text) = environment("USBX_USBIP_TIMEOUT") {
            match text.parse::<u32>() {
                Ok(ms) if ms > 0 => patience = Duration::from_millis(ms.into()),
                _ => complaint = Some(format!("USBX_USBIP_TIMEOUT={text} is no number of milliseconds above 0")),
            }
        }
        UsbipBus { hosts: Arc::new(hosts), complaint, known: Arc::default(), patience }
    }

    /// Without hosts, and with another time for each question.
    #[cfg(all(any(test, fuzzing), unix))]
    pub fn patient_for(patience: Duration) -> UsbipBus {
        UsbipBus { hosts: Arc::default(), complaint: None, known: Arc::default(), patience }
    }

    /// What a host exports; `None` for the time that every call has.
    pub fn devices_of(&self, host: &str, time: Option<Duration>) -> Result<Vec<Arc<DeviceInfo>>> {
        directory::devices_of(&Host::parse(host)?, &self.known, Instant::now() + time.unwrap_or(self.patience))
    }

    /// The same device with its strings, for which it is opened if that was never done; without them if it is in use.
    pub fn with_strings(&self, info: &Arc<DeviceInfo>) -> Arc<DeviceInfo> {
        match self.known.info(&info.path) {
            Some(known) => known,
            None => self.import(&info.path).map_or_else(|_| Arc::clone(info), |remote| Arc::clone(&remote.info)),
        }
    }

    /// The device at a path, which this process has from now on until nobody uses it.
    fn import(&self, path: &str) -> Result<Arc<Remote>> {
        if let Some(remote) = self.known.open(path) {
            return Ok(remote);
        }
        let deadline = Instant::now() + self.patience;
        let Some((host, Wanted::Busid(busid))) = address::parse(path).transpose()? else {
            return Err(Error::new(Status::NotFound, "that is no path of another computer's device"));
        };
        if !exchange::is_busid(&busid) {
            return Err(Error::invalid(format!("\"{busid}\" is no bus ID; they have up to 31 characters")));
        }
        let own = self.known.info(path).is_some();
        let again_until = (Instant::now() + LETTING_GO).min(deadline);
        let answer = loop {
            let exchange = Exchange::new(&host, host.peers(deadline)?, Question::Import(busid.clone()));
            match exchange.run(deadline) {
                // This process has had it, and its host may not have noticed yet that it is free.
                Err(error) if error.status == Status::Busy && own && Instant::now() < again_until => {
                    std::thread::sleep(LOOK_AGAIN);
                }
                answer => break answer?,
            }
        };
        let Answer::Imported(exported, socket) = answer else {
            return Err(Error::new(Status::Internal, "a list in place of a device"));
        };
        self.attach(&host, path, &exported, socket, deadline)
    }

    fn attach(
        &self,
        host: &Host,
        path: &str,
        exported: &Exported,
        socket: Socket,
        deadline: Instant,
    ) -> Result<Arc<Remote>> {
        socket.give_up_after(self.patience * 2);
        let info = DeviceInfo { path: path.to_owned(), ..directory::info(host, exported) };
        let described = self.known.describe(info.clone());
        let has_strings = Some(&*described).filter(|known| known.usb_version != 0);
        let (known, own) = (Arc::downgrade(&self.known), path.to_owned());
        let on_break = Box::new(move || {
            if let Some(known) = known.upgrade() {
                known.broke(&own);
            }
        });
        let device = exported.bus << 16 | (exported.address & 0xffff);
        let link = Link::new(socket, device, exported.keeps, self.patience, on_break)?;
        let remote = Arc::new(Remote::new(link, info, exported.configuration, has_strings, deadline)?);
        // This library's server has the device configured, and puts alternate settings back.
        if !exported.keeps {
            remote.configure()?;
        }
        self.known.note(&remote);
        Ok(remote)
    }

    /// Imports a device over a connection that the caller has made.
    pub fn open_descriptor(&self, fd: RawDescriptor, busid: &str) -> Result<Arc<dyn Handle>> {
        if !exchange::is_busid(busid) {
            return Err(Error::invalid(format!("\"{busid}\" is no bus ID; they have 1 to 31 characters")));
        }
        let socket = Socket::adopt(fd)?;
        let host = Host::Tcp { name: format!("fd-{fd}"), port: protocol::PORT };
        let exchange = Exchange::over(&host, socket, Question::Import(busid.to_owned()));
        let deadline = Instant::now() + self.patience;
        let Answer::Imported(exported, socket) = exchange.run(deadline)? else {
            return Err(Error::new(Status::Internal, "a list in place of a device"));
        };
        let path = format!("usbip+fd://{fd}/{busid}");
        Ok(Arc::new(RemoteHandle::new(self.attach(&host, &path, &exported, socket, deadline)?)))
    }
}

impl Bus for UsbipBus {
    fn devices(&self, is_wanted: &dyn Fn(&DeviceInfo) -> bool) -> Result<Vec<Arc<DeviceInfo>>> {
        if self.hosts.is_empty() {
            return Ok(Vec::new());
        }
        let mut all = directory::devices(&self.hosts, &self.known, Instant::now() + self.patience);
        all.retain(|info| is_wanted(info));
        Ok(all)
    }

    /// A bus ID's device is not looked for in its host's list, as some hosts leave out those that are in use.
    fn device(&self, path: &str) -> Result<Option<Arc<DeviceInfo>>> {
        let Some(parsed) = address::parse(path) else { return Ok(None) };
        let (host, wanted) = parsed?;
        let Wanted::Ids { vendor_id, product_id, serial } = wanted else {
            let unknown = || DeviceInfo { backend: Backend::Usbip, path: path.to_owned(), ..DeviceInfo::default() };
            return Ok(Some(self.known.info(path).unwrap_or_else(|| Arc::new(unknown()))));
        };
        let mut all = directory::devices_of(&host, &self.known, Instant::now() + self.patience)?;
        let own = self.known.open_at(&host.path(""));
        all.extend(own.into_iter().filter(|own| !all.iter().any(|there| there.path == own.path)).collect::<Vec<_>>());
        let mut candidates =
            all.iter().filter(|info| (info.vendor_id, info.product_id) == (vendor_id, product_id)).peekable();
        if candidates.peek().is_none() {
            let count = all.len();
            let reason =
                format!("{host} exports no device {vendor_id:04x}:{product_id:04x}; it exports {count} others");
            return Err(Error::new(Status::NotFound, reason));
        }
        if serial.is_empty() {
            return Ok(candidates.next().cloned());
        }
        let found = candidates.map(|info| self.with_strings(info)).find(|info| info.serial == serial);
        let none = || {
            Error::new(
                Status::NotFound,
                format!(
                    "{host} exports no device {vendor_id:04x}:{product_id:04x} with the serial number \"{serial}\""
                ),
            )
        };
        found.map(Some).ok_or_else(none)
    }

    fn list_number(&self) -> Option<u64> {
        self.hosts.is_empty().then_some(0)
    }

    fn open(&self, info: &Arc<DeviceInfo>) -> Result<Arc<dyn Handle>> {
        Ok(Arc::new(RemoteHandle::new(self.import(&info.path)?)))
    }

    /// Its host does not tell them: they are those of the time when this process had the device.
    fn descriptors(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match self.known.descriptors(path) {
            Some(known) => Ok(Some(known)),
            None if !is_path(path) => Ok(None),
            None => {
                let reason = "another computer's device tells its descriptors when it is opened; open it once";
                Err(Error::new(Status::NotSupported, reason))
            }
        }
    }

    fn watch(&self) -> Result<Box<dyn Hotplug>> {
        if self.hosts.is_empty() {
            return Ok(Box::new(NothingComes));
        }
        Ok(Box::new(RemoteHotplug::new(&self.hosts, &self.known, self.patience)?))
    }

    /// The first host of USBX_USBIP that did not answer.
    fn why_not(&self) -> Option<String> {
        let silent =
            || self.hosts.iter().find_map(|listed| Some(format!("USBX_USBIP: {}", listed.failure()?.reason())));
        self.complaint.clone().or_else(silent)
    }
}
