//! Which file a descriptor is of.

use std::os::unix::io::AsFd;

/// Its device and its inode there; `None` if the number is no descriptor. C libraries ask for it by an empty path, which the kernel then
/// looks up: that takes longer than to read a number from sysfs, and each opening asks once.
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
pub fn of(file: &impl AsFd) -> Option<(u64, u64)> {
    use std::os::unix::io::AsRawFd;
    let mut status = std::mem::MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the kernel fills in the structure, which on these processors is the C library's, or fails.
    let got = unsafe { libc::syscall(libc::SYS_fstat, file.as_fd().as_raw_fd(), status.as_mut_ptr()) };
    // SAFETY: filled in, as it says.
    let status = (got == 0).then(|| unsafe { status.assume_init() })?;
    Some((status.st_dev, status.st_ino))
}

#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
pub fn of(file: &impl AsFd) -> Option<(u64, u64)> {
    let status = rustix::fs::fstat(file).ok()?;
    #[allow(clippy::useless_conversion)] // some processors have other types
    Some((status.st_dev.into(), status.st_ino.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::unix::fs::MetadataExt;

    #[test]
    fn it_is_what_the_c_library_says() {
        let (a, b) = (File::open("/proc/self/stat").unwrap(), File::open("/").unwrap());
        for file in [&a, &b] {
            let metadata = file.metadata().unwrap();
            assert_eq!(of(file), Some((metadata.dev(), metadata.ino())));
        }
        assert_ne!(of(&a), of(&b));
    }
}
