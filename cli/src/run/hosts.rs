//! What the named computers share, asked before the program begins: libusb's programs have no way to say what is wrong with a host.

use crate::failure::{printable, Failure, Result, USAGE};
use crate::message::tell;
use std::thread;
use usbx::tool::remote_devices;

/// Says what a host does not have; fails for what is no host.
pub fn ask(entries: &[String]) -> Result<()> {
    let hosts = entries.iter().flat_map(|entry| entry.split(',')).map(str::trim).filter(|host| !host.is_empty());
    // All at once: one that is switched off answers late.
    thread::scope(|scope| {
        let asked: Vec<_> = hosts.map(|host| (host, scope.spawn(|| remote_devices(host, None)))).collect();
        for (host, answer) in asked {
            match answer.join().map(|devices| devices.map_err(Failure::from)) {
                Ok(Ok(devices)) if devices.is_empty() => {
                    tell(format_args!("usbx: {host} shares no device now; the program begins without"));
                }
                Ok(Err(failure)) if failure.code() == USAGE => return Err(failure),
                Ok(Err(failure)) => {
                    tell(format_args!("usbx: {}; the program begins without", printable(&failure.to_string())));
                }
                Ok(Ok(_)) | Err(_) => {}
            }
        }
        Ok(())
    })
}
