//! Modules of nbp, run as their users run them: the interpreter on what was written, the emulator
//! on what was made of it, and the object in the running kernel, give the same verdicts, leave the
//! same packets, and the same in every map.

use nbpfc_driver::{Build, File, Hook, Program, Programs, Session, Style, Version};
use nbpfc_emulator::Engine;
use nbpfc_ir::Module;
use nbpfc_loader::{TestRunOptions, load_object};

use crate::effects::{Contents, Left, interpreted, kernel_contents, link, ran};
use crate::property::Nowhere;

/// Lines of the verifier's log that are shown.
const LOG: usize = 12;

/// What became of a module that was tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Packets that all ran.
    pub packets: usize,
    /// Instructions of the program.
    pub instructions: usize,
    /// Instructions that the kernel's verifier looked at.
    pub processed: u64,
}

/// What was left in the maps, by their names.
type Maps = Vec<(String, Contents)>;

/// The module's first program, before and behind the optimiser.
///
/// # Errors
/// The diagnostics, as they are shown.
pub fn compiled(text: &str, kernel: Version, optimise: bool) -> Result<Programs, String> {
    let mut session = Session::new(&Nowhere);
    let id = session.add_module(File::new("random.nbp", text));
    session.module(id, &Build { optimise, ..Build::new(kernel) }).map_err(|found| {
        found.iter().map(|d| nbpfc_driver::render(session.files(), d, Style::Plain)).collect()
    })
}

/// Runs a module's first program on packets, one behind the other. Packets begin with a link-layer
/// header of 14 bytes; those that the kernel's test run does not take are left out.
///
/// # Errors
/// That the kernel refuses it, and where they differ.
pub fn agree(
    written: &Programs,
    made: &Programs,
    hook: &'static Hook,
    packets: &[Vec<u8>],
) -> Result<Tried, String> {
    let (Some(before), Some(program)) = (written.programs.first(), made.programs.first()) else {
        return Err("no program".to_owned());
    };
    let loaded = load_object(made.object().object(), &program.name, hook, STATISTICS);
    let loaded = loaded.map_err(|error| {
        let text = error.to_string();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG)..].join("\n")
    })?;
    let (mut taken, mut in_kernel) = (Vec::new(), Vec::new());
    for framed in packets {
        let options = TestRunOptions { data: framed, context: &[], repeat: 1 };
        let Ok(run) = loaded.program.test_run(&options) else { continue };
        taken.push(framed.clone());
        let packet = run.data.get(link(hook)..).unwrap_or_default().to_vec();
        in_kernel.push(Left { verdict: run.retval, packet });
    }
    let verified = made.object();
    let names = verified.object().maps.iter().map(|map| map.name.clone());
    let found = names.zip(&loaded.maps).map(|(name, map)| Ok((name, kernel_contents(map)?)));
    let kernel_maps: Maps =
        found.collect::<Result<_, _>>().map_err(|error: nbpfc_loader::Error| error.to_string())?;

    let (verdicts, maps) = interpreted(&before.code.module, hook, &taken)?;
    let expected = (verdicts, named(&before.code.module, maps));
    let (verdicts, maps) = interpreted(&program.code.module, hook, &taken)?;
    let optimised = (verdicts, named(&program.code.module, maps));
    compare("the interpreter, optimised", &optimised, &expected, &taken)?;
    compare("the emulator", &emulated(program, hook, &taken)?, &expected, &taken)?;
    compare("the kernel", &(in_kernel, kernel_maps), &expected, &taken)?;
    Ok(Tried {
        packets: taken.len(),
        instructions: program.code.code.insns.len(),
        processed: loaded.program.statistics().map_or(0, |found| found.processed_insns),
    })
}

/// `BPF_LOG_STATS`.
const STATISTICS: u32 = 4;

fn named(module: &Module, maps: Vec<Contents>) -> Maps {
    module.maps.values().map(|map| map.name.clone()).zip(maps).collect()
}

fn emulated(
    program: &Program,
    hook: &'static Hook,
    packets: &[Vec<u8>],
) -> Result<(Vec<Left>, Maps), String> {
    let mut machine = program
        .code
        .machine(Some(Engine::Checked))
        .map_err(|error| format!("the emulator: {error}"))?;
    let (left, maps) = ran(&mut machine, hook, packets)?;
    Ok((left, named(&program.code.module, maps)))
}

fn compare(
    who: &str,
    found: &(Vec<Left>, Maps),
    expected: &(Vec<Left>, Maps),
    packets: &[Vec<u8>],
) -> Result<(), String> {
    for ((packet, found), expected) in packets.iter().zip(&found.0).zip(&expected.0) {
        if found != expected {
            return Err(format!("{packet:02x?}:\n{who}: {found:02x?}, not\n{expected:02x?}"));
        }
    }
    for (name, expected) in &expected.1 {
        // What the optimiser has no use for is not there.
        let Some((_, found)) = found.1.iter().find(|(other, _)| other == name) else { continue };
        if found != expected {
            return Err(format!("{name}: {who}: {found:02x?}, not {expected:02x?}"));
        }
    }
    Ok(())
}
