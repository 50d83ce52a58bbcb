//! The library's races, each run in every order that its threads can produce. The code is the library's own source; the
//! system below it is replaced by stand-ins that loom can follow.
#![cfg(all(test, loom))]
#![deny(unsafe_code)]
#![allow(dead_code, unused_imports)]

#[path = "../../src/bus/mod.rs"]
mod bus;
#[path = "../../src/completion/mod.rs"]
mod completion;
#[path = "../../src/device/mod.rs"]
mod device;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/queue.rs"]
mod queue;
#[path = "../../src/registry/mod.rs"]
mod registry;
#[path = "../../src/sync.rs"]
mod sync;
#[path = "../../src/text.rs"]
mod text;
#[path = "../../src/usb/mod.rs"]
mod usb;

#[path = "stand_in/linux_usbfs/mod.rs"]
mod linux_usbfs;
#[path = "stand_in/loopback_bus.rs"]
mod loopback_bus;
#[path = "stand_in/sys/mod.rs"]
mod sys;

mod races;

/// Every order with up to this many switches away from a thread that could have gone on. Switches of threads that wait are not
/// counted, and few defects need more than two others.
fn model(preemptions: usize, race: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 20_000;
    model.check(race);
}
