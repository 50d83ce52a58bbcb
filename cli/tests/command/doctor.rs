use crate::{run, usbx, DEVICE};

#[test]
fn it_names_what_is_set_and_what_can_be_opened() {
    let shown = run(&mut usbx(&["doctor", DEVICE])).expect(0, &[]).stdout();
    assert!(shown.starts_with("ok       usbx "), "{shown}");
    assert!(shown.contains("\nnote     USBX_VIRTUAL=acquisition: "), "{shown}");
    assert!(shown.ends_with("\nok       1209:0001 (path virtual/1): can be opened\n"), "{shown}");
}

#[test]
fn a_problem_is_in_the_exit_code() {
    run(&mut usbx(&["doctor", "1209:0002"])).expect(3, &["no device 1209:0002"]);
    let unknown = run(&mut usbx(&["doctor", "virtual/9"]));
    let shown = unknown.expect(3, &[]).stdout();
    assert!(shown.lines().last().is_some_and(|line| line.starts_with("problem  ")), "{shown}");
    // The computer that is to have the devices does not answer.
    let mut silent = usbx(&["doctor"]);
    let shown = run(silent.env("USBX_USBIP", "unix:/nonexistent")).stdout();
    assert!(shown.contains("unix:/nonexistent: ") && shown.contains("USBX_USBIP: "), "{shown}");
}
