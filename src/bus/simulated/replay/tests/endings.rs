//! Transfers that failed or got nothing, what a recording lacks, and devices that leave.

use super::*;

#[test]
fn what_failed_fails_again() {
    for (status, expected) in [(-32, Status::Pipe), (-75, Status::Overflow), (-71, Status::Io)] {
        let mut recorded = Recorded::new();
        recorded.ended(IN, 512, b"xy", status);
        recorded.read(512, b"more");
        let capture = recorded.capture();
        for options in ["", ",match=loose"] {
            let bench = capture.plug(options);
            let failed = bench.read(512);
            assert_eq!(failed.unwrap_err().0, expected);
            assert_eq!(bench.read(512).unwrap(), b"more");
        }
    }
}

/// The host's own patience ends it, as it did then.
#[test]
fn a_read_that_got_nothing_gets_nothing() {
    let mut recorded = Recorded::new();
    recorded.ended(IN, 512, &[], -2);
    recorded.ended(IN, 512, b"part", -2);
    recorded.read(512, b"data");
    let bench = recorded.capture().plug("");
    assert_eq!(bench.transfer(IN, vec![0; 512], 1).unwrap_err().0, Status::Timeout);
    let (status, text) = bench.transfer(IN, vec![0; 512], 1).unwrap_err();
    assert_eq!(status, Status::Timeout);
    assert!(text.contains("4 of 512 bytes"), "{text}");
    assert_eq!(bench.read(512).unwrap(), b"data");
}

/// A host that has done what it did later does not wait for what it gave up before.
#[test]
fn a_wait_in_vain_is_over_when_the_host_goes_on() {
    let mut recorded = Recorded::new();
    recorded.ended(IN, 512, &[], -2);
    recorded.ended(IN, 512, &[], -2);
    recorded.request((ASK, b"go"));
    recorded.read(512, b"data");
    let bench = recorded.capture().plug("");
    assert_eq!(bench.transfer(IN, vec![0; 512], 1).unwrap_err().0, Status::Timeout);
    assert!(bench.control(ASK, &[]).is_ok());
    assert_eq!(bench.read(512).unwrap(), b"data");
}

#[test]
fn what_a_recording_does_not_have_is_said() {
    let mut recorded = Recorded::new();
    recorded.read(512, b"whole");
    recorded.id += 1;
    let at = Usbmon { id: recorded.id, ..Usbmon::default() };
    recorded.add(Usbmon { status: -115, length: 512, ..at.clone() });
    recorded.add(Usbmon { kind: b'C', length: 512, data: &[5; 60], ..at.clone() });
    recorded.add(Usbmon { status: -115, length: 512, ..at });
    let bench = recorded.capture().plug("");
    assert!(bench.read(512).is_ok());
    says(&bench.read(512), &["frame 11, has 60 of the 512 bytes that came", "larger snap length"]);
    says(&bench.read(512), &["does not say how frame 13 ended: its completion was not recorded"]);
}

/// Recorders miss completions in the middle, too, and that of Windows has some without a status.
#[test]
fn a_request_whose_end_is_missing_is_not_taken_for_the_end_of_the_capture() {
    const SET_IDLE: [u8; 8] = [0x21, 10, 0, 0, 0, 0, 0, 0];
    let mut packets: Vec<Vec<u8>> = setting_up().iter().flat_map(|request| usbpcap_request(true, *request)).collect();
    packets.push(usbpcap_request(true, (SET_IDLE, &[])).swap_remove(0));
    let at = Usbpcap { irp: 3, transfer: 2, endpoint: 0, ..Usbpcap::default() };
    packets.push(Usbpcap { stage: Some(0), data: &SET_IDLE, ..at.clone() }.bytes());
    packets.push(Usbpcap { stage: Some(2), completes: true, status: 0x4000_0000, ..at }.bytes());
    packets.extend(usbpcap_request(true, (SET_IDLE, &[])));
    let frame = packets.len() - 4;
    let bench = Capture::of(capture(Format::Pcap, false, 249, &packets)).plug("");
    says(&bench.control(SET_IDLE, &[]), &[&format!("how frame {frame} ended: its completion was not recorded")]);
    let expected = format!("how frame {} ended: its completion, frame {}, has no status", frame + 1, frame + 2);
    says(&bench.control(SET_IDLE, &[]), &[&expected]);
    assert!(bench.control(SET_IDLE, &[]).is_ok());
}

#[test]
fn a_device_that_left_leaves() {
    let mut recorded = Recorded::new();
    recorded.read(512, b"data");
    recorded.ended(IN, 512, &[], -108);
    let bench = recorded.capture().plug("");
    assert!(bench.read(512).is_ok());
    assert_eq!(bench.read(512).unwrap_err().0, Status::NoDevice);
    assert!(bench.bus.devices(&|_| true).unwrap().is_empty());
}

/// A loader takes its firmware and is another device then.
#[test]
fn a_device_that_came_back_as_another_does() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"old"));
    recorded.request((TELL, b"fw"));
    let mut renumbered = DEVICE;
    renumbered[10] = 0x16;
    let mut requests = setting_up();
    requests[0].1 = &renumbered;
    requests.iter().for_each(|request| recorded.packets.extend(usbmon_request(true, false, 99, 6, *request)));
    recorded.packets.extend(usbmon_request(true, false, 99, 6, (ASK, b"new")));
    // What the host leaves out on the way does not matter.
    let bench = recorded.capture().plug(",match=loose");
    assert!(bench.control(TELL, b"fw").is_ok());
    assert_eq!(bench.control(ASK, &[]).unwrap_err().0, Status::NoDevice);
    let there = bench.bus.devices(&|_| true).unwrap();
    assert_eq!(there.iter().map(|info| info.product_id).collect::<Vec<_>>(), [0x0816]);
    let device = Device::new(bench.bus.open(&there[0]).unwrap()).unwrap();
    device.claim(0).unwrap();
    let bench = Bench { bus: bench.bus, device };
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"new");
}
