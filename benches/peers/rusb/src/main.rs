//! rusb, which only has blocking calls: DEPTH is not used.

#[path = "../../peer.rs"]
mod peer;

use peer::{Peer, IN, INTERFACE, OUT, PRODUCT, TIMEOUT, VENDOR, WARM_UP};
use rusb::UsbContext;

fn main() {
    let mut peer = Peer::from_arguments();
    let context = rusb::Context::new().unwrap();
    let device = context.open_device_with_vid_pid(VENDOR, PRODUCT).expect("the device is not there");
    device.claim_interface(INTERFACE).unwrap();
    let mut data = vec![0; peer.size];
    let input = peer.input;
    let mut one = || match input {
        true => device.read_bulk(IN, &mut data, TIMEOUT).unwrap(),
        false => device.write_bulk(OUT, &data, TIMEOUT).unwrap(),
    };
    for _ in 0..WARM_UP {
        one();
    }
    peer.begin();
    while peer.count(one()) {}
    peer.report();
}
