//! The declarations of other languages are what `languages/derive` makes from `include/usbx.h`. `make declarations` regenerates them.

mod support;

use std::process::Command;
use support::{root, run, skip};

#[test]
fn declarations_are_up_to_date() {
    let parser = Command::new("/usr/bin/python3").args(["-c", "import pycparser"]).output();
    if parser.is_ok_and(|output| output.status.success()) {
        run(Command::new("/usr/bin/python3").arg(root().join("languages/derive")).arg("--check"));
    } else {
        skip("the declarations of other languages", "python3 has no pycparser; run tests/setup");
    }
}
