//! What filters cost: executed, static and verifier-processed instructions, beside libpcap's
//! optimised code translated one to one, and beside C; and how long compiling takes.
//!
//! `bench [--summary] [--hook NAME]… [--limit RATIO] [--clang-limit RATIO]`: one row per expression
//! and hook (unless `--summary`), then per hook the ratios; with `--hook` for these hooks alone.
//! The exit status is 1 if the mean ratio of executed instructions to libpcap's is above `--limit`
//! or that of any filter above 1, or the mean ratio to clang's above `--clang-limit`, or what a set
//! costs above what it may, or compiling `tcp port 80` takes too long.

#![expect(clippy::cast_precision_loss, reason = "ratios are rounded for reading")]

mod cost;
mod corpus;
mod hand;
mod times;
mod sets;

use std::process::ExitCode;

use nbpfc_tests::requires::Need;

/// The allocator of the command, whose times are measured.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What the command line asks for.
#[derive(Default)]
struct Arguments {
    summary: bool,
    hooks: Vec<String>,
    limit: Option<f64>,
    clang_limit: Option<f64>,
}

fn arguments() -> Result<Arguments, String> {
    let mut found = Arguments::default();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("{word}: a value is missing"));
        let number = |text: String| text.parse().map_err(|error| format!("{word}: {error}"));
        match word.as_str() {
            "--summary" => found.summary = true,
            "--hook" => found.hooks.push(value()?),
            "--limit" => found.limit = Some(number(value()?)?),
            "--clang-limit" => found.clang_limit = Some(number(value()?)?),
            _ => return Err(format!("{word}: no such option")),
        }
    }
    Ok(found)
}

/// Measures everything and says what is above its limit.
fn measure(arguments: &Arguments) -> Result<Vec<String>, String> {
    let rows = corpus::measure(arguments.summary, &arguments.hooks)?;
    println!();
    corpus::summarise("all of these", &rows);
    let mut above = Vec::new();
    if let Some(limit) = arguments.limit {
        let (mean, (worst, expression)) = (corpus::mean_ratio(&rows), corpus::worst(&rows));
        if mean > limit {
            above.push(format!("the mean ratio {mean:.3} is above {limit}"));
        }
        if worst > 1.0 {
            above.push(format!("`{expression}` costs more than libpcap's code"));
        }
    }
    let ratio = hand::measure()?;
    if let Some(limit) = arguments.clang_limit.filter(|limit| ratio > *limit) {
        above.push(format!("the mean ratio to clang's code, {ratio:.3}, is above {limit}"));
    }
    let root = Need::Root.missing().is_none();
    above.extend(times::measure(root)?);
    above.extend(sets::measure(root)?);
    Ok(above)
}

fn main() -> ExitCode {
    let arguments = match arguments() {
        Ok(arguments) => arguments,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    match measure(&arguments) {
        Ok(above) if above.is_empty() => ExitCode::SUCCESS,
        Ok(above) => {
            for line in &above {
                eprintln!("{line}");
            }
            ExitCode::FAILURE
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
