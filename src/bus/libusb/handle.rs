//! What an open device does, by libusb's functions.

use super::connection::Connection;
use super::disturbance::Disturbance;
use super::drivers::Drivers;
use super::events::Events;
use super::status::{check, check_request, error};
use super::{node, owner, raw, sysfs, transfer};
use crate::bus::{Handle, InFlight, Notice, Restored, Target, Wire};
use crate::error::{Error, Result, Status};
use crate::sys::{Buffer, Descriptor, Memory, Readiness};
use crate::usb::{DeviceInfo, SetupPacket, Speed};
use std::sync::Arc;
use std::time::Duration;

/// More than this is quicker in pieces.
const MAX_TRANSFER: usize = 512 * 1024;

pub struct LibusbHandle {
    info: Arc<DeviceInfo>,
    drivers: Drivers,
    pub(super) events: Arc<Events>,
}

/// Opens a device that `devices` listed.
pub fn open(info: Arc<DeviceInfo>) -> Result<Arc<dyn Handle>> {
    let connection = Connection::new(&info)?;
    let first = raw::device_descriptor(connection.device()).map_or_else(Vec::new, |bytes| bytes.to_vec());
    let descriptors = [first, raw::configuration_descriptors(connection.device()).concat()].concat();
    let events = Events::new(connection, Wire::new(Arc::clone(&info), descriptors));
    let drivers = Drivers::new(&info);
    Ok(Arc::new(LibusbHandle { info, drivers, events }))
}

impl LibusbHandle {
    pub(super) fn connection(&self) -> &Connection {
        self.events.connection()
    }

    /// Its descriptor; nothing where there is none.
    fn active_configuration(&self) -> Result<Vec<u8>> {
        let active = self.configuration()?;
        let all = raw::configuration_descriptors(self.connection().device());
        Ok(all.into_iter().find(|bytes| bytes.get(5) == Some(&active)).unwrap_or_default())
    }

    pub(super) fn disturbance(&self) -> &Disturbance {
        &self.connection().disturbance
    }
}

impl Handle for LibusbHandle {
    fn info(&self) -> &Arc<DeviceInfo> {
        &self.info
    }

    fn wire(&self) -> &Arc<Wire> {
        &self.events.wire
    }

    /// Where the system's names say it, libusb is not asked: it would wait for whoever has the device to himself, as a slow cancel has.
    fn configuration(&self) -> Result<u8> {
        let named = sysfs::configuration(&self.info, &self.configuration_descriptors()?);
        self.connection().check_presence()?;
        named.map_or_else(|| self.connection().configuration(), Ok)
    }

    fn configuration_descriptors(&self) -> Result<Vec<Vec<u8>>> {
        Ok(raw::configuration_descriptors(self.connection().device()))
    }

    fn set_configuration(&self, configuration: u8) -> Result<()> {
        // The active one again leaves interfaces without a driver as they are.
        let again = self.configuration().is_ok_and(|active| active == configuration);
        match self.connection().set_configuration(configuration) {
            code if code < 0 && error(code).status == Status::Busy => {
                return Err(owner::refusal_of_any(&self.info, &self.events, &self.drivers));
            }
            code => check_request(code)?,
        }
        if !again {
            self.drivers.forget();
        }
        Ok(())
    }

    fn claim(&self, interface: u8) -> Result<()> {
        match self.connection().claim(interface) {
            code if code < 0 && error(code).status == Status::Busy => {
                Err(owner::refusal(&self.info, &self.events, &self.drivers, interface))
            }
            code => check(code),
        }?;
        // libusb has not asked the system.
        if self.disturbance().is_lost(interface) {
            self.claimed_setting(interface)
                .map_err(|_| owner::refusal(&self.info, &self.events, &self.drivers, interface))?;
        }
        Ok(())
    }

    fn release(&self, interface: u8) -> Result<()> {
        let released = check_request(self.connection().release(interface));
        match released {
            // The claim was gone already, by a reset or a sleep: what was asked for is the case. libusb is to know it, too.
            Err(error) if error.status == Status::Io && node::IS_DISTURBED => {
                if self.claimed_setting(interface).is_ok() {
                    self.connection().release(interface);
                }
            }
            released => released?,
        }
        self.drivers.released();
        Ok(())
    }

    fn set_alt_setting(&self, interface: u8, alt_setting: u8) -> Result<()> {
        check_request(self.connection().set_alt_setting(interface, alt_setting))
    }

    fn kernel_driver(&self, interface: u8) -> Result<Option<String>> {
        self.drivers.name(self.connection(), interface)
    }

    fn detach_kernel_driver(&self, interface: u8) -> Result<Vec<u8>> {
        self.drivers.detach(self.connection(), interface, || self.active_configuration())
    }

    fn attach_kernel_driver(&self, interfaces: &[u8]) -> Result<()> {
        self.drivers.attach(self.connection(), interfaces)
    }

    fn keep_detached(&self, interfaces: &[u8]) {
        self.drivers.keep(interfaces);
    }

    /// libusb's call is one of the system's, beside which Linux lets no other to this device in until the device has answered, or for five
    /// seconds. So there the request to the device is a transfer as any other, and the host's side follows.
    fn clear_halt(&self, endpoint: u8, request: &dyn Fn(SetupPacket) -> Result<()>) -> Result<()> {
        if node::RESETS_ENDPOINTS {
            request(SetupPacket::clear_halt(endpoint))?;
            return self.connection().node.reset_endpoint(endpoint);
        }
        let clear = || check_request(self.connection().clear_halt(endpoint));
        self.wire().request(SetupPacket::clear_halt(endpoint), clear)
    }

    fn allocate_bulk_streams(&self, count: u16, endpoints: &[u8]) -> Result<u16> {
        let none = |why| Err(Error::new(Status::NotSupported, why));
        if self.info.speed < Speed::Super {
            return none("bulk streams need SuperSpeed (USB 3); this device is slower, or in a slower port");
        }
        match self.connection().allocate_bulk_streams(count, endpoints) {
            0 => none("its host controller has no bulk streams"),
            code if code < 0 && matches!(error(code).status, Status::InvalidParam | Status::NotSupported) => {
                none("these endpoints, its host controller, or this system, have no bulk streams")
            }
            code => check_request(code).map(|()| u16::try_from(code).unwrap_or(u16::MAX)),
        }
    }

    fn free_bulk_streams(&self, endpoints: &[u8]) -> Result<()> {
        match self.connection().free_bulk_streams(endpoints) {
            // They were gone already, and maybe the claim too, by a reset or a sleep: what was asked for is the case.
            code if code < 0 && matches!(error(code).status, Status::InvalidParam | Status::Other) => Ok(()),
            code => check(code),
        }
    }

    /// libusb claims again what it has claimed, and what it takes for claimed.
    fn reset(&self, claimed: &[u8]) -> Result<()> {
        let code = self.connection().reset();
        for interface in self.disturbance().lost_ones().filter(|_| code >= 0) {
            self.disturbance().note_lost(interface, false);
            if !claimed.contains(&interface) {
                self.connection().release(interface);
            }
        }
        match code {
            code if code < 0 && matches!(error(code).status, Status::NotFound | Status::NoDevice) => Err(Error::new(
                Status::NoDevice,
                "it did not come back as the same device; close this handle and open it again",
            )),
            code => check_request(code),
        }
    }

    fn submit(
        &self,
        target: &Target,
        buffer: &mut Buffer,
        length: usize,
        notice: Option<Notice>,
    ) -> Result<Arc<dyn InFlight>> {
        transfer::submit(&self.events, target, buffer, length, notice)
    }

    fn descriptor(&self) -> Result<(Descriptor, Readiness)> {
        Ok((self.events.descriptor()?, Readiness::Read))
    }

    fn pump(&self) -> bool {
        self.events.pump();
        false
    }

    fn memory(&self, length: usize) -> Result<Arc<Memory>> {
        let request = |setup, buffer| transfer::submit_in_place(&self.events, setup, buffer);
        self.connection().node.memory(&self.info, self.wire(), &request, length)
    }

    fn is_disturbed(&self) -> bool {
        self.disturbance().is_seen()
    }

    fn restore(&self, held: &[(u8, u8)]) -> Restored {
        self.restore_held(held)
    }

    fn gone(&self) -> bool {
        self.connection().disappears(Duration::ZERO)
    }

    fn max_transfer(&self) -> usize {
        MAX_TRANSFER
    }

    fn undivided(&self) -> usize {
        self.connection().node.most_bytes(usize::MAX).unwrap_or(usize::MAX)
    }
}
