//! `usbx`: USB devices from the command line.

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
mod output;
mod progress;
mod read;
mod request;
mod share;
mod target;
mod tree;
mod udev;
mod values;
mod watch;
mod write;

use arguments::{Arguments, Command};
use capture::Capture;
use clap::Parser;
use failure::{Failure, ERROR};
use std::process::ExitCode;

fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        eprintln!("usbx: a defect in usbx itself, please report it: {panic}");
        std::process::exit(ERROR.into());
    }));
    let arguments = Arguments::parse();
    let result = Capture::begin(arguments.capture.as_deref()).and_then(|capture| capture.end(run(arguments.command)));
    result.map_or_else(Failure::report, |()| ExitCode::SUCCESS)
}

fn run(command: Command) -> failure::Result<()> {
    match command {
        Command::List(options) => list::run(&options),
        Command::Watch(options) => watch::run(&options),
        Command::Read(options) => read::run(&options),
        Command::Write(options) => write::run(&options),
        Command::Control(options) => control::run(&options),
        Command::Share(options) => share::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::Udev(options) => udev::run(&options),
        Command::Generate { directory } => manual::generate(&directory),
    }
}
