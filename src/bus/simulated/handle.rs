//! One opening of a simulated device.

use super::model::HostEvent;
use super::plugged::Plugged;
use super::state::State;
use super::transfer::SimulatedTransfer;
use crate::bus::{Handle, InFlight, Notice, Target, Wire};
use crate::error::{Error, Result, Status};
use crate::sync::MutexGuard;
use crate::sys::{Buffer, Descriptor, Memory, Readiness, Timer};
use crate::usb::{DeviceInfo, SetupPacket};
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
        state.model.host(HostEvent::Opened);
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

impl Drop for SimulatedHandle {
    fn drop(&mut self) {
        let mut state = self.device.state();
        if !state.unplugged {
            state.model.host(HostEvent::Closed);
        }
    }
}

impl Handle for SimulatedHandle {
    fn info(&self) -> &Arc<DeviceInfo> {
        self.device.info()
    }

    fn wire(&self) -> &Arc<Wire> {
        &self.device.wire
    }

    fn configuration(&self) -> Result<u8> {
        Ok(self.present()?.settings.configuration())
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        Ok(self.present()?.settings.description.configurations().to_vec())
    }

    fn set_configuration(&self, configuration: u8) -> Result<()> {
        let mut state = self.present()?;
        if !state.claims.is_empty() {
            return Err(held());
        }
        let there = state.configure(configuration);
        self.device.tell(&state);
        if there {
            Ok(())
        } else {
            Err(Error::new(Status::NotFound, format!("the device has no configuration {configuration}")))
        }
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
        if state.unplugged {
            return Err(Error::no_device());
        }
        // Releasing leaves the interface as it began.
        let first = state.settings.active.as_ref().map_or(0, |active| active.first_setting(interface));
        if state.settings.alt_setting(interface) != first {
            state.set_alt_setting(interface, first);
        }
        Ok(())
    }

    fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()> {
        let mut state = self.present()?;
        state.set_alt_setting(interface, alt_setting);
        self.device.tell(&state);
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

    fn clear_halt(&self, endpoint: u8, _: &dyn Fn(SetupPacket) -> Result<()>) -> Result<()> {
        self.device.wire.request(SetupPacket::clear_halt(endpoint), || {
            self.present()?.set_halt(endpoint, false);
            Ok(())
        })
    }

    fn reset(&self, _: &[u8]) -> Result<()> {
        let mut state = self.present()?;
        state.reset(self.id);
        self.device.tell(&state);
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
        self.device.service(&mut state, now);
        state.arm(now);
        false
    }

    fn memory(&self, _: usize) -> Result<Arc<Memory>> {
        Err(Error::new(Status::NotSupported, "a virtual device has no mapped memory for transfers; use the heap"))
    }

    fn gone(&self) -> bool {
        self.device.state().unplugged
    }

    fn explanation(&self, endpoint: u8) -> Option<String> {
        self.device.state().model.explanation(endpoint)
    }

    fn max_transfer(&self) -> usize {
        usize::MAX
    }
}

fn held() -> Error {
    Error::new(Status::Busy, "held by another handle of this process; release it there first")
}
