//! The program's environment, as far as it is to be believed.

#[cfg(not(any(target_os = "linux", target_os = "android")))]
use crate::sys::bsd::has_more_rights_than_its_user;
#[cfg(any(target_os = "linux", target_os = "android"))]
use crate::sys::linux::has_more_rights_than_its_user;

/// A variable of the environment; none for a program that has more rights than the user who started it (set-user-ID and the like): that
/// user decides what stands there.
pub fn environment(name: &str) -> Option<String> {
    if has_more_rights_than_its_user() {
        return None;
    }
    std::env::var(name).ok()
}
