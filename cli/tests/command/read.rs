use crate::support::scratch;
use crate::{end, frames, run, signal, start, usbx, DEVICE, FRAMES, REPORTS, SAMPLES, SILENT, START, UNPACED};
use std::io::Read;

/// So many samples a second that some frames are there when the next request comes, and never more than the device keeps.
const FASTEST: &str = "vendor,out 3 0 0 ff ff ff ff";
const STOP: &str = "vendor,out 2 0 0";

#[test]
fn so_many_bytes_and_not_more() {
    let ended = run(&mut usbx(&["read", DEVICE, FRAMES, "--start", UNPACED, "--start", START, "-n", "5M"]));
    assert_eq!(ended.expect(0, &[]).stdout.len(), 5 << 20);
    assert_eq!(frames(&ended.stdout), 10240);
    assert_eq!(ended.stderr, "");
    let ended = run(&mut usbx(&["read", DEVICE, FRAMES, "--start", START, "-n", "1000"]));
    assert_eq!(ended.expect(0, &["dropped 24 extra bytes"]).stdout.len(), 1000);
    assert_eq!(frames(&ended.stdout), 2);
}

#[test]
fn for_so_long_and_without_a_gap() {
    let ended = run(&mut usbx(&["read", DEVICE, FRAMES, "--start", UNPACED, "--start", START, "--for", "0.5"]));
    assert!(frames(&ended.expect(0, &[]).stdout) > 100);
    // Only what never sends is an error then.
    run(&mut usbx(&["read", DEVICE, SILENT, "--for", "0.2"])).expect(6, &["nothing came", "0 bytes read"]);
}

#[test]
fn what_came_before_the_time_was_up_is_kept_and_counted() {
    let arguments = ["read", DEVICE, FRAMES, "--start", FASTEST, "--start", START, "--start", STOP, "-t", "0.2"];
    let ended = run(&mut usbx(&[&arguments[..], &["-n", "1M"]].concat()));
    let count = ended.stdout.len();
    assert!(count > 0 && count < 1 << 20, "{count}");
    ended.expect(6, &["nothing more came", &format!("{count} of 1048576 bytes read")]);
    // Without a number of bytes, the silence is the end.
    let ended = run(&mut usbx(&arguments));
    assert!(!ended.expect(0, &[]).stdout.is_empty());
    run(&mut usbx(&["read", DEVICE, SILENT, "-t", "0.2"])).expect(6, &["nothing came", "0x84"]);
}

#[test]
fn interrupt_and_isochronous_endpoints_are_read_too() {
    let ended = run(&mut usbx(&["read", DEVICE, REPORTS, "-n", "48"]));
    let reports: Vec<&[u8]> = ended.expect(0, &[]).stdout.chunks(16).collect();
    let uptime = |report: &[u8]| u32::from_le_bytes([report[12], report[13], report[14], report[15]]);
    assert!(reports.len() == 3 && uptime(reports[0]) < uptime(reports[1]) && uptime(reports[1]) < uptime(reports[2]));
    // Its alternate setting is selected without being named.
    let ended = run(&mut usbx(&["read", DEVICE, SAMPLES, "--start", START, "-n", "5K"]));
    let samples = &ended.expect(0, &[]).stdout;
    assert!(samples.len() == 5120 && samples.chunks(512).all(|frame| frame.starts_with(b"ACQ1")));
}

#[test]
fn ctrl_c_keeps_what_came_and_counts_it() {
    for more in [&[][..], &["-n", "1G"]] {
        let mut child =
            start(&mut usbx(&[&["read", DEVICE, FRAMES, "--start", START, "--timeout", "0"], more].concat()));
        let mut first = [0; 1024];
        child.stdout.as_mut().expect("a pipe").read_exact(&mut first).expect("two frames");
        signal(&child, "INT");
        let ended = end(child);
        let all = [&first[..], &ended.stdout].concat();
        frames(&all);
        ended.expect(130, &[&format!("{}", all.len()), "bytes read"]);
    }
}

#[test]
fn ctrl_c_ends_a_wait_for_ever() {
    for more in [&[][..], &["-n", "8"]] {
        let child = start(&mut usbx(&[&["read", DEVICE, SILENT, "--timeout", "0", "--progress"], more].concat()));
        // A second's line of --progress says that it waits.
        let mut child = child;
        let mut line = [0; 7];
        child.stderr.as_mut().expect("a pipe").read_exact(&mut line).expect("a line");
        assert_eq!(&line, b"0 bytes");
        signal(&child, "TERM");
        end(child).expect(143, &[]);
    }
}

#[test]
fn a_reader_that_goes_is_no_news() {
    let mut child = start(&mut usbx(&["read", DEVICE, FRAMES, "--start", UNPACED, "--start", START, "-n", "1G"]));
    let mut first = [0; 512];
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("a frame");
    let ended = end(child);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(141), ""));
}

#[test]
fn a_file_gets_the_bytes_or_the_reason_is_said() {
    let path = scratch("read");
    let file = path.to_str().expect("a path");
    let ended = run(&mut usbx(&["read", DEVICE, FRAMES, "--start", START, "-n", "2K", "-o", file]));
    assert_eq!(ended.expect(0, &[]).stdout(), "");
    assert_eq!(frames(&std::fs::read(&path).expect("the file")), 4);
    // No device, no harm.
    run(&mut usbx(&["read", "dead:beef", FRAMES, "-o", file])).expect(3, &[]);
    run(&mut usbx(&["read", DEVICE, "0x8f", "-o", file])).expect(3, &[]);
    assert_eq!(std::fs::metadata(&path).expect("the file").len(), 2048);
    run(&mut usbx(&["read", DEVICE, FRAMES, "-o", "/nowhere/at/all"])).expect(1, &["/nowhere/at/all", "No such file"]);
    let full = ["read", DEVICE, FRAMES, "--start", START, "-n", "2K", "-o", "/dev/full"];
    run(&mut usbx(&full)).expect(1, &["/dev/full", "No space left", "0 bytes were written"]);
}

/// The reader of the messages has gone: the data are there, and so is the exit code.
#[test]
fn messages_that_nobody_reads_end_nothing() {
    let unread = || std::os::fd::OwnedFd::from(std::os::unix::net::UnixStream::pair().expect("two sockets").0);
    let whole = usbx(&["read", DEVICE, FRAMES, "--start", START, "-n", "2K", "--progress"]).stderr(unread()).output();
    let whole = whole.expect("usbx");
    assert_eq!((whole.status.code(), whole.stdout.len()), (Some(0), 2048));
    let none = usbx(&["read", "dead:beef", FRAMES]).stderr(unread()).status().expect("usbx");
    assert_eq!(none.code(), Some(3));
}

#[test]
fn a_hex_dump_on_request() {
    let ended = run(&mut usbx(&["read", DEVICE, FRAMES, "--start", START, "-n", "32", "--hex"]));
    let first = "00000000  41 43 51 31 00 00 00 00  3e 00 04 00 00 00 00 80  |ACQ1....>.......|\n00000010  ";
    assert!(ended.expect(0, &[]).stdout().starts_with(first), "{}", ended.stdout());
}

#[test]
fn an_endpoint_for_the_other_way_is_named() {
    run(&mut usbx(&["read", DEVICE, "0x02"])).expect(2, &["OUT endpoint", "usbx write"]);
    run(&mut usbx(&["write", DEVICE, "0x81", "--hex", "00"])).expect(2, &["IN endpoint", "usbx read"]);
}
