//! nusb: an endpoint's queue with DEPTH transfers, or its blocking transfer if DEPTH is 0. As its documentation says under
//! "Optimized Streaming": allocated buffers, several in flight, each submitted again as soon as it is complete.

mod devices;

#[path = "../../peer.rs"]
mod peer;

use nusb::transfer::{Buffer, Bulk, BulkOrInterrupt, Completion, EndpointDirection, In, Out};
use nusb::{Endpoint, MaybeFuture};
use peer::{Peer, IN, INTERFACE, OUT, PRODUCT, TIMEOUT, VENDOR, WARM_UP};
use std::time::Duration;

fn memory<D: EndpointDirection>(peer: &Peer, endpoint: &Endpoint<Bulk, D>) -> Buffer {
    let mut buffer = if peer.mapped { endpoint.allocate(peer.size) } else { Buffer::new(peer.size) };
    if peer.input {
        buffer.set_requested_len(peer.size);
    } else {
        buffer.extend_fill(peer.size, 0);
    }
    buffer
}

/// The buffer of a completed transfer, made ready for the next one.
fn again(peer: &Peer, completion: Completion, data: &[u8]) -> Buffer {
    let mut buffer = completion.buffer;
    if peer.write && peer.mapped {
        buffer.clear();
        buffer.extend_from_slice(data);
    }
    buffer
}

fn run<D: EndpointDirection>(mut peer: Peer, mut endpoint: Endpoint<Bulk, D>)
where
    Bulk: BulkOrInterrupt,
{
    let data = vec![0; peer.size];
    if peer.depth == 0 {
        let mut buffer = Some(memory(&peer, &endpoint));
        let mut one = |peer: &Peer| {
            let completion = endpoint.transfer_blocking(buffer.take().unwrap(), TIMEOUT);
            completion.status.unwrap();
            let moved = completion.actual_len;
            buffer = Some(again(peer, completion, &data));
            moved
        };
        for _ in 0..WARM_UP {
            one(&peer);
        }
        peer.begin();
        loop {
            let moved = one(&peer);
            if !peer.count(moved) {
                break;
            }
        }
        peer.report();
        return;
    }

    for _ in 0..peer.depth {
        let buffer = memory(&peer, &endpoint);
        endpoint.submit(buffer);
    }
    let mut warm_up = peer.depth;
    let mut more = true;
    while more {
        let completion = endpoint.wait_next_complete(Duration::MAX).unwrap();
        completion.status.unwrap();
        if warm_up > 0 {
            warm_up -= 1;
            if warm_up == 0 {
                peer.begin();
            }
        } else {
            more = peer.count(completion.actual_len);
        }
        endpoint.submit(again(&peer, completion, &data));
    }
    peer.report();
}

fn main() {
    let peer = Peer::from_arguments();
    if peer.devices > 0 {
        return devices::run(peer);
    }
    let mut devices = nusb::list_devices().wait().unwrap();
    let info = devices
        .find(|device| device.vendor_id() == VENDOR && device.product_id() == PRODUCT)
        .expect("the device is not there");
    let interface = info.open().wait().unwrap().claim_interface(INTERFACE).wait().unwrap();
    if peer.input {
        run(peer, interface.endpoint::<Bulk, In>(IN).unwrap());
    } else {
        run(peer, interface.endpoint::<Bulk, Out>(OUT).unwrap());
    }
}
