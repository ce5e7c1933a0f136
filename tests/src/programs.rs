//! Modules of nbp, run as their users run them: the interpreter on what was written, the emulator
//! on what was made of it, and the object in the running kernel, give the same verdicts, leave the
//! same packets, and the same in every map.

use std::io::{Error, ErrorKind};
use std::path::Path;

use nbpfc_driver::{
    Build, File, Hook, Names, Program, Programs, Session, Style, Version, World, emulated_maps,
};
use nbpfc_emulator::{Engine, Map as Emulated};
use nbpfc_generate::FILES;
use nbpfc_ir::{Func, Module, Trap, interpret_program};
use nbpfc_kernel::{MapKind, ValueKind};
use nbpfc_loader::{Loaded, TestRunOptions, load_object};

use crate::effects::{Contents, Left, contents, kernel_contents, link, ran, seen};
use crate::property::Nowhere;
use crate::surroundings::Surrounded;

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

/// What lies beside random modules.
#[derive(Debug)]
pub struct Beside;

impl World for Beside {
    fn read(&self, path: &Path, _: usize) -> std::io::Result<Vec<u8>> {
        let file = FILES.iter().find(|(name, _)| Path::new(name) == path);
        let text = file.map(|(_, text)| text.as_bytes().to_vec());
        text.ok_or_else(|| Error::new(ErrorKind::NotFound, path.display().to_string()))
    }

    fn names(&self) -> &dyn Names {
        Nowhere.names()
    }
}

/// The module's programs, before or behind the optimiser.
///
/// # Errors
/// The diagnostics, as they are shown.
pub fn compiled(text: &str, kernel: Version, optimise: bool) -> Result<Programs, String> {
    let mut session = Session::new(&Beside);
    let id = session.add_module(File::new("random.nbp", text));
    session.module(id, &Build { optimise, tests: true, ..Build::new(kernel) }).map_err(|found| {
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
    let loaded = load(made, program, hook)?;
    let (taken, in_kernel) = run(&loaded, hook, packets);
    let kernel_maps = left(made, program, &loaded)?;
    let expected = interpreted(written, before, hook, &taken)?;
    compare(
        "the interpreter, optimised",
        &interpreted(made, program, hook, &taken)?,
        &expected,
        &taken,
    )?;
    compare("the emulator", &emulated(made, program, hook, &taken)?, &expected, &taken)?;
    compare("the kernel", &(in_kernel, kernel_maps), &expected, &taken)?;
    Ok(tried(&loaded, program, taken.len()))
}

/// Loads a module's first program, and lets it see packets: it may do something else each time.
///
/// # Errors
/// That the kernel refuses it.
pub fn loads(made: &Programs, hook: &'static Hook, packets: &[Vec<u8>]) -> Result<Tried, String> {
    let program = made.programs.first().ok_or("no program")?;
    let loaded = load(made, program, hook)?;
    let (taken, _) = run(&loaded, hook, packets);
    Ok(tried(&loaded, program, taken.len()))
}

fn tried(loaded: &Loaded, program: &Program, packets: usize) -> Tried {
    Tried {
        packets,
        instructions: program.code.code.insns.len(),
        processed: loaded.program.statistics().map_or(0, |found| found.processed_insns),
    }
}

fn load(made: &Programs, program: &Program, hook: &'static Hook) -> Result<Loaded, String> {
    let loaded = load_object(made.object().object(), &program.name, hook, STATISTICS);
    loaded.map_err(|error| {
        let text = error.to_string();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LOG)..].join("\n")
    })
}

/// The packets that the kernel's test run takes, and what it leaves of each.
fn run(loaded: &Loaded, hook: &Hook, packets: &[Vec<u8>]) -> (Vec<Vec<u8>>, Vec<Left>) {
    let (mut taken, mut in_kernel) = (Vec::new(), Vec::new());
    for framed in packets {
        let options = TestRunOptions { data: framed, context: &[], repeat: 1 };
        let Ok(run) = loaded.program.test_run(&options) else { continue };
        taken.push(framed.clone());
        let packet = run.data.get(link(hook)..).unwrap_or_default().to_vec();
        in_kernel.push(Left { verdict: run.retval, packet });
    }
    (taken, in_kernel)
}

/// What the kernel's maps hold, as far as they tell it and it is the same for all.
fn left(made: &Programs, program: &Program, loaded: &Loaded) -> Result<Maps, String> {
    let verified = made.object();
    let mut maps = Vec::new();
    for (spec, map) in verified.object().maps.iter().zip(&loaded.maps) {
        let data = program.code.module.maps.values().find(|data| data.name == spec.name);
        let Some(kind) = data.map(|data| data.kind) else { continue };
        let told = !kind.is_per_cpu() && kind.value() != ValueKind::Reference;
        // A set that only guesses, events that nobody reads, and what belongs to something else.
        let none = matches!(
            kind,
            MapKind::BloomFilter
                | MapKind::PerfEventArray
                | MapKind::SkStorage
                | MapKind::CgroupStorage
        );
        if told && !none {
            let contents = kernel_contents(map).map_err(|error| error.to_string())?;
            maps.push((spec.name.clone(), contents));
        }
    }
    Ok(maps)
}

/// Steps that the reference interpreter may make for a packet.
const FUEL: u64 = 1 << 20;

/// `BPF_LOG_STATS`.
const STATISTICS: u32 = 4;

fn named(module: &Module, maps: Vec<Contents>) -> Maps {
    module.maps.values().map(|map| map.name.clone()).zip(maps).collect()
}

/// The emulator's maps of a module, with its programs in them by their numbers.
///
/// # Errors
/// What cannot be made.
pub fn filled(programs: &Programs, program: &Program) -> Result<Vec<Emulated>, String> {
    let maps = emulated_maps(program.code.module.maps.values());
    let mut maps = maps.map_err(|error| error.to_string())?;
    for (name, slots) in programs.slots() {
        let Some(map) = maps.iter_mut().find(|map| map.spec().name == *name) else { continue };
        for (index, wanted) in slots {
            let number = programs.programs.iter().position(|other| other.name == *wanted);
            let put =
                map.update(&index.to_ne_bytes(), &(number.unwrap_or(0) as u32).to_ne_bytes(), 0);
            put.map_err(|code| format!("`{name}`: error {code}"))?;
        }
    }
    Ok(maps)
}

fn interpreted(
    programs: &Programs,
    first: &Program,
    hook: &Hook,
    packets: &[Vec<u8>],
) -> Result<(Vec<Left>, Maps), String> {
    let mut surrounded = Surrounded::new(hook, filled(programs, first)?);
    let mut left = Vec::new();
    for framed in packets {
        let mut environment = surrounded.with(seen(hook, framed));
        let mut module = &first.code.module;
        let verdict = loop {
            match interpret_program(module, Func::from_u32(0), &mut environment, FUEL) {
                Err(Trap::Elsewhere(number)) => {
                    let next = programs.programs.get(number as usize);
                    module = &next.ok_or("no such program")?.code.module;
                }
                other => {
                    break other.map_err(|trap| format!("the interpreter: {trap}\n{module}"))?;
                }
            }
        };
        left.push(Left { verdict, packet: environment.bytes().to_vec() });
    }
    Ok((left, named(&first.code.module, contents(surrounded.maps_mut()))))
}

fn emulated(
    programs: &Programs,
    program: &Program,
    hook: &'static Hook,
    packets: &[Vec<u8>],
) -> Result<(Vec<Left>, Maps), String> {
    let mut machine = programs
        .machine(program, Some(Engine::Checked))
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
