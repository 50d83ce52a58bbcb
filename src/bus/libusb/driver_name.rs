//! The name of an interface's driver, which libusb does not report.

/// On Linux sysfs knows.
pub fn of(path: &str, configuration: u8, interface: u8) -> String {
    let link = format!("/sys/bus/usb/devices/{path}:{configuration}.{interface}/driver");
    let target = std::fs::read_link(link).ok();
    let name = target.as_deref().and_then(|target| target.file_name()?.to_str());
    name.unwrap_or("unknown").to_owned()
}
