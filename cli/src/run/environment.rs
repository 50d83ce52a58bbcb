//! The environment in which a program finds libusb's ABI on usbx, and its devices.

use super::executable::Facts;
use super::in_full;
use super::library::Library;
use crate::failure::{Failure, Result, ERROR, USAGE};
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Command;
use usbx::tool;

const VIRTUAL: &str = "USBX_VIRTUAL";
const USBIP: &str = "USBX_USBIP";
const CAPTURE: &str = "USBX_CAPTURE";
const PATH: &str = "LD_LIBRARY_PATH";
const AUDIT: &str = "LD_AUDIT";

/// Installed beside the library; see libusb/redirect.c.
const AUDITOR: &str = "redirect.so";

pub struct Environment(Vec<(&'static str, OsString)>);

impl Environment {
    /// By its directory libusb is found where it is loaded by name. The loader's auditor gives it to programs that have a libusb in a directory of
    /// their own, too. Preloaded, it would get calls that such a libusb makes to itself.
    pub fn new(libraries: &[Library], program: &Option<Facts>) -> Result<Environment> {
        let directories: Vec<&Path> = libraries.iter().filter_map(|library| library.file.parent()).collect();
        if let Some(directory) = directories.iter().find(|path| path.as_os_str().as_bytes().contains(&b':')) {
            let directory = directory.display();
            let sentence =
                format!("{directory} has a colon in its name, so that {PATH} cannot name it; install usbx elsewhere");
            return Err(Failure::new(ERROR, sentence));
        }
        let mut found = Environment(Vec::new());
        found.put_first(PATH, &directories);
        // Those for other kinds of programs would be refused with a message by each process of this kind.
        let own = libraries.iter().find(|library| program.as_ref().map_or(true, |facts| facts.kind == library.kind));
        let auditor = own.map(|library| library.file.with_file_name(AUDITOR)).filter(|file| file.exists());
        if let Some(auditor) = auditor {
            found.put_first(AUDIT, &[&auditor]);
        }
        Ok(found)
    }

    fn put_first(&mut self, name: &'static str, paths: &[&Path]) {
        let before = std::env::var_os(name).filter(|text| !text.is_empty()).map(OsString::into_vec);
        let all = paths.iter().map(|path| path.as_os_str().as_bytes().to_vec()).chain(before);
        self.0.push((name, OsString::from_vec(all.collect::<Vec<_>>().join(&b':'))));
    }

    /// Adds virtual devices, and sees whether there can be such.
    pub fn plug_in(&mut self, specs: &[String]) -> Result<()> {
        if specs.is_empty() {
            return Ok(());
        }
        let specs = specs.iter().map(|spec| whole(spec)).collect::<Result<Vec<_>>>()?;
        self.add(VIRTUAL, &specs);
        // In this process, too, which says what is wrong with them.
        std::env::set_var(VIRTUAL, &self.0[self.0.len() - 1].1);
        match tool::obstacle().filter(|obstacle| obstacle.starts_with(VIRTUAL)) {
            None => Ok(()),
            Some(obstacle) => Err(Failure::new(USAGE, obstacle)),
        }
    }

    /// Adds hosts; their devices are asked for by the program.
    pub fn reach(&mut self, hosts: &[String]) {
        if !hosts.is_empty() {
            self.add(USBIP, hosts);
        }
    }

    /// Behind those that were there before.
    fn add(&mut self, name: &'static str, entries: &[String]) {
        let at = self.0.iter().position(|(one, _)| *one == name);
        let before =
            at.map(|at| self.0.remove(at).1).or_else(|| std::env::var_os(name)).filter(|text| !text.is_empty());
        let all =
            before.map(OsString::into_vec).into_iter().chain(entries.iter().map(|entry| entry.clone().into_bytes()));
        self.0.push((name, OsString::from_vec(all.collect::<Vec<_>>().join(&b','))));
    }

    /// Each process adds to the file.
    pub fn capture(&mut self, file: PathBuf) {
        let mut text = OsString::from("append:");
        text.push(file);
        self.0.push((CAPTURE, text));
    }

    pub fn set<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.envs(self.0.iter().map(|(name, text)| (name, text)))
    }
}

/// A recording's file is named by its whole path.
fn whole(spec: &str) -> Result<String> {
    match spec.strip_prefix("replay:") {
        Some(rest) => Ok(format!("replay:{}", in_full(Path::new(rest))?.display())),
        None => Ok(spec.to_owned()),
    }
}
