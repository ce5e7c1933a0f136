//! How long a big capture takes, beside tcpdump: `offline [--megabytes N] [--limit RATIO]`.
//!
//! The capture repeats the corpus's Ethernet packets, or those of `examples/`. Both commands read
//! it in turn, so that what else the machine does falls on both; the best time of each counts.
//! With `--limit` the exit status is 1 if the ratio of nbpfc's time to tcpdump's is above it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use nbpfc_tests::packets;
use nbpfc_tests::place::{Scratch, nbpfc};

const EXPRESSIONS: &[&str] = &["", "tcp port 80", "udp and not port 53", "greater 200"];
const ROUNDS: usize = 5;

/// Writes a capture of about `size` bytes; gives the number of its packets.
fn write_capture(path: &Path, size: u64) -> std::io::Result<u64> {
    let packets = packets::ethernet();
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    file.write_all(&0xa1b2_c3d4u32.to_le_bytes())?;
    file.write_all(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
    file.write_all(&262_144u32.to_le_bytes())?;
    file.write_all(&1u32.to_le_bytes())?;
    let (mut written, mut count) = (24, 0u64);
    while written < size && !packets.is_empty() {
        for packet in &packets {
            let seconds = (1_700_000_000 + count / 1000) as u32;
            for word in [seconds, (count % 1000) as u32, packet.data.len() as u32, packet.length] {
                file.write_all(&word.to_le_bytes())?;
            }
            file.write_all(&packet.data)?;
            written += 16 + packet.data.len() as u64;
            count += 1;
        }
    }
    file.flush()?;
    Ok(count)
}

fn time(program: &Path, arguments: &[&str]) -> Result<Duration, String> {
    let start = Instant::now();
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    let taken = start.elapsed();
    if output.status.success() {
        Ok(taken)
    } else {
        Err(format!("{}: {}", program.display(), String::from_utf8_lossy(&output.stderr)))
    }
}

fn measure(megabytes: u64) -> Result<f64, String> {
    let program = nbpfc()?;
    let scratch = Scratch::new("offline-bench")?;
    let input = scratch.path().join("in.pcap");
    let (ours, theirs) = (scratch.path().join("ours"), scratch.path().join("theirs"));
    let count = write_capture(&input, megabytes << 20).map_err(|error| error.to_string())?;
    println!("{megabytes} MB, {count} packets; seconds, best of {ROUNDS}");
    println!("nbpfc  tcpdump ratio  expression");
    let (input, ours_name, theirs_name) =
        (input.display().to_string(), ours.display().to_string(), theirs.display().to_string());
    let (mut sum, mut sum_theirs) = (0.0, 0.0);
    for expression in EXPRESSIONS {
        let mut best = [Duration::MAX; 2];
        for _ in 0..ROUNDS {
            let us = ["-e", expression, "-r", &input, "-w", &ours_name];
            let them = ["-r", &input, "-w", &theirs_name, expression];
            best[0] = best[0].min(time(&program, &us)?);
            best[1] = best[1].min(time(Path::new("tcpdump"), &them)?);
        }
        if fs::read(&ours).ok() != fs::read(&theirs).ok() {
            return Err(format!("`{expression}`: other bytes than tcpdump's"));
        }
        let [us, them] = best.map(|taken| taken.as_secs_f64());
        println!("{us:6.2} {them:6.2} {:6.2}  {expression}", us / them);
        (sum, sum_theirs) = (sum + us, sum_theirs + them);
    }
    Ok(sum / sum_theirs)
}

fn number(arguments: &[String], name: &str) -> Option<f64> {
    arguments.iter().skip_while(|a| *a != name).nth(1)?.parse().ok()
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let megabytes = number(&arguments, "--megabytes").unwrap_or(1024.0);
    match measure(megabytes as u64) {
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
        Ok(ratio) => {
            println!("ratio of the sums {ratio:.2}");
            match number(&arguments, "--limit") {
                Some(limit) if ratio > limit => ExitCode::FAILURE,
                _ => ExitCode::SUCCESS,
            }
        }
    }
}
