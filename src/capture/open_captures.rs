//! The captures that are open, so that their files have all when the program ends without closing them.

use super::Capture;
use crate::sys::at_exit;
use arc_swap::ArcSwapOption;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

static OPEN: ArcSwapOption<Vec<Weak<Capture>>> = ArcSwapOption::const_empty();

pub fn add(capture: &Arc<Capture>) {
    static HOOKED: AtomicBool = AtomicBool::new(false);
    if !HOOKED.swap(true, Ordering::Relaxed) {
        at_exit(close_all);
    }
    change(|all| all.push(Arc::downgrade(capture)));
}

pub fn remove(capture: &Capture) {
    change(|all| all.retain(|other| !std::ptr::eq(other.as_ptr(), capture)));
}

fn change(change: impl Fn(&mut Vec<Weak<Capture>>)) {
    OPEN.rcu(|all| {
        let mut all = all.as_deref().cloned().unwrap_or_default();
        change(&mut all);
        Some(Arc::new(all))
    });
}

extern "C" fn close_all() {
    let all = OPEN.load_full();
    for capture in all.iter().flat_map(|all| all.iter()).filter_map(Weak::upgrade) {
        // Nobody is left to hear of a failure.
        let _ = capture.close();
    }
}
