use crate::support::scratch;
use crate::{run, usbx, DEVICE};
use std::io::Write;
use std::process::Stdio;

#[test]
fn a_request_in_brings_its_bytes() {
    for request_type in ["vendor,in", "0xc0", "192", "in,device,vendor"] {
        let ended = run(&mut usbx(&["control", DEVICE, request_type, "3", "0", "0", "4"]));
        assert_eq!(ended.expect(0, &[]).stdout, 10000u32.to_le_bytes());
    }
    let ended = run(&mut usbx(&["control", DEVICE, "in", "6", "0x0100", "0", "0x12", "--hex"]));
    assert!(ended.expect(0, &[]).stdout().starts_with("00000000  12 01 00 02 "), "{}", ended.stdout());
    let path = scratch("control");
    let file = path.to_str().expect("a path");
    run(&mut usbx(&["control", DEVICE, "vendor,in", "3", "0", "0", "4", "-o", file])).expect(0, &[]);
    assert_eq!(std::fs::read(&path).expect("the file"), 10000u32.to_le_bytes());
}

/// To a full disk no bytes are written, however few they are.
#[test]
fn bytes_that_standard_output_refuses_do_not_count() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let mut command = usbx(&["control", DEVICE, "vendor,in", "3", "0", "0", "4"]);
    let child = command.stdout(full).stderr(Stdio::piped()).spawn().expect("usbx");
    crate::end(child).expect(1, &["standard output", "; 0 bytes were written"]);
}

#[test]
fn a_request_out_takes_its_data_along() {
    let registers = |data: &[&str]| usbx(&[&["control", DEVICE, "vendor,out", "4", "0", "0"], data].concat());
    for data in [&["01", "02"][..], &["0102"], &["01 02"], &["0x01,0x02"]] {
        run(&mut registers(data)).expect(0, &[]);
    }
    // The block has 256 bytes and the device refuses more: so it did get them all.
    let path = scratch("control");
    for (length, code) in [(256, 0), (257, 7)] {
        std::fs::write(&path, vec![7; length]).expect("a file");
        run(&mut registers(&[&format!("@{}", path.display())])).expect(code, &[]);
        let mut child = crate::start(registers(&["@-"]).stdin(Stdio::piped()));
        child.stdin.take().expect("a pipe").write_all(&vec![7; length]).expect("taken");
        crate::end(child).expect(code, &[]);
    }
    run(&mut registers(&["@/nowhere"])).expect(1, &["/nowhere"]);
    run(&mut usbx(&["control", DEVICE, "vendor,out", "1", "0", "0"])).expect(0, &[]);
}

#[test]
fn a_refusal_is_7() {
    let ended = run(&mut usbx(&["control", DEVICE, "vendor,in", "0x99", "0", "0", "4"]));
    assert_eq!(ended.expect(7, &["0x99", "refused the request"]).stdout(), "");
}

#[test]
fn an_interface_is_claimed_for_its_request() {
    let ended = run(&mut usbx(&["control", DEVICE, "in,standard,interface", "6", "0x2200", "1", "255"]));
    assert!(!ended.expect(0, &[]).stdout.is_empty());
    // GET_STATUS of an endpoint: not halted.
    let ended = run(&mut usbx(&["control", DEVICE, "in,endpoint", "0", "0", "0x81", "2"]));
    assert_eq!(ended.expect(0, &[]).stdout, [0, 0]);
}
