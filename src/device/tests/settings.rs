//! Configurations, claims and alternate settings that are not the usual ones.

use super::{bulk, interface, Bench, RESET};
use crate::error::Status;
use crate::sys::with_buffer;
use crate::usb::{Direction, TransferType};

fn read(bench: &Bench, address: u8) -> Result<usize, Status> {
    let mut bytes = [0; 512];
    super::status(with_buffer(&mut bytes, |buffer| {
        bench.device.transfer(TransferType::Bulk, Direction::In, address, buffer, 1000)
    }))
}

/// Which setting of each interface is selected.
fn selected(bench: &Bench) -> Vec<(u8, u8)> {
    let all = bench.device.interfaces().unwrap().into_iter();
    all.filter(|(_, selected)| *selected).map(|(setting, _)| (setting.interface, setting.alt_setting)).collect()
}

#[test]
fn an_interface_without_setting_0_begins_at_its_first() {
    let device = [&interface(0, 3, 255)[..], &bulk(0x81), &interface(0, 2, 255), &bulk(0x82)];
    let bench = Bench::new(&device, |_| None);
    assert_eq!(selected(&bench), [(0, 3)]);
    bench.device.claim(0).unwrap();
    assert_eq!(read(&bench, 0x81), Ok(1));
    assert_eq!(read(&bench, 0x82), Err(Status::InvalidParam));
    bench.device.set_alt_setting(0, 2).unwrap();
    assert_eq!(selected(&bench), [(0, 2)]);
    assert_eq!(read(&bench, 0x82), Ok(1));
    // It is left as it was found.
    bench.device.release(0).unwrap();
    bench.device.claim(0).unwrap();
    assert_eq!(selected(&bench), [(0, 3)]);
    assert_eq!(read(&bench, 0x81), Ok(1));
    bench.device.reset().unwrap();
    assert_eq!(read(&bench, 0x81), Ok(1));
}

#[test]
fn of_two_endpoints_with_one_address_the_claimed_interface_s_is_meant() {
    let device = [&interface(0, 0, 255)[..], &bulk(0x81), &interface(1, 0, 255), &bulk(0x81)];
    let bench = Bench::new(&device, |_| None);
    assert_eq!(read(&bench, 0x81), Err(Status::NotClaimed));
    bench.device.claim(1).unwrap();
    assert_eq!(read(&bench, 0x81), Ok(1));
    assert_eq!(bench.device.stream_endpoint(0x81).unwrap().interface, 1);
    bench.device.clear_halt(0x81).unwrap();
    bench.device.release(1).unwrap();
    bench.device.claim(0).unwrap();
    assert_eq!(bench.device.stream_endpoint(0x81).unwrap().interface, 0);
}

fn two_settings() -> Bench {
    let device = [&interface(0, 0, 255)[..], &bulk(0x81), &interface(0, 1, 255), &bulk(0x82)];
    Bench::new(&device, |_| None)
}

#[test]
fn configuration_0_is_none() {
    let bench = two_settings();
    bench.device.claim(0).unwrap();
    let busy = bench.device.set_configuration(0).unwrap_err();
    assert_eq!(busy.status, Status::Busy);
    assert_eq!(read(&bench, 0x81), Ok(1), "the claim holds");
    bench.device.release(0).unwrap();
    bench.device.set_configuration(0).unwrap();
    assert_eq!(bench.device.configuration().unwrap(), 0);
    assert!(bench.device.endpoints().unwrap().is_empty() && bench.device.interfaces().unwrap().is_empty());
    assert_eq!(bench.device.claim(0).unwrap_err().status, Status::NotFound);
    // The other handle sees it, too.
    assert!(bench.other.interfaces().unwrap().is_empty());
    assert_eq!(bench.control(0x80, 8, 0, 0, 1), Ok(1), "control requests still reach it");
    assert_eq!(bench.control(0x00, 9, 0, 0, 0), Ok(0), "it is unconfigured already");
    assert_eq!(bench.control(0x00, 9, 1, 0, 0), Ok(0));
    bench.device.claim(0).unwrap();
    assert_eq!(read(&bench, 0x81), Ok(1));
    assert_eq!(bench.device.set_configuration(7).unwrap_err().status, Status::NotFound);
}

#[test]
fn the_active_configuration_again_is_a_light_reset_on_the_wire_alone() {
    let bench = two_settings();
    bench.device.set_configuration(1).unwrap();
    assert!(bench.asked().is_empty(), "the function does nothing");
    assert_eq!(bench.control(0x00, 9, 1, 0, 0), Ok(0));
    assert_eq!(bench.asked(), [RESET]);
    // With a claim: it stays, and the alternate setting is the first again.
    bench.device.claim(0).unwrap();
    bench.device.set_alt_setting(0, 1).unwrap();
    assert_eq!(bench.control(0x00, 9, 1, 0, 0), Ok(0));
    assert_eq!(bench.asked(), [RESET]);
    assert_eq!(selected(&bench), [(0, 0)]);
    assert_eq!(read(&bench, 0x81), Ok(1));
    assert_eq!(bench.other.claim(0).unwrap_err().status, Status::Busy);
}

#[test]
fn a_light_reset_that_another_handle_stands_in_the_way_of_changes_nothing() {
    let device = [
        &interface(0, 0, 255)[..],
        &bulk(0x81),
        &interface(0, 1, 255),
        &bulk(0x82),
        &interface(1, 0, 255),
        &bulk(0x83),
    ];
    let bench = Bench::new(&device, |_| None);
    bench.other.claim(1).unwrap();
    bench.device.claim(0).unwrap();
    bench.device.set_alt_setting(0, 1).unwrap();
    assert_eq!(bench.control(0x00, 9, 1, 0, 0), Err(Status::Busy));
    assert!(bench.asked().is_empty());
    assert_eq!(selected(&bench), [(0, 1), (1, 0)]);
    assert_eq!(read(&bench, 0x82), Ok(1));
}
