//! Where completions arrive, and the queues above: a completion wakes a waiting thread.

use crate::bus::{Completion, Extras, Notice, Sink};
use crate::completion::{Completed, EventSource, Inbox, Woken};
use crate::completion::{Life, Pending};
use crate::device::{Device, Patience, Request};
use crate::error::{Result, Status};
use crate::loopback_bus::{LoopbackBus, IN};
use crate::model;
use crate::queue::{Finished, Queue};
use crate::sys::poll;
use crate::sys::Lender;
use crate::sys::{Deadline, Wait};
use crate::usb::Direction;
use crate::usb::TransferType;
use loom::thread::{self, JoinHandle};
use std::sync::Arc;

const LENGTH: usize = 8;
const MOVED: Completion = Completion { transferred: LENGTH, result: Ok(()) };

struct Opened {
    bus: Arc<LoopbackBus>,
    device: Arc<Device>,
    inbox: Arc<Inbox>,
    lender: Lender,
}

fn open() -> Opened {
    let bus = LoopbackBus::new();
    let device = Arc::new(Device::new(Arc::clone(&bus) as _).unwrap());
    device.claim(0).unwrap();
    Opened { bus, device, inbox: Inbox::new().unwrap(), lender: Lender::default() }
}

fn request() -> Request {
    Request::Endpoint { transfer_type: TransferType::Bulk, way: Direction::In, address: IN, extras: Extras::default() }
}

impl Opened {
    fn submit(&self, id: u64) -> Result<Arc<Pending>> {
        let counter = self.inbox.expect(&self.device)?;
        let pending = Arc::new(Pending::new(IN, Life::Queued));
        let notice = Notice { sink: Arc::clone(&counter) as Arc<dyn Sink>, id };
        match self.device.submit(&request(), self.lender.lend(LENGTH), notice, &pending, Patience::None) {
            Ok(()) => Ok(pending),
            Err(error) => {
                counter.disappointed();
                Err(error)
            }
        }
    }

    fn answer(&self, count: usize) -> JoinHandle<()> {
        let bus = Arc::clone(&self.bus);
        thread::spawn(move || (0..count).for_each(|_| bus.node().answer_next()))
    }

    fn waiter(&self) -> JoinHandle<Result<Completed>> {
        let inbox = Arc::clone(&self.inbox);
        thread::spawn(move || wait(&inbox))
    }

    fn clear(&self, pending: &[Arc<Pending>]) {
        pending.iter().for_each(|pending| self.device.leave(pending));
        self.inbox.clear();
        self.device.close();
        assert!(self.lender.has_all_back());
    }
}

/// Waits for one arrival.
fn wait(inbox: &Inbox) -> Result<Completed> {
    let mut taken = Vec::new();
    while taken.is_empty() {
        if inbox.wait(1, &mut Deadline::new(Wait::Forever), &mut taken)? == Woken::Event && taken.is_empty() {
            // Something is ready that another thread is about to take care of.
            thread::yield_now();
        }
    }
    Ok(taken.remove(0))
}

#[test]
fn a_completion_wakes_the_waiter() {
    model(3, || {
        let opened = open();
        let pending = opened.submit(7).unwrap();
        let answer = opened.answer(1);
        let arrival = wait(&opened.inbox).unwrap();
        assert_eq!((arrival.id, arrival.completion), (7, MOVED));
        answer.join().unwrap();
        opened.clear(&[pending]);
    });
}

/// Each takes one, though the first who wakes finds both.
#[test]
fn two_completions_wake_two_waiters() {
    model(3, || {
        let opened = open();
        let pending = [opened.submit(0).unwrap(), opened.submit(1).unwrap()];
        let other = opened.waiter();
        let answer = opened.answer(2);
        let mine = wait(&opened.inbox).unwrap();
        let others = other.join().unwrap().unwrap();
        assert_eq!(mine.id + others.id, 1);
        answer.join().unwrap();
        opened.clear(&pending);
    });
}

/// A thread in a blocking call takes the completion from the kernel, and tells.
#[test]
fn a_completion_that_another_thread_takes_wakes_the_waiter() {
    model(3, || {
        let opened = open();
        let pending = opened.submit(7).unwrap();
        let other = opened.waiter();
        let answer = opened.answer(2);
        let outcome = {
            let (device, lender) = (&opened.device, &opened.lender);
            // The answers are for the queued one and for this.
            device.transfer(TransferType::Bulk, Direction::In, IN, lender.lend(LENGTH), 0)
        };
        assert_eq!((outcome.transferred, outcome.result), (LENGTH, Ok(())));
        assert_eq!(other.join().unwrap().unwrap().id, 7);
        answer.join().unwrap();
        opened.clear(&[pending]);
    });
}

/// The program asks for the descriptor while the completion comes.
#[test]
fn a_completion_wakes_who_polls_the_descriptor() {
    model(3, || {
        let opened = open();
        let pending = opened.submit(7).unwrap();
        assert!(opened.bus.node().answer());
        let device = Arc::clone(&opened.device);
        let other = thread::spawn(move || device.pump());
        let descriptor = opened.inbox.descriptor().unwrap();
        let mut taken = Vec::new();
        while taken.is_empty() {
            poll::sleep_outside(descriptor);
            opened.inbox.wait(1, &mut Deadline::new(Wait::Not), &mut taken).unwrap();
        }
        assert_eq!(taken[0].id, 7);
        other.join().unwrap();
        assert!(!poll::is_ready_outside(descriptor));
        opened.clear(&[pending]);
    });
}

/// What a stream has taken and not given to its reader keeps the descriptor ready.
#[test]
fn what_waits_above_wakes_who_polls_the_descriptor() {
    model(3, || {
        let opened = open();
        let pending = opened.submit(7).unwrap();
        let descriptor = opened.inbox.descriptor().unwrap();
        let inbox = Arc::clone(&opened.inbox);
        let reader = thread::spawn(move || {
            let arrival = wait(&inbox).unwrap();
            inbox.hold(true);
            arrival.id
        });
        assert!(opened.bus.node().answer());
        assert_eq!(reader.join().unwrap(), 7);
        poll::sleep_outside(descriptor);
        opened.inbox.hold(false);
        assert!(!poll::is_ready_outside(descriptor));
        opened.clear(&[pending]);
    });
}

/// It pumps itself, and so nobody else is told meanwhile; what it leaves behind has to wake the other.
#[test]
fn what_one_look_leaves_wakes_the_waiter() {
    model(3, || {
        let opened = open();
        let pending = [opened.submit(0).unwrap(), opened.submit(1).unwrap()];
        let other = opened.waiter();
        let answer = opened.answer(2);
        let mut taken = Vec::new();
        opened.inbox.look(&*opened.device, 1, &mut taken).unwrap();
        let others = other.join().unwrap().unwrap();
        answer.join().unwrap();
        if taken.is_empty() {
            taken.push(wait(&opened.inbox).unwrap());
        }
        assert_eq!(taken[0].id + others.id, 1);
        opened.clear(&pending);
    });
}

/// The device is ready for somebody else's sake and leaves the poll set, just when something is submitted to it.
#[test]
fn a_device_comes_back_to_the_poll_set_with_the_next_submission() {
    model(3, || {
        let opened = open();
        let first = opened.submit(0).unwrap();
        assert!(opened.bus.node().answer());
        assert_eq!(wait(&opened.inbox).unwrap().id, 0);
        // Somebody else's transfer is complete, and they have not looked yet.
        let told: Arc<dyn Sink> = Arc::new(Nobody);
        let other = Arc::new(Pending::new(IN, Life::Queued));
        let notice = Notice { sink: told, id: 0 };
        opened.device.submit(&request(), opened.lender.lend(LENGTH), notice, &other, Patience::None).unwrap();
        assert!(opened.bus.node().answer());
        let waiter = opened.waiter();
        let second = opened.submit(1).unwrap();
        assert!(opened.bus.node().answer());
        assert_eq!(waiter.join().unwrap().unwrap().id, 1);
        opened.clear(&[first, other, second]);
    });
}

struct Nobody;

impl Sink for Nobody {
    fn completed(&self, _: u64, _: Completion, _: crate::sys::Timestamp) {}
}

#[test]
fn close_ends_every_wait() {
    model(3, || {
        let opened = open();
        let waiters = [opened.waiter(), opened.waiter()];
        opened.inbox.close();
        for waiter in waiters {
            assert_eq!(waiter.join().unwrap().err().map(|error| error.status), Some(Status::Closed));
        }
        poll::sleep_outside(opened.inbox.descriptor().unwrap());
        opened.clear(&[]);
    });
}

/// Its transfers arrive, ended, and a thread that waits hears of it.
#[test]
fn a_device_that_closes_wakes_the_waiter() {
    model(3, || {
        let opened = open();
        let pending = opened.submit(7).unwrap();
        let waiter = opened.waiter();
        opened.device.close();
        assert!(opened.bus.node().is_idle());
        let arrival = waiter.join().unwrap().unwrap();
        assert_eq!(pending.judge(arrival.completion).result, Err(Status::Closed));
        opened.clear(&[pending]);
    });
}

/// Of the device that closes nothing is in the poll set afterwards, whatever is submitted to it meanwhile.
#[test]
fn a_device_that_closes_leaves_the_inbox() {
    model(3, || {
        let opened = open();
        let device = Arc::clone(&opened.device);
        let close = thread::spawn(move || device.close());
        let submitted = opened.submit(7);
        close.join().unwrap();
        match submitted {
            Ok(pending) => {
                let arrival = wait(&opened.inbox).unwrap();
                assert_eq!(pending.judge(arrival.completion).result, Err(Status::Closed));
                opened.device.leave(&pending);
            }
            Err(error) => assert_eq!(error.status, Status::Closed),
        }
        // Those who keep the device keep the bus no more.
        assert_eq!((Arc::strong_count(&opened.bus), Arc::strong_count(&opened.device)), (1, 1));
        opened.clear(&[]);
    });
}

/// One completion.
fn take(queue: &Queue) -> Result<Finished> {
    let mut taken = None;
    queue.wait(1, Wait::Forever, |_, completed, _| taken = Some(completed))?;
    Ok(taken.unwrap())
}

fn submit(queue: &Queue, device: &Arc<Device>, lender: &Lender) -> Result<u64> {
    queue.submit(device, &request(), lender.lend(LENGTH), None, None, 7)
}

#[test]
fn a_cancel_of_a_queued_transfer_wakes_the_waiter() {
    model(3, || {
        let opened = open();
        let queue = Queue::new(Patience::Brief).unwrap();
        let id = submit(&queue, &opened.device, &opened.lender).unwrap();
        let other = Arc::clone(&queue);
        let cancel = thread::spawn(move || other.cancel(id));
        let completed = take(&queue).unwrap();
        assert_eq!((completed.id, completed.result), (id, Err(Status::Cancelled)));
        cancel.join().unwrap().unwrap();
        queue.close();
        assert!(opened.lender.has_all_back());
    });
}

/// As one is that libusb's program submits in its callback, while the device is closed.
#[test]
fn a_queued_transfer_that_is_started_again_does_not_outlive_the_close() {
    model(3, || {
        let opened = open();
        let queue = Queue::new(Patience::Brief).unwrap();
        submit(&queue, &opened.device, &opened.lender).unwrap();
        assert!(opened.bus.node().answer());
        let mut taken = None;
        queue.wait(1, Wait::Forever, |_, finished, again| taken = Some((finished, again))).unwrap();
        let (first, again) = taken.unwrap();
        let device = Arc::clone(&opened.device);
        let close = thread::spawn(move || device.close());
        let started = queue.submit_again(again, opened.lender.lend(LENGTH), None, 8);
        close.join().unwrap();
        if started.is_ok() {
            let ended = take(&queue).unwrap();
            assert_eq!((ended.id, ended.user_data, ended.result), (first.id, 8, Err(Status::Closed)));
        }
        assert!(opened.lender.has_all_back());
        assert_eq!((Arc::strong_count(&opened.bus), Arc::strong_count(&opened.device)), (1, 1));
        queue.close();
    });
}

#[test]
fn a_queue_that_closes_ends_waits_and_transfers() {
    model(3, || {
        let opened = open();
        let queue = Queue::new(Patience::Brief).unwrap();
        submit(&queue, &opened.device, &opened.lender).unwrap();
        let other = Arc::clone(&queue);
        let waiter = thread::spawn(move || take(&other).map_err(|error| error.status));
        let answer = opened.answer_if_asked();
        queue.close();
        assert!(opened.bus.node().is_idle() && opened.lender.has_all_back());
        match waiter.join().unwrap() {
            Ok(completed) => assert_eq!(completed.result, Ok(())),
            Err(status) => assert_eq!(status, Status::Closed),
        }
        answer.join().unwrap();
    });
}

#[test]
fn a_queue_and_its_device_close_at_once() {
    model(3, || {
        let opened = open();
        let queue = Queue::new(Patience::Brief).unwrap();
        submit(&queue, &opened.device, &opened.lender).unwrap();
        let device = Arc::clone(&opened.device);
        let close = thread::spawn(move || device.close());
        queue.close();
        assert!(opened.lender.has_all_back());
        close.join().unwrap();
        assert!(opened.bus.node().is_idle());
        assert_eq!((Arc::strong_count(&opened.bus), Arc::strong_count(&opened.device)), (1, 1));
    });
}

#[test]
fn a_submission_beside_a_close_of_its_queue_is_over_or_refused() {
    model(3, || {
        let opened = open();
        let queue = Queue::new(Patience::Brief).unwrap();
        let (other, device, lender) = (Arc::clone(&queue), Arc::clone(&opened.device), opened.lender.clone());
        let submitter = thread::spawn(move || submit(&other, &device, &lender).map_err(|error| error.status));
        queue.close();
        assert!(opened.bus.node().is_idle());
        assert!(matches!(submitter.join().unwrap(), Ok(_) | Err(Status::Closed)));
        assert!(opened.lender.has_all_back());
        opened.device.close();
    });
}

impl Opened {
    fn answer_if_asked(&self) -> JoinHandle<bool> {
        let bus = Arc::clone(&self.bus);
        thread::spawn(move || bus.node().answer())
    }
}
