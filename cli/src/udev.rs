//! `usbx udev`: the rule that lets users open a device.

use crate::failure::{Failure, Result, NOT_FOUND};
use crate::target::Target;
use std::fmt::Write as _;
use std::io::{stdout, Write};
use usbx::tool::{devices, Backend};

/// Prints the udev rule that lets users open a device
///
/// The rule is for the user who is logged in at this computer's own screen and keyboard, or with --group for the members of a group: for
/// services, and for logins by ssh. A device named by its IDs need not be plugged in; with a serial number the rule is for that one device
/// only. Nothing is changed on this computer: the comments at the beginning of the rule say where it has to be put.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// VID:PID, VID:PID:SERIAL, or the path of a device of this computer
    #[arg(value_name = "DEVICE")]
    pub device: Target,
    /// Gives access to the members of this group, in place of the user at the screen
    #[arg(short, long, value_name = "GROUP", value_parser = group)]
    pub group: Option<String>,
}

fn group(text: &str) -> std::result::Result<String, String> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    match !text.is_empty() && text.chars().all(is_fine) {
        true => Ok(text.to_owned()),
        false => Err("a group's name has letters, digits, \"_\", \"-\" and \".\"".to_owned()),
    }
}

pub fn run(options: &Options) -> Result<()> {
    let (vendor, product, serial) = match &options.device {
        Target::Ids { vendor, product, serial } => (*vendor, *product, serial.as_str()),
        Target::Path(path) => {
            let devices = devices()?;
            let found = devices.iter().find(|info| info.path == *path && info.backend == Backend::System);
            let info = found.ok_or_else(|| {
                let what = format!("no device of this computer is at {path}; udev has rules for those only");
                Failure::new(NOT_FOUND, what).hint(NOT_FOUND, "'usbx list' shows the devices that are plugged in")
            })?;
            (info.vendor_id, info.product_id, "")
        }
    };
    let text = rule(vendor, product, serial, options.group.as_deref());
    stdout().write_all(text.as_bytes()).map_err(Failure::of_lines)
}

fn rule(vendor: u16, product: u16, serial: &str, group: Option<&str>) -> String {
    let file = format!("/etc/udev/rules.d/70-usbx-{vendor:04x}-{product:04x}.rules");
    let mut text =
        format!("# {file}\n# Save it there, run 'sudo udevadm control --reload', and plug the device in again.\n");
    let _ = match group {
        None => {
            writeln!(text, "# Only the user at this computer's own screen gets access; '--group GROUP' is for others.")
        }
        Some(group) => writeln!(text, "# A user enters the group by 'sudo usermod -aG {group} USER' and a new login."),
    };
    let _ = write!(
        text,
        "SUBSYSTEM==\"usb\", ENV{{DEVTYPE}}==\"usb_device\", ATTR{{idVendor}}==\"{vendor:04x}\", \
         ATTR{{idProduct}}==\"{product:04x}\", "
    );
    if !serial.is_empty() {
        let _ = write!(text, "ATTR{{serial}}==\"{}\", ", pattern(serial));
    }
    let _ = match group {
        None => writeln!(text, "MODE=\"0660\", TAG+=\"uaccess\""),
        Some(group) => writeln!(text, "MODE=\"0660\", GROUP=\"{group}\""),
    };
    text
}

/// As udev compares it (udev(7)): "?" is any one character, and stands for those that would mean something else in a rule.
fn pattern(serial: &str) -> String {
    let special = |c: char| c.is_control() || "\"\\*?[]|".contains(c);
    serial.chars().map(|c| if special(c) { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_cannot_leave_its_quotes() {
        let text = rule(0x1209, 1, "A\"1\\*[2]|\n3 ö", None);
        assert!(text.ends_with("ATTR{serial}==\"A?1???2???3 ö\", MODE=\"0660\", TAG+=\"uaccess\"\n"), "{text}");
        assert_eq!(text.lines().filter(|line| !line.starts_with('#')).count(), 1);
    }

    #[test]
    fn a_group_is_one_word() {
        assert_eq!(group("plug-dev"), Ok("plug-dev".to_owned()));
        for wrong in ["", "a b", "a\"", "ä"] {
            assert!(group(wrong).is_err(), "{wrong}");
        }
    }
}
