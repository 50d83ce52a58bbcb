//! The command line. The help, the manual pages and the completions are made from it.

use crate::failure::EXIT_CODES;
#[cfg(target_os = "linux")]
use crate::run;
use crate::{control, doctor, list, read, share, udev, watch, write};
use clap::{Parser, Subcommand, ValueHint};
#[cfg(target_os = "linux")]
use std::ffi::OsString;
use std::path::PathBuf;

/// Finds and watches USB devices, reads from them and writes to them
///
/// A DEVICE is VID:PID in hexadecimal (0403:6001), VID:PID:SERIAL, or the path where it is plugged in (1-2.3), as 'usbx list' shows
/// them. A device of another computer is usbip://HOST/BUSID or usbip://HOST/VID:PID; 'usbx list usbip://HOST' shows its paths. If several
/// devices match, usbx uses the first one of that list.
///
/// Other numbers are decimal, or hexadecimal with 0x in front: endpoint 0x81. Times are in seconds and may have a fraction.
#[derive(Parser, Debug)]
#[command(name = "usbx", version = usbx::tool::VERSION, max_term_width = 100, arg_required_else_help = true)]
#[command(subcommand_value_name = "COMMAND", subcommand_help_heading = "Commands", after_long_help = exit_codes())]
pub struct Arguments {
    /// Captures what goes over the bus to FILE, for Wireshark; "-" is standard output
    ///
    /// The file is pcapng. With "-" everything else that usbx prints goes to standard error: usbx read 0403:6001 0x81 --capture - |
    /// wireshark -k -i -
    #[arg(long, value_name = "FILE", global = true, value_hint = ValueHint::FilePath, help_heading = "Global options")]
    pub capture: Option<PathBuf>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    List(list::Options),
    Watch(watch::Options),
    Read(read::Options),
    Write(write::Options),
    Control(control::Options),
    Share(share::Options),
    #[cfg(target_os = "linux")]
    Run(run::Options),
    #[cfg(target_os = "linux")]
    /// The program of 'usbx run', in a process of its own
    #[command(hide = true)]
    Supervised {
        supervisor: i32,
        #[arg(required = true, trailing_var_arg = true)]
        program: Vec<OsString>,
    },
    Doctor(doctor::Options),
    Udev(udev::Options),
    /// Writes the manual pages and the shell completions to a directory
    #[command(hide = true)]
    Generate {
        #[arg(value_hint = ValueHint::DirPath)]
        directory: PathBuf,
    },
}

fn exit_codes() -> String {
    let lines = EXIT_CODES.iter().map(|(code, meaning)| format!("{code:>10}  {meaning}\n"));
    format!("Exit codes:\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }
}
