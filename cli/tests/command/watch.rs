use crate::{end, run, signal, start, usbx, DEVICE};
use serde_json::Value;
use std::io::{BufRead, BufReader};

#[test]
fn devices_that_are_there_come_first() {
    let two = "acquisition:A,acquisition:B";
    let ended = run(usbx(&["watch", "-d", DEVICE, "--count", "2"]).env("USBX_VIRTUAL", two));
    let shown = ended.expect(0, &[]).stdout();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("arrived  virtual/1") && lines[1].ends_with("[B]"), "{shown}");
}

#[test]
fn json_is_an_object_a_line() {
    let ended = run(&mut usbx(&["watch", "-d", DEVICE, "-n", "1", "--json"]));
    let event: Value = serde_json::from_slice(&ended.expect(0, &[]).stdout).expect("JSON");
    assert_eq!((event["event"].as_str(), event["device"]["path"].as_str()), (Some("arrived"), Some("virtual/1")));
}

#[test]
fn the_time_is_up() {
    assert_eq!(run(&mut usbx(&["watch", "-d", DEVICE, "-t", "0.1"])).expect(0, &[]).stdout().lines().count(), 1);
    // What was waited for did not come.
    run(&mut usbx(&["watch", "-d", DEVICE, "-t", "0.1", "-n", "2"])).expect(6, &["1 of 2 events"]);
    run(&mut usbx(&["watch", "-d", "dead:beef", "-t", "0.1", "-n", "1"])).expect(6, &["0 of 1 events"]);
}

#[test]
fn lines_come_at_once_and_a_signal_ends_it() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let mut child = start(&mut usbx(&["watch", "-d", DEVICE]));
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
        assert!(line.starts_with("arrived"));
        signal(&child, name);
        let ended = end(child);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(code), ""));
    }
}
