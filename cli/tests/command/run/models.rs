//! Models in Python that last as long as the program.

use super::loading::lists;
use super::{usbx, USBX};
use crate::support::{has, root, scratch};
use crate::{end, run, signal, start};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

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
