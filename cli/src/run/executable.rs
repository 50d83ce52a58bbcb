//! Which file a program is, and whether the libraries that it loads can be chosen for it.

use super::library::Library;
use crate::failure::{Failure, Result, NOT_EXECUTABLE, NO_SUCH_PROGRAM};
use object::elf::{self, FileHeader32, FileHeader64, DT_SONAME, DT_STRSZ, DT_STRTAB};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::read::{ReadCache, ReadRef, StringTable};
use object::{Endianness, FileKind};
use rustix::fs::{access, getxattr, Access};
use rustix::process::{getegid, geteuid};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// For which processors a file is: its class, its machine and the order of bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kind {
    class: u8,
    machine: u16,
    big_endian: bool,
}

/// What an ELF file says about how it is loaded.
#[derive(Debug)]
pub struct Facts {
    pub kind: Kind,
    /// The loader, which a statically linked program has none of.
    loader: Option<PathBuf>,
    /// Its name as a library, if it is one.
    own_name: Option<String>,
}

/// As the shell finds a command.
pub fn find(name: &OsStr) -> Result<PathBuf> {
    let shown = name.to_string_lossy();
    let absent = || Failure::new(NO_SUCH_PROGRAM, format!("run {shown}: there is no such program"));
    if name.as_bytes().contains(&b'/') {
        let path = PathBuf::from(name);
        return match std::fs::metadata(&path) {
            Ok(_) => runnable(path, &shown),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(absent()),
            Err(error) => Err(Failure::new(NOT_EXECUTABLE, format!("run {shown}: {error}"))),
        };
    }
    if name.is_empty() {
        return Err(absent());
    }
    let places = std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into());
    let mut refused = None;
    for directory in std::env::split_paths(&places) {
        // An empty entry is the current directory.
        let path = Path::new(".").join(directory).join(name);
        if path.is_file() {
            match runnable(path, &shown) {
                Ok(path) => return Ok(path),
                Err(failure) => refused = refused.or(Some(failure)),
            }
        }
    }
    Err(refused.unwrap_or_else(|| absent().and("no directory of PATH has it")))
}

fn runnable(path: PathBuf, shown: &str) -> Result<PathBuf> {
    if path.is_dir() {
        return Err(Failure::new(NOT_EXECUTABLE, format!("run {shown}: it is a directory")));
    }
    match access(&path, Access::EXEC_OK) {
        Ok(()) => Ok(path),
        Err(_) => {
            let sentence = format!("run {shown}: {} is not executable; chmod +x makes it so", path.display());
            Err(Failure::new(NOT_EXECUTABLE, sentence))
        }
    }
}

/// Refuses a program for which libusb cannot be replaced; what the one says that is loaded in the end, which for a script is its interpreter.
pub fn judge(program: &Path, libraries: &[Library]) -> Result<Option<Facts>> {
    let mut path = program.to_path_buf();
    for _ in 0..INTERPRETERS {
        refuse_secure(&path)?;
        // One that may be run and not be read says nothing about itself.
        let Ok(file) = File::open(&path) else { return Ok(None) };
        match interpreter(file) {
            Some(words) => path = seen_through(&words, program)?,
            None => {
                let found = facts(&path).map_err(|why| refused(&path, &why))?;
                if let Some(facts) = &found {
                    refuse_static(&path, facts)?;
                    refuse_foreign(&path, facts, libraries)?;
                }
                return Ok(found);
            }
        }
    }
    Ok(None)
}

/// As many as Linux follows.
const INTERPRETERS: usize = 5;

fn refused(path: &Path, why: &str) -> Failure {
    Failure::new(NOT_EXECUTABLE, format!("{} cannot be run so: {why}", path.display()))
}

/// The loader ignores the environment of a program that has more rights than its caller.
fn refuse_secure(path: &Path) -> Result<()> {
    let Ok(file) = std::fs::metadata(path) else { return Ok(()) };
    let user = file.mode() & 0o4000 != 0 && file.uid() != geteuid().as_raw();
    let group = file.mode() & 0o2010 == 0o2010 && file.gid() != getegid().as_raw();
    let capable = !geteuid().is_root() && getxattr(path, "security.capability", &mut [0_u8; 64][..]).is_ok();
    let what = match (user, group, capable) {
        (true, ..) => "set-user-ID",
        (_, true, _) => "set-group-ID",
        (.., true) => "given capabilities of its file",
        _ => return Ok(()),
    };
    Err(refused(
        path,
        &format!("it is {what}, and the system does not let its caller choose the libraries of such a program; if it is sudo or the like, put it in front: sudo usbx run … PROGRAM"),
    ))
}

fn refuse_static(path: &Path, facts: &Facts) -> Result<()> {
    // The loader itself has no loader.
    let is_loader = facts.own_name.as_deref().is_some_and(|name| name.starts_with("ld"));
    match facts.loader.is_some() || is_loader {
        true => Ok(()),
        false => Err(refused(path, "it is statically linked and loads no libraries, so that the libusb it may have inside cannot be replaced; link it to the shared libusb-1.0.so.0")),
    }
}

fn refuse_foreign(path: &Path, facts: &Facts, libraries: &[Library]) -> Result<()> {
    if !libraries.iter().any(|library| library.kind == facts.kind) {
        return Err(refused(
            path,
            "it is for another kind of processor than the installed usbx; install usbx for that one, too",
        ));
    }
    let is_musl = |loader: &Path| loader.file_name().is_some_and(|name| name.as_bytes().starts_with(b"ld-musl"));
    let own = std::env::current_exe().ok().and_then(|own| self::facts(&own).ok().flatten());
    let own_is_musl = own.and_then(|own| own.loader).is_some_and(|loader| is_musl(&loader));
    match facts.loader.as_deref().is_some_and(is_musl) == own_is_musl {
        true => Ok(()),
        false => Err(refused(
            path,
            "it uses another C library than the installed usbx (one is musl); install usbx for that one",
        )),
    }
}

/// The words of a script's first line: its interpreter and what that is given.
fn interpreter(file: File) -> Option<Vec<OsString>> {
    let mut line = Vec::new();
    BufReader::new(file.take(256)).read_until(b'\n', &mut line).ok()?;
    let words = line.strip_prefix(b"#!")?.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    Some(words.map(|word| OsString::from_vec(word.to_vec())).collect())
}

/// "#!/usr/bin/env python3" is python3.
fn seen_through(words: &[OsString], script: &Path) -> Result<PathBuf> {
    let missing = |name: &OsStr| {
        let sentence = format!("run {}: its interpreter {} is not there", script.display(), name.to_string_lossy());
        Failure::new(NOT_EXECUTABLE, sentence)
    };
    let interpreter = Path::new(words.first().map_or(OsStr::new("/bin/sh"), OsString::as_os_str));
    if !interpreter.is_file() {
        return Err(missing(interpreter.as_os_str()));
    }
    let is_env = interpreter.file_name() == Some(OsStr::new("env"));
    let is_program = |word: &&OsString| !word.as_bytes().starts_with(b"-") && !word.as_bytes().contains(&b'=');
    match words.iter().skip(1).filter(|_| is_env).find(is_program) {
        Some(word) => find(word).map_err(|_| missing(word)),
        None => Ok(interpreter.to_owned()),
    }
}

/// What an ELF file says; `None` for any other file, which the system runs by /bin/sh or refuses.
pub fn facts(path: &Path) -> std::result::Result<Option<Facts>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let cache = ReadCache::new(file);
    let read = match FileKind::parse(&cache) {
        Ok(FileKind::Elf32) => read::<FileHeader32<Endianness>, _>(&cache),
        Ok(FileKind::Elf64) => read::<FileHeader64<Endianness>, _>(&cache),
        _ => return Ok(None),
    };
    read.map(Some).map_err(|error| format!("its file is damaged: {error}"))
}

fn read<'data, Elf: FileHeader<Endian = Endianness>, R: ReadRef<'data>>(data: R) -> object::read::Result<Facts> {
    let header = Elf::parse(data)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, data)?;
    let mut loader = None;
    let mut entries: &[Elf::Dyn] = &[];
    for segment in segments {
        if let Some(path) = segment.interpreter(endian, data)? {
            loader = Some(PathBuf::from(OsStr::from_bytes(path)));
        }
        entries = segment.dynamic(endian, data)?.unwrap_or(entries);
    }
    let value = |tag: u32| {
        let found = entries.iter().find(|entry| entry.tag32(endian) == Some(tag));
        found.map(|entry| entry.d_val(endian).into())
    };
    // The table's place is an address; the segment that is loaded there has it.
    let address = value(DT_STRTAB).unwrap_or(0);
    let strings = segments.iter().filter(|segment| segment.p_type(endian) == elf::PT_LOAD).find_map(|segment| {
        let (begin, offset) = (segment.p_vaddr(endian).into(), segment.p_offset(endian).into());
        let inside = (begin..begin.saturating_add(segment.p_filesz(endian).into())).contains(&address);
        inside.then(|| offset + (address - begin))
    });
    let strings = StringTable::new(data, strings.unwrap_or(0), strings.unwrap_or(0) + value(DT_STRSZ).unwrap_or(0));
    let name = |entry: &Elf::Dyn| {
        let text = strings.get(u32::try_from(entry.d_val(endian).into()).ok()?).ok()?;
        Some(String::from_utf8_lossy(text).into_owned())
    };
    let kind =
        Kind { class: header.e_ident().class, machine: header.e_machine(endian), big_endian: header.is_big_endian() };
    let own_name = entries.iter().filter(|entry| entry.tag32(endian) == Some(DT_SONAME)).find_map(name);
    Ok(Facts { kind, loader, own_name })
}
