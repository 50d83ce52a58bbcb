//! The kernel's count of its events, by a file that stays open from its first reading until `usbx_shutdown`: to open and close it takes
//! several times as long as to read it, and each opening by IDs reads it.
//!
//! A program may close file descriptors that are not its own, as daemons do when they begin, and then the number is another file's:
//! each reading looks first whether it is still this one.

use super::{identity, sysfs};
use arc_swap::ArcSwapOption;
use rustix::fs::{open, Mode, OFlags};
use std::ffi::CStr;
use std::mem::ManuallyDrop;
use std::os::unix::io::OwnedFd;
use std::sync::Arc;

const PATH: &CStr = sysfs::name(b"/sys/kernel/uevent_seqnum\0");

/// Without a lock: a forked child would find it as another thread had it.
static KEPT: ArcSwapOption<CountFile> = ArcSwapOption::const_empty();

struct CountFile {
    file: ManuallyDrop<OwnedFd>,
    /// Which file it is.
    identity: (u64, u64),
}

/// Each device that is added and each that is removed is one event, after its entry has come or gone. `None` where the count is hidden.
/// It is never 0.
pub fn read() -> Option<u64> {
    let count = KEPT.load().as_ref().and_then(|kept| kept.count());
    count.or_else(|| {
        let opened = CountFile::open()?;
        let count = opened.count();
        KEPT.store(Some(Arc::new(opened)));
        count
    })
}

/// Closes the file, until the next reading; false if there was none.
pub fn close() -> bool {
    KEPT.swap(None).is_some()
}

impl CountFile {
    fn open() -> Option<CountFile> {
        let file = open(PATH, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let identity = identity::of(&file)?;
        Some(CountFile { file: ManuallyDrop::new(file), identity })
    }

    fn is_open(&self) -> bool {
        identity::of(&*self.file) == Some(self.identity)
    }

    fn count(&self) -> Option<u64> {
        let mut text = [0; 24];
        let length = if self.is_open() { rustix::io::pread(&*self.file, &mut text, 0).ok()? } else { return None };
        sysfs::number(&text[..length]).filter(|count| *count != 0)
    }
}

impl Drop for CountFile {
    fn drop(&mut self) {
        if self.is_open() {
            // SAFETY: it is dropped here alone, and is not used any more.
            unsafe { ManuallyDrop::drop(&mut self.file) }
        }
    }
}
