//! What the kernel shows of USB devices in sysfs. Most files can be read at any time; those that take the device's lock, and so wait for
//! a device that does not answer, are the strings and bConfigurationValue. Nothing here sends a request.

pub use crate::bus::interface_owner::DEVICES;

use super::identity;
use crate::bus::interface_owner;
use crate::error::{Error, Result, Status};
use crate::usb::{DeviceInfo, Speed};
use rustix::fs::{open, openat, Mode, OFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::io::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// Files of a device's directory.
pub const ADDRESS: &CStr = name(b"devnum\0");
pub const DESCRIPTORS: &CStr = name(b"descriptors\0");
pub const MANUFACTURER: &CStr = name(b"manufacturer\0");
pub const PRODUCT: &CStr = name(b"product\0");
pub const SERIAL: &CStr = name(b"serial\0");
/// Its directory of settings about power; and that of the hub or controller that it is at.
pub const POWER: &CStr = name(b"power\0");
pub const POWER_ABOVE: &CStr = name(b"../power\0");
/// Its driver, as a whole.
pub const DRIVER: &CStr = name(b"driver\0");
const SPEED: &CStr = name(b"speed\0");
const CONFIGURATION: &CStr = name(b"bConfigurationValue\0");

pub const fn name(bytes: &[u8]) -> &CStr {
    match CStr::from_bytes_with_nul(bytes) {
        Ok(name) => name,
        Err(_) => panic!("a name ends with NUL"),
    }
}

/// A number as sysfs has it: with the end of a line.
pub fn number(text: &[u8]) -> Option<u64> {
    let digits = text.strip_suffix(b"\n").filter(|digits| !digits.is_empty())?;
    digits.iter().try_fold(0u64, |number, digit| match digit {
        b'0'..=b'9' => number.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// Whether there is a sysfs that knows USB.
pub fn has_usb() -> bool {
    Path::new(DEVICES).is_dir()
}

/// Whether this can be the name of a device there: nothing else must lead out of the directory, and interfaces have a colon.
pub fn is_name(name: &str) -> bool {
    !matches!(name.as_bytes(), [] | [b'.', ..]) && !name.bytes().any(|byte| matches!(byte, b'/' | b':' | b'\0'))
}

/// The number of a device's entry. Each time a device is plugged in it gets another one.
pub fn entry(name: &str) -> Option<u64> {
    fs::symlink_metadata(Path::new(DEVICES).join(name)).ok().map(|metadata| metadata.ino())
}

/// bConfigurationValue of the active configuration; `None` if sysfs does not know. `interfaces` are those that the device may have, as
/// pairs of configuration and number.
///
/// The names of its interfaces say it without waiting. Only where there are none is the kernel's own answer needed: the device has no
/// configuration, or is about to get one.
pub fn active_configuration(info: &DeviceInfo, interfaces: &[(u8, u8)]) -> Option<Result<u8>> {
    let mut interfaces = interfaces.iter();
    if let Some((active, _)) =
        interfaces.find(|(configuration, number)| interface_owner::has_interface(info, *configuration, *number))
    {
        return Some(Ok(*active));
    }
    // An unconfigured device has an empty file, and one without a file is going away.
    let value = text(info, CONFIGURATION).transpose()?;
    Some(value.map(|value| value.parse().unwrap_or(0)))
}

/// Whether the kernel has taken care of it as a whole, and given it a configuration.
pub fn is_configured(info: &DeviceInfo) -> bool {
    let own = interface_owner::prefix(&info.path);
    let entries = fs::read_dir(directory(info)).into_iter().flatten().flatten();
    let mut names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.any(|name| name.strip_prefix(&own).is_some_and(|rest| rest.starts_with(':')))
}

/// Whether that very device, no later one in its place, is still plugged in.
pub fn is_present(info: &DeviceInfo) -> Result<bool> {
    let number = text(info, ADDRESS)?;
    Ok(number.and_then(|number| number.parse().ok()) == Some(info.address))
}

/// Whether a driver has taken it as a whole.
pub fn is_driven(info: &DeviceInfo) -> bool {
    directory(info).join("driver").exists()
}

/// The alternate setting in which the kernel has an interface.
pub fn selected_setting(info: &DeviceInfo, configuration: u8, interface: u8) -> Option<u8> {
    let file = interface_owner::directory(info, configuration, interface).join("bAlternateSetting");
    fs::read_to_string(file).ok()?.trim().parse().ok()
}

fn directory(info: &DeviceInfo) -> PathBuf {
    Path::new(DEVICES).join(&info.path)
}

/// A directory, whose files can be read without a look at the way there each time. A device's directory stays that device's, and has no
/// files any more when the device is gone.
pub struct Directory(OwnedFd);

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Directory {
    /// That of all devices, to be listed.
    pub fn of_devices() -> io::Result<Directory> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Directory(open(DEVICES, flags, Mode::empty())?))
    }

    /// A device's; `None` if it is not there.
    pub fn open(name: &str) -> Result<Option<Directory>> {
        Directory::found(open(Path::new(DEVICES).join(name), Directory::FLAGS, Mode::empty()))
    }

    /// The same, by the directory of all devices.
    pub fn open_in(devices: &Directory, name: &str) -> Result<Option<Directory>> {
        Directory::found(openat(devices, name, Directory::FLAGS, Mode::empty()))
    }

    const FLAGS: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

    fn found(opened: rustix::io::Result<OwnedFd>) -> Result<Option<Directory>> {
        match opened {
            Ok(directory) => Ok(Some(Directory(directory))),
            Err(error) => unless_short_of(&error.into()).map(|()| None),
        }
    }

    /// Its own number: no other that is there or comes has it.
    pub fn entry(&self) -> u64 {
        identity::of(&self.0).map_or(0, |(_, inode)| inode)
    }

    /// The text of a file; `None` if it is not there.
    pub fn text(&self, file: &CStr) -> Result<Option<String>> {
        Ok(self.read(file)?.map(|mut bytes| {
            if bytes.last() == Some(&b'\n') {
                bytes.pop();
            }
            String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
        }))
    }

    pub fn number(&self, file: &CStr) -> Result<Option<u8>> {
        let mut text = [0; 16];
        Ok(self.read_short(file, &mut text)?.and_then(number).and_then(|number| u8::try_from(number).ok()))
    }

    pub fn speed(&self) -> Result<Speed> {
        let mut text = [0; 16];
        Ok(self.read_short(SPEED, &mut text)?.map_or(Speed::Unknown, speed))
    }

    /// A file that is no longer than the buffer; `None` if it is not there.
    fn read_short<'a>(&self, file: &CStr, buffer: &'a mut [u8]) -> Result<Option<&'a [u8]>> {
        match self.file(file).and_then(|file| read_once(&file, buffer)) {
            Ok(length) => Ok(Some(&buffer[..length])),
            Err(error) => unless_short_of(&error.into()).map(|()| None),
        }
    }

    /// `None` if it is not there. A read that gets less than it could has come to the end.
    pub fn read(&self, file: &CStr) -> Result<Option<Vec<u8>>> {
        const PIECE: usize = 512;
        let read = || {
            let file = self.file(file)?;
            let (mut bytes, mut piece) = (Vec::new(), [0; PIECE]);
            loop {
                let length = read_once(&file, &mut piece)?;
                bytes.extend_from_slice(&piece[..length]);
                if length < PIECE {
                    return Ok::<_, Errno>(bytes);
                }
            }
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) => unless_short_of(&error.into()).map(|()| None),
        }
    }

    fn file(&self, name: &CStr) -> rustix::io::Result<OwnedFd> {
        openat(&self.0, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
    }
}

fn read_once(file: &OwnedFd, buffer: &mut [u8]) -> rustix::io::Result<usize> {
    loop {
        match rustix::io::read(file, &mut *buffer) {
            Err(Errno::INTR) => {}
            read => return read,
        }
    }
}

/// A file of a device's directory.
fn text(info: &DeviceInfo, file: &CStr) -> Result<Option<String>> {
    Directory::open(&info.path)?.map_or(Ok(None), |directory| directory.text(file))
}

/// What cannot be read is not there; but without file descriptors or memory that is not known.
pub fn unless_short_of(error: &io::Error) -> Result<()> {
    match error.raw_os_error() {
        Some(libc::EMFILE | libc::ENFILE) => Err(Error::no_descriptor(error)),
        Some(libc::ENOMEM) => Err(Error::new(Status::NoMem, "the system has no memory to list its devices")),
        _ => Ok(()),
    }
}

/// From the kernel's Mbit/s.
fn speed(mbits: &[u8]) -> Speed {
    match mbits.strip_suffix(b"\n").unwrap_or(mbits) {
        b"1.5" => Speed::Low,
        b"12" => Speed::Full,
        b"480" => Speed::High,
        b"5000" => Speed::Super,
        b"10000" | b"20000" => Speed::SuperPlus,
        _ => Speed::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_the_whole_line() {
        assert_eq!([&b"1867\n"[..], b"0\n"].map(number), [Some(1867), Some(0)]);
        for text in [&b""[..], b"\n", b"12", b"1 2\n", b"-1\n", b"99999999999999999999\n"] {
            assert_eq!(number(text), None, "{text:?}");
        }
    }

    #[test]
    fn no_name_leads_out_of_the_directory() {
        assert!(is_name("1-2.3") && is_name("usb1"));
        for name in ["", ".", "..", "../1-2", "1-2:1.0", "001/002", "a\0b"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
