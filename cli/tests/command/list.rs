use crate::support::scratch;
use crate::{end, run, signal, start, usbx, DEVICE};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};

#[test]
fn a_device_is_a_line() {
    let ended = run(usbx(&["list", "--device", DEVICE]).env("USBX_VIRTUAL", "acquisition:A,acquisition:B"));
    let expected = "\
virtual/1  1209:0001   480  usbx Virtual acquisition, 4 × 16 bit  [A]
virtual/2  1209:0001   480  usbx Virtual acquisition, 4 × 16 bit  [B]
";
    assert_eq!(ended.expect(0, &[]).stdout(), expected);
}

#[test]
fn filters_choose_and_say_if_nothing_is_left() {
    let two = |arguments: &[&str]| run(usbx(arguments).env("USBX_VIRTUAL", "acquisition:A,acquisition:B"));
    assert!(two(&["list", "-p", "virtual/2"]).expect(0, &[]).stdout().ends_with("[B]\n"));
    assert_eq!(two(&["list", "-d", "1209:"]).stdout().lines().filter(|line| line.starts_with("virtual/")).count(), 2);
    assert_eq!(two(&["list", "-d", "1209:2"]).expect(3, &[]).stdout(), "");
    assert_eq!(two(&["list", "-p", "virtual/3", "--json"]).expect(3, &[]).stdout(), "[]\n");
}

#[test]
fn nothing_there_is_no_error() {
    let ended = run(usbx(&["list", "--json"]).env_remove("USBX_VIRTUAL"));
    let devices: Value = serde_json::from_slice(&ended.expect(0, &[]).stdout).expect("JSON");
    if devices.as_array().expect("an array").is_empty() {
        ended.expect(0, &["this host has no USB subsystem"]);
    }
    // A mistake in the variable is reported, not hidden behind an empty list.
    run(usbx(&["list", "-d", DEVICE]).env("USBX_VIRTUAL", "acquisitoin")).expect(3, &[]);
}

#[test]
fn verbose_shows_what_is_inside() {
    let shown = run(&mut usbx(&["list", "-v", "-d", DEVICE])).expect(0, &[]).stdout();
    for line in [
        "    configuration 1, active: 100 mA",
        "      interface 1: HID (03/00/00)",
        "        0x81 IN  bulk         512 bytes",
        "      interface 0 setting 1: vendor specific (ff/00/00)",
        "        0x85 IN  isochronous  512 bytes, interval 4",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "no \"{line}\" in:\n{shown}");
    }
}

/// Virtual devices hang below no hub. (The lab's case 38-command has a bus with hubs.)
#[test]
fn a_tree_has_the_wanted_devices() {
    let tree = |more: &[&str]| {
        run(usbx(&[&["list", "--tree"], more].concat()).env("USBX_VIRTUAL", "acquisition:A,acquisition:B"))
    };
    let shown = tree(&["-p", "virtual/2"]).expect(0, &[]).stdout();
    assert!(
        shown.starts_with("virtual/2  1209:0001 ") && shown.ends_with("[B]\n") && shown.lines().count() == 1,
        "{shown}"
    );
    assert_eq!(tree(&["-d", "1209:2"]).expect(3, &[]).stdout(), "");
    tree(&["--json"]).expect(2, &["--json"]);
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// These are a promise to scripts, which the manual has, too.
const DEVICE_KEYS: &str =
    "path vendor_id product_id manufacturer product serial bus address speed backend device_version \
    usb_version device_class device_subclass device_protocol configurations";

#[test]
fn json_has_what_the_manual_says() {
    let read = |arguments: &[&str]| -> Value {
        serde_json::from_slice(&run(&mut usbx(arguments)).expect(0, &[]).stdout).expect("JSON")
    };
    let devices = read(&["list", "--json", "--device", DEVICE]);
    let device = &devices[0];
    assert_eq!(keys(device), DEVICE_KEYS.split_whitespace().collect());
    assert_eq!((device["vendor_id"].as_u64(), device["product_id"].as_u64()), (Some(0x1209), Some(1)));
    assert_eq!((device["speed"].as_str(), device["backend"].as_str()), (Some("high"), Some("virtual")));
    assert_eq!((device["path"].as_str(), device["serial"].as_str()), (Some("virtual/1"), Some("VIRT0001")));

    let devices = read(&["list", "--json", "--verbose", "--device", DEVICE]);
    let device = &devices[0];
    let more = ["active_configuration", "configuration_list"];
    assert_eq!(keys(device), DEVICE_KEYS.split_whitespace().chain(more).collect());
    assert_eq!(device["active_configuration"], 1);
    let configuration = &device["configuration_list"][0];
    assert_eq!(keys(configuration), "configuration max_power_ma self_powered interfaces".split(' ').collect());
    let interface = &configuration["interfaces"][1];
    assert_eq!(interface["alt_setting"], 1);
    let expected = "interface_number alt_setting class subclass protocol name driver held endpoints";
    assert_eq!(keys(interface), expected.split(' ').collect());
    let endpoint = &interface["endpoints"][4];
    assert_eq!((endpoint["address"].as_u64(), endpoint["type"].as_str()), (Some(0x85), Some("isochronous")));
    let expected = "address direction type max_packet_size packets_per_interval interval max_bytes_per_interval";
    assert_eq!(keys(endpoint), expected.split(' ').collect());
}

#[test]
fn a_device_cannot_steer_the_terminal() {
    let virtual_device = "acquisition:\u{1b}[31m\nfake";
    let ended = run(usbx(&["list", "-d", DEVICE]).env("USBX_VIRTUAL", virtual_device));
    assert!(ended.stdout().ends_with("[\\u{1b}[31m\\nfake]\n"), "{}", ended.stdout());
    let ended = run(usbx(&["read", "1209:0001:none", "0x81"]).env("USBX_VIRTUAL", virtual_device));
    assert!(!ended.expect(3, &["fake"]).stderr.contains('\u{1b}'), "{}", ended.stderr);
}

/// Another computer's devices: those of a share, by TCP and by a Unix socket.
#[test]
fn a_host_tells_what_it_shares() {
    let socket = scratch("listed");
    for address in ["127.0.0.1:0".to_owned(), format!("unix:{}", socket.display())] {
        let mut child = start(&mut usbx(&["share", DEVICE, "--listen", &address]));
        let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
        let mut line = || lines.next().expect("a line").expect("text");
        let address = line().strip_prefix("listening  ").expect("where it listens").to_owned();
        line();
        let host = match address.strip_prefix("unix:") {
            Some(path) => format!("usbip+unix://{path}"),
            None => format!("usbip://{address}"),
        };
        let path = format!("{host}/virtual-1");
        let list = |more: &[&str]| run(usbx(&[&["list", &host], more].concat()).env_remove("USBX_VIRTUAL"));

        let shown = list(&[]).expect(0, &[]).stdout();
        assert!(shown.starts_with(&format!("{path} 1209:0001 ")) && shown.lines().count() == 1, "{shown}");
        list(&["--device", "1209:2"]).expect(3, &[]);
        // Its strings are known once it was open.
        let shown = list(&["--verbose"]).expect(0, &[]).stdout();
        assert!(shown.contains("usbx Virtual acquisition") && shown.contains("\n    USB 2.00, "), "{shown}");
        let json: Value = serde_json::from_slice(&list(&["--json"]).expect(0, &[]).stdout).expect("JSON");
        assert_eq!((json[0]["path"].as_str(), json[0]["backend"].as_str()), (Some(&*path), Some("usbip")));
        // And the path is a device for each command.
        let mut read = usbx(&["control", &path, "standard,in", "6", "0x0100", "0", "18", "--hex"]);
        assert!(run(read.env_remove("USBX_VIRTUAL")).expect(0, &[]).stdout().contains("12 01"));

        signal(&child, "INT");
        end(child);
        list(&[]).expect(if address.starts_with("unix:") { 3 } else { 8 }, &[&address]);
    }
    run(&mut usbx(&["list", "pi.local"])).expect(2, &["usbip://HOST"]);
    run(&mut usbx(&["list", "usbip://"])).expect(2, &["is no host"]);
}
