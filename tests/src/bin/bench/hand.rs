//! Filters written by hand in C (`tests/bench`), compiled by clang, beside the same expressions.
//!
//! The first line of a C file is a comment with the expression. Both programs must give the same
//! verdict for every packet of the captures.

use std::fs;
use std::path::Path;

use nbpfc_driver::Hook;
use nbpfc_emulator::{Engine, Machine};
use nbpfc_isa::Insn;
use nbpfc_tests::clang::{self, CLANG};
use nbpfc_tests::packets::{self, Captured};
use nbpfc_tests::place::{files_below, root};

use crate::cost::{compile, cost, view};

/// Compares all filters on the hooks XDP and tc; gives the greatest of the hooks' mean ratios of
/// executed instructions.
///
/// # Errors
/// What clang says, or which packet gets another verdict.
pub(crate) fn measure() -> Result<f64, String> {
    let captures = packets::ethernet_captures();
    let count = captures.iter().map(Vec::len).sum::<usize>().max(1);
    let mut greatest = 0.0f64;
    for (name, define) in [("xdp", "-DXDP"), ("tc", "-DTC")] {
        let hook = Hook::by_name(name).ok_or("a hook is gone")?;
        println!("\n{name}, beside {CLANG} -O2 on C written by hand, {count} packets");
        println!("executed/packet ratio slots       expression");
        println!("nbpfc   clang         nbpfc clang");
        let mut ratios = Vec::new();
        for path in files_below(&root().join("tests/bench")) {
            if path.extension().is_none_or(|e| e != "c") {
                continue;
            }
            let expression = expression(&path)?;
            let fail = |what: String| format!("{}: {what}", path.display());
            let theirs = clang::object(&path, &[define]).map_err(fail)?.programs.into_iter().next();
            let theirs = theirs.ok_or_else(|| fail("no program".into()))?.insns;
            let ours = compile(&expression, hook, true).ok_or_else(|| fail("no filter".into()))?;
            let ours = ours.code.insns;
            agree(&ours, &theirs, hook, &captures).map_err(fail)?;
            let us = cost(&ours, hook, &captures)?;
            let them = cost(&theirs, hook, &captures)?;
            let ratio = us.executed as f64 / them.executed.max(1) as f64;
            println!(
                "{:6.1} {:6.1} {ratio:6.2}  {:5} {:5}  {expression}",
                us.executed as f64 / count as f64,
                them.executed as f64 / count as f64,
                us.slots,
                them.slots,
            );
            ratios.push(ratio);
        }
        let mean = ratios.iter().sum::<f64>() / ratios.len().max(1) as f64;
        println!("{name}: {} filters; mean ratio {mean:.3}", ratios.len());
        greatest = greatest.max(mean);
    }
    Ok(greatest)
}

fn expression(path: &Path) -> Result<String, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let first = text.lines().next().and_then(|line| line.strip_prefix("// "));
    first.map(str::to_owned).ok_or_else(|| format!("{}: no expression", path.display()))
}

/// Whether two programs give every packet the same verdict.
fn agree(
    ours: &[Insn],
    theirs: &[Insn],
    hook: &'static Hook,
    captures: &[Vec<Captured>],
) -> Result<(), String> {
    let machine =
        |insns| Machine::new(insns, hook, Engine::Checked).map_err(|error| error.to_string());
    let (mut us, mut them) = (machine(ours)?, machine(theirs)?);
    for (index, packet) in captures.iter().flatten().enumerate() {
        let run = |machine: &mut Machine| machine.run(&view(packet)).map_err(|f| f.to_string());
        let (a, b) = (run(&mut us)?, run(&mut them)?);
        if a != b {
            return Err(format!("packet {index}: {a}, clang's {b}: {:02x?}", packet.data));
        }
    }
    Ok(())
}
