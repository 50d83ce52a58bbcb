//! `include/usbx.h` is what cbindgen makes from the source, byte for byte. `make header` regenerates it.

use std::path::Path;

#[test]
fn header_is_up_to_date() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let config = cbindgen::Config::from_file(root.join("cbindgen.toml")).expect("cbindgen.toml");
    let mut generated = Vec::new();
    cbindgen::Builder::new()
        .with_crate(root)
        .with_config(config)
        .generate()
        .expect("the header can be generated")
        .write(&mut generated);
    let generated = String::from_utf8(generated).expect("UTF-8");
    let path = root.join("include/usbx.h");
    if std::env::var_os("USBX_RENEW_HEADER").is_some() {
        std::fs::write(&path, &generated).expect("include/usbx.h can be written");
    }
    let committed = std::fs::read_to_string(&path).expect("include/usbx.h");
    assert!(
        committed == generated,
        "include/usbx.h is not what the source says: run `make header` and commit the result"
    );
}

/// A constant of the library's own in the header would get into every program that includes it.
#[test]
fn every_constant_has_the_prefix() {
    let header = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("include/usbx.h")).unwrap();
    for name in header.lines().filter_map(|line| line.strip_prefix("#define ")?.split(' ').next()) {
        assert!(name.starts_with("USBX_"), "{name}");
    }
}
