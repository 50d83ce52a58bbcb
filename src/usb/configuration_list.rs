//! The configuration descriptors, one after the other as a system keeps them: after the device descriptor.

use super::configuration::{entries, CONFIGURATION};

/// Bytes of a device descriptor, and where it counts the configurations.
const DEVICE: usize = 18;
const COUNT: usize = 17;

/// The configurations behind a device descriptor, each with all that belongs to it.
///
/// wTotalLength says how long each is, but a device may say more than it sends, and sysfs then has what it sent. Where the lengths
/// do not lead from one configuration descriptor to the next and to the end, each ends where the next begins.
pub fn split(device: &[u8]) -> Vec<&[u8]> {
    let bytes = device.get(DEVICE..).unwrap_or(&[]);
    let by_length = parts(bytes, said);
    let consistent = by_length.iter().all(|part| is_configuration(part) && said(part) == part.len());
    let counted = |parts: &[&[u8]]| Some(parts.len()) == device.get(COUNT).map(|count| usize::from(*count));
    if consistent && counted(&by_length) {
        return by_length;
    }
    let by_entry = parts(bytes, until_next);
    // Two wrong numbers: the lengths at least agree with each other.
    if consistent && !counted(&by_entry) {
        return by_length;
    }
    by_entry
}

/// The same descriptors, but each configuration's wTotalLength is the length of what is there.
pub fn with_true_lengths(mut device: Vec<u8>) -> Vec<u8> {
    let lengths: Vec<usize> = split(&device).into_iter().map(<[u8]>::len).collect();
    let mut at = DEVICE;
    for length in lengths {
        if length >= 4 {
            device[at + 2..at + 4].copy_from_slice(&u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes());
        }
        at += length;
    }
    device
}

fn parts(bytes: &[u8], length: impl Fn(&[u8]) -> usize) -> Vec<&[u8]> {
    let mut rest = bytes;
    let mut configurations = Vec::new();
    while rest.len() >= 4 {
        let (configuration, behind) = rest.split_at(length(rest).clamp(4, rest.len()));
        configurations.push(configuration);
        rest = behind;
    }
    configurations
}

fn said(bytes: &[u8]) -> usize {
    usize::from(u16::from_le_bytes([bytes[2], bytes[3]]))
}

fn is_configuration(bytes: &[u8]) -> bool {
    bytes.len() >= 9 && bytes[0] >= 9 && bytes[1] == CONFIGURATION
}

/// Up to the next configuration descriptor, entry by entry; to the end where entries make no sense or none follows.
fn until_next(bytes: &[u8]) -> usize {
    let mut at = 0;
    for entry in entries(bytes) {
        if at > 0 && is_configuration(entry) {
            return at;
        }
        at += entry.len();
    }
    // usbfs gives no more than a device says, which may be less than a descriptor has.
    let said = said(bytes);
    let next_by_length = said < 9 && bytes.get(said..).is_some_and(is_configuration);
    if next_by_length {
        said
    } else {
        bytes.len()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIRST: &[u8] = &[9, 2, 9, 0, 0, 1, 0, 0x80, 50];
    const SECOND: &[u8] = &[9, 2, 9, 0, 0, 2, 0, 0x80, 50];
    const INTERFACE: &[u8] = &[9, 4, 0, 0, 0, 0xff, 0, 0, 0];

    fn saying(total: u16, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[2..4].copy_from_slice(&total.to_le_bytes());
        bytes
    }

    /// Behind a device descriptor that counts so many.
    fn device(count: u8, configurations: &[&[u8]]) -> Vec<u8> {
        let mut device = vec![0; DEVICE];
        device[COUNT] = count;
        configurations.iter().for_each(|bytes| device.extend_from_slice(bytes));
        device
    }

    #[test]
    fn configurations_follow_each_other_by_the_length_they_say() {
        assert_eq!(split(&device(2, &[FIRST, SECOND])), [FIRST, SECOND]);
        // One that holds what looks like another is one.
        let whole = saying(27, &[FIRST, SECOND, INTERFACE].concat());
        assert_eq!(split(&device(2, &[&whole, SECOND])), [&whole[..], SECOND]);
        // If one says that it is shorter than a descriptor, usbfs gives no more than that.
        let cut: &[u8] = &[9, 2, 5, 0, 0];
        assert_eq!(split(&device(2, &[cut, SECOND])), [cut, SECOND]);
        // Of the same one sysfs has a whole descriptor.
        let whole = saying(5, FIRST);
        assert_eq!(split(&device(2, &[&whole, SECOND])), [&whole[..], SECOND]);
        assert_eq!(split(&device(1, &[&whole])), [&whole[..]]);
        assert_eq!(split(&device(1, &[&FIRST[..7]])), [&FIRST[..7]]);
        assert!(split(&device(1, &[&[9, 2, 0]])).is_empty());
        assert!(split(&[18, 1]).is_empty());
        // A wrong count of those whose lengths agree.
        assert_eq!(split(&device(9, &[FIRST, SECOND])), [FIRST, SECOND]);
    }

    #[test]
    fn one_that_says_more_than_there_is_ends_where_the_next_begins() {
        for total in [19, 27, 500, u16::MAX] {
            let first = saying(total, &[FIRST, INTERFACE].concat());
            let all = device(2, &[&first, SECOND]);
            assert_eq!(split(&all), [&first[..], SECOND], "wTotalLength {total}");
        }
        let last = saying(500, &[SECOND, INTERFACE].concat());
        assert_eq!(split(&device(2, &[FIRST, &last])), [FIRST, &last[..]]);
    }

    #[test]
    fn lengths_are_made_true() {
        let first = saying(500, &[FIRST, INTERFACE].concat());
        let given = with_true_lengths(device(2, &[&first, SECOND]));
        assert_eq!(given, device(2, &[&saying(18, &first), SECOND]));
        assert_eq!(with_true_lengths(given.clone()), given);
        assert_eq!(with_true_lengths(vec![18, 1]), [18, 1]);
    }

    proptest! {
        #[test]
        fn whatever_is_there_is_walked(bytes in proptest::collection::vec(prop_oneof![Just(9), Just(2), Just(4), any::<u8>()], 0..120), count in 0u8..4) {
            let whole = device(count, &[&bytes]);
            let parts = split(&whole);
            let length = parts.concat().len();
            prop_assert_eq!(parts.concat(), &bytes[..length]);
            prop_assert!(bytes.len() - length < 4);
            prop_assert_eq!(with_true_lengths(whole.clone()).len(), whole.len());
        }
    }
}
