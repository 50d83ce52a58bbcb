//! One opening of a device of another computer.

use super::remote::Remote;
use super::request::Request;
use super::transfer::RemoteTransfer;
use crate::bus::{Handle, InFlight, Notice, Target, Wire};
use crate::error::{Error, Result, Status};
use crate::sys::{Buffer, Descriptor, Memory, Readiness};
use crate::usb::{DeviceInfo, SetupPacket, TransferType};
use std::sync::Arc;
use std::time::Duration;

pub struct RemoteHandle {
    remote: Arc<Remote>,
    id: u64,
}

/// Linux's server takes a piece of memory for each transfer; more than this it may not have.
const MAX_TRANSFER: usize = 256 * 1024;

// The hub's request to reset a port, by which a server knows that its device is meant.
const TO_PORT: u8 = 0x23;
const SET_FEATURE: u8 = 3;
const PORT_RESET: u16 = 4;

impl RemoteHandle {
    pub fn new(remote: Arc<Remote>) -> RemoteHandle {
        let id = remote.add_handle();
        RemoteHandle { remote, id }
    }

    fn present(&self) -> Result<()> {
        self.remote.link.look().map_or(Ok(()), Err)
    }

    fn ask(&self, setup: SetupPacket) -> Result<()> {
        self.remote.link.control(setup, &mut []).map(|_| ())
    }
}

impl Drop for RemoteHandle {
    fn drop(&mut self) {
        self.remote.release_all(self.id);
    }
}

impl Handle for RemoteHandle {
    fn info(&self) -> &Arc<DeviceInfo> {
        &self.remote.info
    }

    fn wire(&self) -> &Arc<Wire> {
        &self.remote.wire
    }

    fn configuration(&self) -> Result<u8> {
        self.present().map(|()| self.remote.configuration())
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        self.present().map(|()| self.remote.configurations.clone())
    }

    fn set_configuration(&self, configuration: u8) -> Result<()> {
        self.present()?;
        if self.remote.is_claimed() {
            return Err(held());
        }
        self.remote.link.forget(|_| true);
        self.ask(SetupPacket::set_configuration(configuration))?;
        self.remote.note_configuration(configuration);
        Ok(())
    }

    /// Its host claims it for this process; which handle has which interface is this process's own affair.
    fn claim(&self, interface: u8) -> Result<()> {
        self.present()?;
        if self.remote.claim(interface, self.id) {
            Ok(())
        } else {
            Err(held())
        }
    }

    fn release(&self, interface: u8) -> Result<()> {
        let back = self.remote.release(interface);
        self.remote.link.forget(|address| self.remote.is_of(interface, address));
        match back {
            Some(first) => self.set_alt_setting(interface, first),
            None => self.present(),
        }
    }

    fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()> {
        self.remote.link.forget(|address| self.remote.is_of(interface, address));
        self.ask(SetupPacket::set_interface(interface, alt_setting))?;
        self.remote.note_alt_setting(interface, alt_setting);
        Ok(())
    }

    /// That is its host's business.
    fn kernel_driver(&self, _: u8) -> Result<Option<String>> {
        self.present().map(|()| None)
    }

    fn detach_kernel_driver(&self, _: u8) -> Result<Vec<u8>> {
        self.present().map(|()| Vec::new())
    }

    fn attach_kernel_driver(&self, _: &[u8]) -> Result<()> {
        self.present()
    }

    fn clear_halt(&self, endpoint: u8, request: &dyn Fn(SetupPacket) -> Result<()>) -> Result<()> {
        request(SetupPacket::clear_halt(endpoint))?;
        self.remote.link.forgive(endpoint);
        Ok(())
    }

    fn reset(&self, _: &[u8]) -> Result<()> {
        self.remote.link.forget(|_| true);
        let setup = SetupPacket { request_type: TO_PORT, request: SET_FEATURE, value: PORT_RESET, index: 0, length: 0 };
        match self.ask(setup) {
            // Older Linux resets the device, and then sends it the request, too, which it does not know. This library's server does not.
            Err(error) if error.status == Status::Pipe && !self.remote.link.is_to_own_kind() => Ok(()),
            other => other,
        }
    }

    fn submit(
        &self,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        let interval = match target {
            Target::Control(_) | Target::Endpoint { transfer_type: TransferType::Bulk, .. } => 0,
            _ => self.remote.interval(target.address()),
        };
        let link = Arc::clone(&self.remote.link);
        let request = Request::new(target, interval, Some(Arc::clone(&self.remote.wire)), notice);
        link.submit(&request, buffer, length)?;
        Ok(Arc::new(RemoteTransfer { link, request }))
    }

    fn descriptor(&self) -> Result<(Descriptor, Readiness)> {
        Ok((self.remote.link.descriptor()?, Readiness::Read))
    }

    fn pump(&self) -> bool {
        self.remote.link.pump();
        false
    }

    fn memory(&self, _: usize) -> Result<Arc<Memory>> {
        Err(Error::new(
            Status::NotSupported,
            "a device of another computer has no mapped memory for transfers; use the heap",
        ))
    }

    fn gone(&self) -> bool {
        self.remote.link.is_broken()
    }

    fn why_gone(&self) -> Option<String> {
        self.remote.link.breakage().map(|error| error.reason())
    }

    fn max_transfer(&self) -> usize {
        MAX_TRANSFER
    }

    fn round_trip(&self) -> Duration {
        self.remote.link.round_trip()
    }
}

fn held() -> Error {
    Error::new(Status::Busy, "held by another handle of this process; release it there first")
}
