//! Every form of a record, made by hand.

use super::samples::*;
use super::*;
use crate::usb::SetupPacket;

fn read(file: &[u8]) -> Recording {
    Recording::read(file).unwrap_or_else(|error| panic!("{error}"))
}

/// The only device, set up by `setting_up` first.
fn only(file: &[u8]) -> RecordedDevice {
    let mut chain = read(file).choose(&[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(chain.len(), 1);
    chain.remove(0)
}

fn refusal(file: &[u8]) -> String {
    Recording::read(file).and_then(|recording| recording.choose(&[])).expect_err("an error").to_string()
}

fn usbmon_setting_up(long: bool, big_endian: bool) -> Vec<Vec<u8>> {
    setting_up().iter().flat_map(|request| usbmon_request(long, big_endian, 77, 5, *request)).collect()
}

fn usbpcap_setting_up(old: bool) -> Vec<Vec<u8>> {
    setting_up().iter().flat_map(|request| usbpcap_request(old, *request)).collect()
}

/// Packets of usbmon behind the set-up of the device, in the form that is used where the form does not matter.
fn usbmon_capture(records: &[Usbmon]) -> Vec<u8> {
    let mut packets = usbmon_setting_up(true, false);
    packets.extend(records.iter().map(|record| record.bytes(true, false)));
    capture(Format::PcapNg, false, 220, &packets)
}

fn usbpcap_capture(old: bool, records: &[Usbpcap]) -> Vec<u8> {
    let mut packets = usbpcap_setting_up(old);
    packets.extend(records.iter().map(Usbpcap::bytes));
    capture(Format::Pcap, false, 249, &packets)
}

#[test]
fn every_format_of_usbmon_says_the_same() {
    for format in [Format::Pcap, Format::PcapNg] {
        for (big_endian, long) in [(false, true), (true, true), (false, false), (true, false)] {
            let mut packets = usbmon_setting_up(long, big_endian);
            let submission = Usbmon { id: 9, status: -115, length: 512, ..Usbmon::default() };
            let done = Usbmon { kind: b'C', id: 9, length: 3, data: b"abc", ..Usbmon::default() };
            let out = Usbmon { id: 10, endpoint: 2, status: -115, length: 4, data: b"defg", ..Usbmon::default() };
            let sent = Usbmon { kind: b'C', id: 10, endpoint: 2, length: 4, ..Usbmon::default() };
            packets.extend([&submission, &out, &done, &sent].map(|record| record.bytes(long, big_endian)));
            let device = only(&capture(format, big_endian, if long { 220 } else { 189 }, &packets));
            assert_eq!((device.bus, device.address, device.ids()), (2, 5, Some((0x4711, 0x0815))));
            assert_eq!(device.device_descriptor(), Some(DEVICE));
            assert_eq!(device.configurations(), [&CONFIGURATION[..]]);
            assert_eq!(device.configuration, Some(1));
            assert_eq!((device.first, device.last), (1, 12));
            let read = &device.endpoints[&0x81][0];
            assert_eq!((read.frame, read.completion, read.asked, read.actual), (9, Some(11), Some(512), 3));
            assert_eq!((read.received(), read.outcome, read.is_cut()), (&b"abc"[..], Outcome::Done, false));
            assert_eq!(read.completed.unwrap() - read.submitted.unwrap(), 2000);
            let write = &device.endpoints[&0x02][0];
            assert_eq!((write.frame, write.completion, write.asked, write.actual), (10, Some(12), Some(4), 4));
            assert_eq!((&write.data[..], write.outcome), (&b"defg"[..], Outcome::Done));
            assert_eq!(device.endpoints[&0].len(), 4);
            assert_eq!(device.endpoints[&0][1].setup.unwrap().length, 9);
        }
    }
}

/// In the order of the submissions, whatever the order of the completions.
#[test]
fn completions_find_their_submissions_by_number() {
    let submission = |id| Usbmon { id, status: -115, length: 512, ..Usbmon::default() };
    let done = |id, data| Usbmon { kind: b'C', id, length: 1, data, ..Usbmon::default() };
    // A number is used again once the first transfer is complete.
    let records = [submission(1), submission(2), done(2, b"2"), done(1, b"1"), submission(1), done(1, b"3")];
    let device = only(&usbmon_capture(&records));
    let data: Vec<&[u8]> = device.endpoints[&0x81].iter().map(Urb::received).collect();
    assert_eq!(data, [b"1", b"2", b"3"]);
}

#[test]
fn endings_of_usbmon() {
    let cases = [
        (0, Outcome::Done),
        (-121, Outcome::Done),
        (-32, Outcome::Stalled),
        (-75, Outcome::Overflow),
        (-71, Outcome::Failed),
        (-110, Outcome::Failed),
        (-2, Outcome::Cancelled),
        (-104, Outcome::Cancelled),
        (-108, Outcome::Gone),
    ];
    for (status, outcome) in cases {
        let submission = Usbmon { id: 9, status: -115, length: 512, ..Usbmon::default() };
        let done = Usbmon { kind: b'C', id: 9, status, length: 2, data: b"xy", ..Usbmon::default() };
        let device = only(&usbmon_capture(&[submission, done]));
        let urb = &device.endpoints[&0x81][0];
        assert_eq!((urb.outcome, urb.received()), (outcome, &b"xy"[..]), "{status}");
        assert_eq!(device.gone, outcome == Outcome::Gone);
    }
}

/// The host controller's driver refused it: the third kind of record.
#[test]
fn a_submission_that_was_refused_moved_nothing() {
    let submission = Usbmon { id: 9, endpoint: 2, status: -115, length: 3, data: b"abc", ..Usbmon::default() };
    let error = Usbmon { kind: b'E', id: 9, endpoint: 2, status: -19, ..Usbmon::default() };
    let device = only(&usbmon_capture(&[submission, error]));
    let urb = &device.endpoints[&2][0];
    assert_eq!((urb.outcome, urb.actual, &urb.data[..]), (Outcome::Gone, 0, &b"abc"[..]));
}

#[test]
fn what_a_snap_length_cut_off_is_known_to_be_missing() {
    let submission = Usbmon { id: 9, status: -115, length: 512, ..Usbmon::default() };
    let done = Usbmon { kind: b'C', id: 9, length: 512, data: b"xy", ..Usbmon::default() };
    let device = only(&usbmon_capture(&[submission.clone(), done.clone()]));
    let urb = &device.endpoints[&0x81][0];
    assert!(urb.is_cut() && urb.received() == b"xy" && urb.actual == 512);
    // The file's own cut: len_cap says more than the packet has.
    let mut packets = usbmon_setting_up(true, false);
    packets.push(submission.bytes(true, false));
    let cut = done.bytes(true, false);
    packets.push(cut[..cut.len() - 1].to_vec());
    let device = only(&capture(Format::Pcap, false, 220, &packets));
    assert!(device.endpoints[&0x81][0].received() == b"x");
    // Cut inside the header: no record.
    packets.pop();
    packets.push(cut[..63].to_vec());
    let device = only(&capture(Format::Pcap, false, 220, &packets));
    assert_eq!(device.endpoints[&0x81][0].outcome, Outcome::Unknown);
}

#[test]
fn a_submission_or_a_completion_alone() {
    let submission = Usbmon { id: 9, status: -115, length: 512, ..Usbmon::default() };
    let again = Usbmon { id: 9, status: -115, length: 64, ..Usbmon::default() };
    let first = Usbmon { kind: b'C', id: 3, length: 2, data: b"in", ..Usbmon::default() };
    let written = Usbmon { kind: b'C', id: 4, endpoint: 2, length: 7, ..Usbmon::default() };
    let request = Usbmon { kind: b'C', id: 5, transfer: 2, endpoint: 0x80, length: 1, data: b"x", ..Usbmon::default() };
    let device = only(&usbmon_capture(&[first, written, request, submission, again]));
    let read = &device.endpoints[&0x81];
    assert_eq!((read[0].asked, read[0].received(), read[0].outcome), (None, &b"in"[..], Outcome::Done));
    assert_eq!((read[1].outcome, read[2].outcome, read.len()), (Outcome::Unknown, Outcome::Unknown, 3));
    let write = &device.endpoints[&2][0];
    assert_eq!((write.asked, write.actual, write.data.len(), write.outcome), (Some(7), 7, 0, Outcome::Done));
    // A request of which only the answer is known is none.
    assert_eq!(device.endpoints[&0].len(), 4);
}

#[test]
fn isochronous_packets_of_usbmon() {
    let asked = [(-18, 0, 8), (-18, 8, 8), (-18, 16, 8)];
    let done = [(0, 0, 3), (-71, 8, 0), (0, 16, 2)];
    let submission =
        Usbmon { id: 9, transfer: 0, status: -115, length: 24, packets: &asked, endpoint: 0x85, ..Usbmon::default() };
    let mut data = vec![0; 18];
    data[..3].copy_from_slice(b"abc");
    data[16..].copy_from_slice(b"de");
    for (big_endian, long) in [(false, true), (true, true), (false, false), (true, false)] {
        let done = Usbmon { kind: b'C', status: 0, length: 5, packets: &done, data: &data, ..submission.clone() };
        let mut packets = usbmon_setting_up(long, big_endian);
        packets.extend([&submission, &done].map(|record| record.bytes(long, big_endian)));
        let device = only(&capture(Format::PcapNg, big_endian, if long { 220 } else { 189 }, &packets));
        let urb = &device.endpoints[&0x85][0];
        let expected = [(0, 8, 3, Outcome::Done), (8, 8, 0, Outcome::Failed), (16, 8, 2, Outcome::Done)];
        let found: Vec<_> = urb.packets.iter().map(|p| (p.offset, p.asked, p.actual, p.outcome)).collect();
        assert_eq!(found, expected);
        assert_eq!(&urb.data[16..18], b"de");
    }
}

#[test]
fn every_version_of_usbpcap_says_the_same() {
    for old in [false, true] {
        for format in [Format::Pcap, Format::PcapNg] {
            let mut packets = usbpcap_setting_up(old);
            packets.extend(usbpcap_request(old, ([0x40, 7, 1, 2, 3, 4, 3, 0], b"out")));
            packets.extend(usbpcap_request(old, ([0xc0, 8, 0, 0, 0, 0, 16, 0], b"in")));
            // SET_INTERFACE, as USBPcap writes it.
            packets.extend(usbpcap_request(old, ([0, 0x0b, 2, 0, 1, 0, 0, 0], b"")));
            let device = only(&capture(format, false, 249, &packets));
            assert_eq!((device.bus, device.address, device.ids()), (2, 5, Some((0x4711, 0x0815))));
            assert_eq!(device.configurations(), [&CONFIGURATION[..]]);
            let requests = &device.endpoints[&0];
            assert_eq!(requests.len(), 7);
            let [out, back, interface] = &requests[4..] else { panic!() };
            let setup = SetupPacket { request_type: 0x40, request: 7, value: 0x201, index: 0x403, length: 3 };
            assert_eq!((out.setup, &out.data[..], out.actual), (Some(setup), &b"out"[..], 3));
            assert_eq!((back.received(), back.asked, back.outcome), (&b"in"[..], Some(16), Outcome::Done));
            let setup = interface.setup.unwrap();
            assert_eq!((setup.request_type, setup.request, setup.value, setup.index), (1, 0x0b, 2, 1));
        }
    }
}

#[test]
fn transfers_of_usbpcap() {
    let asked = Usbpcap { irp: 9, ..Usbpcap::default() };
    let came = Usbpcap { irp: 9, completes: true, data: b"abc", ..Usbpcap::default() };
    let out = Usbpcap { irp: 10, endpoint: 2, data: b"defg", ..Usbpcap::default() };
    let sent = Usbpcap { irp: 10, endpoint: 2, completes: true, ..Usbpcap::default() };
    let device = only(&usbpcap_capture(false, &[asked, out.clone(), came.clone(), sent]));
    let read = &device.endpoints[&0x81][0];
    assert_eq!((read.asked, read.received(), read.outcome), (None, &b"abc"[..], Outcome::Done));
    let write = &device.endpoints[&2][0];
    assert_eq!((write.asked, write.actual, write.outcome), (Some(4), 4, Outcome::Done));
    // Before 1.5 there were completions of IN transfers and submissions of OUT transfers only.
    let device = only(&usbpcap_capture(true, &[out, came]));
    assert_eq!(device.endpoints[&0x81][0].received(), b"abc");
    let write = &device.endpoints[&2][0];
    assert_eq!((&write.data[..], write.actual, write.outcome), (&b"defg"[..], 4, Outcome::Done));
}

#[test]
fn endings_of_usbpcap() {
    let cases = [
        (0, Outcome::Done),
        (0xc000_0004, Outcome::Stalled),
        (0xc000_0030, Outcome::Stalled),
        (0xc000_0012, Outcome::Overflow),
        (0xc000_0005, Outcome::Failed),
        (0xc001_0000, Outcome::Cancelled),
        (0xc000_7000, Outcome::Gone),
    ];
    for (status, outcome) in cases {
        let record = Usbpcap { status, completes: true, ..Usbpcap::default() };
        let device = only(&usbpcap_capture(false, &[Usbpcap::default(), record]));
        assert_eq!(device.endpoints[&0x81][0].outcome, outcome, "{status:x}");
    }
}

/// The bytes of an IN completion stand one behind the other, and the offsets say so.
#[test]
fn isochronous_packets_of_usbpcap() {
    let at = Usbpcap { transfer: 0, endpoint: 0x85, ..Usbpcap::default() };
    let asked = Usbpcap { packets: Some(&[(0, 0, 0), (8, 0, 0), (16, 0, 0)]), ..at.clone() };
    let done = [(0, 3, 0), (3, 0, 0xc000_0011), (3, 2, 0)];
    let came = Usbpcap { completes: true, packets: Some(&done), data: b"abcde", ..at };
    let device = only(&usbpcap_capture(false, &[asked, came]));
    let urb = &device.endpoints[&0x85][0];
    let found: Vec<_> = urb.packets.iter().map(|p| (p.offset, p.actual, p.outcome)).collect();
    assert_eq!(found, [(0, 3, Outcome::Done), (3, 0, Outcome::Failed), (3, 2, Outcome::Done)]);
    assert_eq!((urb.packets[0].asked, urb.packets[1].asked), (8, 8));
    // OUT: the data stand with the submission, where the packets' lengths are not said.
    let at = Usbpcap { transfer: 0, endpoint: 0x05, ..Usbpcap::default() };
    let sent = Usbpcap { packets: Some(&[(0, 0, 0), (2, 0, 0)]), data: b"abcde", ..at.clone() };
    let done = Usbpcap { completes: true, packets: Some(&[(0, 0, 0), (2, 0, 0)]), ..at };
    let device = only(&usbpcap_capture(false, &[sent, done]));
    let urb = &device.endpoints[&0x05][0];
    let found: Vec<_> = urb.packets.iter().map(|p| (p.offset, p.asked, p.actual, p.outcome)).collect();
    assert_eq!(found, [(0, 2, 2, Outcome::Done), (2, 3, 3, Outcome::Done)]);
}

#[test]
fn what_windows_does_besides_is_passed_over() {
    let noise = [
        Usbpcap { transfer: 0xfe, ..Usbpcap::default() },
        Usbpcap { transfer: 0xff, endpoint: 0, ..Usbpcap::default() },
        Usbpcap { endpoint: 0xff, completes: true, data: b"whose?", ..Usbpcap::default() },
        Usbpcap { device: 0xffff, completes: true, data: b"whose?", ..Usbpcap::default() },
        // A control request without a stage.
        Usbpcap { transfer: 2, endpoint: 0, ..Usbpcap::default() },
    ];
    let device = only(&usbpcap_capture(false, &noise));
    assert_eq!(device.endpoints.keys().collect::<Vec<_>>(), [&0]);
    assert_eq!(device.endpoints[&0].len(), 4);
}

/// What the host asks a device with these identifiers.
fn setting_up_of(vendor: u16, product: u16, address: u8) -> Vec<Vec<u8>> {
    let mut descriptor = DEVICE;
    descriptor[8..10].copy_from_slice(&vendor.to_le_bytes());
    descriptor[10..12].copy_from_slice(&product.to_le_bytes());
    let mut requests = setting_up();
    requests[0].1 = &descriptor;
    requests.iter().flat_map(|request| usbmon_request(true, false, 77, address, *request)).collect()
}

fn addresses(file: &[u8], places: &[Place]) -> Vec<u16> {
    let chain = read(file).choose(places).unwrap_or_else(|error| panic!("{error}"));
    chain.iter().map(|device| device.address).collect()
}

#[test]
fn one_of_several_devices_is_chosen() {
    // Two at the same time, and a hub that is none of them.
    let mut hub = DEVICE;
    hub[4] = 9;
    let mut packets: Vec<_> = usbmon_request(true, false, 77, 1, (get_descriptor(1, 0, 18), &hub)).into();
    packets.extend(usbmon_request(true, false, 77, 1, (get_descriptor(2, 0, 32), &CONFIGURATION)));
    packets.extend([setting_up_of(0x1111, 1, 5), setting_up_of(0x2222, 2, 6)].concat());
    packets.extend(usbmon_request(true, false, 77, 5, ([0xc0, 1, 0, 0, 0, 0, 1, 0], b"x")));
    let file = capture(Format::PcapNg, false, 220, &packets);
    let error = refusal(&file);
    assert!(error.contains("several devices, 2.5 (1111:0001) and 2.6 (2222:0002): choose one"), "{error}");
    assert!(error.contains("device=BUS.ADDRESS"), "{error}");
    assert_eq!(addresses(&file, &[(2, 5)]), [5]);
    assert_eq!(addresses(&file, &[(2, 6)]), [6]);
    assert_eq!(addresses(&file, &[(2, 1)]), [1]);
    assert_eq!(addresses(&file, &[(2, 6), (2, 5)]), [6, 5]);
    let error = read(&file).choose(&[(2, 7)]).err().unwrap().to_string();
    assert!(error.contains("no device 2.7; it has 2.5 (1111:0001) and 2.6 (2222:0002)"), "{error}");
}

/// A loader that takes firmware and comes back as another device.
#[test]
fn a_device_that_comes_back_is_the_same_one() {
    let loaded = usbmon_request(true, false, 77, 5, ([0x40, 0xa0, 0, 0, 0, 0, 1, 0], b"x")).to_vec();
    let packets = [setting_up_of(0x04b4, 0x8613, 5), loaded, setting_up_of(0x04b4, 0x1004, 6)].concat();
    assert_eq!(addresses(&capture(Format::PcapNg, false, 220, &packets), &[]), [5, 6]);
    // Under another vendor's number, when it was seen to leave.
    let lost = Usbmon { status: -115, ..Usbmon::default() };
    let left = Usbmon { kind: b'C', status: -108, ..Usbmon::default() };
    let leaving = vec![lost.bytes(true, false), left.bytes(true, false)];
    let packets = [setting_up_of(0x04b4, 0x8613, 5), leaving, setting_up_of(0x2222, 2, 6)].concat();
    assert_eq!(addresses(&capture(Format::PcapNg, false, 220, &packets), &[(2, 5)]), [5, 6]);
    assert_eq!(addresses(&capture(Format::PcapNg, false, 220, &packets), &[(2, 6)]), [6]);
    // With the same address, as Windows does.
    let packets = [setting_up_of(0x04b4, 0x8613, 5), setting_up_of(0x04b4, 0x1004, 5)].concat();
    let chain = read(&capture(Format::PcapNg, false, 220, &packets)).choose(&[]).unwrap();
    let ids: Vec<_> = chain.iter().map(|device| device.ids().unwrap()).collect();
    assert_eq!(ids, [(0x04b4, 0x8613), (0x04b4, 0x1004)]);
    assert_eq!(chain[1].endpoints[&0].len(), 4);
    // The same device again: the host has given it its address once more.
    let at_zero = usbmon_request(true, false, 77, 0, ([0, 5, 5, 0, 0, 0, 0, 0], b""));
    let packets = [setting_up_of(1, 1, 5), at_zero.into(), setting_up_of(1, 1, 5)].concat();
    assert_eq!(addresses(&capture(Format::PcapNg, false, 220, &packets), &[]), [5, 5]);
}

#[test]
fn a_capture_without_descriptors_says_how_to_record_them() {
    let read = [Usbmon { status: -115, ..Usbmon::default() }, Usbmon { kind: b'C', ..Usbmon::default() }];
    let records = read.map(|record| record.bytes(true, false));
    let error = refusal(&capture(Format::PcapNg, false, 220, &records));
    assert!(error.contains("no device descriptor of device 2.5: start the capture first and plug"), "{error}");
    assert!(error.contains("usbx --capture"), "{error}");
    // A snap length that cut the configuration.
    let beginning = &usbmon_setting_up(true, false)[..4];
    let error = refusal(&capture(Format::PcapNg, false, 220, beginning));
    assert!(error.contains("no whole configuration descriptor of device 2.5 (4711:0815)"), "{error}");
}

#[test]
fn what_is_no_capture_of_usb_is_refused() {
    let whole = usbmon_capture(&[]);
    for (file, expected) in [
        (&b""[..], "not a capture"),
        (b"PK\x03\x04", "not a capture"),
        (b"#!/bin/sh\nexit 1\n", "not a capture"),
        (&section(false, 220), "the capture has no packet"),
        (&whole[..whole.len() - 1], "the file is cut: it ends in the middle of a block, after frame 7"),
        (&whole[..whole.len() - 100], "the file is cut"),
        (&capture(Format::Pcap, false, 1, &[vec![0; 60]]), "not of USB: its link type is 1"),
        (&capture(Format::PcapNg, true, 1, &[vec![0; 60]]), "not of USB: its link type is 1"),
    ] {
        let error = refusal(file);
        assert!(error.contains(expected), "{error}");
    }
    // A block that says that its packet is longer than it is itself.
    let mut lying = section(false, 220);
    let mut packet = enhanced_packet(false, 0, 0, &[0; 64]);
    packet[20] = 200;
    lying.extend(packet);
    assert!(refusal(&lying).contains("damaged after frame 0"), "{}", refusal(&lying));
    // Lengths that nothing has are refused before memory is asked for.
    let mut long = section(false, 220);
    long.extend([6, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    assert!(refusal(&long).contains("a block of 4294967280 bytes"), "{}", refusal(&long));
    let mut long = capture(Format::Pcap, false, 220, &[]);
    long.extend([0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
    assert!(refusal(&long).contains("a block of 4294967295 bytes"), "{}", refusal(&long));
}

/// A section of another byte order follows, and an interface that is no USB is beside the one that is.
#[test]
fn sections_and_interfaces_have_their_own_kind() {
    let mut file = usbmon_capture(&[Usbmon { status: -115, ..Usbmon::default() }]);
    let done = Usbmon { kind: b'C', length: 1, data: b"x", ..Usbmon::default() }.bytes(true, true);
    file.extend(section(true, 1));
    file.extend(&section(true, 220)[28..]);
    file.extend(enhanced_packet(true, 0, 5, &[0; 60]));
    file.extend(enhanced_packet(true, 1, 6, &done));
    let device = only(&file);
    let urb = &device.endpoints[&0x81][0];
    assert_eq!((urb.frame, urb.completion, urb.received()), (9, Some(11), &b"x"[..]));
    assert_eq!(urb.completed, Some(6));
}

#[test]
fn a_file_that_cannot_be_opened_is_named_by_the_system() {
    let error = Recording::open(Path::new("/nonexistent/file.pcapng")).unwrap_err();
    assert_eq!(error.status, Status::NotFound);
    assert!(error.to_string().contains("No such file"), "{error}");
    let error = Recording::open(Path::new("/")).unwrap_err();
    assert!(error.to_string().contains("directory"), "{error}");
}
