//! Whether the system can write into the first bytes of a caller's memory. On Linux it finds out when it gives a transfer's data back, does not say whose they
//! were, and libusb never ends that transfer: so it is asked before.

use crate::sys::Buffer;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub fn is_writable(buffer: &Buffer, length: usize) -> bool {
    use std::os::raw::c_int;
    // As <linux/futex.h> has it: writes what is there or 0, in one step, so that even another thread's writing loses nothing.
    const OR_NOTHING: c_int = 2 << 28;
    static NOBODY_WAITS: u32 = 0;
    if length == 0 || buffer.is_kept() {
        return true;
    }
    // SAFETY: asks for a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
    let start = buffer.as_ptr() as usize;
    let first = start - start % page;
    (first..start + length).step_by(page).all(|begin| {
        // The system takes words alone. It is of a page in which the buffer has bytes.
        let word = begin.max(start - start % 4);
        // SAFETY: the system looks at the word's page itself, and leaves the word as it is.
        let done = unsafe {
            let operation = libc::FUTEX_WAKE_OP | libc::FUTEX_PRIVATE_FLAG;
            libc::syscall(libc::SYS_futex, &NOBODY_WAITS, operation, 0, 0usize, word, OR_NOTHING)
        };
        // Where there is no such call the transfer is tried.
        done >= 0 || std::io::Error::last_os_error().raw_os_error() != Some(libc::EFAULT)
    })
}

/// Such a system says so of the transfer itself.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub fn is_writable(_: &Buffer, _: usize) -> bool {
    true
}
