//! Long texts on the terminal, or in a pipe.

use std::io::{self, Write};

/// Prints a result. Who has seen enough of it has closed the pipe, which is no failure.
pub(crate) fn result(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Prints what stands beside the results.
pub(crate) fn aside(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}
