//! What the kernel's answers tell of a handle's claims; here it never takes any.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Disturbance {
    None,
    Ended,
    SettingLost,
}
