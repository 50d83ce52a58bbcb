//! USBX_CAPTURE: a capture for a program that knows nothing of it.

use crate::capture::{Capture, Options, Place};
use crate::error::{Error, Result, Status};
use crate::sys::{environment, process_generation};
use arc_swap::ArcSwapOption;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

static CAPTURE: ArcSwapOption<Capture> = ArcSwapOption::const_empty();

/// What is the case, below the number of the process for which it is. Without a lock: a forked child would find it as another thread had it.
static STATE: AtomicU64 = AtomicU64::new(NEW);

const NEW: u64 = 0;
/// A thread opens it.
const OPENING: u64 = 1;
/// It is open, or not wanted.
const DONE: u64 = 2;
/// It was, and is closed: what comes now goes on at the end of the file.
const CLOSED: u64 = 3;

/// In front of the name of a file that several processes write.
const TOGETHER: &str = "append:";

/// Goes on at the end of the file, or has one of its own while another process is writing it.
fn open_together(path: &str) -> Result<Arc<Capture>> {
    let options = Options { append: true, ..Options::default() };
    let opened = Capture::open(Place::File(path), &options);
    match opened {
        Err(error) if error.status == Status::Busy => Capture::open(Place::File(&own_name(path)), &options),
        opened => opened,
    }
}

/// "traffic.pcapng" becomes "traffic-1234.pcapng".
fn own_name(path: &str) -> String {
    let (directory, name) = path.split_at(path.rfind('/').map_or(0, |at| at + 1));
    let process = std::process::id();
    match name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()) {
        Some((stem, extension)) => format!("{directory}{stem}-{process}.{extension}"),
        None => format!("{directory}{name}-{process}"),
    }
}

fn now(state: u64) -> u64 {
    u64::from(process_generation()) << 2 | state
}

/// Begins it, the first time in this process. Called before a device is opened.
pub fn begin() -> Result<()> {
    loop {
        let state = STATE.load(Ordering::Acquire);
        if state == now(DONE) {
            return Ok(());
        }
        if state == now(OPENING) {
            std::thread::yield_now();
            continue;
        }
        if STATE.compare_exchange(state, now(OPENING), Ordering::AcqRel, Ordering::Relaxed).is_err() {
            continue;
        }
        let opened = open(state);
        STATE.store(now(if opened.is_ok() { DONE } else { NEW }), Ordering::Release);
        return opened;
    }
}

fn open(state: u64) -> Result<()> {
    let Some(wanted) = environment("USBX_CAPTURE").filter(|path| !path.is_empty()) else { return Ok(()) };
    let of_parent = state != NEW && state >> 2 != u64::from(process_generation());
    // A forked child leaves its parent's file alone.
    if of_parent && !wanted.contains("%p") && !wanted.starts_with(TOGETHER) {
        CAPTURE.store(None);
        return Ok(());
    }
    let path = wanted.replace("%p", &std::process::id().to_string());
    let options = Options { append: state == now(CLOSED), ..Options::default() };
    let capture = match path.strip_prefix(TOGETHER) {
        Some(path) => open_together(path),
        None => Capture::open(Place::File(&path), &options),
    };
    CAPTURE.store(Some(capture.map_err(|error: Error| error.during(format!("USBX_CAPTURE={wanted}")))?));
    Ok(())
}

/// Ends it. A device that is opened later begins it once more.
pub fn end() {
    if STATE.compare_exchange(now(DONE), now(CLOSED), Ordering::AcqRel, Ordering::Relaxed).is_ok() {
        if let Some(capture) = CAPTURE.swap(None::<Arc<Capture>>) {
            // No call is there to say it with; the file says what is missing.
            let _ = capture.close();
        }
    }
}
