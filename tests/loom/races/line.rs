//! Transfers that the kernel gets piece by piece, and those that stand behind them.

use crate::bus::{Completion, Extras, Handle, InFlight, Target};
use crate::error::Status;
use crate::linux_usbfs::capabilities::CERTAIN;
use crate::loopback_bus::{LoopbackBus, IN};
use crate::model;
use crate::sys::Lender;
use crate::usb::TransferType;
use loom::thread;
use std::sync::Arc;

const LONG: usize = 2 * CERTAIN;
const CANCELLED: Completion = Completion { transferred: 0, result: Err(Status::Cancelled) };

fn moved(transferred: usize) -> Completion {
    Completion { transferred, result: Ok(()) }
}

fn submit(bus: &LoopbackBus, lender: &Lender, length: usize) -> Arc<dyn InFlight> {
    let extras = Extras::default();
    let target = Target::Endpoint { transfer_type: TransferType::Bulk, address: IN, max_packet_size: 8, extras };
    bus.submit(&target, &mut lender.lend(length), length, None).unwrap()
}

/// The kernel has nothing of it, so that only the cancel itself can wake its waiter, who sleeps for all.
#[test]
fn what_ends_in_its_line_wakes_its_waiter() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let (long, behind) = (submit(&bus, &lender, LONG), submit(&bus, &lender, CERTAIN));
        let waits = Arc::clone(&behind);
        let waiter = thread::spawn(move || waits.wait(None));
        behind.cancel();
        assert_eq!(waiter.join().unwrap(), Some(CANCELLED));
        assert!(bus.node().answer());
        let device = Arc::clone(&bus);
        let answer = thread::spawn(move || device.node().answer_next());
        assert_eq!(long.wait(None), Some(moved(LONG)));
        answer.join().unwrap();
        assert!(bus.node().is_idle() && lender.has_all_back());
    });
}

/// No piece is submitted behind the cancel, and what has moved is counted; the one behind goes on.
#[test]
fn a_cancel_between_two_pieces_ends_it() {
    model(3, || {
        let (bus, lender) = (LoopbackBus::new(), Lender::default());
        let (long, behind) = (submit(&bus, &lender, LONG), submit(&bus, &lender, CERTAIN));
        let cancelled = Arc::clone(&long);
        let cancel = thread::spawn(move || cancelled.cancel());
        let device = Arc::clone(&bus);
        let answer = thread::spawn(move || device.node().answer());
        let completion = long.wait(None).unwrap();
        cancel.join().unwrap();
        // It was the long one's first piece, or what stands behind.
        let answered = usize::from(answer.join().unwrap());
        assert_eq!(completion.result, Err(Status::Cancelled));
        assert!(completion.transferred <= answered * CERTAIN);
        bus.node().answer();
        assert_eq!(behind.wait(None), Some(moved(CERTAIN)));
        assert!(bus.node().is_idle() && lender.has_all_back());
    });
}
