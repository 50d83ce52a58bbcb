//! The library's races, each run in every order that its threads can bring about. What is run is the source itself; of what lies
//! below it, the system and the C boundary, there are stand-ins that loom can follow.
#![cfg(all(test, loom))]
#![deny(unsafe_code)]
#![allow(dead_code)]

#[path = "../../src/arrivals.rs"]
mod arrivals;
#[path = "../../src/backend/mod.rs"]
mod backend;
#[path = "../../src/book.rs"]
mod book;
#[path = "../../src/descriptor.rs"]
mod descriptor;
#[path = "../../src/device/mod.rs"]
mod device;
#[path = "../../src/error.rs"]
mod error;
#[path = "../../src/inbox.rs"]
mod inbox;
#[path = "../../src/info.rs"]
mod info;
#[path = "../../src/queue.rs"]
mod queue;
#[path = "../../src/registry/mod.rs"]
mod registry;
#[path = "../../src/room.rs"]
mod room;
#[path = "../../src/sync.rs"]
mod sync;
#[path = "../../src/transfer.rs"]
mod transfer;
#[path = "../../src/wait.rs"]
mod wait;

#[path = "stand_in/attendant.rs"]
mod attendant;
#[path = "stand_in/bus.rs"]
mod bus;
#[path = "stand_in/ffi.rs"]
mod ffi;
#[path = "stand_in/libusb/mod.rs"]
mod libusb;
#[path = "stand_in/poll.rs"]
mod poll;
#[path = "stand_in/timer.rs"]
mod timer;

mod races;

/// Every order with up to this many switches away from a thread that could have gone on. Switches of threads that wait are not
/// counted, and few defects need more than two others.
fn model(preemptions: usize, race: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(preemptions);
    model.max_branches = 20_000;
    model.check(race);
}
