//! Simulated devices in Python, each a process that shares one over USB/IP on a socket of its own.

use crate::failure::{Failure, Result, ERROR};
use crate::message::tell;
use std::fs::DirBuilder;
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

const PYTHON: &str = "python3";

/// How long one may take to end, once it is told to.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest bus ID.
const BUSID: usize = 31;

pub struct Models {
    /// For their sockets; nobody else may enter it.
    directory: PathBuf,
    running: Vec<Model>,
    hosts: Vec<String>,
}

struct Model {
    file: PathBuf,
    /// It ends when the other end of its standard input is closed, in whatever way this process ends.
    child: Child,
    told: bool,
}

impl Models {
    /// Returns when every device is plugged in.
    pub fn start(files: &[PathBuf]) -> Result<Models> {
        let directory =
            directory().map_err(|error| Failure::new(ERROR, format!("a directory for sockets: {error}")))?;
        let mut models = Models { directory, running: Vec::new(), hosts: Vec::new() };
        for (at, file) in files.iter().enumerate() {
            let socket = models.directory.join(at.to_string());
            models.running.push(Model::start(file, &socket)?);
            models.hosts.push(format!("unix:{}", socket.display()));
        }
        for model in &mut models.running {
            model.wait_until_plugged_in()?;
        }
        Ok(models)
    }

    /// Where their devices are, for USBX_USBIP.
    #[cfg(target_os = "linux")]
    pub fn hosts(&self) -> &[String] {
        &self.hosts
    }

    /// The path of each device, with a bus ID of the name of its file.
    pub fn devices(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.running.iter().zip(&self.hosts).map(|(model, host)| {
            // The model's process has no other virtual device.
            let path = host.replacen("unix:", "usbip+unix://", 1) + "/virtual-1";
            let name = model.file.file_stem().unwrap_or_default().to_string_lossy();
            let fit = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
            (path, name.chars().map(fit).take(BUSID).collect())
        })
    }

    /// Says it when one has ended before its time.
    pub fn look(&mut self) {
        for model in self.running.iter_mut().filter(|model| !model.told) {
            if let Ok(Some(status)) = model.child.try_wait() {
                model.told = true;
                tell(format_args!(
                    "usbx: the model {} has ended ({status}), and its device has left",
                    model.file.display()
                ));
            }
        }
    }
}

/// Unplugs the devices and waits for their processes.
impl Drop for Models {
    fn drop(&mut self) {
        for model in &mut self.running {
            drop(model.child.stdin.take());
        }
        let end = Instant::now() + PATIENCE;
        for model in &mut self.running {
            let status = model.end(end);
            let failed = status.filter(|status| !status.success() && !model.told);
            if let Some(status) = failed {
                tell(format_args!("usbx: the model {} ended with a failure ({status})", model.file.display()));
            }
        }
        // The models have removed theirs, unless they were killed.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Model {
    fn start(file: &Path, socket: &Path) -> Result<Model> {
        if let Err(error) = std::fs::metadata(file) {
            return Err(Failure::new(ERROR, format!("simulate {}: {error}", file.display())));
        }
        let mut command = Command::new(PYTHON);
        command.args(["-m", "pyusbx.simulate"]).arg(file).arg("--share").arg(format!("unix:{}", socket.display()));
        // The capture is the program's, and so is the terminal with its Ctrl-C.
        command.arg("--attended").env_remove("USBX_CAPTURE").process_group(0);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(|error| {
            let sentence = format!("simulate {}: {PYTHON} cannot be started: {error}", file.display());
            Failure::new(ERROR, sentence)
        })?;
        Ok(Model { file: file.to_owned(), child, told: false })
    }

    /// It says one line then.
    fn wait_until_plugged_in(&mut self) -> Result<()> {
        let mut line = String::new();
        let said = self.child.stdout.as_mut().map(|pipe| BufReader::new(pipe).read_line(&mut line));
        if matches!(said, Some(Ok(_))) && line.ends_with('\n') {
            return Ok(());
        }
        self.told = true;
        let ended = self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
        let sentence = format!("simulate {}: {PYTHON} ended before the device was plugged in ({ended}); it says why above. It needs pyusbx: {PYTHON} -m pip install pyusbx", self.file.display());
        Err(Failure::new(ERROR, sentence))
    }

    fn end(&mut self, end: Instant) -> Option<ExitStatus> {
        while Instant::now() < end {
            match self.child.try_wait() {
                Ok(Some(status)) => return Some(status),
                Ok(None) => sleep(Duration::from_millis(2)),
                Err(_) => return None,
            }
        }
        tell(format_args!("usbx: the model {} did not end and was killed", self.file.display()));
        self.told = true;
        let _ = self.child.kill();
        self.child.wait().ok()
    }
}

/// A new one, which only this user may enter. A socket's path is short, so a long $TMPDIR is left aside; so is one that a list of hosts cannot name.
fn directory() -> io::Result<PathBuf> {
    let wanted = std::env::temp_dir();
    let fits = wanted.to_str().is_some_and(|path| path.len() < 60 && !path.contains(','));
    let place = if fits { wanted } else { PathBuf::from("/tmp") };
    let mut attempt = 0;
    loop {
        let path = place.join(format!("usbx-run-{}-{attempt}", std::process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && attempt < 1000 => attempt += 1,
            made => return made.map(|()| path),
        }
    }
}
