//! Control requests that the library makes in its own way, and who may make which.

use super::{bulk, interface, Bench, RESET};
use crate::error::Status;

const PRINTER: u8 = 7;

fn bench() -> Bench {
    let device = [
        &interface(0, 0, PRINTER)[..],
        &bulk(0x81),
        &interface(0, 1, PRINTER),
        &bulk(0x81),
        &interface(1, 0, 3),
        &bulk(0x82),
    ];
    Bench::new(&device, |_| Some(vec![0x5a; 4]))
}

#[test]
fn what_is_reserved_in_a_tracked_request_is_refused() {
    let bench = bench();
    bench.device.claim(0).unwrap();
    let refused = [
        (0x00, 9, 0x0101, 0, 0),
        (0x00, 9, 1, 1, 0),
        (0x00, 9, 1, 0, 4),
        (0x80, 9, 1, 0, 4),
        (0x01, 11, 0x0100, 0, 0),
        (0x01, 11, 0, 0x0100, 0),
        (0x01, 11, 0, 0, 1),
        (0x02, 1, 0, 0x0181, 0),
        (0x02, 1, 0, 0x81, 2),
        (0x00, 5, 3, 0, 0),
        (0x80, 5, 3, 0, 0),
    ];
    for (request_type, request, value, index, length) in refused {
        let answer = bench.control(request_type, request, value, index, length);
        assert_eq!(
            answer,
            Err(Status::InvalidParam),
            "0x{request_type:02x} {request} 0x{value:04x} 0x{index:04x} {length}"
        );
    }
    assert!(bench.asked().is_empty(), "nothing reached the device");
}

#[test]
fn without_data_the_direction_does_not_count() {
    let bench = bench();
    bench.device.claim(0).unwrap();
    assert_eq!(bench.control(0x81, 11, 1, 0, 0), Ok(0));
    assert!(bench
        .device
        .interfaces()
        .unwrap()
        .iter()
        .any(|(s, selected)| *selected && (s.interface, s.alt_setting) == (0, 1)));
    assert_eq!(bench.control(0x80, 9, 1, 0, 0), Ok(0));
    assert_eq!(bench.asked(), [RESET]);
}

#[test]
fn a_printer_tells_its_id_without_a_claim() {
    let bench = bench();
    // Interface and alternate setting in the index: both of the printer's settings, and no other.
    assert_eq!(bench.control(0xa1, 0, 0, 0x0000, 4), Ok(4));
    assert_eq!(bench.control(0xa1, 0, 0, 0x0001, 4), Ok(4));
    assert_eq!(bench.control(0xa1, 0, 0, 0x0002, 4), Err(Status::NotFound));
    assert_eq!(bench.control(0xa1, 0, 0, 0x0100, 4), Err(Status::NotClaimed));
    // Its other requests are for those who have claimed it.
    assert_eq!(bench.control(0xa1, 1, 0, 0, 1), Err(Status::NotClaimed));
    assert_eq!(bench.control(0x21, 2, 0, 0, 0), Err(Status::NotClaimed));
    assert_eq!(bench.control(0xa1, 0, 0, 1, 4), Ok(4));
    bench.device.claim(0).unwrap();
    assert_eq!(bench.control(0xa1, 1, 0, 0, 1), Ok(1));
    assert_eq!(bench.control(0x21, 2, 0, 0, 0), Ok(0));
}

#[test]
fn an_endpoint_of_the_other_direction_is_the_same_interface_s() {
    let bench = bench();
    assert_eq!(bench.control(0xc2, 1, 0, 0x33, 2), Ok(2), "a vendor request goes anywhere");
    assert_eq!(bench.control(0xa2, 1, 0, 0x02, 2), Err(Status::NotClaimed));
    bench.device.claim(1).unwrap();
    assert_eq!(bench.control(0xa2, 1, 0, 0x02, 2), Ok(2));
    assert_eq!(bench.control(0xa2, 1, 0, 0x03, 2), Err(Status::InvalidParam));
}

/// Another thread may close the device meanwhile: that ends all transfers, and makes no endpoint of a number.
#[test]
fn a_cancel_beside_a_close_still_knows_the_endpoints() {
    let bench = bench();
    bench.device.close();
    assert_eq!(bench.device.cancel(0x81).map_err(|error| error.status), Ok(()));
    assert_eq!(bench.device.cancel(0).map_err(|error| error.status), Ok(()));
    assert_eq!(bench.device.cancel(0x8f).map_err(|error| error.status), Err(Status::InvalidParam));
}
