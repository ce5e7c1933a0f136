//! Programs beside the same written by hand in C (`tests/programs`): the same verdicts and packets,
//! and what each costs.

use nbpfc_driver::Hook;
use nbpfc_emulator::{Machine, Packet};
use nbpfc_loader::load_object;
use nbpfc_tests::clang::{self, CLANG};
use nbpfc_tests::packets::{self, Captured};
use nbpfc_tests::place::root;
use nbpfc_tests::requires::Need;

use crate::{edges, object};

/// A program: its module in `examples`, its name, and the packets that it is run on.
struct Row {
    module: &'static str,
    program: &'static str,
    packets: fn(Vec<Captured>) -> Vec<Captured>,
}

/// `BPF_LOG_STATS`
const STATISTICS: u32 = 4;

const ROWS: &[Row] = &[
    Row { module: "syn_ttl", program: "syn_ttl", packets: |packets| packets },
    Row { module: "nat", program: "inbound", packets: to_service },
    Row { module: "alerts", program: "syn_flood", packets: |packets| packets },
    Row { module: "bogons", program: "bogons", packets: |packets| packets },
    Row { module: "vlan", program: "retag", packets: tagged },
];

/// Every second packet of IPv4 is sent to the service.
fn to_service(mut packets: Vec<Captured>) -> Vec<Captured> {
    for packet in packets.iter_mut().step_by(2) {
        if packet.data.get(12..14) == Some(&[0x08, 0x00])
            && let Some(destination) = packet.data.get_mut(30..34)
        {
            destination.copy_from_slice(&[192, 0, 2, 10]);
        }
    }
    packets
}

/// Every second packet gets a customer's tag.
fn tagged(mut packets: Vec<Captured>) -> Vec<Captured> {
    for packet in packets.iter_mut().step_by(2).filter(|packet| packet.data.len() >= 14) {
        packet.data.splice(12..12, [0x81, 0, 0x60, 100]);
        packet.length += 4;
    }
    packets
}

/// Compares all programs, and says which cost more than their C.
///
/// # Errors
/// What cannot be compiled or run, and where the two differ.
pub(crate) fn measure() -> Result<Vec<String>, String> {
    let hook = Hook::by_name("xdp").ok_or("a hook is gone")?;
    let loads = Need::Root.missing().is_none();
    let mut above = Vec::new();
    println!("beside {CLANG} -O2 on C written by hand");
    println!("executed/packet ratio  processed     program");
    println!("nbpfc   clang          nbpfc clang");
    for row in ROWS {
        let fail = |what: String| format!("{}: {what}", row.program);
        let ours = object::ours(&root().join(format!("examples/{}.nbp", row.module)));
        let ours = ours.map_err(fail)?;
        let path = root().join(format!("tests/programs/{}.c", row.program));
        let theirs = clang::object(&path, &["-g"]);
        let theirs = theirs.map_err(fail)?;
        let mut us = object::machine(&ours, row.program, hook).map_err(fail)?;
        let mut them = object::machine(&theirs, row.program, hook).map_err(fail)?;
        agree(&mut us, &mut them, &edges::packets()).map_err(fail)?;
        let packets = (row.packets)(packets::ethernet());
        let (executed, by_clang) = agree(&mut us, &mut them, &packets).map_err(fail)?;
        let ratio = executed as f64 / by_clang.max(1) as f64;
        let count = packets.len().max(1) as f64;
        let processed = |object| -> Result<Option<u64>, String> {
            if !loads {
                return Ok(None);
            }
            let loaded = load_object(object, row.program, hook, STATISTICS);
            let loaded = loaded.map_err(|error| fail(error.to_string()))?;
            Ok(loaded.program.statistics().map(|found| found.processed_insns))
        };
        let (a, b) = (processed(&ours)?, processed(&theirs)?);
        let shown = |number: Option<u64>| number.map_or("-".to_owned(), |n| n.to_string());
        println!(
            "{:6.1} {:6.1} {ratio:6.2}  {:>6} {:>5}  {}",
            executed as f64 / count,
            by_clang as f64 / count,
            shown(a),
            shown(b),
            row.program,
        );
        if ratio > 1.0 {
            above.push(format!("{} executes {ratio:.3} of clang's instructions", row.program));
        }
        if a > b {
            above.push(format!("{} is more work for the verifier than clang's", row.program));
        }
    }
    Ok(above)
}

/// Runs both on all packets, and sums up what each executes.
fn agree(us: &mut Machine, them: &mut Machine, packets: &[Captured]) -> Result<(u64, u64), String> {
    let (mut executed, mut by_clang) = (0, 0);
    for (index, packet) in packets.iter().enumerate() {
        let run = |machine: &mut Machine| {
            let view = Packet { length: packet.length, ..Packet::new(&packet.data) };
            let verdict = machine.run(&view).map_err(|fault| fault.to_string())?;
            let changed = machine.changed_packet().unwrap_or(&packet.data).to_vec();
            Ok::<_, String>((verdict, changed))
        };
        let (ours, theirs) = (run(us)?, run(them)?);
        if ours != theirs {
            let bytes = &packet.data;
            return Err(format!("packet {index} {bytes:02x?}: {ours:02x?}, clang's {theirs:02x?}"));
        }
        executed += us.executed();
        by_clang += them.executed();
    }
    Ok((executed, by_clang))
}
