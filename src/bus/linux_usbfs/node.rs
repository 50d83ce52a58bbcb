//! Device nodes of usbfs: /dev/bus/usb/BBB/DDD.

pub use crate::bus::interface_owner::node as path;

use super::event_count;
use super::missing_node::{self, Missing};
use crate::error::{Error, Result, Status};
use crate::sync::{lock, Mutex};
use crate::sys::{process_generation, usbfs, Event};
use crate::usb::{DeviceInfo, Speed};
use arc_swap::ArcSwapOption;
use rustix::event::{poll, PollFd, PollFlags, Timespec};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::raw::c_int;
use std::os::unix::fs::{FileExt, FileTypeExt, MetadataExt};
use std::os::unix::io::{AsRawFd, FromRawFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An open device node.
pub type Node = File;

/// The kernel's major number for usbfs nodes.
const USB_DEVICE_MAJOR: u32 = 189;

/// The same without a piece of memory of its own, as this is for every opening.
fn c_path(info: &DeviceInfo) -> [u8; 20] {
    let mut path = *b"/dev/bus/usb/BBB/DDD";
    for (at, number) in [(13, info.bus), (17, info.address)] {
        path[at..at + 3].copy_from_slice(&[b'0' + number / 100, b'0' + number / 10 % 10, b'0' + number % 10]);
    }
    path
}

/// Waits a moment for the node of a device that arrives.
pub fn open(info: &DeviceInfo) -> Result<File> {
    let (mut began, mut pause, mut seemed_hidden) = (None, FIRST_PAUSE, false);
    loop {
        let error = match rustix::fs::open(&c_path(info)[..], OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()) {
            Ok(node) => return Ok(node.into()),
            Err(error) => error,
        };
        let path = path(info);
        match error {
            Errno::NOENT => {}
            Errno::INTR => continue,
            Errno::MFILE if event_count::close() => continue,
            _ => return Err(explain(info, &path, &error.into())),
        }
        match missing_node::why(info)? {
            Missing::Gone => return Err(Error::no_device()),
            Missing::NotYet if began.get_or_insert_with(Instant::now).elapsed() < ARRIVING => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(MAX_PAUSE);
            }
            Missing::NotYet => {
                let reason = format!("the system has not made its device node {path} yet; try again");
                return Err(Error::new(Status::Io, reason));
            }
            // The node may have come before it was asked why it is missing.
            Missing::Hidden if !seemed_hidden => seemed_hidden = true,
            Missing::Hidden => return Err(hidden(&path)),
        }
    }
}

/// The kernel makes the node right after the entry in sysfs: this is for one that is held up in between.
const ARRIVING: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const MAX_PAUSE: Duration = Duration::from_millis(16);

/// To read its descriptors; for writing too where this process may, as the kernel reports its speed only then.
pub fn open_to_read(info: &DeviceInfo) -> io::Result<File> {
    let path = path(info);
    let both = OpenOptions::new().read(true).write(true).open(&path);
    both.or_else(|_| File::open(&path))
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
        Some(libc::EMFILE | libc::ENFILE) => Error::no_descriptor(error),
        Some(libc::ENOMEM) => Error::new(Status::NoMem, "the system has no memory to open it"),
        _ => Error::new(Status::Io, format!("{path}: {error}")),
    }
}

fn hidden(path: &str) -> Error {
    Error::new(
        Status::Access,
        format!("its device node {path} does not exist here; in a container, pass /dev/bus/usb in (docker run --device=/dev/bus/usb)"),
    )
}

/// Of the descriptors that were adopted, those of handles that are open. Without a lock: a forked child would find it as another thread
/// had it.
static ADOPTED: ArcSwapOption<Vec<Entry>> = ArcSwapOption::const_empty();

#[derive(Clone, Copy)]
struct Entry {
    /// The device's.
    number: u64,
    fd: RawFd,
    /// Of the entry: a descriptor's number is soon another one's.
    id: u64,
}

/// An adopted descriptor's place in that list. It goes before the descriptor.
pub struct Adopted(u64);

impl Drop for Adopted {
    fn drop(&mut self) {
        ADOPTED.rcu(|list| {
            let others = list.iter().flat_map(|list| list.iter()).filter(|entry| entry.id != self.0);
            Some(Arc::new(others.copied().collect::<Vec<_>>()))
        });
    }
}

impl Adopted {
    /// The kernel keeps what is in flight for an open file, not for a descriptor: of two handles each would take the other's.
    fn register(node: &File, number: u64) -> Result<Adopted> {
        static IDS: AtomicU64 = AtomicU64::new(0);
        let (fd, id) = (node.as_raw_fd(), IDS.fetch_add(1, Ordering::Relaxed));
        loop {
            let before = ADOPTED.load_full();
            let mut list = before.as_ref().map_or_else(Vec::new, |list| (**list).clone());
            if list.iter().any(|other| other.number == number && is_same_file(fd, other.fd)) {
                return Err(Error::new(
                    Status::Busy,
                    "another handle is open on that descriptor, or on a copy of it; close that first, or open the \
                     device node once more",
                ));
            }
            list.push(Entry { number, fd, id });
            // The thread that comes first puts it in place.
            let now = ADOPTED.compare_and_swap(&before, Some(Arc::new(list)));
            if now.as_ref().map(Arc::as_ptr) == before.as_ref().map(Arc::as_ptr) {
                return Ok(Adopted(id));
            }
        }
    }
}

/// Whether two descriptors are of one open file.
fn is_same_file(a: RawFd, b: RawFd) -> bool {
    const KCMP_FILE: c_int = 0;
    // SAFETY: compares two descriptors of this process; numbers that are none are answered with an error.
    let order = unsafe { libc::syscall(libc::SYS_kcmp, libc::getpid(), libc::getpid(), KCMP_FILE, a, b) };
    if order >= 0 {
        return order == 0;
    }
    has_same_position(a, b)
}

/// The same where seccomp profiles, or a kernel without checkpoints, refuse that. One open file has one position, which no code uses here: it is
/// moved in the one, looked for in the other, and put back. One thread at a time: another one that compares the same file would move it away again
/// before it is looked for. To a place of its own each time, as a forked child may compare the same files.
fn has_same_position(a: RawFd, b: RawFd) -> bool {
    static PLACES: AtomicU64 = AtomicU64::new(0);
    let turn = turn();
    let _alone = lock(&turn.lock);
    let seek = |fd, offset, whence| {
        // SAFETY: moves a position; a number that is not a file descriptor is answered with an error.
        unsafe { libc::lseek(fd, offset, whence) }
    };
    let place = (PLACES.fetch_add(1, Ordering::Relaxed) % (1 << 30) + (1 << 20)) as libc::off_t;
    let before = seek(a, 0, libc::SEEK_CUR);
    if before < 0 {
        return false;
    }
    let moved = seek(a, place, libc::SEEK_SET) == place && seek(b, 0, libc::SEEK_CUR) == place;
    seek(a, before, libc::SEEK_SET);
    moved
}

/// Whose turn it is to compare. A forked child has a lock of its own, as its copy of the parent's may be taken for ever.
struct Turn {
    process: u32,
    lock: Mutex<()>,
}

fn turn() -> Arc<Turn> {
    static TURN: ArcSwapOption<Turn> = ArcSwapOption::const_empty();
    let process = process_generation();
    loop {
        let last = TURN.load_full();
        match last {
            Some(turn) if turn.process == process => return turn,
            _ => TURN.compare_and_swap(&last, Some(Arc::new(Turn { process, lock: Mutex::new(()) }))),
        };
    }
}

/// The library's own file descriptor for the same open device as `fd`, with its bus and address. The caller may close `fd` any time.
pub fn adopt(fd: i32) -> Result<(File, Adopted, u8, u8)> {
    let wrong = |why: &str| {
        Error::invalid(format!("{why}; pass a file descriptor of /dev/bus/usb/BBB/DDD, open for reading and writing"))
    };
    // SAFETY: fcntl on any number is harmless; a wrong one is answered with EBADF.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    if flags < 0 {
        return Err(wrong("it is not an open file descriptor"));
    }
    // SAFETY: as above.
    let own = unsafe { libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, 0) };
    if own < 0 {
        return Err(Error::no_descriptor(io::Error::last_os_error()));
    }
    // SAFETY: fcntl has just made this descriptor for us alone.
    let node = unsafe { File::from_raw_fd(own) };
    let metadata = node.metadata().map_err(|error| wrong(&error.to_string()))?;
    let number = metadata.rdev();
    if !metadata.file_type().is_char_device() || libc::major(number) as u32 != USB_DEVICE_MAJOR {
        return Err(wrong("it is not a usbfs file descriptor"));
    }
    if flags & libc::O_ACCMODE != libc::O_RDWR {
        return Err(wrong("it is not open for reading and writing"));
    }
    let minor = libc::minor(number) as u32;
    let adopted = Adopted::register(&node, number)?;
    Ok((node, adopted, (minor / 128 + 1) as u8, (minor % 128 + 1) as u8))
}

/// Sleeps until a request waits to be reaped, the waker is set, or time is up. A signal may end it too: the caller comes again.
pub fn sleep(node: &File, waker: Option<&Event>, deadline: Option<Instant>) {
    let left = deadline.map(|deadline| {
        let left = deadline.saturating_duration_since(Instant::now());
        Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ }
    });
    let _ = match waker {
        None => poll(&mut [writable(node)], left.as_ref()),
        Some(waker) => poll(&mut [writable(node), PollFd::new(waker, PollFlags::IN)], left.as_ref()),
    };
}

/// Whether a request waits to be reaped, or the node hung up.
pub fn is_ready(node: &File) -> bool {
    poll(&mut [writable(node)], Some(&NO_TIME)) != Ok(0)
}

/// Unknown where the kernel does not say it.
pub fn speed(node: &File) -> Speed {
    usbfs::speed(node).map_or(Speed::Unknown, Speed::from_linux)
}

const NO_TIME: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// usbfs polls as writable when a request waits to be reaped; a hang-up is reported in any case.
fn writable(node: &File) -> PollFd<'_> {
    PollFd::new(node, PollFlags::OUT)
}

/// Whether the kernel knows that the device is gone. It knows it (POLLHUP) before it ends what is pending, and before the node is
/// disconnected.
pub fn is_gone(node: &File) -> bool {
    let mut node = [writable(node)];
    poll(&mut node, Some(&NO_TIME)).is_ok() && node[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
}

/// The device descriptor and all configuration descriptors, as the kernel keeps them: no bus traffic.
pub fn descriptors(node: &File) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        // Anew each time: where a configuration says that it is longer than it is, the kernel counts bytes that it does not write.
        let mut piece = [0; 4096];
        match node.read_at(&mut piece, bytes.len() as u64) {
            Ok(0) => return Ok(bytes),
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.raw_os_error() == Some(libc::ENODEV) => return Err(Error::no_device()),
            Err(error) => return Err(Error::new(Status::Io, format!("its descriptors cannot be read: {error}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Seek;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn by_their_positions_files_are_told_apart_whatever_other_threads_compare() {
        let open = || File::open("/proc/self/exe").unwrap();
        let (a, b, c) = (open(), open(), open());
        let copy = a.try_clone().unwrap();
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    assert!(!has_same_position(b.as_raw_fd(), c.as_raw_fd()));
                }
            });
            for _ in 0..20_000 {
                assert!(has_same_position(a.as_raw_fd(), copy.as_raw_fd()));
                if has_same_position(a.as_raw_fd(), b.as_raw_fd()) {
                    over.store(true, Ordering::Relaxed);
                    panic!("two files are taken for one");
                }
            }
            over.store(true, Ordering::Relaxed);
        });
    }

    /// Each thread adopts a copy of the file that a handle is open on. None may take it for another file.
    #[test]
    fn by_its_position_a_file_is_known_to_several_threads_at_once() {
        let mut file = File::open("/proc/self/exe").unwrap();
        let unknown = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    let copy = file.try_clone().unwrap();
                    for _ in 0..20_000 {
                        let same = has_same_position(copy.as_raw_fd(), file.as_raw_fd());
                        unknown.fetch_add(u64::from(!same), Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(unknown.into_inner(), 0, "of 60000 comparisons so many took one file for two");
        assert_eq!(file.stream_position().unwrap(), 0, "its position is where it was");
    }
}
