//! `usbx list`: the devices that are plugged in, here or at another computer.

use crate::description::{self, Description};
use crate::failure::{printable, Failure, Result, NOT_FOUND};
use crate::message::tell;
use crate::target::{Host, Kind};
use crate::tree;
use serde::Serialize;
use std::io::{stdout, Write};
use std::sync::Arc;
use usbx::tool::{devices, obstacle, remote_devices, DeviceInfo};

/// Lists the devices that are plugged in, one per line
///
/// A line has the path, the IDs, the speed in Mbit/s, the manufacturer and product, and the serial number. This opens no device and
/// needs no permission.
///
/// With --verbose usbx opens each device, without disturbing other programs that use it, and shows its interfaces and endpoints and
/// who holds them; if it may not open a device, it says why.
///
/// With a host it lists the devices that this computer exports over USB/IP: those of 'usbx share' or usbipd. Their strings are known once
/// they have been opened, as --verbose does; meanwhile no other client can take them.
///
/// If no device matches --device or --path, the exit code is 3. Without these options an empty list is not an error.
#[derive(clap::Args, Debug)]
#[group(skip)]
pub struct Options {
    /// Lists the devices of this host: usbip://HOST, usbip://HOST:PORT or usbip+unix:///SOCKET
    #[arg(value_name = "HOST")]
    pub host: Option<Host>,
    /// Only devices with these IDs; VID: for all devices of a vendor
    #[arg(short, long, value_name = "VID:[PID]")]
    pub device: Option<Kind>,
    /// Only the device at this path
    #[arg(short, long, value_name = "PATH")]
    pub path: Option<String>,
    /// Also shows configurations, interfaces and endpoints
    #[arg(short, long)]
    pub verbose: bool,
    /// Shows the devices below the hubs that they are plugged into
    #[arg(long, conflicts_with_all = ["verbose", "json"])]
    pub tree: bool,
    /// Prints a JSON array; usbx-list(1) describes its fields
    #[arg(long)]
    pub json: bool,
}

/// A device for JSON, with the field names of `usbx_device_info`.
#[derive(Serialize)]
pub struct Described<'a> {
    path: &'a str,
    vendor_id: u16,
    product_id: u16,
    manufacturer: &'a str,
    product: &'a str,
    serial: &'a str,
    bus: u8,
    address: u8,
    speed: &'static str,
    backend: &'static str,
    device_version: u16,
    usb_version: u16,
    device_class: u8,
    device_subclass: u8,
    device_protocol: u8,
    configurations: u8,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    description: Option<&'a Description>,
}

impl<'a> Described<'a> {
    pub fn new(info: &'a DeviceInfo) -> Described<'a> {
        Described {
            path: &info.path,
            vendor_id: info.vendor_id,
            product_id: info.product_id,
            manufacturer: &info.manufacturer,
            product: &info.product,
            serial: &info.serial,
            bus: info.bus,
            address: info.address,
            speed: SPEEDS.get(info.speed as usize).map_or("unknown", |(name, _)| name),
            backend: BACKENDS.get(info.backend as usize).copied().unwrap_or("unknown"),
            device_version: info.device_version,
            usb_version: info.usb_version,
            device_class: info.device_class,
            device_subclass: info.device_subclass,
            device_protocol: info.device_protocol,
            configurations: info.configurations,
            description: None,
        }
    }
}

/// By USBX_SPEED_*, with Mbit/s.
const SPEEDS: [(&str, &str); 6] =
    [("unknown", "?"), ("low", "1.5"), ("full", "12"), ("high", "480"), ("super", "5000"), ("super_plus", "10000")];

/// By USBX_BACKEND_*.
const BACKENDS: [&str; 3] = ["system", "virtual", "usbip"];

/// "1-2.3      0403:6001    12  FTDI FT232R USB UART  [A1234]".
pub fn line(info: &DeviceInfo) -> String {
    let DeviceInfo { path, vendor_id, product_id, .. } = info;
    let speed = SPEEDS.get(info.speed as usize).map_or("?", |(_, mbits)| mbits);
    let mut name = [info.manufacturer.trim(), info.product.trim()].join(" ").trim().to_owned();
    if name.is_empty() {
        name = description::class_name(info.device_class).unwrap_or("-").to_owned();
    }
    let serial = if info.serial.is_empty() { String::new() } else { format!("  [{}]", info.serial) };
    printable(&format!("{path:<10} {vendor_id:04x}:{product_id:04x} {speed:>5}  {name}{serial}")).replace('\n', "\\n")
}

pub fn run(options: &Options) -> Result<()> {
    let all = match &options.host {
        Some(Host(host)) => remote_devices(host, None)?,
        None => devices()?,
    };
    let is_wanted = |info: &DeviceInfo| {
        options.device.map_or(true, |kind| kind.has(info)) && options.path.as_ref().map_or(true, |p| *p == info.path)
    };
    if options.tree {
        stdout().write_all(tree::text(&all, is_wanted).as_bytes()).map_err(Failure::of_lines)?;
    }
    let wanted = all.iter().filter(|info| is_wanted(info));
    let wanted: Vec<(Arc<DeviceInfo>, Option<Description>)> = wanted
        .map(|info| match options.verbose {
            true => Description::of(info),
            false => (Arc::clone(info), None),
        })
        .collect();
    let mut output = stdout().lock();
    if options.json {
        let described: Vec<Described> = wanted
            .iter()
            .map(|(info, description)| Described { description: description.as_ref(), ..Described::new(info) })
            .collect();
        let text = serde_json::to_string_pretty(&described).map_err(Failure::of_lines)?;
        writeln!(output, "{text}").map_err(Failure::of_lines)?;
    } else if !options.tree {
        for (info, description) in &wanted {
            writeln!(output, "{}", line(info)).map_err(Failure::of_lines)?;
            if let Some(description) = description {
                output.write_all(description.text(info).as_bytes()).map_err(Failure::of_lines)?;
            }
        }
    }
    output.flush().map_err(Failure::of_lines)?;
    let why = obstacle().filter(|_| all.is_empty() && options.host.is_none());
    match (options.device.is_some() || options.path.is_some(), wanted.is_empty()) {
        (true, true) => Err(Failure::new(NOT_FOUND, why.unwrap_or_else(|| "no such device is plugged in".to_owned()))),
        _ => {
            why.iter().for_each(|why| tell(format_args!("usbx: {why}")));
            Ok(())
        }
    }
}
