//! What the kernel shows of USB devices in sysfs. Most files can be read at any time; those that take the device's lock, and so wait for
//! a device that does not answer, are the strings and bConfigurationValue. Nothing here sends a request.

use crate::error::{Error, Result, Status};
use crate::usb::{DeviceInfo, Speed};
use rustix::fs::{open, openat, Mode, OFlags};
use rustix::io::Errno;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::os::unix::io::OwnedFd;
use std::path::{Path, PathBuf};

pub const DEVICES: &str = "/sys/bus/usb/devices";

/// Whether there is a sysfs that knows USB.
pub fn has_usb() -> bool {
    Path::new(DEVICES).is_dir()
}

/// Whether this can be the name of a device there: nothing else must lead out of the directory, and interfaces have a colon.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', ':', '\0'])
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
    if let Some((active, _)) = interfaces.find(|(configuration, number)| has_interface(info, *configuration, *number)) {
        return Some(Ok(*active));
    }
    // An unconfigured device has an empty file, and one without a file is going away.
    let value = text(info, "bConfigurationValue").transpose()?;
    Some(value.map(|value| value.parse().unwrap_or(0)))
}

/// Whether the kernel has taken care of it as a whole, and given it a configuration.
pub fn is_configured(info: &DeviceInfo) -> bool {
    let own = interface_prefix(&info.path);
    let entries = fs::read_dir(directory(info)).into_iter().flatten().flatten();
    let mut names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.any(|name| name.strip_prefix(&own).is_some_and(|rest| rest.starts_with(':')))
}

/// Whether that very device, no later one in its place, is still plugged in.
pub fn is_present(info: &DeviceInfo) -> Result<bool> {
    let number = text(info, "devnum")?;
    Ok(number.and_then(|number| number.parse().ok()) == Some(info.address))
}

/// Whether a driver has taken it as a whole.
pub fn is_driven(info: &DeviceInfo) -> bool {
    directory(info).join("driver").exists()
}

/// The driver that holds an interface, as sysfs links it.
pub fn driver(info: &DeviceInfo, configuration: u8, interface: u8) -> Option<String> {
    let link = fs::read_link(interface_directory(info, configuration, interface).join("driver")).ok()?;
    Some(link.file_name()?.to_str()?.to_owned())
}

fn has_interface(info: &DeviceInfo, configuration: u8, interface: u8) -> bool {
    fs::symlink_metadata(interface_directory(info, configuration, interface)).is_ok()
}

fn interface_directory(info: &DeviceInfo, configuration: u8, interface: u8) -> PathBuf {
    let prefix = interface_prefix(&info.path);
    Path::new(DEVICES).join(format!("{prefix}:{configuration}.{interface}"))
}

/// What the names of a device's interfaces begin with: "1-2" of "1-2", and "1-0" of the root hub "usb1".
fn interface_prefix(path: &str) -> String {
    path.strip_prefix("usb").map_or_else(|| path.to_owned(), |bus| format!("{bus}-0"))
}

fn directory(info: &DeviceInfo) -> PathBuf {
    Path::new(DEVICES).join(&info.path)
}

/// A device's directory, whose files can be read without a look at the way there each time.
pub struct Directory(OwnedFd);

impl Directory {
    /// `None` if it is not there.
    pub fn open(name: &str) -> Result<Option<Directory>> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match open(Path::new(DEVICES).join(name), flags, Mode::empty()) {
            Ok(directory) => Ok(Some(Directory(directory))),
            Err(error) => unless_short_of(&error.into()).map(|()| None),
        }
    }

    /// The text of a file; `None` if it is not there.
    pub fn text(&self, file: &str) -> Result<Option<String>> {
        let bytes = self.read(file)?;
        Ok(bytes.map(|bytes| {
            let text = String::from_utf8_lossy(&bytes);
            text.strip_suffix('\n').unwrap_or(&text).to_owned()
        }))
    }

    pub fn number(&self, file: &str) -> Result<Option<u8>> {
        Ok(self.text(file)?.and_then(|text| text.parse().ok()))
    }

    /// `None` if it is not there. A read that does not fill its page has come to the end.
    pub fn read(&self, file: &str) -> Result<Option<Vec<u8>>> {
        const PAGE: usize = 4096;
        let read = || {
            let file = openat(&self.0, file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
            let (mut bytes, mut page) = (Vec::new(), [0; PAGE]);
            loop {
                match rustix::io::read(&file, &mut page) {
                    Ok(length) => {
                        bytes.extend_from_slice(&page[..length]);
                        if length < PAGE {
                            return Ok(bytes);
                        }
                    }
                    Err(Errno::INTR) => {}
                    Err(error) => return Err(error),
                }
            }
        };
        match read() {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) => unless_short_of(&error.into()).map(|()| None),
        }
    }
}

/// A file of a device's directory.
fn text(info: &DeviceInfo, file: &str) -> Result<Option<String>> {
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
pub fn speed(mbits: &str) -> Speed {
    match mbits {
        "1.5" => Speed::Low,
        "12" => Speed::Full,
        "480" => Speed::High,
        "5000" => Speed::Super,
        "10000" | "20000" => Speed::SuperPlus,
        _ => Speed::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_of_a_root_hub_have_a_name_of_their_own() {
        let path = |path: &str| {
            let info = DeviceInfo { path: path.to_owned(), ..DeviceInfo::default() };
            interface_directory(&info, 1, 0).to_str().unwrap().to_owned()
        };
        assert_eq!(path("usb12"), "/sys/bus/usb/devices/12-0:1.0");
        assert_eq!(path("1-2.3"), "/sys/bus/usb/devices/1-2.3:1.0");
    }

    #[test]
    fn no_name_leads_out_of_the_directory() {
        assert!(is_name("1-2.3") && is_name("usb1"));
        for name in ["", ".", "..", "../1-2", "1-2:1.0", "001/002", "a\0b"] {
            assert!(!is_name(name), "{name}");
        }
    }
}
