use crate::support::scratch;
use crate::{run, usbx, DEVICE, FRAMES, START};

/// What each pcapng file begins with.
const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];

fn has(file: &[u8], bytes: &[u8]) -> bool {
    file.windows(bytes.len()).any(|window| window == bytes)
}

#[test]
fn what_is_read_is_in_the_file() {
    let file = scratch("traffic.pcapng");
    let name = file.to_str().unwrap();
    for place in [&["--capture", name, "read"][..], &["read", "--capture", name]] {
        let ended = run(&mut usbx(&[place, &[DEVICE, FRAMES, "--start", START, "-n", "1K"]].concat()));
        let captured = std::fs::read(&file).unwrap();
        assert!(captured.starts_with(&SECTION) && has(&captured, &ended.expect(0, &[]).stdout));
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn standard_output_is_the_captures_alone() {
    let ended = run(&mut usbx(&["control", DEVICE, "vendor,in", "4", "0", "0", "4", "--hex", "--capture", "-"]));
    assert!(ended.expect(0, &["00000000"]).stdout.starts_with(&SECTION));
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    run(&mut usbx(&["list", "--capture", "/nonexistent/file"]))
        .expect(3, &["capture to /nonexistent/file", "No such file"]);
    let ended = run(&mut usbx(&["read", DEVICE, FRAMES, "--start", START, "-n", "512", "--capture", "/dev/full"]));
    assert_eq!(ended.expect(1, &["No space left on device", "records are missing"]).stdout.len(), 512);
    // The command's own failure is the one that counts.
    run(&mut usbx(&["read", "1209:0002", FRAMES, "--capture", "/dev/full"]))
        .expect(3, &["no device 1209:0002", "No space"]);
}
