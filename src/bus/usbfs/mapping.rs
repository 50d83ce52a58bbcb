//! Whether memory that the kernel maps for transfers is the memory that transfers use.
//!
//! usbfs of kernels before 5.7 mapped the page that it took the kernel's address for (`virt_to_phys`), with the usual caching. Where a host
//! controller's memory has other caching, a program and the device see different data; where it is not in the kernel's linear mapping, the
//! page is another one, of the kernel or of another program (which is inferred from the code). Commit 2bef9aed6f0e, "usb: usbfs: correct
//! kernel->user page attribute mismatch", mended it for arm64 and others; the announcement of 5.7-rc5 lists it. Controllers of x86 are
//! coherent. Looking at a wrong page may end the process with SIGBUS, and writing there would change what is not ours. So with these
//! kernels nothing is mapped, though later releases of some have the commit too. With newer ones on the same machines a device sends
//! something there, and it is looked at whether it shows: controllers with memory of their own got a wrong page until commit d0b861653f8c,
//! "usb: usbfs: Use consistent mmap functions", which the announcement of 6.4-rc5 lists.

use crate::bus::{Completion, InFlight, Tap, Target, Wire};
use crate::error::{Error, Result, Status};
use crate::sync::atomic::{AtomicU8, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::{Buffer, Memory};
use crate::usb::{DeviceInfo, SetupPacket};
use rustix::system::uname;
use std::os::unix::io::BorrowedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The device descriptor's length and type, which every device has.
const DEVICE_DESCRIPTOR: [u8; 2] = [18, 1];
const SETUP: usize = 8;
const LENGTH: usize = SETUP + 18;

/// A device answers this at once, or it has more to be asked for.
const LIMIT: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Trust {
    Unknown,
    Right,
    Compare,
    Wrong,
}

/// What is known of this handle's mappings.
#[derive(Default)]
pub struct Mappings(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Lengths that are right: the kernel chooses by length where it takes memory from.
    right: Vec<usize>,
    wrong: bool,
}

/// Starts that control request with a buffer that begins with its setup packet: what comes goes right behind it. It is not recorded.
pub type Request<'a> = dyn Fn(SetupPacket, Buffer) -> Result<Arc<dyn InFlight>> + 'a;

/// The device whose memory it is.
pub struct Device<'a> {
    pub info: &'a DeviceInfo,
    pub wire: &'a Arc<Wire>,
    pub node: BorrowedFd<'a>,
    pub request: &'a Request<'a>,
}

/// Of a kernel that says that it maps nothing.
pub fn none() -> Error {
    Error::new(Status::NotSupported, "this device or system has no mapped memory for transfers; use the heap")
}

impl Mappings {
    /// The kernel has said that it maps.
    pub fn memory(&self, device: &Device<'_>, length: usize) -> Result<Arc<Memory>> {
        let none = |why| Err(Error::new(Status::NotSupported, why));
        match trust() {
            Trust::Wrong => {
                return none("this system's kernel may map wrong memory for transfers (before 5.7); use the heap")
            }
            Trust::Compare if !self.is_right(device, length)? => {
                return none(
                    "the memory that this system maps for transfers does not show what the device sends; use the heap",
                )
            }
            _ => {}
        }
        Memory::mapped(device.node, length)
    }

    /// One request to the device for each length.
    fn is_right(&self, device: &Device<'_>, length: usize) -> Result<bool> {
        let known = lock(&self.0);
        if known.wrong || known.right.contains(&length) {
            return Ok(!known.wrong);
        }
        drop(known);
        let right = device.shows_what_comes(length)?;
        let mut known = lock(&self.0);
        known.wrong |= !right;
        if right {
            known.right.push(length);
        }
        Ok(right)
    }
}

impl Device<'_> {
    /// Has the device send its descriptor into such memory. What the kernel gives is filled with 0.
    fn shows_what_comes(&self, length: usize) -> Result<bool> {
        if length < LENGTH {
            return self.shows_what_comes(LENGTH);
        }
        let setup = SetupPacket::get_descriptor(DEVICE_DESCRIPTOR[1], 0, 0, (LENGTH - SETUP) as u16);
        // The request has to stand right before the place for its data, and may not be written into memory that may be another's.
        let (memory, at) = Memory::mapped_behind_page(self.node, length)?;
        let is_empty = memory.access(|bytes| {
            bytes[at - SETUP..at].copy_from_slice(&setup.bytes());
            let (first, last) = (&bytes[at..at + LENGTH], &bytes[bytes.len() - LENGTH..]);
            first.iter().chain(last).all(|byte| *byte == 0)
        });
        let (true, Some(mut buffer)) = (is_empty.unwrap_or(false), memory.lend(at + LENGTH - SETUP)) else {
            return Ok(false);
        };
        drop(buffer.split_to(at - SETUP));
        let mut tap = Tap::begin(self.wire, &Target::Control(setup), &[], LENGTH - SETUP);
        let transfer = (self.request)(setup, buffer).map_err(|error| {
            tap.refused(error.status);
            error
        })?;
        let Completion { transferred, result } = match transfer.wait(Some(Instant::now() + LIMIT)) {
            Some(completion) => completion,
            None => {
                transfer.cancel();
                transfer.wait(None).unwrap_or(Completion { transferred: 0, result: Err(Status::Timeout) })
            }
        };
        drop(transfer);
        let came = memory.access(|bytes| <[u8; LENGTH - SETUP]>::try_from(&bytes[at..at + LENGTH - SETUP]).ok());
        let came = came.flatten().unwrap_or_default();
        tap.end(crate::bus::tap::errno(result), transferred, &came, &[]);
        match result {
            Err(Status::NoDevice) => Err(Error::no_device()),
            _ => {
                let (vendor, product) = (self.info.vendor_id.to_le_bytes(), self.info.product_id.to_le_bytes());
                Ok(result.is_ok() && came[..2] == DEVICE_DESCRIPTOR && came[8..12] == [vendor, product].concat())
            }
        }
    }
}

/// What is known of the system. It stays as it is.
fn trust() -> Trust {
    static TRUST: AtomicU8 = AtomicU8::new(Trust::Unknown as u8);
    let known = [Trust::Right, Trust::Compare, Trust::Wrong].into_iter();
    let stored = TRUST.load(Ordering::Relaxed);
    known.into_iter().find(|known| *known as u8 == stored).unwrap_or_else(|| {
        let kernel = uname();
        let trust = trust_in(&kernel.machine().to_string_lossy(), &kernel.release().to_string_lossy());
        TRUST.store(trust as u8, Ordering::Relaxed);
        trust
    })
}

fn trust_in(machine: &str, release: &str) -> Trust {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    match machine {
        "x86_64" | "i386" | "i486" | "i586" | "i686" => Trust::Right,
        _ if version < (5, 7) => Trust::Wrong,
        _ => Trust::Compare,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_what_may_be_wrong_is_compared_or_not_used() {
        assert!(trust_in("x86_64", "4.9.0-19-amd64") == Trust::Right && trust_in("i686", "6.1") == Trust::Right);
        assert!(trust_in("armv7l", "5.4.83-v7l+") == Trust::Wrong && trust_in("aarch64", "") == Trust::Wrong);
        assert!(
            trust_in("aarch64", "5.10.0-28-arm64") == Trust::Compare
                && trust_in("riscv64", "6.12-rc1") == Trust::Compare
        );
    }
}
