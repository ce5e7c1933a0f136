//! What programs of the language cost: executed and verifier-processed instructions beside the same
//! programs in C, and how long compiling takes beside clang.
//!
//! `programs [--limits]`: with `--limits` the exit status is 1 if a program costs more than its C,
//! or compiling takes too long.

#![expect(clippy::cast_precision_loss, reason = "ratios are rounded for reading")]

mod object;
mod beside;
mod speed;

use std::process::ExitCode;

fn main() -> ExitCode {
    let limits = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [word] if word == "--limits" => true,
        _ => {
            eprintln!("programs [--limits]");
            return ExitCode::from(2);
        }
    };
    let above = beside::measure().and_then(|mut above| {
        above.extend(speed::measure()?);
        Ok(above)
    });
    match above {
        Ok(above) => {
            for line in &above {
                eprintln!("{line}");
            }
            if limits && !above.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
