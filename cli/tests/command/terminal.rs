//! What differs on a terminal: the dump, and a line of progress. script(1) is one.

use crate::support::{has, scratch};
use crate::{run, DEVICE, FRAMES, START, UNPACED};
use std::process::Command;

fn on_a_terminal(line: &str) -> String {
    let mut script = Command::new("script");
    script.args(["-q", "-e", "-c", &format!("'{}' {line}", env!("CARGO_BIN_EXE_usbx")), "/dev/null"]);
    let ended = run(script.env("USBX_VIRTUAL", "acquisition").env("TERM", "xterm"));
    ended.expect(0, &[]).stdout()
}

#[test]
fn bytes_are_dumped_and_what_goes_to_a_file_has_progress() {
    if !has("script", "the tool on a terminal") {
        return;
    }
    let shown = on_a_terminal(&format!("read {DEVICE} {FRAMES} --start '{START}' -n 16"));
    assert!(shown.starts_with("00000000  41 43 51 31 "), "{shown}");
    let file = scratch("terminal");
    let to_file = format!("-o '{}' --start '{UNPACED}' --start '{START}'", file.display());
    let shown = on_a_terminal(&format!("read {DEVICE} {FRAMES} {to_file} -n 20M"));
    assert!(shown.contains('%') && shown.contains("B/s"), "{shown:?}");
    assert!(shown.contains("20971520 bytes in "), "{shown:?}");
    assert_eq!(std::fs::metadata(&file).expect("the file").len(), 20 << 20);
}
