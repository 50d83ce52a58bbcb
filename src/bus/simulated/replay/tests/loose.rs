//! match=loose: requests in any order, and data as a stream.

use super::*;

#[test]
fn a_loose_replay_answers_in_any_order_and_again() {
    let mut recorded = Recorded::new();
    recorded.request((ASK, b"1"));
    recorded.request((ASK_MORE, b"2"));
    recorded.request((ASK, b"3"));
    recorded.request((TELL, b"ok"));
    let bench = recorded.capture().plug(",match=loose");
    assert_eq!(bench.control(TELL, b"no").unwrap(), b"no");
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"1");
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"3");
    assert_eq!(bench.control(ASK, &[]).unwrap(), b"3");
    assert_eq!(bench.control(ASK_MORE, &[]).unwrap(), b"2");
    says(&bench.control([0xc0, 9, 0, 0, 0, 0, 4, 0], &[]), &["no such request: c0 09"]);
}

#[test]
fn a_loose_replay_cuts_what_came_to_the_reads() {
    let mut recorded = Recorded::new();
    recorded.read(512, &[1; 512]);
    recorded.read(512, &[2; 100]);
    recorded.ended(IN, 512, &[], -2);
    recorded.read(4, b"last");
    let capture = recorded.capture();
    // As in the recording, the read is too short for it.
    says(&capture.plug("").read(100), &["frame 9", "512 bytes came there, and this read takes 100"]);
    let bench = capture.plug(",match=loose");
    assert_eq!(bench.read(300).unwrap(), [1; 300]);
    // Across the end of a full transfer, up to that of a short one.
    let got = bench.read(1000).unwrap();
    assert_eq!((got.len(), got[211], got[212]), (312, 1, 2));
    assert_eq!(bench.read(2).unwrap(), b"la");
    assert_eq!(bench.read(100).unwrap(), b"st");
    says(&bench.read(100), &["is at its end"]);
}

#[test]
fn a_loose_replay_takes_what_is_written_and_is_silent_at_its_end() {
    let mut recorded = Recorded::new();
    recorded.written(b"one");
    recorded.ended(OUT, 3, b"two", -32);
    recorded.read(512, b"data");
    recorded.ended(IN, 512, &[], -2);
    let bench = recorded.capture().plug(",match=loose");
    assert_eq!(bench.write(b"o").unwrap(), b"o");
    assert_eq!(bench.write(b"ne").unwrap_err().0, Status::Pipe);
    assert_eq!(bench.write(b"more").unwrap(), b"more");
    assert_eq!(bench.read(512).unwrap(), b"data");
    // As often as the host asks.
    for _ in 0..3 {
        assert_eq!(bench.transfer(IN, vec![0; 512], 1).unwrap_err().0, Status::Timeout);
    }
}
