//! What programs of the language cost: executed and verifier-processed instructions beside the same
//! programs in C, how long compiling takes beside clang, and how that grows.
//!
//! `programs [--limits] [--times]`: with `--limits` the exit status is 1 if a program costs more than its
//! C, with `--times` if compiling takes too long.

#![expect(clippy::cast_precision_loss, reason = "ratios are rounded for reading")]

mod object;
mod edges;
mod beside;
mod speed;
mod stress;

use std::process::ExitCode;

fn main() -> ExitCode {
    let (mut limits, mut times) = (false, false);
    for word in std::env::args().skip(1) {
        match word.as_str() {
            "--limits" => limits = true,
            "--times" => times = true,
            _ => {
                eprintln!("programs [--limits] [--times]");
                return ExitCode::from(2);
            }
        }
    }
    let measured = beside::measure().and_then(|dear| {
        let slow = [speed::measure()?, stress::measure()?].concat();
        Ok((dear, slow))
    });
    match measured {
        Ok((dear, slow)) => {
            for line in dear.iter().chain(&slow) {
                eprintln!("{line}");
            }
            let fails = (limits && !dear.is_empty()) || (times && !slow.is_empty());
            if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS }
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
