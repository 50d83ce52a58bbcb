//! However a program loads libusb, it gets usbx's.

use super::{usbx, USBX};
use crate::support::{has, prefix, root, scratch, skip, target};
use crate::{run, Ended, DEVICE};
use std::path::Path;
use std::process::Command;

/// lists.c as a program; `None` where it cannot be built.
pub(super) fn lists(flags: &[&str]) -> Option<String> {
    let program = scratch("lists");
    let mut cc = Command::new("cc");
    cc.arg(root().join("tests/command/lists.c")).arg("-o").arg(&program).args(flags);
    let built = run(&mut cc);
    if built.code != Some(0) {
        skip("a program of libusb's", &format!("it cannot be built: {}", built.stderr));
        return None;
    }
    Some(program.to_str().expect("a path").to_owned())
}

fn shows_the_device(ended: &Ended) {
    assert_eq!(ended.expect(0, &[]).stdout(), "1209:0001 with 1 strings\n");
}

#[test]
fn programs_find_the_device_however_they_load_libusb() {
    if let Some(program) = lists(&["-lusb-1.0"]) {
        shows_the_device(&run(&mut usbx(&["run", "--virtual", "acquisition", &program])));
    }
    if let Some(program) = lists(&["-DDLOPEN", "-ldl"]) {
        for name in ["libusb-1.0.so.0", "libusb-1.0.so"] {
            shows_the_device(&run(&mut usbx(&["run", "--virtual", "acquisition", "--", &program, name])));
        }
    }
    if has("lsusb", "lsusb with a virtual device") {
        let ended = run(&mut usbx(&["run", "--virtual", "acquisition", "--", "lsusb", "-d", DEVICE]));
        assert!(ended.expect(0, &[]).stdout().contains("ID 1209:0001"));
    }
    // Where there is no auditor, the search path does it.
    let alone = scratch("alone");
    std::fs::create_dir(&alone).unwrap();
    std::fs::copy(prefix().join("lib/usbx/libusb-1.0.so.0"), alone.join("libusb-1.0.so.0")).unwrap();
    if let Some(program) = lists(&["-lusb-1.0"]) {
        let mut command = usbx(&["run", "--virtual", "acquisition", &program]);
        shows_the_device(&run(command.env("USBX_LIBUSB", alone.join("libusb-1.0.so.0"))));
    }
    let own = run(&mut usbx(&["run", "--virtual", "acquisition:A,acquisition:B", "--", USBX, "list"])).stdout();
    assert!(own.contains("[A]") && own.contains("[B]"), "{own}");
}

/// The reader of libusb's log has gone, and the program does not mind.
#[test]
fn a_log_that_nobody_reads_ends_nothing() {
    let Some(program) = lists(&["-lusb-1.0"]) else { return };
    let (unread, _) = std::os::unix::net::UnixStream::pair().expect("two sockets");
    let script = format!("trap '' PIPE; LIBUSB_DEBUG=4 exec {program}");
    let mut command = usbx(&["run", "--virtual", "acquisition", "--", "sh", "-c", &script]);
    let ended = command.stderr(std::os::fd::OwnedFd::from(unread)).output().expect("usbx");
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&ended.stdout), "1209:0001 with 1 strings\n");
}

/// One in a directory that the program itself names has to stand back, too.
#[test]
fn a_libusb_of_the_programs_own_is_replaced() {
    let own = scratch("own");
    std::fs::create_dir(&own).unwrap();
    let listed = Command::new("sh").args(["-c", "ldconfig -p || /sbin/ldconfig -p"]).output().expect("sh").stdout;
    let listed = String::from_utf8(listed).unwrap();
    let system = listed.lines().find(|line| line.contains("libusb-1.0.so.0"));
    let Some(system) = system.and_then(|line| line.split("=> ").nth(1)) else {
        return skip("a program with a libusb of its own", "the system has no libusb");
    };
    std::fs::copy(system, own.join("libusb-1.0.so.0")).unwrap();
    let rpath = format!("-Wl,--disable-new-dtags,-rpath,{}", own.display());
    if let Some(program) = lists(&["-lusb-1.0", &rpath]) {
        shows_the_device(&run(&mut usbx(&["run", "--virtual", "acquisition", &program])));
    }
    // By its whole path, and by the name that a wheel of Python's has for it.
    let renamed = own.join("libusb-1-5f1e2d3c.0.so.0.3.0");
    std::fs::copy(system, &renamed).unwrap();
    if let Some(program) = lists(&["-DDLOPEN", "-ldl"]) {
        for file in [system, renamed.to_str().unwrap()] {
            shows_the_device(&run(&mut usbx(&["run", "--virtual", "acquisition", &program, file])));
        }
    }
    // gcc's address sanitizer has to be the first library; nothing comes before it.
    if let Some(program) = lists(&["-lusb-1.0", "-fsanitize=address"]) {
        shows_the_device(&run(
            usbx(&["run", "--virtual", "acquisition", &program]).env("ASAN_OPTIONS", "detect_leaks=0")
        ));
    }
}

#[test]
fn pyusb_finds_the_device() {
    let pyusb = target().join("tools/pyusb-1.3.1");
    if !pyusb.exists() {
        return skip("stock pyusb with a virtual device", "it is not there; run tests/setup");
    }
    let program = "import usb.core; print(usb.core.find(idVendor=0x1209, idProduct=1).product)";
    let ended = run(usbx(&["run", "--virtual", "acquisition", "python3", "-c", program]).env("PYTHONPATH", pyusb));
    assert!(ended.expect(0, &[]).stdout().starts_with("Virtual acquisition"), "{}", ended.stdout());
}

/// Node's koffi and Java's JNA load libusb by a name, in a process that has many threads of its own.
#[test]
fn other_languages_find_the_device() {
    let source = |name: &str| root().join("tests/command").join(name).to_str().expect("a path").to_owned();
    let modules = target().join("tools/node/node_modules");
    if !modules.join("koffi").exists() {
        skip("koffi with a virtual device", "it is not there; run tests/setup");
    } else if has("node", "koffi with a virtual device") {
        for name in ["libusb-1.0.so.0", "libusb-1.0.so"] {
            let program = ["run", "--virtual", "acquisition", "node", &source("lists.cjs"), name];
            shows_the_device(&run(usbx(&program).env("NODE_PATH", &modules)));
        }
    }
    let jna = "/usr/share/java/jna.jar";
    if !Path::new(jna).exists() {
        skip("JNA with a virtual device", "it is not there; run tests/setup");
    } else if has("javac", "JNA with a virtual device") {
        for name in ["libusb-1.0.so.0", "usb-1.0"] {
            let program = ["run", "--virtual", "acquisition", "java", "-cp", jna, &source("Lists.java"), name];
            shows_the_device(&run(&mut usbx(&program)));
        }
    }
}
