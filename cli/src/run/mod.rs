//! `usbx run`: a program that is not to be changed, with devices that are not plugged in here.

mod environment;
mod executable;
mod hosts;
mod library;
mod supervisor;

use crate::capture::Capture;
use crate::failure::{Failure, Result, ERROR, NOT_EXECUTABLE, NO_SUCH_PROGRAM, USAGE};
use crate::models::Models;
use environment::Environment;
use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs a program of libusb's or usbx's with simulated, recorded and remote devices
///
/// The program and what it starts get libusb's functions from usbx, however they load libusb, and find the devices that the options name beside
/// those of this computer. Nothing is installed, and other programs see no change. Options stand before the program; its own follow it.
///
/// The exit code is the program's, or 128 and the number of the signal that ended it. 127 is a program that is not there, 126 one that cannot be
/// run so: a statically linked one has no libusb to replace, and a set-user-ID one does not let its caller replace it.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// Plugs in a virtual device: acquisition, acquisition:SERIAL, or replay:FILE for a recording; can be repeated
    ///
    /// Each process has its own: what one writes another does not read.
    #[arg(long = "virtual", value_name = "SPEC")]
    pub virtual_devices: Vec<String>,
    /// Adds the devices that another computer shares: HOST, HOST:PORT or unix:PATH; can be repeated
    ///
    /// One that shares nothing yet is said, and the program begins: it sees the devices when they come.
    #[arg(long, value_name = "HOST")]
    pub usbip: Vec<String>,
    /// Plugs in the device that a Python file describes, until the program ends; can be repeated
    ///
    /// python3 runs the file, with pyusbx. The program begins when the device is plugged in. One device is there for all processes of the program;
    /// one at a time can open it.
    #[arg(long, value_name = "MODEL.py", value_hint = clap::ValueHint::FilePath)]
    pub simulate: Vec<PathBuf>,
    /// The program with its arguments
    #[arg(value_name = "PROGRAM", required = true, trailing_var_arg = true, value_hint = clap::ValueHint::CommandWithArguments)]
    pub program: Vec<OsString>,
}

/// Returns when it could not be run, or, where there was something to supervise, with its exit code.
pub fn run(options: &Options, capture: Option<&Path>) -> Result<()> {
    let Some((name, arguments)) = options.program.split_first() else {
        return Err(Failure::new(USAGE, "the program is missing"));
    };
    let libraries = library::installed()?;
    let program = executable::find(name)?;
    let facts = executable::judge(&program, &libraries)?;
    let mut environment = Environment::new(&libraries, &facts)?;
    environment.plug_in(&options.virtual_devices)?;
    hosts::ask(&options.usbip)?;
    environment.reach(&options.usbip);
    if let Some(file) = capture {
        environment.capture(begun(file)?);
    }
    if options.simulate.is_empty() {
        let mut command = Command::new(&program);
        return Err(become_program(environment.set(command.arg0(name).args(arguments)), name));
    }
    let models = Models::start(&options.simulate)?;
    environment.reach(models.hosts());
    supervisor::run(&environment, &program, name, arguments, models)
}

/// The file with the capture's head, to which each process adds what it does.
fn begun(file: &Path) -> Result<PathBuf> {
    if file == Path::new("-") {
        let sentence = "--capture - would mix with what the program prints; name a file, or a FIFO that wireshark reads: mkfifo pipe; wireshark -k -i pipe";
        return Err(Failure::new(USAGE, sentence));
    }
    let is_new = std::fs::metadata(file).map_or(true, |there| there.is_file());
    if is_new {
        Capture::begin(Some(file))?.end(Ok(()))?;
    }
    in_full(file)
}

/// This process becomes the program, with its number, terminal and signals; why not, if it returns.
fn become_program(command: &mut Command, name: &OsStr) -> Failure {
    let error = command.exec();
    let code = if error.kind() == io::ErrorKind::NotFound { NO_SUCH_PROGRAM } else { NOT_EXECUTABLE };
    Failure::new(code, format!("run {}: {error}", name.to_string_lossy()))
}

/// The process that a supervisor starts: it becomes the program, which ends when the supervisor is killed.
pub fn become_supervised(supervisor: i32, program: &[OsString]) -> Result<()> {
    let [path, name, arguments @ ..] = program else { return Err(Failure::new(USAGE, "the program is missing")) };
    supervisor::bind(supervisor)?;
    Err(become_program(Command::new(path).arg0(name).args(arguments), name))
}

/// Its whole path, as a program may change its directory.
fn in_full(path: &Path) -> Result<PathBuf> {
    let here =
        std::env::current_dir().map_err(|error| Failure::new(ERROR, format!("the current directory: {error}")))?;
    Ok(here.join(path))
}
