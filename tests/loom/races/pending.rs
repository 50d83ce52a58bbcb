//! The life of a transfer: run, asked to end, complete, run again.

use crate::bus::Completion;
use crate::bus::InFlight;
use crate::completion::{End, Life, Pending};
use crate::error::{Error, Result, Status};
use crate::model;
use crate::sync::{lock, Condvar, Mutex};
use crate::sys::{Buffer, Lender};
use loom::thread;
use std::sync::Arc;
use std::time::Instant;

const LENGTH: usize = 8;

/// A transfer that ends when its device answers, or when it is cancelled.
#[derive(Default)]
struct Transfer {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    buffer: Option<Buffer>,
    completion: Option<Completion>,
}

impl Transfer {
    fn start(buffer: Buffer) -> Arc<Transfer> {
        let transfer = Arc::new(Transfer::default());
        lock(&transfer.state).buffer = Some(buffer);
        transfer
    }

    fn answer(&self) {
        self.complete(LENGTH, Ok(()));
    }

    fn complete(&self, transferred: usize, result: std::result::Result<(), Status>) {
        let mut state = lock(&self.state);
        // What is complete is not cancelled as well.
        if state.buffer.take().is_some() {
            state.completion = Some(Completion { transferred, result });
            self.changed.notify_all();
        }
    }
}

impl InFlight for Transfer {
    fn cancel(&self) {
        self.complete(0, Err(Status::Cancelled));
    }

    fn again(self: Arc<Self>, buffer: Buffer) -> Result<()> {
        let mut state = lock(&self.state);
        assert!(state.buffer.is_none(), "started again while in flight");
        state.buffer = Some(buffer);
        state.completion = None;
        Ok(())
    }

    fn wait(&self, _: Option<Instant>) -> Option<Completion> {
        let mut state = lock(&self.state);
        while state.completion.is_none() {
            state = self.changed.wait(state).unwrap();
        }
        state.completion
    }
}

fn pending() -> Arc<Pending> {
    Arc::new(Pending::new(0x81, Life::Queued))
}

/// Only the end completes it, so a lost end would wait forever.
#[test]
fn an_end_between_submission_and_its_note_is_not_lost() {
    model(3, || {
        let (pending, lender) = (pending(), Lender::default());
        let other = Arc::clone(&pending);
        let end = thread::spawn(move || other.end(End::Close));
        let transfer = Transfer::start(lender.lend(LENGTH));
        pending.run(Arc::clone(&transfer) as Arc<dyn InFlight>);
        let completion = transfer.wait(None).unwrap();
        assert_eq!(pending.judge(completion), Completion { transferred: 0, result: Err(Status::Closed) });
        end.join().unwrap();
        assert!(lender.has_all_back());
    });
}

#[test]
fn of_several_ends_the_first_one_names_the_status() {
    model(3, || {
        let (pending, lender) = (pending(), Lender::default());
        let transfer = Transfer::start(lender.lend(LENGTH));
        pending.run(Arc::clone(&transfer) as Arc<dyn InFlight>);
        let ends = [End::Timeout, End::Cancel].map(|end| {
            let other = Arc::clone(&pending);
            thread::spawn(move || {
                other.end(end);
                other.ended()
            })
        });
        let completion = transfer.wait(None).unwrap();
        let first = pending.ended().unwrap();
        let judged = pending.judge(completion);
        assert_eq!(judged.result, Err(first.status()));
        for end in ends {
            assert_eq!(end.join().unwrap(), Some(first));
        }
        assert_eq!((pending.ended(), pending.judge(completion)), (Some(first), judged));
    });
}

#[test]
fn what_moved_before_an_end_counts() {
    model(3, || {
        let (pending, lender) = (pending(), Lender::default());
        let transfer = Transfer::start(lender.lend(LENGTH));
        let (other, device) = (Arc::clone(&pending), Arc::clone(&transfer));
        let end = thread::spawn(move || other.end(End::Cancel));
        let answer = thread::spawn(move || device.answer());
        pending.run(Arc::clone(&transfer) as Arc<dyn InFlight>);
        let judged = pending.judge(transfer.wait(None).unwrap());
        let moved = Completion { transferred: LENGTH, result: Ok(()) };
        let ended = Completion { transferred: 0, result: Err(Status::Cancelled) };
        assert!(judged == moved || judged == ended, "{judged:?}");
        end.join().unwrap();
        answer.join().unwrap();
        pending.drain();
        assert!(lender.has_all_back());
    });
}

/// A stream submits its transfer again while another thread ends it.
#[test]
fn an_end_while_it_is_run_again_is_not_lost() {
    model(3, || {
        let (pending, lender) = (pending(), Lender::default());
        let transfer = Transfer::start(lender.lend(LENGTH));
        pending.run(Arc::clone(&transfer) as Arc<dyn InFlight>);
        transfer.answer();
        let other = Arc::clone(&pending);
        let end = thread::spawn(move || other.end(End::Cancel));
        pending.run_again(lender.lend(LENGTH)).unwrap();
        end.join().unwrap();
        // It was complete before, or was cancelled; in flight it is not.
        assert!(lender.has_all_back());
        assert_eq!(pending.judge(transfer.wait(None).unwrap()).result, Err(Status::Cancelled));
    });
}

/// A thread that waits until it is complete and removes it does not leave behind a run that another thread started meanwhile.
#[test]
fn what_was_seen_out_does_not_run_on() {
    model(3, || {
        let (pending, lender) = (pending(), Lender::default());
        let transfer = Transfer::start(lender.lend(LENGTH));
        pending.run(Arc::clone(&transfer) as Arc<dyn InFlight>);
        transfer.answer();
        let other = Arc::clone(&pending);
        let close = thread::spawn(move || {
            other.end(End::Close);
            other.drain();
        });
        let again = pending.run_again(lender.lend(LENGTH));
        close.join().unwrap();
        assert!(lender.has_all_back());
        assert!(again.is_ok() || again == Err(Error::new(Status::Closed, "its device has ended it")), "{again:?}");
        assert_eq!(Arc::strong_count(&transfer), 1);
    });
}

/// Two transfers of one long call: both end, in whichever order they are noted.
#[test]
fn every_transfer_of_a_call_ends() {
    model(3, || {
        let (pending, lender) = (pending(), Lender::default());
        let first = Transfer::start(lender.lend(LENGTH));
        pending.run(Arc::clone(&first) as Arc<dyn InFlight>);
        let other = Arc::clone(&pending);
        let end = thread::spawn(move || other.end(End::Timeout));
        let device = Arc::clone(&first);
        let answer = thread::spawn(move || device.answer());
        let second = Transfer::start(lender.lend(LENGTH));
        pending.run(Arc::clone(&second) as Arc<dyn InFlight>);
        first.wait(None).unwrap();
        pending.ran();
        let completion = second.wait(None).unwrap();
        assert_eq!(pending.judge(completion).result, Err(Status::Timeout));
        end.join().unwrap();
        answer.join().unwrap();
        assert!(lender.has_all_back());
    });
}
