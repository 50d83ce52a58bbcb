//! The manual pages and the shell completions, made from the definition of the command line: `usbx generate DIRECTORY`.

use crate::arguments::Arguments;
use crate::failure::{Failure, Result, ERROR, EXIT_CODES};
use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell};
use clap_mangen::Man;
use roff::{bold, roman, Roff};
use std::io::{self, Write};
use std::path::Path;

pub fn generate(directory: &Path) -> Result<()> {
    write(directory).map_err(|error| Failure::new(ERROR, format!("generate {}: {error}", directory.display())))
}

fn write(directory: &Path) -> io::Result<()> {
    std::fs::create_dir_all(directory)?;
    let mut command = Arguments::command().disable_help_subcommand(true);
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        std::fs::write(directory.join(shell.file_name("usbx")), completions(shell, &mut command))?;
    }
    command.build();
    std::fs::write(directory.join("usbx.1"), overview(&command)?)?;
    for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let name = format!("usbx-{}", subcommand.get_name());
        std::fs::write(directory.join(format!("{name}.1")), page(subcommand, &name)?)?;
    }
    Ok(())
}

/// A script with the licence after its first line, where zsh expects the purpose of the file.
fn completions(shell: Shell, command: &mut Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, command, "usbx", &mut script);
    let script = String::from_utf8_lossy(&script);
    let (first, rest) = script.split_once('\n').unwrap_or((&script, ""));
    format!("{first}\n# {LICENCE}\n{rest}")
}

/// The start of a page.
fn titled(man: &Man) -> io::Result<Vec<u8>> {
    let mut page = format!(".\\\" {LICENCE}\n").into_bytes();
    man.render_title(&mut page)?;
    Ok(page)
}

/// usbx(1): what applies to all commands.
fn overview(command: &Command) -> io::Result<Vec<u8>> {
    let man = man(command.clone(), "usbx");
    let mut page = titled(&man)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_subcommands_section(&mut page)?;
    man.render_options_section(&mut page)?;
    exit_status(&mut page)?;
    section(
        &mut page,
        "ENVIRONMENT",
        &[
            ("USBX_VIRTUAL", VIRTUAL),
            ("USBX_USBIP", USBIP),
            ("USBX_USBIP_TIMEOUT", USBIP_TIMEOUT),
            ("USBX_LIBUSB", LIBUSB),
        ],
    )?;
    section(&mut page, "FILES", &FILES)?;
    examples(&mut page, &EXAMPLES)?;
    see_also(&mut page, command.get_subcommands().filter(|one| !one.is_hide_set()).map(|one| one.get_name()))?;
    Ok(page)
}

/// usbx-read(1) and the other commands.
fn page(command: &Command, name: &str) -> io::Result<Vec<u8>> {
    let man = man(command.clone(), name);
    let mut page = titled(&man)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.get_name() == "list" {
        json(&mut page)?;
    }
    let prefix = format!("usbx {} ", command.get_name());
    let own: Vec<(&str, &str)> = EXAMPLES.into_iter().filter(|(line, _)| line.contains(&prefix)).collect();
    examples(&mut page, &own)?;
    let mut text = Roff::new();
    text.control("SH", ["SEE ALSO"]);
    text.text([bold("usbx"), roman("(1), which lists the exit statuses.")]);
    text.to_writer(&mut page)?;
    Ok(page)
}

fn man(command: Command, name: &str) -> Man {
    // The section NAME already has the first paragraph.
    let text = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    let rest = text.split_once("\n\n").map(|(_, rest)| rest.to_owned()).unwrap_or(text);
    let command = command.long_about(rest);
    let version = format!("usbx {}", usbx::tool::VERSION);
    Man::new(command).title(name.to_uppercase()).section("1").date("").source(version).manual("usbx manual")
}

fn exit_status(page: &mut dyn Write) -> io::Result<()> {
    section(page, "EXIT STATUS", &EXIT_CODES)
}

/// Words with their meanings.
fn section(page: &mut dyn Write, title: &str, entries: &[(&str, &str)]) -> io::Result<()> {
    let mut text = Roff::new();
    text.control("SH", [title]);
    for (word, meaning) in entries {
        text.control("TP", []);
        text.text([bold(*word)]);
        text.text([roman(*meaning)]);
    }
    text.to_writer(page)
}

fn examples(page: &mut dyn Write, entries: &[(&str, &str)]) -> io::Result<()> {
    let mut text = Roff::new();
    text.control("SH", ["EXAMPLES"]);
    for (line, meaning) in entries {
        text.control("PP", []);
        text.text([roman(*meaning)]);
        text.control("PP", []);
        text.control("RS", ["4"]);
        text.control("nf", []);
        text.text([bold(*line)]);
        text.control("fi", []);
        text.control("RE", []);
    }
    text.to_writer(page)
}

fn json(page: &mut dyn Write) -> io::Result<()> {
    let mut text = Roff::new();
    text.control("SH", ["JSON"]);
    text.text([roman(
        "With --json the output is an array of objects, in the order of the list; it is empty if there is no device. An object has:",
    )]);
    text.to_writer(page)?;
    for (word, meaning) in JSON {
        let mut text = Roff::new();
        text.control("TP", []);
        text.text([bold(word)]);
        text.text([roman(meaning)]);
        text.to_writer(page)?;
    }
    let mut text = Roff::new();
    text.control("PP", []);
    text.text([roman("Later versions may add fields; these will remain.")]);
    text.to_writer(page)
}

fn see_also<'a>(page: &mut dyn Write, commands: impl Iterator<Item = &'a str>) -> io::Result<()> {
    let mut text = Roff::new();
    text.control("SH", ["SEE ALSO"]);
    let mut words = Vec::new();
    for name in commands {
        words.extend([bold(format!("usbx-{name}")), roman("(1), ")]);
    }
    words.extend([bold("lsusb"), roman("(8), "), bold("udev"), roman("(7)")]);
    text.text(words);
    text.to_writer(page)
}

const LICENCE: &str = "SPDX-License-Identifier: MIT OR Apache-2.0";

const VIRTUAL: &str =
    "Plugs in virtual devices, to try things without hardware: \"acquisition\", or several with serial \
numbers, \"acquisition:A,acquisition:B\". They are 1209:0001 and exist inside the process, so each command has new ones. \
\"replay:FILE,match=loose\" plays a capture as a device; docs/virtual.md has its options.";

const USBIP: &str = "Other computers whose devices are to be found like those of this one, with commas between them: \
\"pi.local,192.168.1.5:3240,unix:/run/usbx.socket\". They run 'usbx share' or usbipd.";

const USBIP_TIMEOUT: &str = "How many milliseconds another computer has for an answer; 5000 if it is not set.";

const LIBUSB: &str =
    "The file that 'usbx run' puts in the place of libusb; the one installed with the command if it is not set.";

const FILES: [(&str, &str); 2] = [
    ("/dev/bus/usb/BUS/ADDRESS", "A device's node. A user who may write to it may use the device."),
    ("/etc/udev/rules.d/70-usbx.rules", "Put the rule of 'usbx udev' here, to use the device without root."),
];

const EXAMPLES: [(&str, &str); 25] = [
    (
        "usbx list --verbose --device 0403:6001",
        "The devices of one kind, with interfaces, endpoints, and who holds them:",
    ),
    (
        "usbx list --json | jq -r '.[] | select(.serial == \"A1234\") | .path'",
        "The path of the device with a serial number:",
    ),
    ("usbx list --tree", "Which device is plugged into which hub:"),
    ("usbx list usbip://pi.local", "The devices that another computer shares:"),
    (
        "usbx read usbip://pi.local/1-2 0x81 --bytes 1M --output data.bin",
        "One MiB from a device of another computer, by a path of that list:",
    ),
    ("usbx watch --device 0403:6001 --count 1 --timeout 30", "Wait half a minute for a device to be plugged in:"),
    ("usbx watch --json", "All devices that come and go, for a program:"),
    ("usbx read 1209:0001 0x81 --bytes 1M --output data.bin", "One MiB from an endpoint to a file:"),
    ("usbx read 1-2.3 0x81 --for 10 | process", "Ten seconds of data from the device at a path, to another program:"),
    (
        "usbx read 046d:c077 0x81 --detach --timeout 0",
        "The reports of a mouse, until Ctrl-C, with its kernel driver detached meanwhile:",
    ),
    (
        "USBX_VIRTUAL=acquisition usbx read 1209:0001 0x81 --start 'vendor,out 1 0 0' --bytes 512",
        "A frame of the virtual device, which sends nothing before request 1:",
    ),
    (
        "usbx write 1209:0001 0x02 firmware.bin --zlp",
        "A file, followed by a zero-length packet if its last packet is full:",
    ),
    ("usbx write 1209:0001:A1234 0x02 --hex '01 02 ff'", "Three bytes, to the device with a serial number:"),
    ("usbx control 1209:0001 standard,in 6 0x0100 0 18", "The device descriptor:"),
    ("usbx control 1209:0001 vendor,out 3 0 0 10 27 00 00", "A vendor request with four bytes:"),
    ("usbx share acquisition", "A virtual device, which needs no hardware:"),
    ("usbx share 0403:6001", "A device for a computer that comes in by ssh -L 3240:localhost:3240:"),
    (
        "usbx share 1-2.3 --listen 192.168.1.5 --allow 192.168.1.0/24",
        "The device at a path, for the computers of one network:",
    ),
    ("usbx run --virtual acquisition -- lsusb", "A program of libusb's, with a virtual device:"),
    ("usbx run --capture traffic.pcapng -- dfu-util --list", "What a program does on the bus, for Wireshark:"),
    (
        "usbx run --simulate instrument.py -- python3 program.py",
        "A program with a device that a Python file describes:",
    ),
    ("usbx run --usbip pi.local -- sigrok-cli --scan", "A program with the devices that another computer shares:"),
    ("usbx doctor 0403:6001", "Why a device cannot be used:"),
    (
        "usbx udev 0403:6001 | sudo tee /etc/udev/rules.d/70-usbx-0403-6001.rules",
        "Let the user at the screen open every device of a kind:",
    ),
    ("usbx udev 0403:6001:A1234 --group dialout", "The rule for one device and the members of a group:"),
];

const JSON: [(&str, &str); 11] = [
    ("path", "Where the device is plugged in: \"1-2.3\"."),
    ("vendor_id, product_id", "idVendor and idProduct, as numbers."),
    ("manufacturer, product, serial", "Strings of the device; \"\" if it has none."),
    ("bus, address", "Numbers; the address changes each time the device is plugged in."),
    ("speed", "\"low\", \"full\", \"high\", \"super\", \"super_plus\" or \"unknown\"."),
    ("backend", "\"system\" for devices on this computer's bus, \"virtual\" for virtual ones, \"usbip\" for those of \
         other computers."),
    ("device_version, usb_version", "bcdDevice and bcdUSB, as numbers: 512 is USB 2.00."),
    ("device_class, device_subclass, device_protocol", "bDeviceClass and so on; class 0 means that each interface has its own."),
    ("configurations", "The number of configurations."),
    (
        "active_configuration, configuration_list",
        "With --verbose: the number of the active configuration, and for each configuration \"configuration\" (its number), \
         \"max_power_ma\", \"self_powered\" and \"interfaces\". For each alternate setting these have \"interface_number\", \"alt_setting\", \"class\", \"subclass\", \"protocol\", \
         \"name\", \"driver\" and \"held\" (the kernel driver and a text that says who holds the interface, or null), and \"endpoints\", each with \
         \"address\", \"direction\" (\"in\" or \"out\"), \"type\" (\"control\", \"isochronous\", \"bulk\" or \"interrupt\"), \"max_packet_size\", \
         \"packets_per_interval\", \"interval\" and \"max_bytes_per_interval\".",
    ),
    ("error", "With --verbose: why the description is missing, if it is."),
];
