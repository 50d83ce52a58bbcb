//! What moves data and is not complete yet, as a device knows it: running, told to end, complete.

use crate::bus::{Completion, InFlight};
use crate::error::{Error, Status};
use crate::sync::atomic::{AtomicBool, AtomicU64, AtomicU8, Ordering};
use crate::sync::{lock, Mutex};
use crate::sys::Buffer;
use std::sync::Arc;
use std::time::Instant;

/// Who told a transfer to end before its time. The first one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum End {
    Timeout = 1,
    Cancel = 2,
    Close = 3,
}

impl End {
    pub fn status(self) -> Status {
        match self {
            End::Timeout => Status::Timeout,
            End::Cancel => Status::Cancelled,
            End::Close => Status::Closed,
        }
    }
}

/// How long something in the device's list stays there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// As long as a call, which leaves by itself.
    Call,
    /// A call that runs as several transfers, between which no other transfer may come.
    LongCall,
    /// Longer than the call that started it.
    Queued,
}

/// What moves data, in the device's list of what is pending: a call, or a transfer of a queue or stream.
pub struct Pending {
    /// bEndpointAddress; 0 for control requests.
    pub endpoint: u8,
    pub life: Life,
    /// What was admitted earlier has a lower one. 0 as long as it is in no list.
    number: AtomicU64,
    end: AtomicU8,
    /// Its owner has heard that it is complete. It stays in the list, as it may be run again.
    told: AtomicBool,
    /// The oldest first. Empty between two transfers of a long call, and when the device has ended it.
    running: Mutex<[Option<Arc<dyn InFlight>>; MOST_RUNNING]>,
}

/// How many transfers a call has in flight at once.
pub(crate) const MOST_RUNNING: usize = 2;

impl Pending {
    pub fn new(endpoint: u8, life: Life) -> Pending {
        let (number, end, told) = (AtomicU64::new(0), AtomicU8::new(0), AtomicBool::new(false));
        Pending { endpoint, life, number, end, told, running: Mutex::default() }
    }

    /// By the device, under its lock, when it lets it in.
    pub fn set_number(&self, number: u64) {
        self.number.store(number, Ordering::Relaxed);
    }

    /// Whether it is in a device's list, or was.
    pub fn is_listed(&self) -> bool {
        self.number() != 0
    }

    pub fn number(&self) -> u64 {
        self.number.load(Ordering::Relaxed)
    }

    /// Tells it to end: its transfers complete as soon as the bus has let go of their buffers.
    pub fn end(&self, why: End) {
        self.tell(why);
        self.cancel();
    }

    /// Says why it is to end: nothing of it starts any more. What runs is still to be cancelled.
    pub fn tell(&self, why: End) {
        let _ = self.end.compare_exchange(0, why as u8, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// Ends the transfers that run now, for the sake of what they have got; others may follow.
    pub fn cancel(&self) {
        // No lock is held across the call: the completion may come inside it. The newest first, so that none gets data that
        // would be another's.
        let running = lock(&self.running).clone();
        running.iter().rev().flatten().for_each(|transfer| transfer.cancel());
    }

    pub fn ended(&self) -> Option<End> {
        match self.end.load(Ordering::SeqCst) {
            0 => None,
            1 => Some(End::Timeout),
            2 => Some(End::Cancel),
            _ => Some(End::Close),
        }
    }

    /// Notes what the bus runs for it; `end` may have come between submission and this.
    pub fn run(&self, transfer: Arc<dyn InFlight>) {
        let mut running = lock(&self.running);
        if let Some(place) = running.iter_mut().find(|place| place.is_none()) {
            *place = Some(transfer);
        }
        drop(running);
        if self.ended().is_some() {
            self.cancel();
        }
    }

    /// Its owner hears that it is complete.
    pub fn set_told(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    pub fn is_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    /// Starts its one transfer once more, with another buffer of the same length.
    pub fn run_again(&self, buffer: Buffer) -> crate::error::Result<()> {
        let running = lock(&self.running)[0].clone();
        let transfer = running.ok_or_else(|| Error::new(Status::Closed, "its device has ended it"))?;
        self.told.store(false, Ordering::Relaxed);
        Arc::clone(&transfer).again(buffer)?;
        // This one: it may be forgotten already.
        if self.ended().is_some() {
            transfer.cancel();
        }
        Ok(())
    }

    /// Forgets the oldest of what runs: it is complete, and keeps nothing of the bus any more.
    pub fn ran(&self) {
        let mut running = lock(&self.running);
        running[0] = None;
        running.rotate_left(1);
    }

    /// Waits for a transfer of a call, and has it ended when time is up: how it ended.
    pub fn wait(&self, transfer: &dyn InFlight, deadline: Option<Instant>, time_is_up: impl Fn()) -> Completion {
        loop {
            if let Some(completion) = transfer.wait(deadline.filter(|_| self.ended().is_none())) {
                return self.judge(completion);
            }
            time_is_up();
        }
    }

    /// Waits until the bus has let go of the buffers, driving the bus on the calling thread, and forgets what ran.
    pub fn drain(&self) {
        let running = lock(&self.running).clone();
        running.iter().flatten().for_each(|transfer| {
            transfer.wait(None);
        });
        drop(running);
        self.forget();
    }

    /// Lets go of what ran: it is complete.
    pub fn forget(&self) {
        let running = std::mem::take(&mut *lock(&self.running));
        drop(running);
    }

    /// What a bus's completion means to the caller: it knows who told the transfer to end.
    pub fn judge(&self, completion: Completion) -> Completion {
        let result = match (completion.result, self.ended()) {
            (Err(Status::Cancelled), Some(end)) => Err(end.status()),
            (Err(Status::Cancelled), None) => Err(Status::Io),
            (result, _) => result,
        };
        Completion { result, ..completion }
    }
}
