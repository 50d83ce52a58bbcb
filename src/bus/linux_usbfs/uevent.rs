//! What the kernel reports about devices that come and go: its uevents, by netlink. No daemon is needed for them.

use crate::usb::DeviceInfo;
use rustix::io::Errno;
use rustix::net::netlink::{SocketAddrNetlink, KOBJECT_UEVENT};
use rustix::net::{bind, recvfrom, socket_with, sockopt, AddressFamily, RecvFlags, SocketFlags, SocketType};
use std::os::unix::io::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

/// The multicast group of the kernel's own messages; udevd's are another.
const KERNEL: u32 = 1;

/// Room for some thousand messages that are not fetched yet, if the system allows it.
const BACKLOG: usize = 4 * 1024 * 1024;

pub struct Uevents(OwnedFd);

#[derive(Debug, PartialEq, Eq)]
pub struct Uevent {
    pub action: Action,
    /// What a message can say of the device: neither speed nor strings.
    pub info: DeviceInfo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It is on the bus.
    Add,
    /// The kernel has done with it what it does at first: its configuration is selected.
    Bind,
    Remove,
}

pub enum News {
    Uevent(Uevent),
    /// There were more than there was room for.
    Lost,
    Nothing,
}

impl Uevents {
    /// `None` where the system gives no such socket, as some containers do.
    pub fn open() -> Option<Uevents> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, Some(KOBJECT_UEVENT)).ok()?;
        let _ = sockopt::set_socket_recv_buffer_size(&socket, BACKLOG);
        // Where this program may: more than net.core.rmem_max.
        let _ = sockopt::set_socket_recv_buffer_size_force(&socket, BACKLOG);
        attach_filter(&socket);
        bind(&socket, &SocketAddrNetlink::new(0, KERNEL)).ok()?;
        Some(Uevents(socket))
    }

    /// The next message about a USB device.
    pub fn next(&self) -> News {
        let mut message = [0; 8192];
        loop {
            match recvfrom(&self.0, message.as_mut_slice(), RecvFlags::empty()) {
                Ok((length, _, Some(sender))) => {
                    // Any process can send here; only the kernel has number 0.
                    let kernel = SocketAddrNetlink::try_from(sender).is_ok_and(|sender| sender.pid() == 0);
                    if let Some(uevent) = parse(&message[..length.min(message.len())]).filter(|_| kernel) {
                        return News::Uevent(uevent);
                    }
                }
                Ok(_) | Err(Errno::INTR) => {}
                Err(Errno::NOBUFS) => return News::Lost,
                Err(_) => return News::Nothing,
            }
        }
    }
}

impl AsFd for Uevents {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Words of the kernel's filter programs, as <linux/bpf_common.h> has them: libc has them for some systems only.
mod bpf {
    pub const LD: u32 = 0x00;
    pub const JMP: u32 = 0x05;
    pub const RET: u32 = 0x06;
    pub const MISC: u32 = 0x07;
    pub const W: u32 = 0x00;
    pub const B: u32 = 0x10;
    pub const ABS: u32 = 0x20;
    pub const IND: u32 = 0x40;
    pub const LEN: u32 = 0x80;
    pub const JEQ: u32 = 0x10;
    pub const K: u32 = 0x00;
    pub const TAX: u32 = 0x00;
}

/// Lets the kernel drop what is of no use here, so that it neither wakes a program nor takes room: what has not a letter of "add", "bind"
/// or "remove" in front, and what is not about a USB device as a whole. Their messages end with "DEVNUM=123", and that is followed by
/// "SEQNUM=" and up to 20 digits, with a NUL after each; "VNUM" is a word that no other key has. Where the
/// kernel takes no filter, `parse` alone drops them.
fn attach_filter(socket: &OwnedFd) {
    let mut program: Vec<libc::sock_filter> = Vec::new();
    let mut add = |code: u32, if_true: u8, if_false: u8, k: u32| {
        program.push(libc::sock_filter { code: code as u16, jt: if_true, jf: if_false, k });
    };
    const DIGITS: u8 = 20;
    let vnum = u32::from_be_bytes(*b"VNUM");
    add(bpf::LD | bpf::B | bpf::ABS, 0, 0, 0);
    add(bpf::JMP | bpf::JEQ | bpf::K, 2, 0, b'a'.into());
    add(bpf::JMP | bpf::JEQ | bpf::K, 1, 0, b'b'.into());
    add(bpf::JMP | bpf::JEQ | bpf::K, 0, 2 + 2 * DIGITS, b'r'.into());
    add(bpf::LD | bpf::W | bpf::LEN, 0, 0, 0);
    add(bpf::MISC | bpf::TAX, 0, 0, 0);
    for digits in 1..=DIGITS {
        let back = "VNUM=123.SEQNUM=.".len() as u32 + u32::from(digits);
        add(bpf::LD | bpf::W | bpf::IND, 0, 0, back.wrapping_neg());
        add(bpf::JMP | bpf::JEQ | bpf::K, 1 + 2 * (DIGITS - digits), 0, vnum);
    }
    add(bpf::RET | bpf::K, 0, 0, 0);
    add(bpf::RET | bpf::K, 0, 0, u32::MAX);
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    let length = std::mem::size_of_val(&filter) as libc::socklen_t;
    // SAFETY: the argument is what the option takes, and the program it points to is there until the call returns; the kernel copies it.
    unsafe {
        let filter: *const libc::sock_fprog = &filter;
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, filter.cast(), length);
    }
}

/// "add@/devices/..." and then KEY=VALUE, each with a NUL after it.
fn parse(message: &[u8]) -> Option<Uevent> {
    let text = std::str::from_utf8(message).ok()?;
    let value = |key: &str| text.split('\0').find_map(|field| field.strip_prefix(key)?.strip_prefix('='));
    if value("SUBSYSTEM") != Some("usb") || value("DEVTYPE") != Some("usb_device") {
        return None;
    }
    let action = match value("ACTION")? {
        "add" => Action::Add,
        "bind" => Action::Bind,
        "remove" => Action::Remove,
        _ => return None,
    };
    let mut info = DeviceInfo {
        bus: value("BUSNUM")?.parse().ok()?,
        address: value("DEVNUM")?.parse().ok()?,
        backend: crate::usb::Backend::System,
        path: value("DEVPATH")?.rsplit('/').next()?.to_owned(),
        ..DeviceInfo::default()
    };
    // Hexadecimal idVendor/idProduct/bcdDevice, decimal class/subclass/protocol.
    let mut ids = value("PRODUCT").unwrap_or("").split('/').map(|number| u16::from_str_radix(number, 16));
    let mut id = || ids.next().and_then(Result::ok).unwrap_or(0);
    (info.vendor_id, info.product_id, info.device_version) = (id(), id(), id());
    let mut classes = value("TYPE").unwrap_or("").split('/').map(str::parse);
    let mut class = || classes.next().and_then(Result::ok).unwrap_or(0);
    (info.device_class, info.device_subclass, info.device_protocol) = (class(), class(), class());
    Some(Uevent { action, info })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADD: &str =
        "add@/devices/pci0000:00/usb2/2-1/2-1.4\0ACTION=add\0DEVPATH=/devices/pci0000:00/usb2/2-1/2-1.4\0\
        SUBSYSTEM=usb\0MAJOR=189\0MINOR=133\0DEVNAME=bus/usb/002/006\0DEVTYPE=usb_device\0PRODUCT=525/a4a0/123\0\
        TYPE=255/1/2\0BUSNUM=002\0DEVNUM=006\0SEQNUM=1203\0";

    #[test]
    fn says_which_device_came() {
        let Uevent { action, info } = parse(ADD.as_bytes()).unwrap();
        assert_eq!(action, Action::Add);
        assert_eq!((info.path.as_str(), info.bus, info.address), ("2-1.4", 2, 6));
        assert_eq!((info.vendor_id, info.product_id, info.device_version), (0x0525, 0xa4a0, 0x0123));
        assert_eq!((info.device_class, info.device_subclass, info.device_protocol), (255, 1, 2));
    }

    #[test]
    fn others_are_passed_over() {
        for (this, that) in [
            ("DEVTYPE=usb_device", "DEVTYPE=usb_interface"),
            ("SUBSYSTEM=usb", "SUBSYSTEM=block"),
            ("ACTION=add", "ACTION=change"),
            ("BUSNUM=002", "BUSNUM=two"),
            ("DEVNUM=006\0", ""),
        ] {
            let other = ADD.replace(this, that);
            assert_ne!(other, ADD);
            assert_eq!(parse(other.as_bytes()), None, "{that}");
        }
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"libudev\0\xfe\xed\xca\xfe\0\0\0\x28"), None);
    }
}
