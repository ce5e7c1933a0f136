//! How long it takes to compile, in this process and as a command.

use std::process::Command;
use std::time::{Duration, Instant};

use nbpfc_driver::Hook;
use nbpfc_tests::place::nbpfc;
use nbpfc_tests::timing::{median, run};

use crate::cost::{compile, verified};

const EXPRESSION: &str = "tcp port 80";

/// What compiling it in process may take at best.
const IN_PROCESS: Duration = Duration::from_micros(125);

/// Measures, and prints the times; and the size of the expression on XDP, with what the kernel's
/// verifier makes of it if `load`. What is above its limit.
///
/// # Errors
/// What cannot be run.
pub(crate) fn measure(load: bool) -> Result<Vec<String>, String> {
    let hook = Hook::by_name("xdp").ok_or("a hook is gone")?;
    let compiled = || compile(EXPRESSION, hook, true).ok_or("no filter");
    let insns = compiled()?.code.insns;
    let processed = if load { verified(&insns, hook)?.to_string() } else { "-".to_owned() };
    println!("\n`{EXPRESSION}` on xdp: {} instructions, {processed} verified", insns.len());

    let mut taken = Vec::new();
    for _ in 0..2000 {
        let start = Instant::now();
        compiled()?;
        taken.push(start.elapsed());
    }
    let least = taken.iter().min().copied().unwrap_or_default();
    let in_process = median(taken);

    let ours = nbpfc()?;
    let (mut us, mut them) = (Vec::new(), Vec::new());
    for _ in 0..200 {
        let mut command = Command::new(&ours);
        us.push(run(command.args(["--expr", EXPRESSION, "-t", "xdp", "--emit", "asm"]))?);
        let mut command = Command::new("tcpdump");
        them.push(run(command.args(["-y", "EN10MB", "-d", EXPRESSION]))?);
    }
    let (us, them) = (median(us), median(them));
    let whole_process = us.as_secs_f64() / them.as_secs_f64();
    println!(
        "compiled in {:.1} µs in process, at best {:.1} µs; as a command {:.2} ms, `tcpdump -d` {:.2} ms, ratio \
         {whole_process:.2}",
        in_process.as_secs_f64() * 1e6,
        least.as_secs_f64() * 1e6,
        us.as_secs_f64() * 1e3,
        them.as_secs_f64() * 1e3,
    );
    let slow = (least > IN_PROCESS).then(|| format!("`{EXPRESSION}` takes {least:?} to compile"));
    Ok(slow.into_iter().collect())
}
