fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libusbx.so.0");
        // A host may dlclose us while a thread of its own still has our thread-local destructor to run.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
