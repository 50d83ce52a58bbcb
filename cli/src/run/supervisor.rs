//! A program whose devices end with it: its signals, its stops and its exit code.

use super::environment::Environment;
use crate::failure::{Failure, Result, ERROR, SIGNAL};
use crate::models::Models;
use rustix::fs::{open, Mode, OFlags};
use rustix::process::{
    getpgrp, getpid, getppid, kill_process, set_parent_process_death_signal, waitpid, Pid, Signal, WaitOptions,
    WaitStatus,
};
use rustix::termios::tcgetpgrp;
use signal_hook::consts::{SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::SignalsInfo;
use signal_hook::low_level::siginfo::Cause;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;

/// What the program is to hear of, too.
const PASSED_ON: [i32; 7] = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCONT];

/// Runs it to its end, and the models until then.
pub fn run(
    environment: &Environment,
    program: &Path,
    name: &OsStr,
    arguments: &[OsString],
    mut models: Models,
) -> Result<()> {
    let failed = |error: std::io::Error| Failure::new(ERROR, format!("run {}: {error}", name.to_string_lossy()));
    let mut command = Command::new(std::env::current_exe().map_err(failed)?);
    command.arg("supervised").arg(getpid().to_string()).arg("--").arg(program).arg(name).args(arguments);
    // It inherits which signals are ignored; so it begins before they are heard here.
    let child = environment.set(&mut command).spawn().map_err(failed)?;
    let child = Pid::from_child(&child);
    let heard = PASSED_ON.into_iter().chain([SIGCHLD]);
    let mut signals = SignalsInfo::<WithOrigin>::new(heard).map_err(failed)?;
    loop {
        if let Some(code) = ended(child)? {
            drop(models);
            return Err(Failure::new(code, ""));
        }
        models.look();
        for signal in signals.wait() {
            // The terminal's came to the program, too: it is of the same group.
            let is_the_terminals = matches!(signal.cause, Cause::Kernel) && signal.signal != SIGCONT;
            if !is_the_terminals && PASSED_ON.contains(&signal.signal) {
                pass_on(child, signal.signal);
            }
        }
    }
}

fn pass_on(child: Pid, signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        let _ = kill_process(child, signal);
    }
}

/// The exit code, when it has ended. Where it has stopped, the shell in front is to know.
fn ended(child: Pid) -> Result<Option<u8>> {
    loop {
        let waited = waitpid(Some(child), WaitOptions::NOHANG | WaitOptions::UNTRACED);
        let status = match waited {
            Ok(Some((_, status))) => status,
            Ok(None) => return Ok(None),
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => return Err(Failure::new(ERROR, format!("wait for the program: {error}"))),
        };
        match code_of(status) {
            Some(code) => return Ok(Some(code)),
            None if is_in_front() => {
                let _ = kill_process(getpid(), Signal::STOP);
            }
            None => {}
        }
    }
}

fn code_of(status: WaitStatus) -> Option<u8> {
    let signal = status.terminating_signal().map(|signal| i32::from(SIGNAL) + signal);
    status.exit_status().or(signal).map(|code| code as u8)
}

/// Whether a shell waits for this process, and has lent it the terminal.
fn is_in_front() -> bool {
    let terminal = open("/dev/tty", OFlags::RDONLY | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty());
    terminal.and_then(tcgetpgrp).is_ok_and(|group| group == getpgrp())
}

/// This process ends with its supervisor, even where that is killed.
pub fn bind(supervisor: i32) -> Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| Failure::new(ERROR, format!("run: {error}")))?;
    match getppid().map(Pid::as_raw_pid) == Some(supervisor) {
        true => Ok(()),
        false => Err(Failure::new(ERROR, "run: what started this has ended")),
    }
}
