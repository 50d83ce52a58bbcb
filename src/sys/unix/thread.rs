//! A thread of the library's own.

use std::io;
use std::thread::{Builder, JoinHandle};

/// Starts a thread that gets none of the program's signals.
pub fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    // SAFETY: a signal set is plain memory, filled in before it is used; the mask is this thread's own, and put back below. The new
    // thread begins with it.
    let before = unsafe {
        let mut all = std::mem::zeroed();
        let mut before = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        before
    };
    let started = Builder::new().name(name.to_owned()).spawn(work);
    // SAFETY: the mask that was there before.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut()) };
    started
}
