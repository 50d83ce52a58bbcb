//! `include/usbx.h` is what cbindgen makes of the source, byte for byte. `make header` renews it.

const GENERATED: &str = include_str!(concat!(env!("OUT_DIR"), "/usbx.h"));

fn committed() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/include/usbx.h")).expect("include/usbx.h")
}

#[test]
fn header_is_up_to_date() {
    assert!(
        committed() == GENERATED,
        "include/usbx.h is not what the source says: run `make header` and commit the result"
    );
}

/// A constant of the library's own in the header would get into every program that includes it.
#[test]
fn every_constant_has_the_prefix() {
    for name in GENERATED.lines().filter_map(|line| line.strip_prefix("#define ")?.split(' ').next()) {
        assert!(name.starts_with("USBX_"), "{name}");
    }
}
