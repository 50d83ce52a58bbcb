//! `usbx doctor`: what stands between this user and the devices.

use crate::failure::{printable, Failure, Result, ACCESS, ERROR, NOT_FOUND};
use crate::target::Target;
use std::fmt;
use std::io::{stdout, Write};
use usbx::tool::{
    devices, driver, interface_owner, obstacle, open_path, Backend, Device, DeviceInfo, Error, Speed, VERSION,
};

/// Says what stands in the way of using USB devices here
///
/// It looks at this computer's USB, at the environment variables that usbx reads, and at each device: whether this user may open it, who
/// holds its interfaces, and whether it runs at its speed. Hubs are looked at only if one is named, and devices of other computers are not
/// opened, which would take them from others. No request is sent to a device.
///
/// A line begins with "ok", "note" or "problem". The exit code is 0 if there is no problem, otherwise that of the first one.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// Only this device
    #[arg(value_name = "DEVICE")]
    pub device: Option<Target>,
}

enum Finding {
    Ok(String),
    Note(String),
    Problem(u8, String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, text) = match self {
            Finding::Ok(text) => ("ok", text),
            Finding::Note(text) => ("note", text),
            Finding::Problem(_, text) => ("problem", text),
        };
        write!(f, "{kind:<8} {}", printable(text).replace('\n', "\\n"))
    }
}

pub fn run(options: &Options) -> Result<()> {
    let mut findings =
        vec![Finding::Ok(format!("usbx {VERSION} for {} on {}", std::env::consts::OS, std::env::consts::ARCH))];
    findings.extend(environment());
    findings.extend(memory());
    let all = devices()?;
    let of_system = all.iter().filter(|info| info.backend == Backend::System).count();
    if let Some(why) = obstacle() {
        findings.push(if all.is_empty() { Finding::Problem(NOT_FOUND, why) } else { Finding::Note(why) });
    } else if of_system == 0 {
        findings.push(Finding::Note("this computer has USB, and no device is plugged in".to_owned()));
    }
    let (named, chosen) = match &options.device {
        None => (false, all.iter().filter(|info| info.device_class != HUB).map(|info| info.path.clone()).collect()),
        Some(target) => (true, vec![target.path()?]),
    };
    for path in chosen {
        match all.iter().find(|info| info.path == path) {
            Some(info) if named || info.backend != Backend::Usbip => examine(info, &mut findings),
            Some(info) => findings.push(Finding::Note(format!("{info}: its host exports it; it was not opened"))),
            None => match open_path(&path) {
                Ok(device) => {
                    findings.push(Finding::Ok(format!("{}: can be opened", device.info())));
                    device.close();
                }
                Err(error) => findings.push(problem(error)),
            },
        }
    }
    let mut output = stdout().lock();
    for finding in &findings {
        writeln!(output, "{finding}").map_err(Failure::of_lines)?;
    }
    output.flush().map_err(Failure::of_lines)?;
    let first = findings.iter().find_map(|finding| match finding {
        Finding::Problem(code, _) => Some(*code),
        _ => None,
    });
    first.map_or(Ok(()), |code| Err(Failure::new(code, "")))
}

/// bDeviceClass.
const HUB: u8 = 9;

fn problem(error: Error) -> Finding {
    let said = error.reason();
    let failure = Failure::from(error);
    Finding::Problem(failure.code(), said)
}

/// Variables that change which devices there are, or what becomes of them.
fn environment() -> Vec<Finding> {
    let set =
        |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty()).map(|value| (name.to_owned(), value));
    let meaning = [
        ("USBX_VIRTUAL", "the devices below at virtual/ are simulated"),
        ("USBX_USBIP", "the devices below at usbip:// are those of other computers"),
        ("USBX_USBIP_TIMEOUT", "so many milliseconds another computer has for an answer"),
        ("USBX_CAPTURE", "each program on usbx writes there what goes over the bus"),
        ("USBX_SYSTEM_BUS", "it chooses how this computer's own bus is used"),
    ];
    let notes = meaning.into_iter().filter_map(|(name, meaning)| Some((set(name)?, meaning)));
    notes.map(|((name, value), meaning)| Finding::Note(format!("{name}={value}: {meaning}"))).collect()
}

const MEMORY: &str = "/sys/module/usbcore/parameters/usbfs_memory_mb";

/// Linux limits what all programs' transfers take together.
fn memory() -> Option<Finding> {
    let text = std::fs::read_to_string(MEMORY).ok()?;
    let limit: u32 = text.trim().parse().ok()?;
    Some(match limit {
        0 => Finding::Ok("the kernel sets no limit to the memory of transfers in flight".to_owned()),
        1..=15 => Finding::Problem(
            ERROR,
            format!("the kernel has {limit} MiB for the transfers in flight of all programs, and 16 are usual; {MEMORY} is the limit"),
        ),
        _ => Finding::Ok(format!("the kernel has {limit} MiB for the transfers in flight of all programs ({MEMORY})")),
    })
}

fn examine(info: &DeviceInfo, findings: &mut Vec<Finding>) {
    let device = match open_path(&info.path) {
        Ok(device) => device,
        Err(error) => {
            let command = format!("'usbx udev {:04x}:{:04x}' prints the rule", info.vendor_id, info.product_id);
            findings.push(match problem(error) {
                Finding::Problem(ACCESS, said) => Finding::Problem(ACCESS, format!("{said}; {command}")),
                other => other,
            });
            return;
        }
    };
    findings.push(Finding::Ok(format!("{info}: can be opened")));
    findings.extend(holders(&device, info).into_iter().map(|held| Finding::Note(format!("{info}: {held}"))));
    if info.usb_version >= 0x0300 && (Speed::Low..Speed::Super).contains(&info.speed) {
        let what = "a USB 3 device that runs at a USB 2 speed; a USB 3 port, hub and cable let it run faster";
        findings.push(Finding::Note(format!("{info}: {what}")));
    }
    device.close();
}

/// Who holds which interface, in words.
fn holders(device: &Device, info: &DeviceInfo) -> Vec<String> {
    let active = match device.configuration() {
        Ok(0) => return vec!["it is not configured, so it has no interfaces".to_owned()],
        Ok(active) => active,
        Err(error) => return vec![error.reason()],
    };
    let selected = match device.interfaces() {
        Ok(settings) => settings.into_iter().filter(|(_, is_selected)| *is_selected),
        Err(error) => return vec![error.reason()],
    };
    let held = selected.filter(|(setting, _)| driver(info, active, setting.interface).is_some());
    let told = held.map(|(setting, _)| {
        // The rest of the library's message says which function to call; that is for programs.
        let owner = interface_owner(info, active, setting.interface);
        format!("interface {} is {}", setting.interface, owner.split(';').next().unwrap_or_default())
    });
    told.collect()
}
