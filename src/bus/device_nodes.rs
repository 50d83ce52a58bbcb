//! Reports when device nodes come, or change hands: udevd gives them to their users after the kernel has made them, and a container
//! may get them any time later.

use super::interface_owner;
use crate::usb::DeviceInfo;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::{accessat, Access, AtFlags, CWD};
use std::fs::File;
use std::mem::MaybeUninit;
use std::os::unix::io::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

pub const NODES: &str = "/dev/bus/usb";

/// Of a computer without either: nothing says which devices it has.
pub const NO_USB: &str =
    "this host has no USB subsystem (a container or a machine without USB); USBX_VIRTUAL=acquisition plugs in a virtual device";

/// Whether this process may open the device's node. It is not opened: that waits for a device that is busy, and wakes one that sleeps.
pub fn may_open(info: &DeviceInfo) -> bool {
    let rights = Access::READ_OK | Access::WRITE_OK;
    accessat(CWD, interface_owner::node(info), rights, EFFECTIVE).is_ok()
}

/// By whose rights this process may open a node. Android's libc asks for the real user's alone, who is the same there.
#[cfg(target_os = "linux")]
const EFFECTIVE: AtFlags = AtFlags::EACCESS;
#[cfg(target_os = "android")]
const EFFECTIVE: AtFlags = AtFlags::empty();

pub struct DeviceNodes {
    changes: OwnedFd,
    /// Polls as exceptional when something is mounted, /dev/bus/usb for example.
    mounts: Option<File>,
}

impl DeviceNodes {
    /// `None` where the system has no more of such watches.
    pub fn open() -> Option<DeviceNodes> {
        let changes = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
        let nodes = DeviceNodes { changes, mounts: File::open("/proc/self/mountinfo").ok() };
        nodes.cover();
        Some(nodes)
    }

    /// To poll for reading.
    pub fn changes(&self) -> BorrowedFd<'_> {
        self.changes.as_fd()
    }

    /// To poll for what is exceptional; it says so once, to the first that polls.
    pub fn mounts(&self) -> Option<BorrowedFd<'_>> {
        self.mounts.as_ref().map(AsFd::as_fd)
    }

    /// Whether something has changed since the last time.
    pub fn changed(&self) -> bool {
        let mut changed = false;
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.changes, &mut buffer);
        while reader.next().is_ok() {
            changed = true;
        }
        changed
    }

    /// Looks after the directories there are now. One that is looked after already stays so.
    pub fn cover(&self) {
        let wanted =
            WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::DELETE | WatchFlags::ATTRIB | WatchFlags::ONLYDIR;
        let add = |directory: &Path| inotify::add_watch(&self.changes, directory, wanted).is_ok();
        match std::fs::read_dir(NODES) {
            Ok(buses) => {
                add(Path::new(NODES));
                buses.flatten().for_each(|bus| {
                    add(&bus.path());
                });
            }
            // The nearest one that is there says when the next comes.
            Err(_) => {
                let _ = add(Path::new("/dev/bus")) || add(Path::new("/dev"));
            }
        }
    }
}
