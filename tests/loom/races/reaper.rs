//! Which thread takes completed requests from the kernel: no thread sleeps while its own completion is available.

use crate::bus::{Completion, Extras, Target};
use crate::bus::{Handle, InFlight};
use crate::error::Status;
use crate::loopback_bus::{LoopbackBus, IN};
use crate::model;
use crate::sys::Lender;
use crate::usb::TransferType;
use loom::thread;
use std::sync::Arc;
use std::time::Instant;

const LENGTH: usize = 8;
const MOVED: Option<Completion> = Some(Completion { transferred: LENGTH, result: Ok(()) });
const CANCELLED: Option<Completion> = Some(Completion { transferred: 0, result: Err(Status::Cancelled) });

fn submit(bus: &LoopbackBus, lender: &Lender) -> Arc<dyn InFlight> {
    let target = Target::Endpoint {
        transfer_type: TransferType::Bulk,
        address: IN,
        max_packet_size: 512,
        extras: Extras::default(),
    };
    bus.submit(&target, &mut lender.lend(LENGTH), LENGTH, None).unwrap()
}

fn in_a_thread<T: 'static>(
    transfer: &Arc<dyn InFlight>,
    call: impl FnOnce(&dyn InFlight) -> T + 'static,
) -> thread::JoinHandle<T> {
    let transfer = Arc::clone(transfer);
    thread::spawn(move || call(&*transfer))
}

#[test]
fn each_of_two_waiters_gets_its_own() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let transfers = [submit(&bus, &lender), submit(&bus, &lender)];
        let other = in_a_thread(&transfers[1], |transfer| transfer.wait(None));
        let device = Arc::clone(&bus);
        let answer = thread::spawn(move || device.node().answer() && device.node().answer());
        assert_eq!(transfers[0].wait(None), MOVED);
        assert_eq!(other.join().unwrap(), MOVED);
        assert!(answer.join().unwrap() && bus.node().is_idle() && lender.has_all_back());
    });
}

/// The one leads, and leaves as its time is up: the other must not sleep on, be it told by the one or by the kernel.
#[test]
fn a_leader_whose_time_is_up_leaves_the_lead_to_another() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let transfers = [submit(&bus, &lender), submit(&bus, &lender)];
        let late = in_a_thread(&transfers[0], |transfer| transfer.wait(Some(Instant::now())));
        let device = Arc::clone(&bus);
        let answer = thread::spawn(move || device.node().answer() && device.node().answer());
        assert_eq!(transfers[1].wait(None), MOVED);
        let late = late.join().unwrap();
        assert!(late == MOVED || late.is_none(), "{late:?}");
        assert!(answer.join().unwrap());
        assert_eq!(transfers[0].wait(None), MOVED);
        assert!(lender.has_all_back());
    });
}

/// What it leaves is where the next look, or a waiting call, finds it.
#[test]
fn a_queue_takes_no_more_than_it_asks_for() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let transfers = [submit(&bus, &lender), submit(&bus, &lender), submit(&bus, &lender)];
        assert!((0..3).all(|_| bus.node().answer()));
        bus.pump_some(1);
        assert_eq!(transfers[0].wait(Some(Instant::now())), MOVED);
        assert!(!bus.node().is_idle());
        let other = in_a_thread(&transfers[1], |transfer| transfer.wait(None));
        bus.pump_some(1);
        assert_eq!(other.join().unwrap(), MOVED);
        bus.pump_some(1);
        assert!(bus.node().is_idle());
        assert_eq!(transfers[2].wait(None), MOVED);
        assert!(lender.has_all_back());
    });
}

/// A queue's thread sleeps on the node itself, and takes what is there for all.
#[test]
fn a_queue_beside_a_waiter_leaves_neither_asleep() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let (own, queued) = (submit(&bus, &lender), submit(&bus, &lender));
        let device = Arc::clone(&bus);
        let answer = thread::spawn(move || device.node().answer() && device.node().answer());
        let (queue, transfer) = (Arc::clone(&bus), Arc::clone(&queued));
        let queue = thread::spawn(move || {
            // What it waits for may have been taken by the other, which then told an inbox of it.
            while transfer.wait(Some(Instant::now())).is_none() {
                queue.node().descriptor().sleep();
                queue.pump();
            }
        });
        assert_eq!(own.wait(None), MOVED);
        answer.join().unwrap();
        // As the inbox's event would.
        bus.node().descriptor().set(true);
        queue.join().unwrap();
        assert_eq!(queued.wait(None), MOVED);
        assert!(lender.has_all_back());
    });
}

#[test]
fn a_cancel_beside_an_answer_completes_once() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let transfer = submit(&bus, &lender);
        let cancel = in_a_thread(&transfer, |transfer| transfer.cancel());
        let device = Arc::clone(&bus);
        let answer = thread::spawn(move || device.node().answer());
        let completion = transfer.wait(None);
        cancel.join().unwrap();
        assert_eq!(completion, if answer.join().unwrap() { MOVED } else { CANCELLED });
        assert!(bus.node().is_idle() && lender.has_all_back());
    });
}

/// A cancelled transfer is seen out by another thread than the one that waits.
#[test]
fn two_threads_that_wait_for_one_transfer_both_hear_of_it() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let transfer = submit(&bus, &lender);
        let close = in_a_thread(&transfer, |transfer| {
            transfer.cancel();
            transfer.wait(None)
        });
        assert_eq!(transfer.wait(None), CANCELLED);
        assert_eq!(close.join().unwrap(), CANCELLED);
        assert!(bus.node().is_idle() && lender.has_all_back());
    });
}

#[test]
fn a_transfer_runs_again_while_another_thread_reaps() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let (mine, other) = (submit(&bus, &lender), submit(&bus, &lender));
        assert!(bus.node().answer());
        assert_eq!(mine.wait(None), MOVED);
        let waiter = in_a_thread(&other, |transfer| transfer.wait(None));
        Arc::clone(&mine).again(lender.lend(LENGTH)).unwrap();
        let device = Arc::clone(&bus);
        let answer = thread::spawn(move || device.node().answer() && device.node().answer());
        assert_eq!(mine.wait(None), MOVED);
        assert_eq!(waiter.join().unwrap(), MOVED);
        assert!(answer.join().unwrap() && bus.node().is_idle() && lender.has_all_back());
    });
}
