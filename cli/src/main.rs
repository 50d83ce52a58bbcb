//! `usbx`: USB devices from the command line.

// They panic where nobody reads any more.
#![deny(clippy::print_stdout, clippy::print_stderr)]

mod arguments;
mod capture;
mod control;
mod description;
mod doctor;
mod endpoint;
mod failure;
mod hexdump;
mod interrupt;
mod list;
mod manual;
mod message;
#[cfg(unix)]
mod models;
mod output;
mod progress;
mod read;
mod request;
#[cfg(target_os = "linux")]
mod run;
mod share;
mod target;
mod tree;
mod udev;
mod values;
mod visitors;
mod watch;
mod write;

use arguments::{Arguments, Command};
use capture::Capture;
use clap::Parser;
use failure::{Failure, ERROR};
use message::tell;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        tell(format_args!("usbx: a defect in usbx itself, please report it: {panic}"));
        std::process::exit(ERROR.into());
    }));
    let Arguments { capture, command } = Arguments::parse();
    // What `run` starts captures, and not this.
    #[cfg(target_os = "linux")]
    let captures = !matches!(command, Command::Run(_));
    #[cfg(not(target_os = "linux"))]
    let captures = true;
    let own = capture.as_deref().filter(|_| captures);
    let result = Capture::begin(own).and_then(|own| own.end(execute(command, &capture)));
    result.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}

#[cfg_attr(not(target_os = "linux"), allow(unused_variables))]
fn execute(command: Command, capture: &Option<PathBuf>) -> failure::Result<()> {
    match command {
        Command::List(options) => list::run(&options),
        Command::Watch(options) => watch::run(&options),
        Command::Read(options) => read::run(&options),
        Command::Write(options) => write::run(&options),
        Command::Control(options) => control::run(&options),
        Command::Share(options) => share::run(&options),
        #[cfg(target_os = "linux")]
        Command::Run(options) => run::run(&options, capture.as_deref()),
        #[cfg(target_os = "linux")]
        Command::Supervised { supervisor, program } => run::become_supervised(supervisor, &program),
        Command::Doctor(options) => doctor::run(&options),
        Command::Udev(options) => udev::run(&options),
        Command::Generate { directory } => manual::generate(&directory),
    }
}
