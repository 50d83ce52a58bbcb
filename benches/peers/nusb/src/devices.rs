//! Mode "devices": IN from all devices at once, one thread for each, as wait_next_complete requires. (The library's
//! own thread reaps for all of them.)

use crate::memory;
use crate::peer::{Peer, IN, INTERFACE, PRODUCT, VENDOR};
use nusb::transfer::{Bulk, In};
use nusb::{Endpoint, MaybeFuture};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

fn open_all() -> Vec<Endpoint<Bulk, In>> {
    let all = nusb::list_devices().wait().unwrap();
    all.filter(|device| device.vendor_id() == VENDOR && device.product_id() == PRODUCT)
        .map(|info| {
            let interface = info.open().wait().unwrap().claim_interface(INTERFACE).wait().unwrap();
            interface.endpoint::<Bulk, In>(IN).unwrap()
        })
        .collect()
}

/// Reads until asked to stop; counts from the second barrier on.
fn read(endpoint: &mut Endpoint<Bulk, In>, size: usize, warm: &Barrier, stopping: &AtomicBool) -> u64 {
    let depth = endpoint.pending();
    let mut one = || {
        let completion = endpoint.wait_next_complete(Duration::MAX).unwrap();
        completion.status.unwrap();
        assert_eq!(completion.actual_len, size);
        endpoint.submit(completion.buffer);
    };
    (0..depth).for_each(|_| one());
    warm.wait();
    warm.wait();
    let mut calls = 0;
    while !stopping.load(Ordering::Relaxed) {
        one();
        calls += 1;
    }
    calls
}

pub fn run(mut peer: Peer) {
    let mut endpoints = open_all();
    assert_eq!(endpoints.len(), peer.devices);
    for endpoint in &mut endpoints {
        for _ in 0..peer.depth {
            endpoint.submit(memory(&peer, endpoint));
        }
    }
    let (size, warm, stopping) = (peer.size, Barrier::new(peer.devices + 1), AtomicBool::new(false));
    thread::scope(|scope| {
        let (warm, stopping) = (&warm, &stopping);
        let threads: Vec<_> =
            endpoints.iter_mut().map(|endpoint| scope.spawn(move || read(endpoint, size, warm, stopping))).collect();
        warm.wait();
        peer.begin();
        warm.wait();
        thread::sleep(peer.length);
        stopping.store(true, Ordering::Relaxed);
        for thread in threads {
            peer.add(thread.join().unwrap());
        }
    });
    peer.report();
}
