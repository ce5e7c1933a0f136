//! Functions with effects, four ways: the IR's interpreter, the emulator, and the running kernel
//! give the same verdict, leave the same packet, and the same in every map; before and behind the
//! optimiser.

use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;

use nbpfc_codegen::{Code, compile};
use nbpfc_driver::{Hook, Layer, Target, Version, emulated_maps};
use nbpfc_emulator::{Engine, Machine, Map as Emulated, Packet};
use nbpfc_ir::{Func, MapData, Module, interpret_program, validate};
use nbpfc_isa::{Insn, Level, Reg, disassemble};
use nbpfc_kernel::{MapKind, ProgramType, packet_type};
use nbpfc_loader::{LoadOptions, Map, MapOptions, Program, RingBuffer, TestRunOptions};
use nbpfc_source::File;

use crate::surroundings::Surrounded;

/// Bytes of the link-layer header that test runs take off for most hooks.
const LINK: usize = 14;
/// The oldest kernel that has all that is tried.
const KERNEL: Version = Version::new(5, 18);

/// What a run left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The verdict.
    pub verdict: u32,
    /// The packet, as the hook sees it.
    pub packet: Vec<u8>,
}

/// What is in a map: its elements by key, or the records that were handed on.
pub type Contents = Vec<(Vec<u8>, Vec<u8>)>;

/// A module from its text form.
///
/// # Errors
/// Where the text is not of that form, or what is wrong with what it says.
pub fn module(text: &str) -> Result<Module, String> {
    let module = Module::parse(text, Arc::new(File::new("", ""))).map_err(|e| e.to_string())?;
    valid(&module)?;
    Ok(module)
}

fn valid(module: &Module) -> Result<(), String> {
    let faults = validate(module).err().unwrap_or_default();
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    if lines.is_empty() { Ok(()) } else { Err(format!("{}\n{module}", lines.join("\n"))) }
}

/// Whether all ways to run a module's program agree on these packets, one behind the other.
/// Packets begin with a link-layer header of 14 bytes.
///
/// # Errors
/// Where they differ.
pub fn agree(module: &Module, hook: &'static Hook, packets: &[Vec<u8>]) -> Result<(), String> {
    let expected = interpreted(module, hook, packets)?;
    for level in [Level::V1, Level::V3, Level::V4] {
        let target = Target { hook, kernel: KERNEL.max(hook.since), level };
        let mut optimised = module.clone();
        nbpfc_opt::run(&mut optimised, &target, nbpfc_opt::Options::default());
        valid(&optimised)?;
        compare("the interpreter, optimised", &interpreted(&optimised, hook, packets)?, &expected)
            .map_err(|why| format!("{why}\n{module}\n{optimised}"))?;
        for module in [module, &optimised] {
            let valid = validate(module).map_err(|_| "not valid".to_owned())?;
            let code = compile(valid, &target).map_err(|e| format!("{e}\n{module}"))?;
            let explain = |why: String| {
                let lines = disassemble(&code.insns).map(|(i, text)| format!("{i:4} {text}\n"));
                format!("{}, {level:?}: {why}\n{module}\n{}", hook.name, lines.collect::<String>())
            };
            let emulated = emulated(&code, module, hook, packets).map_err(explain)?;
            compare("the emulator", &emulated, &expected).map_err(explain)?;
            let kernel = in_kernel(&code, module, hook, packets).map_err(explain)?;
            compare("the kernel", &kernel, &expected).map_err(explain)?;
        }
    }
    Ok(())
}

pub(crate) type Outcome = (Vec<Left>, Vec<Contents>);

fn compare(who: &str, found: &Outcome, expected: &Outcome) -> Result<(), String> {
    for (index, (found, expected)) in found.0.iter().zip(&expected.0).enumerate() {
        if found != expected {
            return Err(format!("packet {index}: {who}: {found:02x?}, not {expected:02x?}"));
        }
    }
    for (index, (found, expected)) in found.1.iter().zip(&expected.1).enumerate() {
        if found != expected {
            return Err(format!("map {index}: {who}: {found:02x?}, not {expected:02x?}"));
        }
    }
    Ok(())
}

/// Whether test runs take the link-layer header off.
pub(crate) fn link(hook: &Hook) -> usize {
    let keeps = hook.layer == Layer::Link && hook.program_type != ProgramType::SocketFilter;
    if keeps { 0 } else { LINK }
}

/// A packet as a test run shows it to a program.
pub(crate) fn seen<'a>(hook: &Hook, framed: &'a [u8]) -> Packet<'a> {
    let data = framed.get(link(hook)..).unwrap_or_default();
    let packet_type = if hook.program_type == ProgramType::Xdp {
        packet_type::HOST
    } else {
        packet_type::of_loopback(framed)
    };
    Packet { interface: 1, packet_type, ..Packet::new(data) }
}

/// The module's maps, as the emulator has them.
fn maps(module: &Module) -> Result<Vec<Emulated>, String> {
    emulated_maps(module.maps.values()).map_err(|error| error.to_string())
}

/// What is in maps; records are taken out.
pub fn contents(maps: &mut [Emulated]) -> Vec<Contents> {
    let of = |map: &mut Emulated| match map.spec().kind {
        MapKind::RingBuf | MapKind::PerfEventArray => {
            map.take_records().into_iter().map(|record| (Vec::new(), record)).collect()
        }
        _ => map.entries(),
    };
    maps.iter_mut().map(of).collect()
}

pub(crate) fn interpreted(
    module: &Module,
    hook: &Hook,
    packets: &[Vec<u8>],
) -> Result<Outcome, String> {
    let mut surrounded = Surrounded::new(hook, maps(module)?);
    let mut left = Vec::new();
    for framed in packets {
        let mut environment = surrounded.with(seen(hook, framed));
        let verdict = interpret_program(module, Func::from_u32(0), &mut environment, 1 << 20)
            .map_err(|trap| format!("the interpreter: {trap}\n{module}"))?;
        left.push(Left { verdict, packet: environment.bytes().to_vec() });
    }
    Ok((left, contents(surrounded.maps_mut())))
}

/// The instructions with what is to stand where they want maps.
fn linked(code: &Code, map: impl Fn(u32) -> i32) -> Vec<Insn> {
    let mut insns = code.insns.clone();
    for reference in &code.maps {
        if let Some(slots) =
            insns.get_mut(reference.insn as usize..).and_then(<[_]>::first_chunk_mut)
        {
            let slots: &mut [Insn; 2] = slots;
            let (d, map) = (Reg(slots[0].dst), map(reference.map.as_u32()));
            *slots = match reference.offset {
                Some(offset) => Insn::ld_map_value(d, map, offset as i32),
                None => Insn::ld_map_fd(d, map),
            };
        }
    }
    insns
}

fn emulated(
    code: &Code,
    module: &Module,
    hook: &'static Hook,
    packets: &[Vec<u8>],
) -> Result<Outcome, String> {
    let insns = linked(code, |map| map as i32);
    let mut machine = Machine::with_maps(&insns, maps(module)?, hook, Engine::Checked)
        .map_err(|error| error.to_string())?;
    ran(&mut machine, hook, packets)
}

/// What a machine leaves of packets, one behind the other, and in its maps.
pub(crate) fn ran(
    machine: &mut Machine,
    hook: &Hook,
    packets: &[Vec<u8>],
) -> Result<Outcome, String> {
    let mut left = Vec::new();
    for framed in packets {
        let packet = seen(hook, framed);
        let verdict = machine.run(&packet).map_err(|fault| format!("the emulator: {fault}"))?;
        let packet = machine.changed_packet().unwrap_or(packet.data).to_vec();
        left.push(Left { verdict, packet });
    }
    Ok((left, contents(machine.maps_mut())))
}

fn in_kernel(
    code: &Code,
    module: &Module,
    hook: &'static Hook,
    packets: &[Vec<u8>],
) -> Result<Outcome, String> {
    let created = |data: &MapData| {
        let map = Map::create(&MapOptions {
            map_type: data.kind.number(),
            key_size: data.key_size,
            value_size: data.value_size,
            max_entries: data.max_entries,
            flags: data.flags,
            name: "m",
            ..MapOptions::default()
        })?;
        for (key, value) in &data.elements {
            map.update(key, value, 0)?;
        }
        if !data.data.is_empty() {
            map.update(&[0; 4], &data.data, 0)?;
        }
        Ok(map)
    };
    let error = |error: nbpfc_loader::Error| format!("the kernel: {error:?}");
    let maps: Vec<Map> =
        module.maps.values().map(created).collect::<Result<_, _>>().map_err(error)?;
    let fd = |map: u32| maps.get(map as usize).map_or(-1, |map| map.as_fd().as_raw_fd());
    let insns = linked(code, fd);
    let program = Program::load(&LoadOptions::for_hook(hook, &insns)).map_err(error)?;
    let mut left = Vec::new();
    for framed in packets {
        let options = TestRunOptions { data: framed, context: &[], repeat: 1 };
        let run = program.test_run(&options).map_err(error)?;
        let packet = run.data.get(link(hook)..).unwrap_or_default().to_vec();
        left.push(Left { verdict: run.retval, packet });
    }
    let contents = maps.iter().map(kernel_contents).collect::<Result<_, _>>().map_err(error)?;
    Ok((left, contents))
}

/// What is in a map of the kernel's; records, and values in order, are taken out.
///
/// # Errors
/// What the kernel says.
pub fn kernel_contents(map: &Map) -> Result<Contents, nbpfc_loader::Error> {
    match map.kind() {
        Some(MapKind::RingBuf) => {
            let mut ring = RingBuffer::new(map)?;
            let mut records = Vec::new();
            while let Some(record) = ring.next() {
                records.push((Vec::new(), record.to_vec()));
            }
            Ok(records)
        }
        // What belongs to sockets and control groups is found by them alone.
        Some(
            MapKind::SkStorage
            | MapKind::CgroupStorage
            | MapKind::PerCpuCgroupStorage
            | MapKind::SockMap
            | MapKind::SockHash,
        ) => Ok(Vec::new()),
        Some(MapKind::Queue | MapKind::Stack) => {
            let mut values = Vec::new();
            while let Some(value) = map.pop()? {
                values.push((Vec::new(), value));
            }
            Ok(values)
        }
        _ => {
            let mut entries = map.entries().collect::<Result<Contents, _>>()?;
            entries.sort();
            Ok(entries)
        }
    }
}
