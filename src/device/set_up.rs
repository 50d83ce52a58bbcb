//! Calls for which the system makes control requests: those that record traffic see these requests, too.

use crate::bus::Handle;
use crate::error::Result;
use crate::usb::SetupPacket;

pub fn set_configuration(handle: &dyn Handle, value: u8) -> Result<()> {
    handle.wire().request(SetupPacket::set_configuration(value), || handle.set_configuration(value))?;
    handle.wire().note_configuration(value);
    Ok(())
}

pub fn set_alt_setting(handle: &dyn Handle, interface: u8, alt_setting: u8) -> Result<()> {
    let setup = SetupPacket::set_interface(interface, alt_setting);
    handle.wire().request(setup, || handle.set_alt_setting(interface, alt_setting))
}

/// An interface that is given back is taken to alternate setting 0 first, if it is in another one.
pub fn release(handle: &dyn Handle, interface: u8, alt_setting: u8) -> Result<()> {
    if alt_setting == 0 {
        return handle.release(interface);
    }
    handle.wire().request(SetupPacket::set_interface(interface, 0), || handle.release(interface))
}

/// After the reset proper, of which the wire has no request, the configuration is selected anew.
pub fn reset(handle: &dyn Handle, claimed: &[u8]) -> Result<()> {
    match handle.wire().configuration() {
        0 => handle.reset(claimed),
        value => handle.wire().request(SetupPacket::set_configuration(value), || handle.reset(claimed)),
    }
}
