//! The command line.

use std::process::ExitCode;

/// Runs `lab`.
pub fn main() -> ExitCode {
    ExitCode::SUCCESS
}
