//! How long commands take.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs a command, whose output counts for nothing, and gives its time.
///
/// # Errors
/// That it cannot be run, or what it says if it fails.
pub fn run(command: &mut Command) -> Result<Duration, String> {
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let start = Instant::now();
    let output = command.output();
    let taken = start.elapsed();
    let output = output.map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(taken);
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The time in the middle of some.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
