//! Recordings of what a device and a host said to each other: captures by this library, by Linux's usbmon (tcpdump, Wireshark) and by
//! USBPcap on Windows, as pcap or pcapng.

mod choice;
mod device;
mod doubles;
mod file;
mod record;
#[cfg(any(test, fuzzing))]
pub mod samples;
#[cfg(test)]
mod tests;
mod urb;
mod urbs;
mod usbmon;
mod usbpcap;

pub use choice::{place, Place};
pub use device::RecordedDevice;
pub use urb::{Outcome, Packet, Urb};

use crate::error::{Error, Result, Status};
use doubles::Doubles;
use file::CapturedPacket;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;
use urbs::Urbs;

/// What is read is kept in memory, and takes about as much there.
const MAX_FILE: u64 = 1 << 30;

/// The devices in the order in which they were first heard of.
#[derive(Debug)]
pub struct Recording {
    pub devices: Vec<RecordedDevice>,
}

impl Recording {
    pub fn open(path: &Path) -> Result<Recording> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
        let (about, file) = opened.map_err(|error| {
            let status = match error.kind() {
                ErrorKind::NotFound => Status::NotFound,
                ErrorKind::PermissionDenied => Status::Access,
                _ => Status::Io,
            };
            Error::new(status, format!("cannot open it: {error}"))
        })?;
        if about.is_dir() {
            return Err(Error::invalid("it is a directory, not a capture"));
        }
        if about.len() > MAX_FILE {
            let reason = format!("it has {} bytes, and {MAX_FILE} are the maximum; cut it with editcap", about.len());
            return Err(Error::invalid(reason));
        }
        Recording::read(BufReader::new(file).take(MAX_FILE))
    }

    pub fn read(from: impl Read) -> Result<Recording> {
        let mut urbs = Urbs::default();
        let mut doubles = Doubles::default();
        let mut others = BTreeSet::new();
        let mut any = false;
        file::read(from, &mut |packet: CapturedPacket| {
            let CapturedPacket { frame, interface, link_type, big_endian, time, bytes } = packet;
            let record = match link_type {
                usbmon::LINK_TYPE_SHORT | usbmon::LINK_TYPE_LONG => {
                    let is_double = interface.zip(time).is_some_and(|(at, time)| doubles.has(at, time, bytes));
                    usbmon::record(link_type, bytes, big_endian, frame, time).filter(|_| !is_double)
                }
                usbpcap::LINK_TYPE => usbpcap::record(bytes, frame, time),
                other => {
                    others.insert(other);
                    return Ok(());
                }
            };
            any = true;
            if let Some(record) = record {
                urbs.add(record);
            }
            Ok(())
        })?;
        if !any {
            return Err(without_usb(&others));
        }
        Ok(Recording { devices: device::devices(urbs.finish()) })
    }
}

fn without_usb(others: &BTreeSet<u32>) -> Error {
    let known = "189 and 220 (usbmon) and 249 (USBPcap) are USB's";
    match others.first() {
        None => Error::invalid("the capture has no packet"),
        Some(link_type) => Error::new(
            Status::NotSupported,
            format!("the capture is not of USB: its link type is {link_type}; {known}"),
        ),
    }
}
