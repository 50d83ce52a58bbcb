//! The Binary Object Store and the capabilities that libusb has structs for (USB 3.2 section 9.6.2).

use crate::abi::*;
use crate::boundary::guard;
use crate::descriptor::place;
use crate::options::{allocate, free};
use crate::sync_io::get_descriptor;
use std::mem::size_of;
use std::os::raw::c_int;

const HEAD: usize = 5;
const EXTENSION: (u8, usize) = (2, 7);
const SUPERSPEED: (u8, usize) = (3, 10);
const CONTAINER: (u8, usize) = (4, 20);
const PLATFORM: (u8, usize) = (5, 20);

#[no_mangle]
pub unsafe extern "C" fn libusb_get_bos_descriptor(
    dev_handle: *mut libusb_device_handle,
    bos: *mut *mut libusb_bos_descriptor,
) -> c_int {
    guard("libusb_get_bos_descriptor", ERROR_OTHER, || {
        if bos.is_null() {
            return ERROR_INVALID_PARAM;
        }
        let mut head = [0; HEAD];
        let got = get_descriptor(dev_handle, DT_BOS, 0, 0, &mut head);
        if got < 0 {
            return got;
        }
        let total = usize::from(u16::from_le_bytes([head[2], head[3]]));
        if got < HEAD as c_int || usize::from(head[0]) < HEAD || head[1] != DT_BOS || total < HEAD {
            return ERROR_IO;
        }
        let mut bytes = vec![0; total];
        let got = get_descriptor(dev_handle, DT_BOS, 0, 0, &mut bytes);
        if got < 0 {
            return got;
        }
        bytes.truncate(got as usize);
        if bytes.len() < HEAD {
            return ERROR_IO;
        }
        let capabilities = capabilities(&bytes);
        // The struct, a pointer to each, and the bytes to which they point.
        let pointers = size_of::<libusb_bos_descriptor>();
        let data = pointers + capabilities.len() * size_of::<*mut u8>();
        let block: *mut u8 = allocate(data + bytes.len());
        if block.is_null() {
            return ERROR_NO_MEM;
        }
        let descriptor = libusb_bos_descriptor {
            bLength: bytes[0],
            bDescriptorType: bytes[1],
            wTotalLength: u16::from_le_bytes([bytes[2], bytes[3]]),
            bNumDeviceCaps: capabilities.len() as u8,
            dev_capability: [],
        };
        // SAFETY: the block has room for all three, and the program passes a place for a pointer.
        unsafe {
            block.cast::<libusb_bos_descriptor>().write(descriptor);
            block.add(data).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
            let list = block.add(pointers).cast::<*mut u8>();
            capabilities.iter().enumerate().for_each(|(at, start)| list.add(at).write(block.add(data + start)));
            bos.write(block.cast());
        }
        SUCCESS
    })
}

/// Where each begins, as far as their lengths make sense and no more than are counted.
fn capabilities(bytes: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut at = usize::from(bytes[0]);
    while let Some(length) = bytes.get(at).map(|length| usize::from(*length)) {
        if length < 3 || at + length > bytes.len() || found.len() == usize::from(bytes[4]) {
            break;
        }
        if bytes[at + 1] == 16 {
            found.push(at);
        }
        at += length;
    }
    found
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_bos_descriptor(bos: *mut libusb_bos_descriptor) {
    // SAFETY: NULL or from the function above.
    unsafe { free(bos) };
}

/// A capability's bytes, if it is of the kind and as long as that has to be.
///
/// # Safety
/// The capability is NULL or has as many bytes as it says; the place is NULL or for a pointer.
unsafe fn bytes_of<'a, T>(
    capability: *mut libusb_bos_dev_capability_descriptor,
    place: *mut *mut T,
    (kind, least): (u8, usize),
) -> Result<&'a [u8], c_int> {
    if capability.is_null() || place.is_null() {
        return Err(ERROR_INVALID_PARAM);
    }
    // SAFETY: this function's own contract.
    let bytes = unsafe {
        place.write(std::ptr::null_mut());
        std::slice::from_raw_parts(capability.cast::<u8>(), (*capability).bLength.max(3).into())
    };
    match bytes {
        [_, _, other, ..] if *other != kind => Err(ERROR_INVALID_PARAM),
        bytes if bytes.len() < least => Err(ERROR_IO),
        bytes => Ok(bytes),
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_usb_2_0_extension_descriptor(
    _ctx: *mut libusb_context,
    dev_cap: *mut libusb_bos_dev_capability_descriptor,
    usb_2_0_extension: *mut *mut libusb_usb_2_0_extension_descriptor,
) -> c_int {
    // SAFETY: the program's capability and place, as documented.
    match unsafe { bytes_of(dev_cap, usb_2_0_extension, EXTENSION) } {
        Err(code) => code,
        Ok(bytes) => {
            let descriptor = libusb_usb_2_0_extension_descriptor {
                bLength: bytes[0],
                bDescriptorType: bytes[1],
                bDevCapabilityType: bytes[2],
                bmAttributes: u32::from_le_bytes([bytes[3], bytes[4], bytes[5], bytes[6]]),
            };
            // SAFETY: as above.
            unsafe { place(usb_2_0_extension, descriptor) }
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_usb_2_0_extension_descriptor(p: *mut libusb_usb_2_0_extension_descriptor) {
    // SAFETY: NULL or from the function above.
    unsafe { free(p) };
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_ss_usb_device_capability_descriptor(
    _ctx: *mut libusb_context,
    dev_cap: *mut libusb_bos_dev_capability_descriptor,
    ss_usb_device_cap: *mut *mut libusb_ss_usb_device_capability_descriptor,
) -> c_int {
    // SAFETY: the program's capability and place, as documented.
    match unsafe { bytes_of(dev_cap, ss_usb_device_cap, SUPERSPEED) } {
        Err(code) => code,
        Ok(bytes) => {
            let descriptor = libusb_ss_usb_device_capability_descriptor {
                bLength: bytes[0],
                bDescriptorType: bytes[1],
                bDevCapabilityType: bytes[2],
                bmAttributes: bytes[3],
                wSpeedSupported: u16::from_le_bytes([bytes[4], bytes[5]]),
                bFunctionalitySupport: bytes[6],
                bU1DevExitLat: bytes[7],
                bU2DevExitLat: u16::from_le_bytes([bytes[8], bytes[9]]),
            };
            // SAFETY: as above.
            unsafe { place(ss_usb_device_cap, descriptor) }
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_ss_usb_device_capability_descriptor(
    p: *mut libusb_ss_usb_device_capability_descriptor,
) {
    // SAFETY: NULL or from the function above.
    unsafe { free(p) };
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_container_id_descriptor(
    _ctx: *mut libusb_context,
    dev_cap: *mut libusb_bos_dev_capability_descriptor,
    container_id: *mut *mut libusb_container_id_descriptor,
) -> c_int {
    // SAFETY: the program's capability and place, as documented.
    match unsafe { bytes_of(dev_cap, container_id, CONTAINER) } {
        Err(code) => code,
        Ok(bytes) => {
            let mut descriptor = libusb_container_id_descriptor {
                bLength: bytes[0],
                bDescriptorType: bytes[1],
                bDevCapabilityType: bytes[2],
                bReserved: bytes[3],
                ContainerID: [0; 16],
            };
            descriptor.ContainerID.copy_from_slice(&bytes[4..20]);
            // SAFETY: as above.
            unsafe { place(container_id, descriptor) }
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_container_id_descriptor(p: *mut libusb_container_id_descriptor) {
    // SAFETY: NULL or from the function above.
    unsafe { free(p) };
}

#[no_mangle]
pub unsafe extern "C" fn libusb_get_platform_descriptor(
    _ctx: *mut libusb_context,
    dev_cap: *mut libusb_bos_dev_capability_descriptor,
    platform_descriptor: *mut *mut libusb_platform_descriptor,
) -> c_int {
    // SAFETY: the program's capability and place, as documented.
    match unsafe { bytes_of(dev_cap, platform_descriptor, PLATFORM) } {
        Err(code) => code,
        Ok(bytes) => {
            let memory: *mut u8 = allocate(bytes.len());
            if memory.is_null() {
                return ERROR_NO_MEM;
            }
            // The struct is laid out as the descriptor is.
            // SAFETY: new memory of this size, and the program's place for a pointer.
            unsafe {
                memory.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len());
                platform_descriptor.write(memory.cast());
            }
            SUCCESS
        }
    }
}

#[no_mangle]
pub unsafe extern "C" fn libusb_free_platform_descriptor(p: *mut libusb_platform_descriptor) {
    // SAFETY: NULL or from the function above.
    unsafe { free(p) };
}
