//! The program's environment, as far as it is to be believed.

/// A variable of the environment; none for a program that has more rights than the user who started it (set-user-ID and the like): that
/// user decides what stands there.
pub fn environment(name: &str) -> Option<String> {
    // SAFETY: looks a number up that the system gave the process when it began.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if unsafe { libc::getauxval(libc::AT_SECURE) } != 0 {
        return None;
    }
    std::env::var(name).ok()
}
