//! What the command says on standard error.

use std::fmt::Display;
use std::io::{stderr, Write};

/// One line. If nobody reads it any more, the work goes on: `eprintln!` would end it.
pub fn tell(line: impl Display) {
    let _ = writeln!(stderr(), "{line}");
}
