//! The configuration in which a recorded device is plugged in.

use super::*;
use crate::bus::simulated::recording::samples::get_descriptor;

/// As the recorded one, with other endpoints and the value 2.
const SECOND: [u8; 25] = [9, 2, 25, 0, 1, 2, 0, 0x80, 50, 9, 4, 0, 0, 1, 0xff, 0, 0, 0, 7, 5, 0x83, 2, 0, 2, 0];

fn selecting(value: u8) -> samples::Request<'static> {
    ([0, 9, value, 0, 0, 0, 0, 0], &[])
}

fn recorded(selected: &[u8]) -> Capture {
    let mut recorded = Recorded::default();
    setting_up()[..3].iter().for_each(|request| recorded.request(*request));
    recorded.request((get_descriptor(2, 1, 25), &SECOND));
    selected.iter().for_each(|value| recorded.request(selecting(*value)));
    recorded.ended(0x83, 512, b"x", 0);
    recorded.capture()
}

fn plugged(capture: &Capture) -> Device {
    let (description, model) = capture.device("").unwrap_or_else(|error| panic!("{error}"));
    let bus = SimulatedBus::default();
    let info = bus.plug(description, model, 1, &[]).unwrap().info().clone();
    Device::new(bus.open(&info).unwrap()).unwrap()
}

/// Linux and Windows do not always select the first one, and a program may have selected one before it was recorded.
#[test]
fn it_is_the_one_that_the_host_selected_first() {
    for (selected, expected) in [(&[2][..], 2), (&[2, 1], 2), (&[1, 2], 1), (&[0], 0), (&[], 1), (&[7], 1)] {
        assert_eq!(plugged(&recorded(selected)).configuration().unwrap(), expected, "{selected:?}");
    }
    let device = plugged(&recorded(&[2]));
    device.claim(0).unwrap();
    let mut bytes = vec![0; 512];
    let moved =
        with_buffer(&mut bytes, |buffer| device.transfer(TransferType::Bulk, Direction::In, 0x83, buffer, 1000));
    assert_eq!(came(moved, bytes).unwrap(), b"x");
}
