//! The program `onramp`.

use std::process::ExitCode;

fn main() -> ExitCode {
    onramp::run(std::env::args_os())
}
