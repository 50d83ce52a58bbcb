//! What a recording does at which time, and packets: asked of the model itself.

use super::*;
use crate::bus::simulated::model::WholePackets;

/// Asks the model itself, at times of the test's own.
struct Direct {
    model: Box<dyn Model>,
    start: Instant,
}

impl Direct {
    fn new(recorded: &Recorded, options: &str) -> Direct {
        let (_, model) = recorded.capture().device(options).unwrap();
        Direct { model, start: Instant::now() }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    fn advance(&mut self, endpoint: u8, bytes: &[u8], ms: u64) -> Option<Vec<u8>> {
        let mut bytes = bytes.to_vec();
        let (finished, count) = self.move_bytes(endpoint, &mut bytes, ms);
        finished.map(|_| bytes[..count].to_vec())
    }

    fn moved(&mut self, endpoint: u8, length: usize, ms: u64) -> (Finished, usize) {
        self.move_bytes(endpoint, &mut vec![0; length], ms)
    }

    fn move_bytes(&mut self, endpoint: u8, bytes: &mut [u8], ms: u64) -> (Finished, usize) {
        let now = self.at(ms);
        let mut moved = (None, 0);
        with_buffer(bytes, |mut buffer| {
            let mut transfer = WholeTransfer {
                endpoint,
                packet_size: 512,
                moved: 0,
                packets: None,
                buffer: &mut buffer,
                corrupted: None,
            };
            moved = (self.model.advance(&mut transfer, now), transfer.moved);
            Moved { transferred: 0, result: Ok(()) }
        });
        moved
    }
}

#[test]
fn an_answer_waits_for_the_command() {
    let mut recorded = Recorded::new();
    recorded.written(b"command");
    recorded.read(512, b"answer");
    let mut direct = Direct::new(&recorded, "");
    // A read that was begun before.
    assert_eq!(direct.advance(IN, &[0; 512], 100), None);
    assert!(direct.model.due(IN, direct.at(100)).is_some());
    assert_eq!(direct.advance(OUT, b"command", 200).unwrap(), b"command");
    assert_eq!(direct.advance(IN, &[0; 512], 200).unwrap(), b"answer");
    assert_eq!(direct.model.due(IN, direct.at(200)), None);
    // But not for ever.
    let mut direct = Direct::new(&recorded, "");
    assert_eq!(direct.advance(IN, &[0; 512], 100), None);
    let due = direct.model.due(IN, direct.at(100)).unwrap();
    assert_eq!(due, direct.at(1100), "a second after it was wanted");
    // Also if it is wanted again and again.
    direct.model.gave_up(IN);
    assert_eq!(direct.advance(IN, &[0; 512], 1000), None);
    assert_eq!(direct.advance(IN, &[0; 512], 1100).unwrap(), b"answer");
}

/// A stream takes what has come from time to time, by a cancel. What is still to come then is not lost.
#[test]
fn what_is_held_back_outlasts_a_cancel() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"go"));
    recorded.ended(IN, 512, b"part", -2);
    let mut direct = Direct::new(&recorded, "");
    assert_eq!(direct.advance(IN, &[0; 512], 0), None);
    direct.model.gave_up(IN);
    let setup = SetupPacket { request_type: 0xc0, request: 1, value: 0, index: 0, length: 4 };
    let request = crate::bus::simulated::Request { id: 1, setup: &setup, data: &[] };
    assert_eq!(direct.model.control(&request, direct.at(1)), Answer::Data(b"go".to_vec()));
    assert_eq!(direct.moved(IN, 512, 2), (None, 4));
    direct.model.gave_up(IN);
    assert_eq!(direct.moved(IN, 512, 3), (Some(Err(Status::Other)), 0));
}

#[test]
fn isochronous_packets_come_one_by_one() {
    let mut recorded = Recorded::new();
    let asked = [(-18, 0, 8), (-18, 8, 8), (-18, 16, 8)];
    let done = [(0, 0, 3), (-71, 8, 0), (0, 16, 8)];
    for id in [50, 51] {
        let at = Usbmon { id, transfer: 0, endpoint: 0x85, ..Usbmon::default() };
        recorded.add(Usbmon { status: -115, length: 24, packets: &asked, ..at.clone() });
        let data: Vec<u8> = (0..24).map(|byte| byte + id as u8).collect();
        recorded.add(Usbmon { kind: b'C', length: 11, packets: &done, data: &data, ..at });
    }
    let (_, mut model) = recorded.capture().device("").unwrap();
    let mut packets = |lengths: &[u32]| {
        let mut bytes = vec![0; 32];
        let (mut results, mut at, mut moved, mut finished) = (Vec::new(), 0, 0, None);
        with_buffer(&mut bytes, |mut buffer| {
            let packets = Some(WholePackets { lengths, results: &mut results, at: &mut at });
            let (buffer, packet_size) = (&mut buffer, 8);
            let mut transfer =
                WholeTransfer { endpoint: 0x85, packet_size, moved: 0, packets, buffer, corrupted: None };
            finished = model.advance(&mut transfer, Instant::now());
            moved = transfer.moved;
            Moved { transferred: 0, result: Ok(()) }
        });
        (finished, results, moved, bytes)
    };
    // As it was.
    let (finished, results, moved, bytes) = packets(&[8, 8, 8]);
    assert_eq!((finished, moved), (Some(Ok(())), 11));
    assert_eq!(results, [(3, Ok(())), (0, Err(Status::Io)), (8, Ok(()))]);
    assert_eq!((&bytes[..4], &bytes[16..18]), (&[50, 51, 52, 0][..], &[66, 67][..]));
    // Otherwise divided: the second transfer's packets in two, and one that is not there.
    assert_eq!(packets(&[8]).1, [(3, Ok(()))]);
    assert_eq!(packets(&[8, 4, 8]).1, [(0, Err(Status::Io)), (4, Err(Status::Overflow))]);
    assert_eq!(packets(&[8]).0, Some(Err(Status::Other)));
    assert!(model.explanation(0x85).unwrap().contains("is at its end"));
}

#[test]
fn recorded_times_are_kept_where_asked_for() {
    let mut recorded = Recorded::new();
    recorded.read(512, b"1");
    recorded.read(512, b"2");
    // Frames are a microsecond apart; a read takes one, and the next begins one later.
    let mut direct = Direct::new(&recorded, ",timing=recorded");
    assert_eq!(direct.advance(IN, &[0; 512], 5), None);
    assert_eq!(direct.model.due(IN, direct.at(5)), Some(direct.at(5) + Duration::from_micros(1)));
    assert_eq!(direct.advance(IN, &[0; 512], 6).unwrap(), b"1");
    assert_eq!(direct.advance(IN, &[0; 512], 6), None);
    assert_eq!(direct.model.due(IN, direct.at(6)), Some(direct.at(6) + Duration::from_micros(1)));
    let mut direct = Direct::new(&recorded, ",timing=none");
    assert_eq!(direct.advance(IN, &[0; 512], 5).unwrap(), b"1");
}
