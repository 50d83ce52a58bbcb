//! String descriptors as ASCII.

use crate::abi::*;
use crate::boundary::guard;
use crate::sync_io::get_descriptor;
use std::os::raw::{c_int, c_uchar};

/// In the device's first language. What is not ASCII becomes a question mark.
#[no_mangle]
pub unsafe extern "C" fn libusb_get_string_descriptor_ascii(
    dev_handle: *mut libusb_device_handle,
    desc_index: u8,
    data: *mut c_uchar,
    length: c_int,
) -> c_int {
    guard("libusb_get_string_descriptor_ascii", ERROR_OTHER, || {
        let room = usize::try_from(length).unwrap_or(0);
        if desc_index == 0 || data.is_null() || room == 0 {
            return ERROR_INVALID_PARAM;
        }
        let mut descriptor = [0; 255];
        let languages = get_descriptor(dev_handle, DT_STRING, 0, 0, &mut descriptor[..4]);
        if languages < 0 {
            return languages;
        }
        if languages < 4 || descriptor[0] < 4 || descriptor[1] != DT_STRING {
            return ERROR_IO;
        }
        let language = u16::from_le_bytes([descriptor[2], descriptor[3]]);
        let got = get_descriptor(dev_handle, DT_STRING, desc_index, language, &mut descriptor);
        if got < 0 {
            return got;
        }
        let got = got as usize;
        if got < 2 || descriptor[1] != DT_STRING || usize::from(descriptor[0]) > got {
            return ERROR_IO;
        }
        let units = descriptor[2..descriptor[0].max(2).into()].chunks_exact(2);
        let mut text: Vec<u8> = units
            .map(|unit| match u16::from_le_bytes([unit[0], unit[1]]) {
                ascii @ 0..=0x7f => ascii as u8,
                _ => b'?',
            })
            .take(room - 1)
            .collect();
        text.push(0);
        // SAFETY: the program's array has room for `length` bytes, and there are no more.
        unsafe { data.copy_from_nonoverlapping(text.as_ptr(), text.len()) };
        text.len() as c_int - 1
    })
}
