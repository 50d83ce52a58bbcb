//! The program's environment.

/// A variable of the environment, if it is text.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
