//! usbfs's requests about a device as a whole or one of its interfaces; linux_usbfs's urb.rs has those that move data. Source: Linux,
//! include/uapi/linux/usbdevice_fs.h and drivers/usb/core/devio.c.

use crate::error::{Error, Status};
use rustix::event::{poll, PollFd, PollFlags, Timespec};
use std::fmt;
use std::io;
use std::os::raw::{c_int, c_uint, c_void};
use std::os::unix::io::{AsFd, AsRawFd};
use std::ptr::null_mut;

/// `struct usbdevfs_setinterface`
#[repr(C)]
struct SetInterface {
    interface: c_uint,
    alt_setting: c_uint,
}

/// `struct usbdevfs_getdriver`
#[repr(C)]
struct GetDriver {
    interface: c_uint,
    name: [u8; 256],
}

/// `struct usbdevfs_ioctl`
#[repr(C)]
struct DriverIoctl {
    interface: c_int,
    code: c_int,
    data: *mut c_void,
}

const RESET_ENDPOINT: libc::Ioctl = libc::_IOR::<c_uint>(b'U' as u32, 3);
const SET_INTERFACE: libc::Ioctl = libc::_IOR::<SetInterface>(b'U' as u32, 4);
const SET_CONFIGURATION: libc::Ioctl = libc::_IOR::<c_uint>(b'U' as u32, 5);
const GET_DRIVER: libc::Ioctl = libc::_IOW::<GetDriver>(b'U' as u32, 8);
const CLAIM_INTERFACE: libc::Ioctl = libc::_IOR::<c_uint>(b'U' as u32, 15);
const RELEASE_INTERFACE: libc::Ioctl = libc::_IOR::<c_uint>(b'U' as u32, 16);
const DRIVER_IOCTL: libc::Ioctl = libc::_IOWR::<DriverIoctl>(b'U' as u32, 18);
const RESET: libc::Ioctl = libc::_IO(b'U' as u32, 20);
const DISCONNECT: libc::Ioctl = libc::_IO(b'U' as u32, 22);
const CONNECT: libc::Ioctl = libc::_IO(b'U' as u32, 23);
const GET_CAPABILITIES: libc::Ioctl = libc::_IOR::<c_uint>(b'U' as u32, 26);
const ALLOC_STREAMS: libc::Ioctl = libc::_IOR::<[c_uint; 2]>(b'U' as u32, 28);
const FREE_STREAMS: libc::Ioctl = libc::_IOR::<[c_uint; 2]>(b'U' as u32, 29);
const GET_SPEED: libc::Ioctl = libc::_IO(b'U' as u32, 31);

/// A failed request. What it means depends on the request.
type Refused = io::Error;

/// `None` for no configuration.
pub fn set_configuration(node: impl AsFd, value: Option<u8>) -> Result<(), Refused> {
    request(node, SET_CONFIGURATION, &mut value.map_or(c_uint::MAX, c_uint::from))
}

/// USBDEVFS_CAP_*, of the kernel and of the device's host controller.
pub fn capabilities(node: impl AsFd) -> Result<u32, Refused> {
    let mut answer: c_uint = 0;
    request(node, GET_CAPABILITIES, &mut answer).map(|()| answer)
}

pub fn claim(node: impl AsFd, interface: u8) -> Result<(), Refused> {
    request(node, CLAIM_INTERFACE, &mut c_uint::from(interface))
}

pub fn release(node: impl AsFd, interface: u8) -> Result<(), Refused> {
    request(node, RELEASE_INTERFACE, &mut c_uint::from(interface))
}

pub fn set_alt_setting(node: impl AsFd, interface: u8, alt_setting: u8) -> Result<(), Refused> {
    let mut setting = SetInterface { interface: interface.into(), alt_setting: alt_setting.into() };
    request(node, SET_INTERFACE, &mut setting)
}

/// The host's side of clearing a halt: what it sends next is the first packet again (the data toggle, or the sequence number).
pub fn reset_endpoint(node: impl AsFd, endpoint: u8) -> Result<(), Refused> {
    request(node, RESET_ENDPOINT, &mut c_uint::from(endpoint))
}

/// How many streams each of these endpoints has then.
pub fn allocate_bulk_streams(node: impl AsFd, count: u16, endpoints: &[u8]) -> Result<u16, Refused> {
    bulk_streams(node, ALLOC_STREAMS, count, endpoints).map(|count| u16::try_from(count).unwrap_or(u16::MAX))
}

pub fn free_bulk_streams(node: impl AsFd, endpoints: &[u8]) -> Result<(), Refused> {
    bulk_streams(node, FREE_STREAMS, 0, endpoints).map(|_| ())
}

/// With `struct usbdevfs_streams`: two numbers, then the addresses.
fn bulk_streams(node: impl AsFd, request: libc::Ioctl, count: u16, endpoints: &[u8]) -> Result<c_int, Refused> {
    let mut argument = [c_uint::from(count).to_ne_bytes(), (endpoints.len() as c_uint).to_ne_bytes()].concat();
    argument.extend_from_slice(endpoints);
    // SAFETY: a usbfs request with its argument, which the kernel copies byte by byte, as long as it says.
    check(unsafe { libc::ioctl(node.as_fd().as_raw_fd(), request, argument.as_ptr()) })
}

pub fn reset(node: impl AsFd) -> Result<(), Refused> {
    // SAFETY: a usbfs request without an argument.
    check(unsafe { libc::ioctl(node.as_fd().as_raw_fd(), RESET, null_mut::<c_void>()) }).map(|_| ())
}

/// Takes the interface from its driver.
pub fn disconnect(node: impl AsFd, interface: u8) -> Result<(), Refused> {
    driver_ioctl(node, interface, DISCONNECT).map(|_| ())
}

/// Lets the kernel look for a driver; false if none took the interface.
pub fn connect(node: impl AsFd, interface: u8) -> Result<bool, Refused> {
    driver_ioctl(node, interface, CONNECT)
}

/// Whether the device has a configuration. The kernel looks for that before it looks for the interface: one that no device has.
pub fn is_configured(node: impl AsFd) -> Result<bool, Refused> {
    let mut command = DriverIoctl { interface: NO_INTERFACE, code: 0, data: null_mut() };
    match request(node, DRIVER_IOCTL, &mut command).map_err(|error| (error.raw_os_error(), error)) {
        Err((Some(libc::EINVAL), _)) => Ok(true),
        Err((_, error)) => Err(error),
        Ok(()) => Ok(false),
    }
}

/// Beyond every bInterfaceNumber.
const NO_INTERFACE: c_int = 0x100;

fn driver_ioctl(node: impl AsFd, interface: u8, code: libc::Ioctl) -> Result<bool, Refused> {
    let mut command = DriverIoctl { interface: interface.into(), code: code as c_int, data: null_mut() };
    // SAFETY: a usbfs request with the argument that it takes; these codes have no data.
    check(unsafe { libc::ioctl(node.as_fd().as_raw_fd(), DRIVER_IOCTL, &mut command as *mut DriverIoctl) })
        .map(|bound| bound > 0)
}

/// The name of a driver, NUL-terminated. It needs no memory beside it: the restorer's process has none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DriverName([u8; 256]);

impl DriverName {
    /// Whether the driver stands for a program.
    pub fn is_usbfs(&self) -> bool {
        self.0.starts_with(b"usbfs\0")
    }
}

impl fmt::Display for DriverName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.split(|byte| *byte == 0).next().unwrap_or_default();
        f.write_str(&String::from_utf8_lossy(name))
    }
}

/// The driver that holds an interface: "usbfs" where a program does.
pub fn driver(node: impl AsFd, interface: u8) -> Result<Option<DriverName>, Refused> {
    let mut answer = GetDriver { interface: interface.into(), name: [0; 256] };
    match request(node, GET_DRIVER, &mut answer) {
        Ok(()) => Ok(Some(DriverName(answer.name))),
        Err(error) if error.raw_os_error() == Some(libc::ENODATA) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The kernel's number of it (`enum usb_device_speed`); where the kernel is older than the request (4.13), an error.
pub fn speed(node: impl AsFd) -> Result<u32, Refused> {
    // SAFETY: a usbfs request without an argument.
    check(unsafe { libc::ioctl(node.as_fd().as_raw_fd(), GET_SPEED, null_mut::<c_void>()) }).map(|number| number as u32)
}

/// Whether the kernel has disconnected the node, and so let go of every request.
pub fn is_disconnected(node: impl AsFd) -> bool {
    let mut polled = [PollFd::new(&node, PollFlags::OUT)];
    poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok() && polled[0].revents().contains(PollFlags::ERR)
}

fn request<T>(node: impl AsFd, request: libc::Ioctl, argument: &mut T) -> Result<(), Refused> {
    // SAFETY: each caller above passes the request's own argument, which is valid for reading and writing.
    check(unsafe { libc::ioctl(node.as_fd().as_raw_fd(), request, argument as *mut T) }).map(|_| ())
}

fn check(result: c_int) -> Result<c_int, Refused> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

/// What a refusal means where its number has the usual meaning.
pub fn explain(error: &Refused) -> Error {
    let (status, reason) = match error.raw_os_error() {
        Some(libc::ENODEV | libc::ESHUTDOWN) => return Error::no_device(),
        Some(libc::EACCES | libc::EPERM) => (
            Status::Access,
            "the system does not allow that with this file descriptor: the program that opened it has given up rights \
             (USBDEVFS_DROP_PRIVILEGES, as sandboxes and portals do); let that program keep this right, or open the device node itself",
        ),
        Some(libc::ENOENT | libc::EINVAL) => (Status::NotFound, "the system says that it does not exist"),
        Some(libc::EBUSY) => (Status::Busy, "it is in use"),
        Some(libc::EHOSTUNREACH) => {
            (Status::Io, "the device is asleep, or has no configuration at this moment; try again")
        }
        Some(libc::ETIMEDOUT) => (Status::Timeout, "the device did not answer in time"),
        Some(libc::EPIPE) => (Status::Pipe, "the device refused the request (stall)"),
        Some(libc::ENOMEM) => {
            (Status::NoMem, "the system has no memory for it; usbcore's parameter usbfs_memory_mb limits USB transfers")
        }
        Some(libc::ENOTTY | libc::ENOSYS) => (Status::NotSupported, "this system does not support it"),
        _ => {
            return Error::new(Status::Io, format!("the system reports: {error}; check cable and hub"));
        }
    };
    Error::new(status, reason)
}

// Other processors (PowerPC, MIPS, SPARC) write the directions differently.
#[cfg(all(
    test,
    any(
        target_arch = "x86_64",
        target_arch = "x86",
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "s390x"
    )
))]
mod tests {
    use super::*;

    /// The type of such a number depends on the C library.
    fn are<const N: usize>(numbers: [libc::Ioctl; N], expected: [u32; N]) {
        assert_eq!(numbers.map(|number| number as u32), expected);
    }

    #[test]
    fn requests_have_the_kernel_s_numbers() {
        are(
            [SET_INTERFACE, SET_CONFIGURATION, GET_DRIVER, CLAIM_INTERFACE, RELEASE_INTERFACE],
            [0x8008_5504, 0x8004_5505, 0x4104_5508, 0x8004_550f, 0x8004_5510],
        );
        are([DRIVER_IOCTL], [if cfg!(target_pointer_width = "64") { 0xc010_5512 } else { 0xc00c_5512 }]);
        are([ALLOC_STREAMS, FREE_STREAMS], [0x8008_551c, 0x8008_551d]);
        are([RESET, DISCONNECT, CONNECT, GET_SPEED], [0x5514, 0x5516, 0x5517, 0x551f]);
        are([RESET_ENDPOINT, GET_CAPABILITIES], [0x8004_5503, 0x8004_551a]);
    }
}
