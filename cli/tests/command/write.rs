//! The device holds 128 packets, whatever their length, and takes no more: so it shows into how many packets something was cut.

use crate::support::scratch;
use crate::{end, run, signal, start, usbx, DEVICE, LOOPBACK};
use std::io::Write;
use std::process::Stdio;

const PACKETS: usize = 128;
const PACKET: usize = 512;

fn write(length: usize, more: &[&str]) -> crate::Ended {
    let path = scratch("write");
    std::fs::write(&path, vec![0x55; length]).expect("a file");
    let file = path.to_str().expect("a path");
    run(&mut usbx(&[&["write", DEVICE, LOOPBACK, file, "-t", "0.3"], more].concat()))
}

#[test]
fn a_file_goes_in_full_packets() {
    write(PACKETS * PACKET, &[]).expect(0, &[]);
    write((PACKETS - 1) * PACKET + 1, &[]).expect(0, &[]);
    // One more than it holds: what it took is counted.
    write(PACKETS * PACKET + 1, &[]).expect(6, &["took nothing more within 0.3 s", "the device took 65536 bytes"]);
    write(3 << 20, &[]).expect(6, &["the device took 65536 bytes"]);
    write(0, &[]).expect(0, &[]);
}

#[test]
fn a_zero_length_packet_is_sent_where_it_says_something() {
    write((PACKETS - 1) * PACKET, &["--zlp"]).expect(0, &[]);
    write(PACKETS * PACKET, &["--zlp"]).expect(6, &["the device took 65536 bytes"]);
    // A short packet says the same already.
    write((PACKETS - 1) * PACKET + 1, &["--zlp"]).expect(0, &[]);
}

#[test]
fn input_in_odd_pieces_goes_in_full_packets_too() {
    for name in [&[][..], &["-"]] {
        let mut command = usbx(&[&["write", DEVICE, LOOPBACK, "-t", "0.3"], name].concat());
        let mut child = start(command.stdin(Stdio::piped()));
        let mut input = child.stdin.take().expect("a pipe");
        // A write of a pipe that is at most 4096 bytes is one read at the other end, or part of one.
        for piece in vec![0x55; PACKETS * PACKET].chunks(100) {
            input.write_all(piece).expect("taken");
        }
        drop(input);
        end(child).expect(0, &[]);
    }
}

#[test]
fn bytes_of_the_command_line() {
    run(&mut usbx(&["write", DEVICE, LOOPBACK, "--hex", "01 02 ff"])).expect(0, &[]);
    run(&mut usbx(&["write", DEVICE, LOOPBACK, "/nowhere"])).expect(1, &["/nowhere", "No such file"]);
    run(&mut usbx(&["write", DEVICE, LOOPBACK, "/"])).expect(1, &["directory"]);
}

#[test]
fn ctrl_c_ends_it_wherever_it_waits() {
    // For its input ...
    let mut child = start(usbx(&["write", DEVICE, LOOPBACK, "--progress"]).stdin(Stdio::piped()));
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(&[0; 2 * PACKET]).expect("taken");
    wait_until_handled(&child);
    signal(&child, "INT");
    end(child).expect(130, &["the device took", "bytes"]);
    drop(input);
    // ... and for the device.
    let path = scratch("write");
    std::fs::write(&path, vec![0; 1 << 20]).expect("a file");
    let child = start(&mut usbx(&["write", DEVICE, LOOPBACK, path.to_str().expect("a path"), "-t", "0"]));
    wait_until_handled(&child);
    signal(&child, "INT");
    end(child).expect(130, &["the device took"]);
}

/// Until it has a handler for SIGINT, as its status in /proc says.
fn wait_until_handled(child: &std::process::Child) {
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(60);
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("a process");
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).expect("SigCgt");
        if u64::from_str_radix(caught.trim(), 16).expect("a mask") & 1 << 1 != 0 {
            return;
        }
        assert!(std::time::Instant::now() < limit, "no handler");
        std::thread::yield_now();
    }
}
