//! A host that does the same, one that departs from it, and files that cannot be played.

use super::*;

#[test]
fn a_host_that_does_the_same_sees_the_same() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"one"));
    recorded.written(b"command");
    recorded.read(512, b"answer");
    recorded.request((TELL, b"ok"));
    recorded.read(64, &[7; 64]);
    let bench = recorded.capture().plug("");
    assert_eq!(bench.device.info().product_id, 0x0815);
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"one");
    assert_eq!(bench.write(b"command").unwrap(), b"command");
    assert_eq!(bench.read(512).unwrap(), b"answer");
    assert_eq!(bench.control(TELL, b"ok").unwrap(), b"ok");
    assert_eq!(bench.read(64).unwrap(), [7; 64]);
    // Frames 9 to 18; what follows is nowhere.
    says(&bench.read(64), &["bulk read from endpoint 0x81 of 4711:0815", "is at its end", "follows frame 17"]);
    says(&bench.write(b"x"), &["is at its end", "follows frame 11; got 78"]);
    says(&bench.control(ASK, &[]), &["no request after frame 15; got c0 01 00 00 00 00 04 00"]);
}

#[test]
fn every_version_of_usbpcap_plays() {
    for old in [false, true] {
        let mut packets: Vec<Vec<u8>> =
            setting_up().iter().flat_map(|request| usbpcap_request(old, *request)).collect();
        packets.extend(usbpcap_request(old, (ASK, b"one")));
        packets.extend(usbpcap_request(old, (TELL, b"ok")));
        let asked = Usbpcap { irp: 9, ..Usbpcap::default() };
        let came = Usbpcap { irp: 9, completes: true, data: b"answer", ..Usbpcap::default() };
        let out = Usbpcap { irp: 10, endpoint: OUT, data: b"command", ..Usbpcap::default() };
        let sent = Usbpcap { irp: 10, endpoint: OUT, completes: true, ..Usbpcap::default() };
        let transfers = if old { vec![out, came] } else { vec![asked, out, sent, came] };
        packets.extend(transfers.iter().map(Usbpcap::bytes));
        let recorded = Capture::of(capture(Format::Pcap, false, 249, &packets));
        for options in ["", ",match=setup", ",match=loose", ",timing=recorded"] {
            let bench = recorded.plug(options);
            assert_eq!(bench.control(ASK, &[]).unwrap(), b"one");
            assert_eq!(bench.control(TELL, b"ok").unwrap(), b"ok");
            assert_eq!(bench.write(b"command").unwrap(), b"command");
            assert_eq!(bench.read(512).unwrap(), b"answer");
            says(&bench.read(512), &["is at its end"]);
        }
    }
}

#[test]
fn a_departure_says_the_frame_and_both_sides() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"one"));
    recorded.request((TELL, b"ok"));
    recorded.written(&[1; 40]);
    let capture = recorded.capture();
    let bench = capture.plug("");
    says(
        &bench.control(ASK_MORE, &[]),
        &["frame 9: expected c0 01 00 00 00 00 04 00, got c0 02 00 00 00 00 04 00", "match=loose"],
    );
    // It is not lost.
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"one");
    says(&bench.control(TELL, b"no"), &["frame 11: expected 40 03 00 00 00 00 02 00 with 6f 6b, got", "with 6e 6f"]);
    let mut wrong = [1; 40];
    wrong[35] = 2;
    says(&bench.write(&wrong), &["frame 13: expected 01 01", "… (40 bytes)", "at byte 35: 01 01 01 01 01 and 02"]);
    says(&bench.write(&[1; 39]), &["frame 13", "(39 bytes)", "match=setup"]);
    assert!(bench.write(&[1; 40]).is_ok());
    // Set-up packets alone.
    let bench = capture.plug(",match=setup");
    says(&bench.control(TELL, b"ok"), &["frame 9"]);
    assert!(bench.control(ASK, &[]).is_ok());
    assert_eq!(bench.control(TELL, b"no").unwrap(), b"no");
    assert!(bench.write(b"anything").is_ok());
}

/// A driver of the system asked for something, too.
#[test]
fn requests_to_each_interface_have_an_order_of_their_own() {
    let mut recorded = Recorded::new();
    recorded.request(([0x21, 10, 0, 0, 1, 0, 0, 0], &[]));
    recorded.request((ASK, b"1"));
    recorded.request(([0xa1, 1, 0, 0, 0, 0, 4, 0], b"2"));
    let bench = recorded.capture().plug("");
    assert_eq!(bench.control([0xa1, 1, 0, 0, 0, 0, 4, 0], &[]).unwrap(), b"2");
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"1");
    says(&bench.control(ASK, &[]), &["no request after frame 13"]);
}

#[test]
fn standard_requests_are_answered_from_the_recorded_descriptors() {
    let mut recorded = Recorded::new();
    recorded.request(([0x80, 6, 0, 3, 0, 0, 255, 0], &[4, 3, 7, 4]));
    recorded.request(([0x80, 6, 1, 3, 7, 4, 255, 0], &[6, 3, b'O', 0, b'h', 0]));
    recorded.request(([0x81, 6, 0, 0x22, 0, 0, 8, 0], &[5, 1, 9, 6]));
    recorded.request(([0x80, 6, 0, 15, 0, 0, 5, 0], &[5, 15, 5, 0, 0]));
    let bench = recorded.capture().plug("");
    assert_eq!(bench.device.info().product, "Oh");
    // As often as they are asked, whole or in part.
    for _ in 0..2 {
        assert_eq!(bench.control(get_descriptor(1, 0, 18), &[]).unwrap(), DEVICE);
        assert_eq!(bench.control(get_descriptor(2, 0, 20), &[]).unwrap(), CONFIGURATION[..20]);
        assert_eq!(bench.control([0x80, 6, 1, 3, 7, 4, 255, 0], &[]).unwrap(), [6, 3, b'O', 0, b'h', 0]);
        assert_eq!(bench.control([0x81, 6, 0, 0x22, 0, 0, 64, 0], &[]).unwrap(), [5, 1, 9, 6]);
        assert_eq!(bench.control(get_descriptor(15, 0, 5), &[]).unwrap(), [5, 15, 5, 0, 0]);
    }
}

#[test]
fn a_file_that_cannot_be_played_is_named() {
    let error = built_in("replay:/nonexistent.pcapng,match=loose", "").err().unwrap();
    assert!(error.to_string().starts_with("replay of /nonexistent.pcapng: cannot open it: No such file"), "{error}");
    let error = Recorded::default().capture().device("").err().unwrap();
    assert!(error.to_string().contains("the capture has no packet"), "{error}");
    let error = Recorded::new().capture().device(",match=exact").err().unwrap();
    assert!(error.to_string().contains("match=strict"), "{error}");
}
