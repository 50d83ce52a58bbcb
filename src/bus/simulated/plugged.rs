//! A virtual device in its port, and the handles that have it open.

use super::model::Model;
use super::transfer::{Queues, VirtualTransfer};
use crate::bus::{Handle, InFlight, Notice, Target};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Condvar, Mutex, MutexGuard};
use crate::sys::{Buffer, Memory, Readiness, Timer};
use crate::usb::{Backend, Configuration, DeviceInfo, Endpoint, Speed};
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::io::OwnedFd;
use std::sync::Arc;
use std::time::Instant;

pub struct Plugged {
    info: DeviceInfo,
    state: Mutex<State>,
    /// Notified when a transfer completes, if somebody waits.
    pub(super) progress: Condvar,
}

pub(super) struct State {
    pub model: Box<dyn Model>,
    /// The configuration descriptor, and what it says, as it was when the device was plugged in: a host reads it once.
    configuration: Vec<u8>,
    pub layout: Configuration,
    pub unplugged: bool,
    pub configured: bool,
    pub alt_settings: BTreeMap<u8, u8>,
    pub halted: BTreeSet<u8>,
    pub queues: Queues,
    /// The next service interval of each isochronous endpoint in use.
    pub clocks: BTreeMap<u8, Instant>,
    /// Threads that wait on `progress`.
    pub waiters: usize,
    /// Ready when time alone moves something: there is one from the first queue on.
    pub timer: Option<Timer>,
    /// Claimed interfaces, each with the handle that has it.
    claims: BTreeMap<u8, u64>,
    handles: u64,
}

impl Plugged {
    pub fn new(model: Box<dyn Model>, port: u8) -> Result<Plugged> {
        let mut info = DeviceInfo {
            address: port,
            speed: Speed::High,
            backend: Backend::Virtual,
            path: format!("virtual/{port}"),
            ..DeviceInfo::default()
        };
        let descriptor = model.device_descriptor();
        let string = |at: usize| model.string(descriptor[at]).unwrap_or("").to_owned();
        (info.manufacturer, info.product, info.serial) = (string(14), string(15), string(16));
        info.describe(&descriptor)
            .ok_or_else(|| Error::new(Status::Internal, "the model's device descriptor is none"))?;
        let configuration = model.configuration_descriptor();
        let state = State {
            layout: Configuration::parse(&configuration, info.speed)?,
            configuration,
            model,
            unplugged: false,
            configured: true,
            alt_settings: BTreeMap::new(),
            halted: BTreeSet::new(),
            queues: Queues::default(),
            clocks: BTreeMap::new(),
            waiters: 0,
            timer: None,
            claims: BTreeMap::new(),
            handles: 0,
        };
        Ok(Plugged { info, state: Mutex::new(state), progress: Condvar::new() })
    }

    pub fn info(&self) -> &DeviceInfo {
        &self.info
    }

    /// The device descriptor and the configuration with all that follows it.
    pub fn descriptors(&self) -> Vec<u8> {
        let state = lock(&self.state);
        [&state.model.device_descriptor()[..], &state.configuration].concat()
    }

    pub fn open(self: Arc<Self>) -> VirtualHandle {
        let mut state = lock(&self.state);
        state.handles += 1;
        let id = state.handles;
        drop(state);
        VirtualHandle { device: self, id }
    }

    /// Ends everything, for good.
    pub fn unplug(&self) {
        let mut state = lock(&self.state);
        // What time alone has moved by now has come before.
        state.service(Instant::now());
        state.unplugged = true;
        state.queues.complete_all(Status::NoDevice);
        self.progress.notify_all();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    pub fn endpoint(&self, address: u8) -> Option<&Endpoint> {
        let selected = |e: &&Endpoint| e.alt_setting == self.alt_settings.get(&e.interface).copied().unwrap_or(0);
        self.layout.endpoints.iter().filter(selected).find(|endpoint| endpoint.address == address)
    }

    /// As after a bus reset; transfers of whatever handle end.
    fn reset(&mut self) {
        self.service(Instant::now());
        self.queues.complete_all(Status::Cancelled);
        self.halted.clear();
        self.alt_settings.clear();
        self.model.reset();
    }
}

/// One opening of a virtual device.
pub struct VirtualHandle {
    device: Arc<Plugged>,
    id: u64,
}

impl VirtualHandle {
    fn present(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.device.state();
        if state.unplugged {
            return Err(Error::no_device());
        }
        Ok(state)
    }
}

impl Handle for VirtualHandle {
    fn info(&self) -> &DeviceInfo {
        &self.device.info
    }

    fn configuration(&self) -> Result<u8> {
        let state = self.present()?;
        Ok(if state.configured { state.layout.value } else { 0 })
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        Ok(vec![self.present()?.configuration.clone()])
    }

    fn set_configuration(&self, _: u8) -> Result<()> {
        let mut state = self.present()?;
        if !state.claims.is_empty() {
            return Err(held());
        }
        state.configured = true;
        state.reset();
        Ok(())
    }

    fn claim(&self, interface: u8) -> Result<()> {
        let mut state = self.present()?;
        match state.claims.get(&interface) {
            Some(id) if *id != self.id => Err(held()),
            _ => {
                state.claims.insert(interface, self.id);
                Ok(())
            }
        }
    }

    fn release(&self, interface: u8) -> Result<()> {
        let mut state = self.device.state();
        state.claims.remove(&interface);
        state.alt_settings.remove(&interface);
        if state.unplugged {
            return Err(Error::no_device());
        }
        Ok(())
    }

    fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()> {
        let mut state = self.present()?;
        state.alt_settings.insert(interface, alt_setting);
        let of_interface = |e: &&Endpoint| e.interface == interface;
        let addresses: Vec<u8> = state.layout.endpoints.iter().filter(of_interface).map(|e| e.address).collect();
        state.clocks.retain(|address, _| !addresses.contains(address));
        state.halted.retain(|address| !addresses.contains(address));
        Ok(())
    }

    /// There is no kernel in between.
    fn kernel_driver(&self, _: u8) -> Result<Option<String>> {
        self.present().map(|_| None)
    }

    fn detach_kernel_driver(&self, _: u8) -> Result<bool> {
        self.present().map(|_| false)
    }

    fn attach_kernel_driver(&self, _: u8) -> Result<()> {
        self.present().map(|_| ())
    }

    fn clear_halt(&self, endpoint: u8) -> Result<()> {
        self.present()?.halted.remove(&endpoint);
        Ok(())
    }

    fn reset(&self, _: &[u8]) -> Result<()> {
        let mut state = self.present()?;
        state.reset();
        self.device.progress.notify_all();
        Ok(())
    }

    fn submit(
        &self,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        VirtualTransfer::submit(&self.device, &mut *self.present()?, target, buffer.split_to(length), notice)
    }

    fn descriptor(&self) -> Result<(OwnedFd, Readiness)> {
        let mut state = self.present()?;
        let timer = match state.timer.take() {
            Some(timer) => timer,
            None => Timer::new()?,
        };
        let duplicate = timer.duplicate();
        state.timer = Some(timer);
        Ok((duplicate?, Readiness::Read))
    }

    fn pump(&self) -> bool {
        // The lock comes first: for a device time does not run backwards.
        let mut state = self.device.state();
        let now = Instant::now();
        if state.service(now) && state.waiters > 0 {
            self.device.progress.notify_all();
        }
        state.arm(now);
        false
    }

    fn memory(&self, _: usize) -> Result<Arc<Memory>> {
        Err(Error::new(Status::NotSupported, "a virtual device has no mapped memory for transfers; use the heap"))
    }

    fn gone(&self) -> bool {
        self.device.state().unplugged
    }

    fn max_transfer(&self) -> usize {
        usize::MAX
    }
}

fn held() -> Error {
    Error::new(Status::Busy, "held by another handle of this process; release it there first")
}
