//! String descriptors (USB 2.0 section 9.6.7).

pub(crate) const STRING: u8 = 3;

/// US English: the language that hosts assume where a device has no table of languages.
pub(crate) const ENGLISH: u16 = 0x0409;

/// The units of a string descriptor; `None` if it is not one. A device that sends fewer bytes than it says has sent the beginning.
pub fn units(descriptor: &[u8]) -> Option<Vec<u16>> {
    match descriptor {
        [length, STRING, ..] if *length >= 2 => {
            let content = &descriptor[2..usize::from(*length).min(descriptor.len())];
            Some(content.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect())
        }
        _ => None,
    }
}

/// The text of a string's units, by the rule of the Linux kernel, whose strings `usbx_devices` lists: a NUL ends it, and half of a
/// surrogate pair that stands alone is passed over.
pub fn text(units: &[u16]) -> String {
    let units = units.iter().copied().take_while(|unit| *unit != 0);
    char::decode_utf16(units).filter_map(Result::ok).collect()
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_half_of_a_pair_is_passed_over() {
        let (high, low) = (0xd83d, 0xde00);
        assert_eq!(text(&[0x61, high, low, 0x62]), "a😀b");
        assert_eq!(text(&[0x61, high, 0x62]), "ab");
        assert_eq!(text(&[low, 0x61, high, high, low, low, 0x62]), "a😀b");
        assert_eq!(text(&[0x61, high]), "a");
    }

    #[test]
    fn a_nul_ends_the_text() {
        assert_eq!(text(&[0x61, 0, 0x62]), "a");
        assert_eq!(text(&[0]), "");
    }

    #[test]
    fn a_descriptor_is_as_long_as_it_says_at_most() {
        assert_eq!(units(&[4, 3, 0x61, 0, 0x62, 0]), Some(vec![0x61]));
        assert_eq!(units(&[255, 3, 0x61, 0, 0x62]), Some(vec![0x61]));
        assert_eq!(units(&[2, 3]), Some(Vec::new()));
        for wrong in [&[][..], &[4], &[0, 3, 0x61, 0], &[1, 3], &[4, 2, 0x61, 0]] {
            assert_eq!(units(wrong), None);
        }
    }
}
