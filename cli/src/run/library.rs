//! libusb's ABI on usbx, as it is installed beside the command.

use super::executable::{facts, Facts, Kind};
use crate::failure::{Failure, Result, ERROR};
use std::path::{Path, PathBuf};

const NAME: &str = "libusb-1.0.so.0";
const NAMED: &str = "USBX_LIBUSB";

/// One of the installed libraries: there may be several, for programs of several kinds.
pub struct Library {
    pub file: PathBuf,
    pub kind: Kind,
}

/// The one that `USBX_LIBUSB` names, or those of the installation that the command belongs to.
pub fn installed() -> Result<Vec<Library>> {
    if let Some(named) = std::env::var_os(NAMED) {
        let file = PathBuf::from(named);
        return match kind(&file) {
            Some(kind) => Ok(vec![Library { file, kind }]),
            None => Err(Failure::new(ERROR, format!("{NAMED}={} is no shared library", file.display()))),
        };
    }
    let command = std::env::current_exe().and_then(std::fs::canonicalize);
    let command = command.map_err(|error| Failure::new(ERROR, format!("find the command's own file: {error}")))?;
    let prefix = command.parent().and_then(Path::parent).unwrap_or(Path::new("/"));
    let mut found: Vec<Library> = places(prefix)
        .into_iter()
        .map(|directory| directory.join("usbx").join(NAME))
        .filter_map(|file| Some(Library { kind: kind(&file)?, file }))
        .collect();
    found.dedup_by(|a, b| a.file == b.file);
    match found.is_empty() {
        false => Ok(found),
        true => {
            let sentence = format!("libusb's ABI, usbx/{NAME}, is not installed below {}/lib; {NAMED} names its file where it is elsewhere", prefix.display());
            Err(Failure::new(ERROR, sentence))
        }
    }
}

/// lib, lib64, and what distributions have below lib for each kind of processor.
fn places(prefix: &Path) -> Vec<PathBuf> {
    let lib = prefix.join("lib");
    let mut below: Vec<PathBuf> =
        std::fs::read_dir(&lib).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    below.sort();
    [lib, prefix.join("lib64")].into_iter().chain(below).collect()
}

fn kind(file: &Path) -> Option<Kind> {
    match facts(file) {
        Ok(Some(Facts { kind, .. })) => Some(kind),
        _ => None,
    }
}
