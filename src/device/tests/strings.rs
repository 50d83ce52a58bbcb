//! Strings of devices that answer in their own way.

use super::Bench;
use crate::error::Status;
use crate::usb::SetupPacket;

fn string(text: &str) -> Vec<u8> {
    let mut bytes = vec![0, 3];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes[0] = bytes.len() as u8;
    bytes
}

/// Two languages, the first of which is not English.
fn usual(setup: &SetupPacket) -> Option<Vec<u8>> {
    match (setup.value, setup.index) {
        (0x0300, _) => Some(vec![6, 3, 0x07, 0x04, 0x09, 0x04]),
        (0x0301, 0x0409) => Some(string("text")),
        (0x0301, 0x0407) => Some(string("Wort")),
        _ => None,
    }
}

/// String index and language of each request, and how many bytes it asked for.
fn asked(bench: &Bench) -> Vec<(u16, u16, u16)> {
    bench.asked().iter().map(|setup| (setup.value & 0xff, setup.index, setup.length)).collect()
}

#[test]
fn a_language_that_is_given_is_asked_for_at_once() {
    let bench = Bench::new(&[], usual);
    assert_eq!(bench.device.get_string(1, 0x0409).unwrap(), "text");
    assert_eq!(asked(&bench), [(1, 0x0409, 255)]);
    assert_eq!(bench.device.get_string(1, 0).unwrap(), "Wort");
    assert_eq!(asked(&bench), [(0, 0, 255), (1, 0x0407, 255)]);
    let error = bench.device.get_string(1, 0x0411).unwrap_err();
    assert_eq!(error.status, Status::NotFound);
    assert!(error.reason().contains("no language 0x0411; it has 0x0407 and 0x0409"), "{}", error.reason());
    assert_eq!(bench.device.get_string(0, 0).unwrap_err().status, Status::InvalidParam);
}

#[test]
fn english_is_asked_for_where_there_is_no_table_of_languages() {
    // It stalls, is empty, has half an entry, is of another type, is none.
    let tables = [None, Some(vec![2, 3]), Some(vec![3, 3, 9]), Some(vec![4, 2, 9, 4]), Some(Vec::new())];
    for table in tables {
        let told = table.clone();
        let bench = Bench::new(&[], move |setup| if setup.value == 0x0300 { told.clone() } else { usual(setup) });
        assert_eq!(bench.device.get_string(1, 0).unwrap(), "text", "{table:?}");
    }
}

#[test]
fn a_device_that_refuses_255_bytes_is_asked_for_the_length_first() {
    let bench = Bench::new(&[], |setup| if setup.length == 255 { None } else { usual(setup) });
    assert_eq!(bench.device.get_string(1, 0x0409).unwrap(), "text");
    assert_eq!(asked(&bench), [(1, 0x0409, 255), (1, 0x0409, 2), (1, 0x0409, 10)]);
    // It is known by then.
    assert_eq!(bench.device.get_string(1, 0x0407).unwrap(), "Wort");
    assert_eq!(asked(&bench), [(1, 0x0407, 2), (1, 0x0407, 10)]);
    assert_eq!(bench.device.get_string(2, 0x0409).unwrap_err().status, Status::Pipe);
}

#[test]
fn a_string_that_is_not_there_says_nothing_about_the_device() {
    let bench = Bench::new(&[], usual);
    assert_eq!(bench.device.get_string(9, 0x0409).unwrap_err().status, Status::Pipe);
    bench.asked();
    assert_eq!(bench.device.get_string(1, 0x0409).unwrap(), "text");
    assert_eq!(asked(&bench), [(1, 0x0409, 255)]);
}

#[test]
fn what_is_no_string_is_an_error() {
    for wrong in [vec![4, 2, 0x61, 0], vec![0, 3], vec![1]] {
        let told = wrong.clone();
        let bench = Bench::new(&[], move |_| Some(told.clone()));
        assert_eq!(bench.device.get_string(1, 0x0409).unwrap_err().status, Status::Io, "{wrong:?}");
    }
}

#[test]
fn odd_units_are_read_as_the_kernel_reads_them() {
    // "a", half of a pair, "b", NUL, "c"
    let bench = Bench::new(&[], |_| Some(vec![12, 3, 0x61, 0, 0x3d, 0xd8, 0x62, 0, 0, 0, 0x63, 0]));
    assert_eq!(bench.device.get_string(1, 0x0409).unwrap(), "ab");
}
