//! An open device: calls inside it, pending transfers, and close.

use crate::bus::{Completion, Extras, Handle, Notice, Sink};
use crate::completion::{End, EventSource, Life, Pending};
use crate::device::{Device, Patience, Request};
use crate::error::{Outcome, Status};
use crate::loopback_bus::{LoopbackBus, IN};
use crate::model;
use crate::registry::{Cache, Kinded, Registry};
use crate::sync::{lock, Mutex};
use crate::sys::Lender;
use crate::sys::Timestamp;
use crate::usb::Direction;
use crate::usb::TransferType;
use loom::thread::{self, JoinHandle};
use std::sync::Arc;

const LENGTH: usize = 8;

struct Opened {
    bus: Arc<LoopbackBus>,
    device: Arc<Device>,
    lender: Lender,
}

fn open() -> Opened {
    let bus = LoopbackBus::new();
    let device = Arc::new(Device::new(Arc::clone(&bus) as _).unwrap());
    device.claim(0).unwrap();
    Opened { bus, device, lender: Lender::default() }
}

fn read(device: &Device, lender: &Lender) -> Outcome {
    device.transfer(TransferType::Bulk, Direction::In, IN, lender.lend(LENGTH), 0)
}

fn status(outcome: &Outcome) -> Result<usize, (Status, usize)> {
    match &outcome.result {
        Ok(()) => Ok(outcome.transferred),
        Err(error) => Err((error.status, outcome.transferred)),
    }
}

const CLOSED: Result<usize, (Status, usize)> = Err((Status::Closed, 0));

impl Opened {
    fn reader(&self) -> JoinHandle<Outcome> {
        let (device, lender) = (Arc::clone(&self.device), self.lender.clone());
        thread::spawn(move || read(&device, &lender))
    }

    fn answer(&self) -> JoinHandle<bool> {
        let bus = Arc::clone(&self.bus);
        thread::spawn(move || bus.node().answer())
    }

    /// When it returns, nothing of the device's is in use.
    fn close(&self) {
        self.device.close();
        assert!(self.bus.node().is_idle());
        // The test has one, the device had the other, calls that are inside have more.
        assert_eq!(Arc::strong_count(&self.bus), 1);
    }
}

/// Only the close ends the read, so a lost end would hang.
#[test]
fn a_blocked_read_ends_when_the_device_is_closed() {
    model(3, || {
        let opened = open();
        let reader = opened.reader();
        opened.close();
        assert_eq!(status(&reader.join().unwrap()), CLOSED);
        assert!(opened.lender.has_all_back());
    });
}

#[test]
fn two_blocked_reads_end_when_the_device_is_closed() {
    model(3, || {
        let opened = open();
        let readers = [opened.reader(), opened.reader()];
        opened.close();
        for reader in readers {
            assert_eq!(status(&reader.join().unwrap()), CLOSED);
        }
        assert!(opened.lender.has_all_back());
    });
}

#[test]
fn a_read_that_is_closed_keeps_what_moved() {
    model(3, || {
        let opened = open();
        let reader = opened.reader();
        let bus = Arc::clone(&opened.bus);
        let answer = thread::spawn(move || {
            let answered = bus.node().answer();
            drop(bus);
            answered
        });
        opened.device.close();
        assert!(opened.bus.node().is_idle());
        let outcome = status(&reader.join().unwrap());
        let answered = answer.join().unwrap();
        assert_eq!(outcome, if answered { Ok(LENGTH) } else { CLOSED });
    });
}

struct Opening(Arc<Device>);

impl Kinded for Opening {
    fn kind(&self) -> u8 {
        1
    }

    fn may_linger(&self) -> bool {
        false
    }

    fn with_cache<R>(_: impl FnOnce(&Cache<Self>) -> R) -> Option<R> {
        None
    }
}

/// As `usbx_close` does it, from two threads, beside a call.
#[test]
fn of_two_closes_one_wins() {
    model(3, || {
        let opened = open();
        let table = Arc::new(Registry::with_limits(1, 1000));
        let token = table.insert(Opening(Arc::clone(&opened.device)), 1).unwrap().value();
        let call = move |table: &Registry<Opening>, lender: &Lender| match table.get(token, 1, 1) {
            Ok(found) => status(&read(&found.0, lender)),
            Err(_) => CLOSED,
        };
        let close = move |table: &Registry<Opening>, bus: &LoopbackBus| match table.remove(token, 1, 1) {
            Ok(taken) => {
                taken.0.close();
                assert!(bus.node().is_idle());
                true
            }
            Err(_) => false,
        };
        let (other, bus) = (Arc::clone(&table), Arc::clone(&opened.bus));
        let closer = thread::spawn(move || close(&other, &bus));
        let (other, lender) = (Arc::clone(&table), opened.lender.clone());
        let caller = thread::spawn(move || call(&other, &lender));
        let mine = close(&table, &opened.bus);
        assert_ne!(mine, closer.join().unwrap());
        assert_eq!(caller.join().unwrap(), CLOSED);
        assert!(opened.lender.has_all_back());
    });
}

/// Records the notices it gets.
#[derive(Default)]
struct Told(Mutex<Vec<Completion>>);

impl Sink for Told {
    fn completed(&self, _: u64, completion: Completion, _: Timestamp) {
        lock(&self.0).push(completion);
    }
}

fn submit(opened: &Opened, told: &Arc<Told>) -> Result<Arc<Pending>, Status> {
    submit_to(&opened.device, &opened.lender, told)
}

fn submit_to(device: &Device, lender: &Lender, told: &Arc<Told>) -> Result<Arc<Pending>, Status> {
    let pending = Arc::new(Pending::new(IN, Life::Queued));
    let notice = Notice { sink: Arc::clone(told) as Arc<dyn Sink>, id: 0 };
    let request = Request::Endpoint {
        transfer_type: TransferType::Bulk,
        way: Direction::In,
        address: IN,
        extras: Extras::default(),
    };
    match device.submit(&request, lender.lend(LENGTH), notice, &pending, Patience::None) {
        Ok(()) => Ok(pending),
        Err(error) => Err(error.status),
    }
}

/// No thread waits for it: close waits until it is complete, and its completion is reported before close returns.
#[test]
fn a_queued_transfer_is_seen_out_by_close() {
    model(3, || {
        let opened = open();
        let told = Arc::new(Told::default());
        let (device, lender, sink) = (Arc::clone(&opened.device), opened.lender.clone(), Arc::clone(&told));
        let submit = thread::spawn(move || submit_to(&device, &lender, &sink));
        opened.close();
        let heard = lock(&told.0).clone();
        match submit.join().unwrap() {
            Ok(pending) => {
                assert_eq!(
                    heard.iter().map(|one| pending.judge(*one).result).collect::<Vec<_>>(),
                    [Err(Status::Closed)]
                );
                opened.device.leave(&pending);
            }
            Err(status) => assert_eq!((status, heard.len()), (Status::Closed, 0)),
        }
        assert!(opened.lender.has_all_back());
    });
}

/// As a stream does, while the device is closed.
#[test]
fn a_transfer_that_is_submitted_again_does_not_outlive_the_close() {
    model(3, || {
        let opened = open();
        let told = Arc::new(Told::default());
        let pending = submit(&opened, &told).unwrap();
        assert!(opened.bus.node().answer());
        opened.device.pump();
        let (device, lender, own) = (Arc::clone(&opened.device), opened.lender.clone(), Arc::clone(&pending));
        let again = thread::spawn(move || {
            device.submit_again(&own, lender.lend(LENGTH), Patience::None).map_err(|error| error.status)
        });
        opened.close();
        let heard = lock(&told.0).clone();
        match again.join().unwrap() {
            Ok(()) => assert_eq!((heard.len(), pending.judge(heard[1]).result), (2, Err(Status::Closed))),
            Err(status) => assert_eq!((status, heard.len()), (Status::Closed, 1)),
        }
        opened.device.leave(&pending);
        assert!(opened.lender.has_all_back());
    });
}

/// A queue that is closed, or whose deadline is over, ends its transfer while the device is closed.
#[test]
fn a_transfer_that_its_owner_ends_is_over_when_that_returns() {
    model(3, || {
        let opened = open();
        let told = Arc::new(Told::default());
        let pending = submit(&opened, &told).unwrap();
        let device = Arc::clone(&opened.device);
        let close = thread::spawn(move || device.close());
        opened.device.end(&pending, End::Cancel);
        assert!(opened.lender.has_all_back());
        close.join().unwrap();
        let heard = lock(&told.0).clone();
        let judged = pending.judge(heard[0]).result;
        assert!(heard.len() == 1 && [Err(Status::Cancelled), Err(Status::Closed)].contains(&judged), "{judged:?}");
        assert_eq!(Arc::strong_count(&opened.bus), 1);
    });
}

/// The bus checks that nothing is in flight when the interface is released.
#[test]
fn a_read_beside_a_release_is_cancelled_or_refused() {
    model(3, || {
        let opened = open();
        let reader = opened.reader();
        opened.device.release(0).unwrap();
        let outcome = status(&reader.join().unwrap());
        assert!(matches!(outcome, Err((Status::Cancelled | Status::NotClaimed, 0))), "{outcome:?}");
        assert!(opened.lender.has_all_back());
        opened.close();
    });
}

#[test]
fn a_read_that_waits_for_a_change_ends_when_the_device_is_closed() {
    model(3, || {
        let opened = open();
        let reader = opened.reader();
        let device = Arc::clone(&opened.device);
        let halt = thread::spawn(move || device.clear_halt(IN).map_err(|error| error.status));
        opened.close();
        let outcome = status(&reader.join().unwrap());
        assert!(matches!(outcome, Err((Status::Cancelled | Status::Closed, 0))), "{outcome:?}");
        assert!(matches!(halt.join().unwrap(), Ok(()) | Err(Status::Closed)));
        assert!(opened.lender.has_all_back());
    });
}

/// The cancel finds the read before it waits, while a change keeps it out, or in flight; or it comes too early.
#[test]
fn a_cancel_reaches_a_read_that_a_change_keeps_out() {
    model(2, || {
        let opened = open();
        let reader = opened.reader();
        let device = Arc::clone(&opened.device);
        let halt = thread::spawn(move || device.clear_halt(IN).map_err(|error| error.status));
        opened.device.cancel(IN).unwrap();
        opened.close();
        let outcome = status(&reader.join().unwrap());
        assert!(matches!(outcome, Err((Status::Cancelled | Status::Closed, 0))), "{outcome:?}");
        assert!(matches!(halt.join().unwrap(), Ok(()) | Err(Status::Closed)));
        assert!(opened.lender.has_all_back());
    });
}

/// A submission has no time to wait in.
#[test]
fn a_submission_beside_a_change_is_taken_or_refused() {
    model(2, || {
        let opened = open();
        let told = Arc::new(Told::default());
        let device = Arc::clone(&opened.device);
        let halt = thread::spawn(move || device.clear_halt(IN).map_err(|error| error.status));
        let submitted = submit(&opened, &told);
        halt.join().unwrap().unwrap();
        opened.close();
        match submitted {
            Ok(pending) => opened.device.leave(&pending),
            Err(status) => assert_eq!(status, Status::Busy),
        }
        assert!(opened.lender.has_all_back());
    });
}

/// One of the reads puts back what the system has taken, while the other waits or goes on; a release has its own turn.
#[test]
fn two_reads_and_a_release_find_what_was_taken_restored() {
    model(2, || {
        let opened = open();
        opened.bus.disturb();
        let readers = [opened.reader(), opened.reader()];
        opened.device.release(0).unwrap();
        for reader in readers {
            let outcome = status(&reader.join().unwrap());
            assert!(matches!(outcome, Err((Status::Cancelled | Status::NotClaimed, 0))), "{outcome:?}");
        }
        assert!(!opened.bus.is_disturbed());
        assert!(opened.lender.has_all_back());
        opened.close();
    });
}
