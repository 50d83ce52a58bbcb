//! Speeds of a device's connection.

/// By the numbers of `USBX_SPEED_*`, which are libusb's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Speed {
    #[default]
    Unknown = 0,
    Low = 1,
    Full = 2,
    High = 3,
    Super = 4,
    SuperPlus = 5,
}

impl Speed {
    /// Low and full speed count time in frames of 1 ms, the others in microframes of 125 µs (USB 2.0 section 9.6.6).
    pub fn counts_in_frames(self) -> bool {
        matches!(self, Speed::Low | Speed::Full)
    }

    /// Unknown for a number that stands for no speed.
    pub fn from_number(number: u8) -> Speed {
        match number {
            1 => Speed::Low,
            2 => Speed::Full,
            3 => Speed::High,
            4 => Speed::Super,
            5 => Speed::SuperPlus,
            _ => Speed::Unknown,
        }
    }

    /// By Linux's numbers (`enum usb_device_speed`), which USB/IP has, too: one more is wireless USB's, which was as fast as high speed.
    pub fn from_linux(number: u32) -> Speed {
        match number {
            1 => Speed::Low,
            2 => Speed::Full,
            3 | 4 => Speed::High,
            5 => Speed::Super,
            6 => Speed::SuperPlus,
            _ => Speed::Unknown,
        }
    }

    pub fn to_linux(self) -> u32 {
        match self {
            Speed::Unknown => 0,
            Speed::Low => 1,
            Speed::Full => 2,
            Speed::High => 3,
            Speed::Super => 5,
            Speed::SuperPlus => 6,
        }
    }
}
