//! `usbx share`: devices for other computers, over USB/IP.

use crate::failure::{Failure, Result};
use crate::interrupt;
#[cfg(unix)]
use crate::models::Models;
use crate::target::Target;
use crate::visitors::Visitors;
use std::io::{stdout, Write};
#[cfg(unix)]
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::mpsc::{channel, RecvTimeoutError};
use std::time::Duration;
#[cfg(unix)]
use usbx::tool::open_path;
use usbx::tool::{open_share, open_virtual, Error, Network, ShareOptions, DEFAULT_ADDRESS};

/// Lets other computers use devices, over USB/IP
///
/// Clients are Linux ('usbip attach'), Windows (usbip-win2) and other programs of the protocol. A device is theirs from when they take
/// it until they let it go; its kernel driver is detached meanwhile. On a terminal it shows who has which device, and the rates. The protocol has no passwords and no encryption: without --listen
/// only programs of this computer reach the devices, by ssh from elsewhere. Ctrl-C ends it and gives every device back.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// VID:PID, VID:PID:SERIAL or the path of each device; acquisition or acquisition:SERIAL for a virtual one, replay:FILE for a recording
    #[cfg_attr(unix, arg(value_name = "DEVICE", required_unless_present = "simulate"))]
    #[cfg_attr(not(unix), arg(value_name = "DEVICE", required = true))]
    pub devices: Vec<Offer>,
    /// Plugs in the device that a Python file describes, and shares it by the file's name; can be repeated
    #[cfg(unix)]
    #[arg(long, value_name = "MODEL.py", value_hint = clap::ValueHint::FilePath)]
    pub simulate: Vec<PathBuf>,
    /// Where clients connect: IP address, IP:PORT or unix:PATH; port 0 is one of the system's choice, systemd: the socket of a .socket unit
    #[arg(short, long, value_name = "ADDRESS", default_value = DEFAULT_ADDRESS)]
    pub listen: String,
    /// Only computers of these networks may connect; can be repeated
    #[arg(short, long, value_name = "NETWORK", value_parser = networks)]
    pub allow: Vec<Networks>,
    /// How many clients may be connected at once
    #[arg(long, value_name = "NUMBER", default_value_t = 64)]
    pub clients: u32,
    /// Shows who takes and returns devices even if standard error is not a terminal
    #[arg(long)]
    pub progress: bool,
}

/// A device that is there, or what plays as one: the built-in model or a recording, whose options follow the file's name.
#[derive(Clone, Debug)]
pub enum Offer {
    Device(Target),
    Virtual(String),
}

impl FromStr for Offer {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Offer, String> {
        match text.split(':').next() {
            Some("acquisition" | "replay") => Ok(Offer::Virtual(text.to_owned())),
            _ => text.parse().map(Offer::Device),
        }
    }
}

impl Offer {
    /// Where it is; a virtual one is plugged in until the command ends.
    fn path(&self) -> Result<String> {
        match self {
            Offer::Device(target) => target.path(),
            Offer::Virtual(spec) => {
                let serial = spec.strip_prefix("acquisition:");
                let (model, serial) = serial.map_or((spec.as_str(), ""), |serial| ("acquisition", serial));
                Ok(open_virtual(model, serial)?.path()?)
            }
        }
    }
}

/// "192.168.1.0/24,fd00::/8".
#[derive(Clone, Debug)]
pub struct Networks(Vec<Network>);

fn networks(text: &str) -> std::result::Result<Networks, String> {
    Network::list(text).map(Networks).map_err(|error: Error| error.reason())
}

/// How often it is seen whether a model has ended, and who has a device.
const LOOK: Duration = Duration::from_millis(200);

pub fn run(options: &Options) -> Result<()> {
    let paths: Vec<String> = options.devices.iter().map(Offer::path).collect::<Result<_>>()?;
    #[cfg_attr(not(unix), allow(unused_mut))]
    let mut offered: Vec<(String, Option<String>)> = paths.into_iter().map(|path| (path, None)).collect();
    #[cfg(unix)]
    let mut models = match options.simulate.is_empty() {
        true => None,
        false => Some(Models::start(&options.simulate)?),
    };
    #[cfg(unix)]
    for (path, busid) in models.iter().flat_map(Models::devices) {
        // Another process's device tells its descriptors when it is opened.
        open_path(&path)?.close();
        offered.push((path, Some(busid)));
    }
    let (stop, stopped) = channel();
    interrupt::calls(move || {
        let _ = stop.send(());
    })?;
    let allow = options.allow.iter().flat_map(|networks| networks.0.iter().copied()).collect();
    let share = open_share(&options.listen, ShareOptions { allow, clients: options.clients as usize }, &offered)?;
    let line = |(path, busid): &(String, Option<String>)| match busid {
        Some(busid) => format!("{busid}  {path}\n"),
        None => format!("{}  {path}\n", path.replace('/', "-")),
    };
    let shared = offered.iter().map(line).collect::<String>();
    let mut output = stdout().lock();
    let told = write!(output, "listening  {}\n{shared}", share.address()).and_then(|()| output.flush());
    drop(output);
    if told.is_ok() {
        let mut visitors = Visitors::new(options.progress);
        while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(LOOK) {
            #[cfg(unix)]
            models.iter_mut().for_each(Models::look);
            visitors.look(share.visits());
        }
    }
    share.close();
    told.map_err(Failure::of_lines)?;
    Err(interrupt::failure(""))
}
