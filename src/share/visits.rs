//! Which client has which device of a share, and how much it has moved, for those who show that.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::{lock, Mutex};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// A client that has a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Of its connection; no later one has it.
    pub number: u64,
    /// `None` behind a Unix socket.
    pub from: Option<IpAddr>,
    pub busid: String,
    /// Bytes of transfers that have ended, of both ways.
    pub moved: u64,
}

#[derive(Default)]
pub struct Visits {
    all: Mutex<BTreeMap<u64, (Visit, Counter)>>,
}

/// What a client has moved.
#[derive(Clone, Default)]
pub struct Counter(Arc<AtomicU64>);

impl Counter {
    pub fn add(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl Visits {
    pub fn begin(&self, number: u64, from: Option<IpAddr>, busid: &str) -> Counter {
        let counter = Counter::default();
        let visit = Visit { number, from, busid: busid.to_owned(), moved: 0 };
        lock(&self.all).insert(number, (visit, counter.clone()));
        counter
    }

    /// The device is free.
    pub fn end(&self, number: u64) {
        lock(&self.all).remove(&number);
    }

    pub fn now(&self) -> Vec<Visit> {
        let all = lock(&self.all);
        all.values()
            .map(|(visit, counter)| Visit { moved: counter.0.load(Ordering::Relaxed), ..visit.clone() })
            .collect()
    }
}
