//! Device nodes of usbfs: /dev/bus/usb/BBB/DDD.

use crate::error::{Error, Result, Status};
use crate::info::DeviceInfo;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::raw::c_int;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::os::unix::io::{AsRawFd, FromRawFd};
use std::time::{Duration, Instant};

/// The kernel's major number for usbfs nodes.
const USB_DEVICE_MAJOR: u32 = 189;

pub fn path(info: &DeviceInfo) -> String {
    format!("/dev/bus/usb/{:03}/{:03}", info.bus, info.address)
}

pub fn open(info: &DeviceInfo) -> Result<File> {
    let path = path(info);
    OpenOptions::new().read(true).write(true).open(&path).map_err(|error| explain(info, &path, &error))
}

fn explain(info: &DeviceInfo, path: &str, error: &io::Error) -> Error {
    match error.raw_os_error() {
        Some(libc::EACCES | libc::EPERM) => Error::new(
            Status::Access,
            format!(
                "permission denied on its device node {path}; add the udev rule: SUBSYSTEM==\"usb\", \
                 ATTR{{idVendor}}==\"{:04x}\", ATTR{{idProduct}}==\"{:04x}\", MODE=\"0660\", TAG+=\"uaccess\" \
                 as /etc/udev/rules.d/70-usbx.rules, and plug the device in again (in a container, allow the device there)",
                info.vendor_id, info.product_id
            ),
        ),
        Some(libc::ENODEV | libc::ENXIO) => Error::no_device(),
        Some(libc::ENOENT) if !super::discovery::is_present(info) => Error::no_device(),
        Some(libc::ENOENT) => Error::new(
            Status::Access,
            format!("its device node {path} does not exist here; in a container, pass /dev/bus/usb in (docker run --device=/dev/bus/usb)"),
        ),
        Some(libc::EMFILE | libc::ENFILE) => {
            Error::new(Status::NoMem, "this process has too many files open; close some or raise the limit (ulimit -n)")
        }
        Some(libc::ENOMEM) => Error::new(Status::NoMem, "the system has no memory to open it"),
        _ => Error::new(Status::Io, format!("{path}: {error}")),
    }
}

/// A descriptor of our own for the same open device as `fd`, with its bus and address. The caller may close theirs any time.
pub fn adopt(fd: i32) -> Result<(File, u8, u8)> {
    let wrong = |why: &str| {
        Error::invalid(format!("{why}; pass a descriptor of /dev/bus/usb/BBB/DDD, open for reading and writing"))
    };
    // SAFETY: fcntl on any number is harmless; a wrong one is answered with EBADF.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    if flags < 0 {
        return Err(wrong("it is no open descriptor"));
    }
    // SAFETY: as above.
    let own = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
    if own < 0 {
        return Err(Error::new(
            Status::NoMem,
            format!("the descriptor cannot be duplicated: {}", io::Error::last_os_error()),
        ));
    }
    // SAFETY: fcntl has just made this descriptor for us alone.
    let node = unsafe { File::from_raw_fd(own) };
    let metadata = node.metadata().map_err(|error| wrong(&error.to_string()))?;
    let number = metadata.rdev();
    if !metadata.file_type().is_char_device() || libc::major(number) as u32 != USB_DEVICE_MAJOR {
        return Err(wrong("it is no usbfs descriptor"));
    }
    if flags & libc::O_ACCMODE != libc::O_RDWR {
        return Err(wrong("it is not open for reading and writing"));
    }
    let minor = libc::minor(number) as u32;
    Ok((node, (minor / 128 + 1) as u8, (minor % 128 + 1) as u8))
}

/// Waits for the kernel to disconnect the node; false if it does not in that time.
pub fn disconnected(node: &File, limit: Duration) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        // POLLERR and POLLHUP need not be asked for.
        let mut poll = libc::pollfd { fd: node.as_raw_fd(), events: 0, revents: 0 };
        // SAFETY: one valid entry, counted as one.
        match unsafe { libc::poll(&mut poll, 1, left.as_millis() as c_int) } {
            0 => return false,
            ready if ready > 0 => return poll.revents & (libc::POLLERR | libc::POLLHUP) != 0,
            _ if left == Duration::from_secs(0) => return false,
            _ => {}
        }
    }
}

/// The device descriptor and all configuration descriptors, as the kernel keeps them: no bus traffic.
pub fn descriptors(node: &File) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match node.read_at(&mut piece, bytes.len() as u64) {
            Ok(0) => return Ok(bytes),
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => return Err(Error::no_device()),
            Err(error) => return Err(Error::new(Status::Io, format!("its descriptors cannot be read: {error}"))),
        }
    }
}
