//! One opening of a simulated device.

use super::plugged::Plugged;
use super::state::State;
use super::transfer::SimulatedTransfer;
use crate::bus::{Handle, InFlight, Notice, Target};
use crate::error::{Error, Result, Status};
use crate::sync::MutexGuard;
use crate::sys::{Buffer, Descriptor, Memory, Readiness, Timer};
use crate::usb::{DeviceInfo, Endpoint};
use std::sync::Arc;
use std::time::Instant;

pub struct SimulatedHandle {
    device: Arc<Plugged>,
    id: u64,
}

impl SimulatedHandle {
    pub fn new(device: Arc<Plugged>) -> SimulatedHandle {
        let mut state = device.state();
        state.handles += 1;
        let id = state.handles;
        drop(state);
        SimulatedHandle { device, id }
    }

    fn present(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.device.state();
        if state.unplugged {
            return Err(Error::no_device());
        }
        Ok(state)
    }
}

impl Handle for SimulatedHandle {
    fn info(&self) -> &Arc<DeviceInfo> {
        self.device.info()
    }

    fn configuration(&self) -> Result<u8> {
        let state = self.present()?;
        Ok(if state.configured { state.layout.value } else { 0 })
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        Ok(vec![self.present()?.configuration.clone()])
    }

    fn set_configuration(&self, configuration: u8) -> Result<()> {
        let mut state = self.present()?;
        if !state.claims.is_empty() {
            return Err(held());
        }
        state.configured = configuration == state.layout.value;
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

    fn detach_kernel_driver(&self, _: u8) -> Result<Vec<u8>> {
        self.present().map(|_| Vec::new())
    }

    fn attach_kernel_driver(&self, _: &[u8]) -> Result<()> {
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
        SimulatedTransfer::submit(&self.device, &mut *self.present()?, target, buffer.split_to(length), notice)
    }

    fn descriptor(&self) -> Result<(Descriptor, Readiness)> {
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
