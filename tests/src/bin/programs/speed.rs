//! How long it takes to compile, as a command: an example beside clang on the same in C, and a long
//! module.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

use nbpfc_tests::clang::{self, CLANG};
use nbpfc_tests::place::{Scratch, nbpfc, root};
use nbpfc_tests::timing::{median, run};

/// Examples, each with the C that does the same.
const EXAMPLES: &[(&str, &str)] =
    &[("syn_ttl", "syn_ttl"), ("nat", "inbound"), ("alerts", "syn_flood")];

/// What an example may take at best: the machine is not ours alone.
const EXAMPLE: Duration = Duration::from_millis(20);
/// What [`LINES`] may take: a second, and a quarter for machines differ by more than that.
const LONG: Duration = Duration::from_millis(1250);
/// How often it is tried until it takes no longer: the machine is not ours alone.
const ATTEMPTS: u32 = 8;
/// Lines of the long module.
const LINES: usize = 10_000;

/// A part of the long module; `@` is its number.
const PIECE: &str = "\
// Counts what a source sends, and lets answers in.
const SERVICES@: set<u16> = { 22, 80, 443, 8080 };
const INSIDE@: set<ipv4prefix> = { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 };
struct Flow@ { local: ipv4addr, remote: ipv4addr, local_port: u16, remote_port: u16 }
struct Count@ { packets: u64, bytes: u64, last: u64 }
struct Alert@ { source: ipv4addr, port: u16 }
map flows@: lru_hash<Flow@, u64>(max_entries = 1024);
map counts@: lru_hash<ipv4addr, Count@>(max_entries = 1024);
map alerts@: ringbuf<Alert@>(64KiB);
param limit@: u64 = 1000;

fn is_service@(port: u16) -> bool {
    port in SERVICES@
}

fn weight@(size: u32, dscp: u8) -> u32 {
    let base = if size > 1000 { 4 } else { 1 };
    base + u32(dscp >> 3)
}

program in@(pkt) on xdp otherwise pass {
    let ip = pkt.ipv4?;
    let count = counts@.at(ip.src);
    let now = time();
    atomic count.packets += 1;
    atomic count.bytes += u64(weight@(pkt.len, u8(ip.dscp)));
    if count.packets > limit@ {
        if now - count.last > 1s {
            count.last = now;
            emit Alert@(source = ip.src, port = 0) to alerts@;
        }
        return drop;
    }
    if let tcp = pkt.tcp {
        if is_service@(tcp.dst_port) { return pass; }
        if let since = flows@[Flow@(ip.dst, ip.src, tcp.dst_port, tcp.src_port)] { return pass; }
        if tcp.syn && !tcp.ack && ip.ttl < 5 { return drop; }
    }
    if let udp = pkt.udp {
        if udp.dst_port == 53 || udp.dst_port == 123 { return pass; }
    }
    if pkt matches \"icmp and not icmp[0] = 5\" { return pass; }
    if ip.src in INSIDE@ { return drop; }
}

program out@(pkt) on tc.egress otherwise ok {
    let ip = pkt.ipv4?;
    let tcp = pkt.tcp?;
    flows@.insert(Flow@(ip.src, ip.dst, tcp.src_port, tcp.dst_port), time());
    ip.dscp = 10;
}
";

/// Measures, prints the times, and says which are too long.
///
/// # Errors
/// What cannot be run.
pub(crate) fn measure() -> Result<Vec<String>, String> {
    let ours = nbpfc()?;
    let scratch = Scratch::new("programs-speed")?;
    let output = scratch.path().join("output.o");
    let mut above = Vec::new();
    println!(
        "\nwhole process, the median of 20, then the least of some\nnbpfc {CLANG}  ratio  program"
    );
    for (module, program) in EXAMPLES {
        let mut us = Command::new(&ours);
        us.arg(root().join(format!("examples/{module}.nbp"))).arg("-o").arg(&output);
        let mut them = clang::command(&root().join(format!("tests/programs/{program}.c")), &["-g"]);
        them.arg("-o").arg(scratch.path().join("theirs.o"));
        let (mut by_us, mut by_them) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            by_us.push(run(&mut us)?);
            by_them.push(run(&mut them)?);
        }
        let least = by_us.iter().min().copied().unwrap_or_default();
        let (us, them) = (median(by_us), median(by_them));
        println!(
            "{:3.1} ms {:5.1} ms  {:5.2}  {module}",
            us.as_secs_f64() * 1e3,
            them.as_secs_f64() * 1e3,
            us.as_secs_f64() / them.as_secs_f64(),
        );
        if least > EXAMPLE {
            above.push(format!("{module} takes {least:?}, more than {EXAMPLE:?}"));
        }
    }

    let mut text = String::new();
    let mut number = 0;
    while text.lines().count() < LINES {
        let _ = writeln!(text, "{}", PIECE.replace('@', &number.to_string()));
        number += 1;
    }
    let path = scratch.path().join("long.nbp");
    fs::write(&path, &text).map_err(|error| error.to_string())?;
    let mut command = Command::new(&ours);
    command.arg(&path).arg("-o").arg(&output);
    let mut taken = run(&mut command)?;
    for _ in 1..ATTEMPTS {
        if taken <= LONG {
            break;
        }
        taken = taken.min(run(&mut command)?);
    }
    let lines = text.lines().count();
    println!("\n{lines} lines, {} programs: {:.2} s", 2 * number, taken.as_secs_f64());
    if taken > LONG {
        above.push(format!("{lines} lines take {taken:?}, more than {LONG:?}"));
    }
    Ok(above)
}
