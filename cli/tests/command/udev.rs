use crate::{run, usbx, DEVICE};

/// What is no comment is one line, which the lab's case 37-udev-rule gives to udev.
#[test]
fn a_rule_is_for_a_device_and_its_users() {
    let rule = |arguments: &[&str]| {
        let shown = run(&mut usbx(&[&["udev"], arguments].concat())).expect(0, &[]).stdout();
        let mut lines = shown.lines().filter(|line| !line.starts_with('#'));
        let line = lines.next().expect("a rule").to_owned();
        assert_eq!(lines.next(), None);
        line
    };
    let device =
        "SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", ATTR{idVendor}==\"0403\", ATTR{idProduct}==\"6001\", ";
    assert_eq!(rule(&["0403:6001"]), format!("{device}MODE=\"0660\", TAG+=\"uaccess\""));
    let one = format!("{device}ATTR{{serial}}==\"A1\", MODE=\"0660\", GROUP=\"dialout\"");
    assert_eq!(rule(&["0403:6001:A1", "--group", "dialout"]), one);
    run(&mut usbx(&["udev", "0403:6001", "--group", "a\", RUN+=\"x"])).expect(2, &["group"]);
}

/// udev never hears of these.
#[test]
fn no_rule_for_what_is_not_on_this_computers_bus() {
    let by_ids = run(&mut usbx(&["udev", DEVICE])).expect(0, &[]).stdout();
    assert!(by_ids.contains("1209"), "{by_ids}");
    run(&mut usbx(&["udev", "virtual/1"])).expect(3, &["virtual/1", "of this computer"]);
    run(&mut usbx(&["udev", "1-99"])).expect(3, &["usbx list"]);
}
