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
const PRELOAD: &str = "LD_PRELOAD";

pub struct Environment(Vec<(&'static str, OsString)>);

impl Environment {
    /// By its directory libusb is found by programs that are linked to it or load it by name. Preloaded, it also comes before one that a program
    /// finds in a directory of its own.
    pub fn new(libraries: &[Library], program: &Option<Facts>) -> Result<Environment> {
        let directories: Vec<&Path> = libraries.iter().filter_map(|library| library.file.parent()).collect();
        let mut found = Environment(Vec::new());
        for directory in &directories {
            if directory.as_os_str().as_bytes().contains(&b':') {
                return Err(unusable(directory));
            }
        }
        found.put_first(PATH, &directories);
        // The libraries for other kinds of programs would be refused with a message by each process of this kind.
        let own = libraries.iter().find(|library| program.as_ref().map_or(true, |facts| facts.kind == library.kind));
        let own = own.filter(|_| !program.as_ref().is_some_and(Facts::is_first_to_load));
        if let Some(library) = own {
            if library.file.as_os_str().as_bytes().iter().any(|byte| matches!(byte, b':' | b' ')) {
                return Err(unusable(&library.file));
            }
            found.put_first(PRELOAD, &[&library.file]);
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

fn unusable(path: &Path) -> Failure {
    let sentence = format!("{} has a colon or a space in its name, which LD_LIBRARY_PATH and LD_PRELOAD cannot name; install usbx elsewhere", path.display());
    Failure::new(ERROR, sentence)
}

/// A recording's file is named by its whole path.
fn whole(spec: &str) -> Result<String> {
    match spec.strip_prefix("replay:") {
        Some(rest) => Ok(format!("replay:{}", in_full(Path::new(rest))?.display())),
        None => Ok(spec.to_owned()),
    }
}
