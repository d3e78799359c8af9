//! The `lab` binary. Everything is in the library; see [`lab_native::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    lab_native::cli::main()
}
