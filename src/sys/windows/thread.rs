//! A thread of the library's own.

use std::io;
use std::thread::{Builder, JoinHandle};

pub fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    super::exit::stay_loaded();
    Builder::new().name(name.to_owned()).spawn(work)
}
