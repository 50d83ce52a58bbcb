//! libusb's types and numbers, as its header has them. libusb/tests compares them with the system's.

use std::os::raw::{c_char, c_int, c_uchar, c_uint, c_void};

/// What a program has a pointer to and never looks into.
#[repr(C)]
pub struct libusb_context([u8; 0]);
#[repr(C)]
pub struct libusb_device([u8; 0]);
#[repr(C)]
pub struct libusb_device_handle([u8; 0]);

pub const SUCCESS: c_int = 0;
pub const ERROR_IO: c_int = -1;
pub const ERROR_INVALID_PARAM: c_int = -2;
pub const ERROR_ACCESS: c_int = -3;
pub const ERROR_NO_DEVICE: c_int = -4;
pub const ERROR_NOT_FOUND: c_int = -5;
pub const ERROR_BUSY: c_int = -6;
pub const ERROR_TIMEOUT: c_int = -7;
pub const ERROR_OVERFLOW: c_int = -8;
pub const ERROR_PIPE: c_int = -9;
pub const ERROR_INTERRUPTED: c_int = -10;
pub const ERROR_NO_MEM: c_int = -11;
pub const ERROR_NOT_SUPPORTED: c_int = -12;
pub const ERROR_OTHER: c_int = -99;

pub const TRANSFER_COMPLETED: c_int = 0;
pub const TRANSFER_ERROR: c_int = 1;
pub const TRANSFER_TIMED_OUT: c_int = 2;
pub const TRANSFER_CANCELLED: c_int = 3;
pub const TRANSFER_STALL: c_int = 4;
pub const TRANSFER_NO_DEVICE: c_int = 5;
pub const TRANSFER_OVERFLOW: c_int = 6;

pub const TYPE_CONTROL: u8 = 0;
pub const TYPE_ISOCHRONOUS: u8 = 1;
pub const TYPE_BULK: u8 = 2;
pub const TYPE_INTERRUPT: u8 = 3;
pub const TYPE_BULK_STREAM: u8 = 4;

pub const SHORT_NOT_OK: u8 = 1;
pub const FREE_BUFFER: u8 = 2;
pub const FREE_TRANSFER: u8 = 4;
pub const ADD_ZERO_PACKET: u8 = 8;

pub const DT_DEVICE: u8 = 1;
pub const DT_CONFIG: u8 = 2;
pub const DT_STRING: u8 = 3;
pub const DT_INTERFACE: u8 = 4;
pub const DT_ENDPOINT: u8 = 5;
pub const DT_INTERFACE_ASSOCIATION: u8 = 11;
pub const DT_BOS: u8 = 15;
pub const DT_SS_ENDPOINT_COMPANION: u8 = 48;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct libusb_device_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bcdUSB: u16,
    pub bDeviceClass: u8,
    pub bDeviceSubClass: u8,
    pub bDeviceProtocol: u8,
    pub bMaxPacketSize0: u8,
    pub idVendor: u16,
    pub idProduct: u16,
    pub bcdDevice: u16,
    pub iManufacturer: u8,
    pub iProduct: u8,
    pub iSerialNumber: u8,
    pub bNumConfigurations: u8,
}

#[repr(C)]
pub struct libusb_endpoint_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bEndpointAddress: u8,
    pub bmAttributes: u8,
    pub wMaxPacketSize: u16,
    pub bInterval: u8,
    pub bRefresh: u8,
    pub bSynchAddress: u8,
    pub extra: *const c_uchar,
    pub extra_length: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct libusb_interface_association_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bFirstInterface: u8,
    pub bInterfaceCount: u8,
    pub bFunctionClass: u8,
    pub bFunctionSubClass: u8,
    pub bFunctionProtocol: u8,
    pub iFunction: u8,
}

#[repr(C)]
pub struct libusb_interface_association_descriptor_array {
    pub iad: *const libusb_interface_association_descriptor,
    pub length: c_int,
}

#[repr(C)]
pub struct libusb_interface_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bInterfaceNumber: u8,
    pub bAlternateSetting: u8,
    pub bNumEndpoints: u8,
    pub bInterfaceClass: u8,
    pub bInterfaceSubClass: u8,
    pub bInterfaceProtocol: u8,
    pub iInterface: u8,
    pub endpoint: *const libusb_endpoint_descriptor,
    pub extra: *const c_uchar,
    pub extra_length: c_int,
}

#[repr(C)]
pub struct libusb_interface {
    pub altsetting: *const libusb_interface_descriptor,
    pub num_altsetting: c_int,
}

#[repr(C)]
pub struct libusb_config_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub wTotalLength: u16,
    pub bNumInterfaces: u8,
    pub bConfigurationValue: u8,
    pub iConfiguration: u8,
    pub bmAttributes: u8,
    pub MaxPower: u8,
    pub interface: *const libusb_interface,
    pub extra: *const c_uchar,
    pub extra_length: c_int,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct libusb_ss_endpoint_companion_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bMaxBurst: u8,
    pub bmAttributes: u8,
    pub wBytesPerInterval: u16,
}

/// With `bLength` - 3 bytes behind it.
#[repr(C)]
pub struct libusb_bos_dev_capability_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bDevCapabilityType: u8,
}

/// With `bNumDeviceCaps` pointers behind it.
#[repr(C)]
pub struct libusb_bos_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub wTotalLength: u16,
    pub bNumDeviceCaps: u8,
    pub dev_capability: [*mut libusb_bos_dev_capability_descriptor; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct libusb_usb_2_0_extension_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bDevCapabilityType: u8,
    pub bmAttributes: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct libusb_ss_usb_device_capability_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bDevCapabilityType: u8,
    pub bmAttributes: u8,
    pub wSpeedSupported: u16,
    pub bFunctionalitySupport: u8,
    pub bU1DevExitLat: u8,
    pub bU2DevExitLat: u16,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct libusb_container_id_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bDevCapabilityType: u8,
    pub bReserved: u8,
    pub ContainerID: [u8; 16],
}

/// With the capability's data behind it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct libusb_platform_descriptor {
    pub bLength: u8,
    pub bDescriptorType: u8,
    pub bDevCapabilityType: u8,
    pub bReserved: u8,
    pub PlatformCapabilityUUID: [u8; 16],
}

#[repr(C)]
pub struct libusb_version {
    pub major: u16,
    pub minor: u16,
    pub micro: u16,
    pub nano: u16,
    pub rc: *const c_char,
    pub describe: *const c_char,
}

#[repr(C)]
pub struct libusb_iso_packet_descriptor {
    pub length: c_uint,
    pub actual_length: c_uint,
    pub status: c_int,
}

pub type libusb_transfer_cb_fn = Option<unsafe extern "C" fn(*mut libusb_transfer)>;

/// With `num_iso_packets` descriptors behind it.
#[repr(C)]
pub struct libusb_transfer {
    pub dev_handle: *mut libusb_device_handle,
    pub flags: u8,
    pub endpoint: c_uchar,
    pub r#type: c_uchar,
    pub timeout: c_uint,
    pub status: c_int,
    pub length: c_int,
    pub actual_length: c_int,
    pub callback: libusb_transfer_cb_fn,
    pub user_data: *mut c_void,
    pub buffer: *mut c_uchar,
    pub num_iso_packets: c_int,
    pub iso_packet_desc: [libusb_iso_packet_descriptor; 0],
}

pub type libusb_log_cb = Option<unsafe extern "C" fn(*mut libusb_context, c_int, *const c_char)>;

#[repr(C)]
pub union libusb_option_value {
    pub ival: c_int,
    pub log_cbval: libusb_log_cb,
}

#[repr(C)]
pub struct libusb_init_option {
    pub option: c_int,
    pub value: libusb_option_value,
}

#[repr(C)]
pub struct libusb_pollfd {
    pub fd: c_int,
    pub events: i16,
}

pub type libusb_pollfd_added_cb = Option<unsafe extern "C" fn(c_int, i16, *mut c_void)>;
pub type libusb_pollfd_removed_cb = Option<unsafe extern "C" fn(c_int, *mut c_void)>;

pub type libusb_hotplug_callback_fn =
    Option<unsafe extern "C" fn(*mut libusb_context, *mut libusb_device, c_int, *mut c_void) -> c_int>;

pub use libc::timeval;

#[cfg(test)]
mod tests {
    use super::*;

    /// A field's place in a struct.
    macro_rules! place {
        ($type:ident, $field:ident) => {{
            let there = std::mem::MaybeUninit::<$type>::uninit();
            // SAFETY: only the address of the field is taken.
            let field = unsafe { std::ptr::addr_of!((*there.as_ptr()).$field) };
            field as usize - there.as_ptr() as usize
        }};
    }

    /// layout.c prints the same from the system's header, compiled by the system's compiler.
    #[test]
    fn structs_are_laid_out_as_in_the_header() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
        let flags = std::process::Command::new("pkg-config").args(["--cflags", "libusb-1.0"]).output();
        let Ok(flags) = flags.map_err(drop).and_then(|out| out.status.success().then_some(out.stdout).ok_or(())) else {
            eprintln!("LEFT OUT: the header's layout: there is no libusb-1.0 that pkg-config finds");
            return;
        };
        let flags = String::from_utf8(flags).unwrap();
        let program = std::env::temp_dir().join(format!("libusb-layout-{}", std::process::id()));
        let mut compiler = std::process::Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
        compiler.arg(format!("{directory}/layout.c")).arg("-o").arg(&program).args(flags.split_whitespace());
        assert!(compiler.status().unwrap().success());
        let said = std::process::Command::new(&program).output().unwrap().stdout;
        std::fs::remove_file(&program).unwrap();
        let ours: Vec<(&str, usize)> = vec![
            ("libusb_device_descriptor", std::mem::size_of::<libusb_device_descriptor>()),
            ("libusb_device_descriptor.idVendor", place!(libusb_device_descriptor, idVendor)),
            ("libusb_device_descriptor.bNumConfigurations", place!(libusb_device_descriptor, bNumConfigurations)),
            ("libusb_endpoint_descriptor", std::mem::size_of::<libusb_endpoint_descriptor>()),
            ("libusb_endpoint_descriptor.wMaxPacketSize", place!(libusb_endpoint_descriptor, wMaxPacketSize)),
            ("libusb_endpoint_descriptor.extra", place!(libusb_endpoint_descriptor, extra)),
            ("libusb_endpoint_descriptor.extra_length", place!(libusb_endpoint_descriptor, extra_length)),
            ("libusb_interface_descriptor", std::mem::size_of::<libusb_interface_descriptor>()),
            ("libusb_interface_descriptor.endpoint", place!(libusb_interface_descriptor, endpoint)),
            ("libusb_interface_descriptor.extra_length", place!(libusb_interface_descriptor, extra_length)),
            ("libusb_interface", std::mem::size_of::<libusb_interface>()),
            ("libusb_interface.num_altsetting", place!(libusb_interface, num_altsetting)),
            ("libusb_config_descriptor", std::mem::size_of::<libusb_config_descriptor>()),
            ("libusb_config_descriptor.interface", place!(libusb_config_descriptor, interface)),
            ("libusb_config_descriptor.MaxPower", place!(libusb_config_descriptor, MaxPower)),
            ("libusb_config_descriptor.extra_length", place!(libusb_config_descriptor, extra_length)),
            ("libusb_ss_endpoint_companion_descriptor", std::mem::size_of::<libusb_ss_endpoint_companion_descriptor>()),
            ("libusb_bos_descriptor", std::mem::size_of::<libusb_bos_descriptor>()),
            ("libusb_bos_descriptor.dev_capability", place!(libusb_bos_descriptor, dev_capability)),
            ("libusb_bos_dev_capability_descriptor", std::mem::size_of::<libusb_bos_dev_capability_descriptor>()),
            ("libusb_usb_2_0_extension_descriptor", std::mem::size_of::<libusb_usb_2_0_extension_descriptor>()),
            (
                "libusb_ss_usb_device_capability_descriptor",
                std::mem::size_of::<libusb_ss_usb_device_capability_descriptor>(),
            ),
            ("libusb_container_id_descriptor", std::mem::size_of::<libusb_container_id_descriptor>()),
            ("libusb_version", std::mem::size_of::<libusb_version>()),
            ("libusb_version.describe", place!(libusb_version, describe)),
            ("libusb_iso_packet_descriptor", std::mem::size_of::<libusb_iso_packet_descriptor>()),
            ("libusb_transfer", std::mem::size_of::<libusb_transfer>()),
            ("libusb_transfer.flags", place!(libusb_transfer, flags)),
            ("libusb_transfer.endpoint", place!(libusb_transfer, endpoint)),
            ("libusb_transfer.type", place!(libusb_transfer, r#type)),
            ("libusb_transfer.timeout", place!(libusb_transfer, timeout)),
            ("libusb_transfer.status", place!(libusb_transfer, status)),
            ("libusb_transfer.length", place!(libusb_transfer, length)),
            ("libusb_transfer.actual_length", place!(libusb_transfer, actual_length)),
            ("libusb_transfer.callback", place!(libusb_transfer, callback)),
            ("libusb_transfer.user_data", place!(libusb_transfer, user_data)),
            ("libusb_transfer.buffer", place!(libusb_transfer, buffer)),
            ("libusb_transfer.num_iso_packets", place!(libusb_transfer, num_iso_packets)),
            ("libusb_transfer.iso_packet_desc", place!(libusb_transfer, iso_packet_desc)),
            ("libusb_pollfd", std::mem::size_of::<libusb_pollfd>()),
        ];
        let ours: String = ours.iter().map(|(what, number)| format!("{what} {number}\n")).collect();
        assert_eq!(String::from_utf8(said).unwrap(), ours);
    }
}
