//! What filters cost: executed, static and verifier-processed instructions, beside libpcap's
//! optimised code translated one to one with a bounds check per load.
//!
//! `bench [--summary] [--limit RATIO]`: one row per expression and hook (unless `--summary`), then
//! per hook the ratios. With `--limit` the exit status is 1 if for a hook the mean ratio of
//! executed instructions is above it, or that of any filter above 1.
//!
//! The strict ratio leaves out what the kernel's translator does and a careful one might not:
//! setting A and X to zero where nothing reads them. A row with `*` is not held to the limit of 1:
//! libpcap's optimiser has removed loads there, so that its code accepts packets that are too short
//! for the filter, and unoptimised libpcap and nbpfc do not.

#![expect(clippy::cast_precision_loss, reason = "ratios are rounded for reading")]

use std::fmt;
use std::process::ExitCode;

use nbpfc_driver::{File, HOOKS, Hook, Layer, Request, Session, Target};
use nbpfc_emulator::{Engine, Machine, Packet};
use nbpfc_isa::Insn;
use nbpfc_loader::{LoadOptions, Program};
use nbpfc_tests::classic::Classic;
use nbpfc_tests::packets::{self, Captured};
use nbpfc_tests::property::{KERNEL, Nowhere, dlt, link_type};
use nbpfc_tests::requires::Need;
use nbpfc_tests::{baseline, classic, expressions};

/// The cost of one program.
struct Cost {
    /// Instructions executed, summed over the packets.
    executed: u64,
    /// Slots.
    slots: usize,
    /// Instructions that the kernel's verifier processed; `None` without root.
    verified: Option<u64>,
}

fn cost(insns: &[Insn], hook: &'static Hook, packets: &[Captured]) -> Result<Cost, String> {
    let mut machine = Machine::new(insns, hook, Engine::Checked).map_err(|e| e.to_string())?;
    let mut executed = 0;
    for packet in packets {
        let packet = Packet { length: packet.length, ..Packet::new(&packet.data) };
        machine.run(&packet).map_err(|fault| fault.to_string())?;
        executed += machine.executed();
    }
    Ok(Cost { executed, slots: insns.len(), verified: None })
}

fn verified(insns: &[Insn], hook: &Hook) -> Result<u64, String> {
    let options = LoadOptions::for_hook(hook, insns).with_statistics();
    let program = Program::load(&options).map_err(|error| error.to_string())?;
    program.statistics().map(|s| s.processed_insns).ok_or_else(|| "no statistics".to_owned())
}

/// One row of the table.
struct Row {
    ours: Cost,
    theirs: Cost,
    /// Instructions of theirs, summed over the packets, that a careful translator leaves out.
    spare: u64,
    /// Whether their code does the same on packets that are cut short.
    same: bool,
    packets: usize,
    expression: String,
}

impl Row {
    fn ratio(&self) -> f64 {
        self.ours.executed as f64 / self.theirs.executed.max(1) as f64
    }

    fn strict(&self) -> f64 {
        self.ours.executed as f64 / (self.theirs.executed - self.spare).max(1) as f64
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mean = |cost: &Cost| cost.executed as f64 / self.packets.max(1) as f64;
        let verified = |cost: &Cost| cost.verified.map_or("-".to_owned(), |n| n.to_string());
        write!(
            f,
            "{:6.1} {:6.1} {:5.2}{}{:5.2}  {:5} {:5}  {:>6} {:>6}  {}",
            mean(&self.ours),
            mean(&self.theirs),
            self.ratio(),
            if self.same { ' ' } else { '*' },
            self.strict(),
            self.ours.slots,
            self.theirs.slots,
            verified(&self.ours),
            verified(&self.theirs),
            self.expression
        )
    }
}

fn row(
    expression: &str,
    hook: &'static Hook,
    ethernet: bool,
    packets: &[Captured],
    load: bool,
) -> Result<Option<Row>, String> {
    let Ok(program) = classic::libpcap(expression, dlt(ethernet), true) else { return Ok(None) };
    let Some(translation) = baseline::translate(&program, hook) else { return Ok(None) };
    let mut session = Session::new(&Nowhere);
    let id = session.add(File::new("<expression>", expression));
    let request = Request::new(Target::new(hook, KERNEL), link_type(ethernet));
    // What libpcap 1.10 takes and 1.11 does not, we do not: `tests/src/differential.rs` has the list.
    let Ok(filter) = session.filter(id, &request) else { return Ok(None) };
    let fail =
        |who: &str, error: String| format!("`{expression}` on {}: {who}: {error}", hook.name);
    let mut ours = cost(&filter.code.insns, hook, packets).map_err(|e| fail("nbpfc", e))?;
    let mut theirs = cost(&translation.insns, hook, packets).map_err(|e| fail("libpcap", e))?;
    if load {
        ours.verified = Some(verified(&filter.code.insns, hook).map_err(|e| fail("nbpfc", e))?);
        // What libpcap leaves in of code that nothing leads to, the kernel refuses.
        theirs.verified = verified(&translation.insns, hook).ok();
    }
    let spare = translation.spare * packets.len() as u64;
    let exact = classic::libpcap(expression, dlt(ethernet), false)?;
    let same = same_when_cut(&program, &exact, packets);
    let expression = expression.to_owned();
    Ok(Some(Row { ours, theirs, spare, same, packets: packets.len(), expression }))
}

/// Whether optimised and unoptimised code agree on packets of every length.
fn same_when_cut(optimised: &[Classic], exact: &[Classic], packets: &[Captured]) -> bool {
    let sample = packets.iter().step_by((packets.len() / 40).max(1));
    sample.flat_map(|p| (0..p.data.len().min(128)).map(|end| &p.data[..end])).all(|data| {
        let matches = |program| classic::run(program, data, data.len() as u32).value != 0;
        matches(optimised) == matches(exact)
    })
}

/// Measures every expression on every hook, and prints the table unless only the `summary` is
/// wanted.
fn measure(summary: bool) -> Result<Vec<Row>, String> {
    let load = Need::Root.missing().is_none();
    let ethernet_packets = packets::ethernet();
    let network_packets = packets::network(&ethernet_packets);
    let mut all = Vec::new();
    for hook in HOOKS {
        let ethernet = hook.layer == Layer::Link;
        let packets = if ethernet { &ethernet_packets } else { &network_packets };
        if !summary {
            println!("\n{}, {} packets", hook.name, packets.len());
            println!("executed/packet ratio       slots        verified       expression");
            println!("nbpfc libpcap        strict nbpfc libpcap nbpfc libpcap");
        }
        let mut rows = Vec::new();
        for expression in expressions::expressions(if ethernet { "EN10MB" } else { "RAW" }) {
            if let Some(row) = row(&expression, hook, ethernet, packets, load)? {
                if !summary {
                    println!("{row}");
                }
                rows.push(row);
            }
        }
        summarise(hook.name, &rows);
        all.extend(rows);
    }
    Ok(all)
}

fn mean(rows: &[Row], ratio: fn(&Row) -> f64) -> f64 {
    rows.iter().map(ratio).sum::<f64>() / rows.len().max(1) as f64
}

/// The dearest of the filters that are held to the limit of 1.
fn worst(rows: &[Row]) -> Option<&Row> {
    let held = rows.iter().filter(|row| row.same);
    held.max_by(|a, b| a.ratio().total_cmp(&b.ratio()))
}

fn summarise(name: &str, rows: &[Row]) {
    let sum = |f: fn(&Row) -> u64| rows.iter().map(f).sum::<u64>().max(1) as f64;
    let ours = sum(|r| r.ours.executed);
    println!(
        "{name}: {} expressions; executed: mean ratio {:.3}, strict {:.3}; ratio of means {:.3}, \
         strict {:.3}; static {:.3}; verified {:.3}",
        rows.len(),
        mean(rows, Row::ratio),
        mean(rows, Row::strict),
        ours / sum(|r| r.theirs.executed),
        ours / sum(|r| r.theirs.executed - r.spare),
        sum(|r| r.ours.slots as u64) / sum(|r| r.theirs.slots as u64),
        sum(|r| r.ours.verified.unwrap_or(0)) / sum(|r| r.theirs.verified.unwrap_or(0)),
    );
    if let Some(worst) = worst(rows) {
        println!("    the dearest: {:.3} `{}`", worst.ratio(), worst.expression);
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let summary = arguments.iter().any(|a| a == "--summary");
    let limit = arguments.iter().skip_while(|a| *a != "--limit").nth(1).map(|a| a.parse::<f64>());
    let limit = match limit.transpose() {
        Ok(limit) => limit,
        Err(error) => {
            eprintln!("--limit: {error}");
            return ExitCode::from(2);
        }
    };
    let rows = match measure(summary) {
        Ok(rows) => rows,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    println!();
    summarise("all hooks", &rows);
    let dearest = worst(&rows).map_or(0.0, Row::ratio);
    match limit {
        Some(limit) if mean(&rows, Row::ratio) > limit || dearest > 1.0 => {
            eprintln!("above the limit of {limit} in the mean, or of 1 for a filter");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
