//! Makes plain `cargo build` give what C programs need: the header, beside the shared library, and a shared library under the name
//! that programs load it by. What is installed is linked again by the Makefile, from the static library, for symbol versions.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// What the loader looks for; another number says that programs have to be built anew (abi/README.md). The Makefile reads it here.
const SONAME: &str = "libusbx.so.0";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let header = header(&root);
    write(&out.join("usbx.h"), &header);
    // TARGET/PROFILE/build/usbx-HASH/out: a place that a C program's build can name.
    if let Some(profile) = out.ancestors().find(|directory| directory.ends_with("build")).and_then(Path::parent) {
        fs::create_dir_all(profile.join("include")).expect("the header's directory can be made");
        write(&profile.join("include/usbx.h"), &header);
    }
    link_shared_library();
}

/// The C header as it is in the repository: what cbindgen makes of the source, as a test checks.
#[cfg(not(feature = "header"))]
fn header(root: &Path) -> Vec<u8> {
    let file = root.join("include/usbx.h");
    println!("cargo:rerun-if-changed={}", file.display());
    fs::read(&file).expect("include/usbx.h can be read")
}

/// The C header, from the files of `src/ffi` in the order in which its mod.rs has them.
#[cfg(feature = "header")]
fn header(root: &Path) -> Vec<u8> {
    let (config, boundary) = (root.join("cbindgen.toml"), root.join("src/ffi"));
    println!("cargo:rerun-if-changed={}", config.display());
    println!("cargo:rerun-if-changed={}", boundary.display());
    let modules = fs::read_to_string(boundary.join("mod.rs")).expect("src/ffi/mod.rs can be read");
    let names =
        modules.lines().filter_map(|line| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';'));
    let mut builder =
        cbindgen::Builder::new().with_config(cbindgen::Config::from_file(config).expect("cbindgen.toml is right"));
    for name in names {
        builder = builder.with_src(boundary.join(name).with_extension("rs"));
    }
    let mut text = Vec::new();
    builder.generate().expect("the header can be made of src/ffi").write(&mut text);
    text
}

/// A file that has not changed keeps its time: what is compiled with it need not be compiled again.
fn write(file: &Path, content: &[u8]) {
    if fs::read(file).map_or(true, |found| found != content) {
        fs::write(file, content).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
}

/// rustc exports what is `#[no_mangle]`, and nothing of libusb's C. Where it is no ELF library, its defaults are right.
fn link_shared_library() {
    let is = |variable: &str| env::var(variable).unwrap_or_default();
    if is("CARGO_CFG_TARGET_FAMILY") != "unix" || is("CARGO_CFG_TARGET_VENDOR") == "apple" {
        return;
    }
    // It stays loaded, as a host may dlclose it while a thread of the host's still has our thread-local destructor to run.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{SONAME},--build-id,-z,relro,-z,now,-z,nodelete");
    // A sanitizer's runtime is in the program that loads the library.
    let flags = is("CARGO_ENCODED_RUSTFLAGS");
    if !flags.contains("sanitizer") && !flags.contains("sancov") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,defs");
    }
}
