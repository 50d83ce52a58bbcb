use crate::support::{has, prefix, root, scratch, skip, target};
use crate::{end, run, signal, start, Ended, DEVICE, SILENT};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const USBX: &str = env!("CARGO_BIN_EXE_usbx");

/// With the library that `make stage` has installed, and pyusbx of the source tree.
fn usbx(arguments: &[&str]) -> Command {
    let (prefix, python) = (prefix(), root().join("../python"));
    let mut command = Command::new(USBX);
    command.args(arguments).stdin(Stdio::null()).env_remove("USBX_VIRTUAL").env("PYTHONPATH", python);
    command.env("USBX_LIBUSB", prefix.join("lib/usbx/libusb-1.0.so.0"));
    command.env("USBX_LIBRARY", prefix.join("lib/libusbx.so")).env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

/// lists.c as a program; `None` where it cannot be built.
fn lists(flags: &[&str]) -> Option<String> {
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

#[test]
fn it_ends_as_the_program_does() {
    run(&mut usbx(&["run", "sh", "-c", "exit 7"])).expect(7, &[]);
    let killed = usbx(&["run", "sh", "-c", "kill -TERM $$"]).status().expect("usbx");
    assert_eq!(killed.signal(), Some(15));
    // Options behind the program are its own.
    assert_eq!(run(&mut usbx(&["run", "echo", "--virtual", "-x"])).expect(0, &[]).stdout(), "--virtual -x\n");
}

#[test]
fn programs_that_cannot_be_run_so_are_refused() {
    run(&mut usbx(&["run", "no-such-program"])).expect(127, &["no-such-program", "PATH"]);
    run(&mut usbx(&["run", "./no-such-program"])).expect(127, &["./no-such-program"]);
    run(&mut usbx(&["run", "/"])).expect(126, &["directory"]);
    let script = scratch("script");
    let name = script.to_str().unwrap();
    std::fs::write(&script, "#!/nonexistent/interpreter\n").unwrap();
    run(&mut usbx(&["run", name])).expect(126, &["not executable", "chmod"]);
    let allow = |file: &Path, mode| std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
    allow(&script, 0o755);
    run(&mut usbx(&["run", name])).expect(126, &["/nonexistent/interpreter"]);

    let source = scratch("static").with_extension("c");
    let program = source.with_extension("");
    std::fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    for flags in [&["-static"][..], &["-static-pie"]] {
        if Command::new("cc").arg(&source).arg("-o").arg(&program).args(flags).status().expect("cc").success() {
            run(&mut usbx(&["run", program.to_str().unwrap()])).expect(126, &["statically linked"]);
        }
    }
    // A script is as its interpreter is.
    std::fs::write(&script, format!("#! /usr/bin/env -S {} -x\n", program.display())).unwrap();
    run(&mut usbx(&["run", name])).expect(126, &["statically linked"]);

    let set_user = scratch("set-user");
    std::fs::copy("/bin/true", &set_user).unwrap();
    let given = std::os::unix::fs::chown(&set_user, Some(65534), None).is_ok();
    allow(&set_user, 0o4755);
    let set_user = if given { set_user } else { PathBuf::from("/usr/bin/passwd") };
    run(&mut usbx(&["run", set_user.to_str().unwrap()])).expect(126, &["set-user-ID"]);
}

#[test]
fn what_cannot_be_had_is_said_before_the_program_begins() {
    let fails = |options: &[&str], code, words: &[&str]| {
        let ended = run(&mut usbx(&[&["run"], options, &["--", "echo", "began"]].concat()));
        assert_eq!(ended.expect(code, words).stdout(), "");
    };
    fails(&["--virtual", "no-such-model"], 2, &["no-such-model"]);
    fails(&["--virtual", "replay:/nonexistent"], 2, &["/nonexistent"]);
    fails(&["--capture", "/nonexistent/file"], 3, &["capture to /nonexistent/file"]);
    fails(&["--capture", "-"], 2, &["FIFO"]);
    fails(&["--simulate", "/nonexistent.py"], 1, &["/nonexistent.py"]);
    let ended = run(usbx(&["run", "echo"]).env("USBX_LIBUSB", "/nonexistent"));
    ended.expect(1, &["USBX_LIBUSB=/nonexistent"]);
}

fn sections(file: &Path) -> usize {
    let bytes = std::fs::read(file).expect("a capture");
    bytes.windows(4).filter(|four| *four == [0x0a, 0x0d, 0x0d, 0x0a]).count()
}

/// One after the other they share the file; at the same time each has its own. Nothing that was captured is lost.
#[test]
fn processes_capture_side_by_side() {
    let directory = scratch("captures");
    std::fs::create_dir(&directory).unwrap();
    let script = format!(
        "ask() {{ {USBX} control {DEVICE} vendor,in 4 0 0 4 --hex; }}
        ask; ask
        size() {{ stat -c %s traffic.pcapng; }}; before=$(size)
        {USBX} read {DEVICE} {SILENT} --timeout 0 & reader=$!
        for i in $(seq 1000); do [ $(size) -gt $before ] && break; sleep 0.01; done
        ask; kill $reader; wait"
    );
    let mut command = usbx(&["run", "--virtual", "acquisition", "--capture", "traffic.pcapng", "sh", "-c", &script]);
    run(command.current_dir(&directory));
    let shared = directory.join("traffic.pcapng");
    assert_eq!(sections(&shared), 4, "the head, and three processes");
    let files: Vec<_> = std::fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    let own: Vec<_> = files.iter().filter(|file| **file != shared).collect();
    assert_eq!((own.len(), sections(own[0])), (1, 1), "{own:?}");
    // What an earlier run had is overwritten, and a recording plays what this one has.
    run(usbx(&[
        "run",
        "--virtual",
        "acquisition",
        "--capture",
        "traffic.pcapng",
        "sh",
        "-c",
        &format!("cd /; {USBX} control {DEVICE} vendor,in 4 0 0 4 --hex"),
    ])
    .current_dir(&directory))
    .expect(0, &[]);
    assert_eq!(sections(&shared), 2);
    let replay = [
        "run",
        "--virtual",
        "replay:traffic.pcapng",
        USBX,
        "control",
        DEVICE,
        "vendor,in",
        "4",
        "0",
        "0",
        "4",
        "--hex",
    ];
    assert!(run(usbx(&replay).current_dir(&directory)).expect(0, &[]).stdout().starts_with("00000000"));
}

const MODEL: &str = "
import os
from pyusbx import simulate
print('model', os.getpid(), flush=True)
class Thermometer(simulate.Device):
    vendor_id, product_id = 0x1209, 0x0002
    product, serial = 'Thermometer', 'T1'
    count = 0
    @simulate.vendor_request(1, 'in')
    def temperature(self, request):
        self.count += 1
        return (2150 + self.count).to_bytes(2, 'little')
    @simulate.vendor_request(2, 'in')
    def dies(self, request):
        os._exit(9)
";

/// A model's file and a directory for its socket.
struct Simulation {
    model: PathBuf,
    directory: PathBuf,
}

impl Simulation {
    fn new(text: &str) -> Simulation {
        let (model, directory) = (scratch("model").with_extension("py"), scratch("t"));
        std::fs::write(&model, text).unwrap();
        std::fs::create_dir(&directory).unwrap();
        // Its path is short enough for a socket.
        let short = PathBuf::from(format!("/tmp/{}", directory.file_name().unwrap().to_str().unwrap()));
        std::fs::rename(&directory, &short).or_else(|_| std::fs::create_dir(&short)).unwrap();
        Simulation { model, directory: short }
    }

    fn usbx(&self, program: &[&str]) -> Command {
        let mut command = usbx(&[&["run", "--simulate", self.model.to_str().unwrap(), "--"], program].concat());
        command.env("TMPDIR", &self.directory);
        command
    }

    fn is_left(&self, said: &str) -> Option<String> {
        let number = said.lines().find_map(|line| line.strip_prefix("model ")).expect("the model's number");
        let sockets = std::fs::read_dir(&self.directory).unwrap().count();
        let model = Path::new("/proc").join(number.trim()).exists();
        (sockets > 0 || model).then(|| format!("{sockets} directories, the model: {model}"))
    }
}

impl Drop for Simulation {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

#[test]
fn a_model_is_there_while_the_program_runs() {
    let simulation = Simulation::new(MODEL);
    let ask = format!("{USBX} control 1209:0002 vendor,in 1 0 0 2 --hex");
    let ended = run(&mut simulation.usbx(&["sh", "-c", &format!("{ask}; {ask}; exit 7")]));
    let printed = ended.expect(7, &[]).stdout();
    // The same device, for both processes.
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].starts_with("00000000  67 08") && lines[1].starts_with("00000000  68 08"), "{printed}");
    assert_eq!(simulation.is_left(&ended.stderr), None);
    run(&mut simulation.usbx(&["sh", "-c", "kill -KILL $$"])).expect(128 + 9, &[]);
}

#[test]
fn a_program_of_libusbs_reads_a_models_descriptors() {
    let simulation = Simulation::new(MODEL);
    if let Some(program) = lists(&["-lusb-1.0"]) {
        assert_eq!(run(&mut simulation.usbx(&[&program])).expect(0, &[]).stdout(), "1209:0002 with 1 strings\n");
    }
}

/// Clients of other computers know it by the file's name.
#[test]
fn a_model_is_shared() {
    let simulation = Simulation::new(MODEL);
    let mut command = usbx(&["share", "--listen", "127.0.0.1:0", "--simulate", simulation.model.to_str().unwrap()]);
    let mut child = start(command.env("TMPDIR", &simulation.directory));
    let mut lines = BufReader::new(child.stdout.as_mut().expect("a pipe")).lines();
    let mut line = || lines.next().expect("a line").expect("text");
    let address = line().strip_prefix("listening  ").expect("where it listens").to_owned();
    let busid = line().split("  ").next().unwrap().to_owned();
    assert!(busid.starts_with("model-"), "{busid}");
    for count in [1, 2] {
        let path = format!("usbip://{address}/{busid}");
        let printed =
            run(&mut usbx(&["control", &path, "vendor,in", "1", "0", "0", "2", "--hex"])).expect(0, &[]).stdout();
        assert!(printed.starts_with(&format!("00000000  {:02x} 08", 0x66 + count)), "{printed}");
    }
    signal(&child, "INT");
    let ended = end(child);
    ended.expect(130, &[]);
    assert_eq!(simulation.is_left(&ended.stderr), None);
}

const BOOTLOADER: &str = "
from pyusbx.simulate import dfu
class Bootloader(dfu.DfuDevice):
    vendor_id, product_id = 0x1209, 0x0014
";

#[test]
fn dfu_util_writes_and_reads_a_model_and_wireshark_its_capture() {
    if !has("dfu-util", "dfu-util on a model") || !has("tshark", "a capture of dfu-util") {
        return;
    }
    let simulation = Simulation::new(BOOTLOADER);
    let [firmware, read, capture] = ["firmware", "read", "dfu.pcapng"].map(|name| simulation.directory.join(name));
    let sent: Vec<u8> = (0..5000_u32).map(|at| ((at * at) >> 3) as u8).collect();
    std::fs::write(&firmware, &sent).unwrap();
    let script = format!("dfu-util -D {} && dfu-util -U {}", firmware.display(), read.display());
    let model = simulation.model.to_str().unwrap();
    let mut command = usbx(&["run", "--capture", capture.to_str().unwrap(), "--simulate", model, "sh", "-c", &script]);
    run(command.env("TMPDIR", &simulation.directory)).expect(0, &[]);
    assert_eq!(std::fs::read(&read).unwrap(), sent);
    let shown = run(Command::new("tshark").arg("-r").arg(&capture)).expect(0, &[]).stdout();
    // Each block is a request with its answer, and so is the status that is asked for behind it.
    assert!(shown.lines().count() > 4 * 5, "{shown}");
}

#[test]
fn gphoto2_takes_a_picture_from_a_model() {
    if !has("gphoto2", "gphoto2 with a model of a camera") {
        return;
    }
    let simulation = Simulation::new(&std::fs::read_to_string(root().join("tests/command/camera.py")).unwrap());
    let picture = simulation.directory.join("picture.jpg");
    let camera = ["gphoto2", "--port", "usb:", "--quiet", "--filename", picture.to_str().unwrap(), "--get-file", "1"];
    run(&mut simulation.usbx(&camera)).expect(0, &[]);
    let sent: Vec<u8> = (0..50000_u32).map(|at| ((at * at) >> 3) as u8).collect();
    assert!(std::fs::read(&picture).unwrap() == sent);
}

#[test]
fn a_model_that_does_not_begin_or_does_not_last_is_said() {
    let broken = Simulation::new("raise ValueError('not today')\n");
    let ended = run(&mut broken.usbx(&["echo", "began"]));
    assert_eq!(ended.expect(1, &["not today", "before the device was plugged in"]).stdout(), "");
    assert_eq!(std::fs::read_dir(&broken.directory).unwrap().count(), 0);
    let simulation = Simulation::new(MODEL);
    let script = format!("{USBX} control 1209:0002 vendor,in 2 0 0 2; sleep 0.2; exit 5");
    let ended = run(&mut simulation.usbx(&["sh", "-c", &script]));
    ended.expect(5, &["has ended (exit status: 9)", "its device has left"]);
    assert_eq!(simulation.is_left(&ended.stderr), None);
}

/// A program that says its number, and waits.
fn waiting(simulation: &Simulation, script: &str) -> (Child, u32) {
    let script = format!("{script}; echo $$; for i in $(seq 600); do sleep 0.05; done");
    // A shell cannot trap what it was to ignore, as INT in a background job.
    let mut child = start(&mut simulation.usbx(&["env", "--default-signal", "sh", "-c", &script]));
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("its number");
    (child, line.trim().parse().expect("its number"))
}

#[test]
fn signals_reach_the_program() {
    for (name, code) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("USR1", 10)] {
        let simulation = Simulation::new(MODEL);
        let (child, _) = waiting(&simulation, &format!("trap 'echo heard; exit 3' {name}"));
        signal(&child, name);
        let ended = end(child);
        assert_eq!(
            (ended.expect(3, &[]).stdout().as_str(), simulation.is_left(&ended.stderr)),
            ("heard\n", None),
            "{name}"
        );
        // One that does not hear it ends by it.
        let (child, _) = waiting(&simulation, "trap - INT");
        signal(&child, name);
        assert_eq!(end(child).expect(128 + code, &[]).stdout(), "");
    }
}

#[test]
fn it_is_a_job_of_the_shell() {
    if !has("bash", "usbx run as a job of bash") {
        return;
    }
    let simulation = Simulation::new(MODEL);
    let mut python = Command::new("python3");
    let environment = usbx(&[]);
    let variables = environment.get_envs().filter_map(|(name, text)| Some((name, text?)));
    python.envs(variables).env("TMPDIR", &simulation.directory);
    run(python.arg(root().join("tests/command/job_control.py")).arg(USBX).arg(&simulation.model)).expect(0, &[]);
    assert_eq!(std::fs::read_dir(&simulation.directory).unwrap().count(), 0);
}

#[test]
fn nothing_is_left_when_it_is_killed() {
    let simulation = Simulation::new(MODEL);
    let (mut child, program) = waiting(&simulation, "true");
    let mut said = String::new();
    BufReader::new(child.stderr.as_mut().expect("a pipe")).read_line(&mut said).expect("the model's number");
    signal(&child, "KILL");
    child.wait().expect("its end");
    let begin = Instant::now();
    while simulation.is_left(&said).is_some() || Path::new(&format!("/proc/{program}")).exists() {
        let left = simulation.is_left(&said);
        assert!(begin.elapsed() < Duration::from_secs(20), "{left:?} is left, or the program {program}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
