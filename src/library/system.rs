//! This computer's own bus. On Linux and Android it is the kernel's, without libusb between; on every other system, and in a build without
//! the feature `linux_usbfs`, libusb has it.

#[cfg(all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android")))]
pub use own::{never_libusb, open_descriptor, shutdown, system};
#[cfg(not(all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android"))))]
pub use portable::{never_libusb, open_descriptor, shutdown, system};

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use of_linux::{driver, interface_owner};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub use of_others::{driver, interface_owner};

#[cfg(all(
    not(feature = "libusb"),
    not(all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android")))
))]
compile_error!("usbx has no bus for this computer's devices without the feature libusb; on Linux and Android linux_usbfs is another");

#[cfg(all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android")))]
mod own {
    use crate::bus::linux_usbfs::UsbfsBus;
    use crate::bus::{Bus, Handle};
    use crate::error::Result;
    use std::sync::Arc;

    #[cfg(feature = "libusb")]
    pub use super::selected::{never_libusb, system};

    /// There is none in this build.
    #[cfg(not(feature = "libusb"))]
    pub fn never_libusb() {}

    #[cfg(not(feature = "libusb"))]
    pub fn system() -> &'static dyn Bus {
        &UsbfsBus
    }

    /// A device that the caller has opened by the system's means.
    pub fn open_descriptor(fd: i32) -> Result<Arc<dyn Handle>> {
        UsbfsBus.open_descriptor(fd)
    }

    /// Gives back what the bus keeps.
    pub fn shutdown() {
        UsbfsBus.shutdown();
    }
}

/// usbfs, or libusb where the environment asks for that.
#[cfg(all(feature = "linux_usbfs", feature = "libusb", any(target_os = "linux", target_os = "android")))]
mod selected {
    use crate::bus::libusb::LibusbBus;
    use crate::bus::linux_usbfs::UsbfsBus;
    use crate::bus::Bus;
    use crate::sys::environment;
    use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

    /// The process has libusb's functions from this library, which cannot be under itself.
    static WITHOUT_LIBUSB: AtomicBool = AtomicBool::new(false);

    pub fn never_libusb() {
        WITHOUT_LIBUSB.store(true, Ordering::Relaxed);
    }

    pub fn system() -> &'static dyn Bus {
        if libusb_is_selected() && !WITHOUT_LIBUSB.load(Ordering::Relaxed) {
            &LibusbBus
        } else {
            &UsbfsBus
        }
    }

    /// Whether the environment asks for libusb. A program that runs with more rights than its user does not listen to that.
    fn libusb_is_selected() -> bool {
        // Without a lock: a forked child would find it as another thread had it. Each thread that comes early finds out for itself.
        static SELECTED: AtomicU8 = AtomicU8::new(UNKNOWN);
        const UNKNOWN: u8 = 0;
        const NO: u8 = 1;
        const YES: u8 = 2;
        match SELECTED.load(Ordering::Relaxed) {
            UNKNOWN => {
                let selected = environment("USBX_SYSTEM_BUS").is_some_and(|bus| bus == "libusb");
                SELECTED.store(if selected { YES } else { NO }, Ordering::Relaxed);
                selected
            }
            known => known == YES,
        }
    }
}

#[cfg(not(all(feature = "linux_usbfs", any(target_os = "linux", target_os = "android"))))]
mod portable {
    use crate::bus::libusb::LibusbBus;
    use crate::bus::{Bus, Handle};
    use crate::error::Result;
    use std::sync::Arc;

    /// libusb's functions on this library are made for usbfs alone.
    pub fn never_libusb() {}

    pub fn system() -> &'static dyn Bus {
        &LibusbBus
    }

    pub fn open_descriptor(fd: i32) -> Result<Arc<dyn Handle>> {
        LibusbBus.open_descriptor(fd)
    }

    pub fn shutdown() {
        LibusbBus.shutdown();
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod of_linux {
    pub use crate::bus::interface_owner::driver;
    use crate::bus::interface_owner::of;
    use crate::usb::DeviceInfo;

    /// Who holds an interface of the active configuration; this process has the device open once.
    pub fn interface_owner(info: &DeviceInfo, configuration: u8, interface: u8) -> String {
        of(info, &[configuration], interface, 1)
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod of_others {
    use crate::usb::DeviceInfo;

    /// libusb does not say which driver has an interface.
    pub fn driver(_: &DeviceInfo, _configuration: u8, _interface: u8) -> Option<String> {
        None
    }

    pub fn interface_owner(_: &DeviceInfo, _configuration: u8, _interface: u8) -> String {
        "in use; the system does not say by whom".to_owned()
    }
}
