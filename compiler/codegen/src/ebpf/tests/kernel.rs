//! Random functions in the running kernel: every one loads on every hook, and gives the verdict
//! that the reference interpreter gives.

use std::os::fd::{AsFd, AsRawFd};

use nbpfc_ir::generate::{Random, Shape, generate};
use nbpfc_ir::{BinaryOp, Function, Instruction, Packet, Terminator, Type, interpret};
use nbpfc_isa::{Level, Reg, disassemble};
use nbpfc_kernel::{Access, HOOKS, Helper, Hook, Layer, ProgramType, Target, Version, packet_type};
use nbpfc_loader::{
    Errno, Error as LoadError, LoadOptions, Map, MapOptions, Program, TestRunOptions,
};
use nbpfc_source::Span;

use crate::code::{Code, Relocation};
use crate::ebpf::compile_function;
use crate::testing::reject_with_zero;

/// `BPF_MAP_TYPE_ARRAY`
const ARRAY: u32 = 2;
/// `BPF_F_XDP_HAS_FRAGS`
const FRAGS: u32 = 32;
/// The link-layer header that test runs take off for hooks of the network layer.
const LINK: usize = 14;

/// How many functions of each size are tried: set `NBPFC_SEEDS` for more.
fn seeds() -> u64 {
    std::env::var("NBPFC_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(40)
}

fn tc() -> &'static Hook {
    Hook::by_name("tc").expect("tc")
}

/// The hooks, and traffic control with the ways to read packets that it is not compiled for.
fn hooks() -> Vec<Hook> {
    let helper = &Helper::SKB_LOAD_BYTES;
    let copy = |hook: &Hook| Hook { ..*hook };
    let mut hooks: Vec<Hook> = HOOKS.iter().map(copy).collect();
    hooks.push(Hook { name: "tc, LD_ABS", access: Access::Absolute { helper }, ..copy(tc()) });
    hooks.push(Hook { name: "tc, linear", access: Access::Direct { beyond: None }, ..copy(tc()) });
    hooks
}

/// Makes all verdicts 0 or 1: programs of some types may return no other.
fn restrict(function: &mut Function) {
    for block in function.layout.clone() {
        let Terminator::Return(value) = *function.terminator(block) else { continue };
        let constant = |number| Instruction::Const(Type::I32, number);
        let value = if let Some(number) = function.constant(value) {
            function.append(block, constant(number & 1), Span::default())
        } else {
            let mask = function.append(block, constant(1), Span::default());
            let and = Instruction::Binary(BinaryOp::And, value, mask);
            function.append(block, and, Span::default())
        };
        function.terminate(block, Terminator::Return(value), Span::default());
    }
}

fn listing(insns: &[nbpfc_isa::Insn]) -> String {
    let lines: Vec<String> =
        disassemble(insns).map(|(index, text)| format!("{index:4} {text}")).collect();
    lines.join("\n")
}

/// The packet as a hook sees it.
fn seen<'a>(hook: &Hook, bytes: &'a [u8]) -> Packet<'a> {
    let network = hook.layer == Layer::Network || hook.name == "socket";
    let data = if network { &bytes[LINK..] } else { bytes };
    let packet_type = packet_type::of_loopback(bytes);
    let xdp = hook.program_type == ProgramType::Xdp;
    Packet {
        data,
        length: data.len() as u32,
        interface: 1,
        packet_type: if xdp { 0 } else { packet_type },
        tag: None,
    }
}

/// The instructions with the tables' addresses in them, and the maps that hold the tables.
fn linked(code: &Code) -> Result<(Vec<nbpfc_isa::Insn>, Vec<Map>), LoadError> {
    let mut insns = code.insns.clone();
    let mut maps = Vec::new();
    for table in &code.tables {
        let map = Map::create(&MapOptions {
            map_type: ARRAY,
            key_size: 4,
            value_size: table.bytes().len() as u32,
            max_entries: 1,
            flags: 0,
            name: "table",
            ..MapOptions::default()
        })?;
        map.update(&[0; 4], table.bytes(), 0)?;
        maps.push(map);
    }
    for Relocation { insn, table } in &code.relocations {
        let slots = &mut insns[*insn as usize..][..2];
        let fd = maps[*table].as_fd().as_raw_fd();
        slots.copy_from_slice(&nbpfc_isa::Insn::ld_map_value(Reg(slots[0].dst), fd, 0));
    }
    Ok((insns, maps))
}

/// Loads a program; `None` if nobody may load any here.
pub(super) fn load(hook: &Hook, code: &Code) -> Option<Result<Program, LoadError>> {
    let (insns, _maps) = match linked(code) {
        Err(LoadError::NotPermitted { errno: Errno::EPERM, .. }) => return None,
        result => result.expect("maps"),
    };
    let insns = &insns;
    let mut options = LoadOptions::new(hook.program_type, insns);
    options.attach_type = hook.attach_type;
    options.flags = if hook.name == "xdp.frags" { FRAGS } else { 0 };
    match Program::load(&options) {
        Err(LoadError::NotPermitted { errno: Errno::EPERM, .. }) => None,
        result => Some(result),
    }
}

/// Compiles, loads and runs a function on packets, and compares; false if it may not be loaded.
fn agree(function: &Function, target: &Target, random: &mut Random, name: &str) -> bool {
    let hook = target.hook;
    let code = match compile_function(function, target) {
        Ok(code) => code,
        Err(crate::Error::Stack { .. }) => return true,
        Err(error) => panic!("{name}, {}: {error}\n{function}", hook.name),
    };
    let program = match load(hook, &code) {
        None => return false,
        Some(Ok(program)) => program,
        Some(Err(error)) => {
            panic!("{name}, {}: {error:?}\n{function}\n{}", hook.name, listing(&code.insns))
        }
    };
    for _ in 0..12 {
        let mut bytes = random.packet();
        bytes.resize(bytes.len().max(LINK + 1), 0);
        // For an IP packet the kernel wants a whole header.
        bytes[12] = 0x88;
        bytes[13] = 0xb5;
        let expected = interpret(function, &seen(hook, &bytes), 1 << 20).expect("a valid function");
        let options = TestRunOptions { data: &bytes, context: &[], repeat: 1 };
        let run = program.test_run(&options).unwrap_or_else(|e| panic!("{}: {e:?}", hook.name));
        assert_eq!(
            run.retval,
            expected,
            "{name}, {}, {bytes:02x?}\n{function}\n{}",
            hook.name,
            listing(&code.insns)
        );
    }
    true
}

#[test]
fn random_functions_load_everywhere_and_give_the_verdict_of_the_interpreter() {
    for seed in 0..seeds() {
        for size in [10, 40, 150] {
            let original =
                generate(seed, Shape { size, loops: seed % 4 == 3, tables: seed % 3 == 1 });
            for hook in hooks() {
                let mut function = original.clone();
                // What a short packet gets decides whether LD_ABS can be used.
                if seed % 2 == 0 && matches!(hook.access, Access::Absolute { .. }) {
                    reject_with_zero(&mut function);
                }
                if hook.program_type == ProgramType::CgroupSkb {
                    restrict(&mut function);
                }
                let hook: &'static Hook = Box::leak(Box::new(hook));
                for level in [Level::V1, Level::V3, Level::V4] {
                    let kernel = Version::new(5, 10);
                    let target = Target { hook, kernel, level };
                    let mut random = Random::new(seed);
                    if !agree(&function, &target, &mut random, &format!("seed {seed} size {size}"))
                    {
                        eprintln!("skipped: loading programs needs CAP_BPF");
                        return;
                    }
                }
            }
        }
    }
}

/// Where a window is not there, the kernel must still look at what follows a shorter one that is.
#[test]
fn a_shorter_window_counts_where_a_longer_one_failed() {
    let text = include_str!("../../../cases/shorter_window.case");
    let function: Function = text.split("\n---").next().unwrap_or_default().parse().expect("IR");
    let hook = Hook::by_name("xdp").expect("xdp");
    let target = Target::new(hook, Version::new(6, 1));
    let code = compile_function(&function, &target).expect("code");
    let Some(program) = load(hook, &code) else { return };
    let program = program.expect("a program");
    let mut data = [0; 40];
    (data[26], data[29]) = (10, 1);
    for length in 20..data.len() {
        let data = &data[..length];
        let expected = interpret(&function, &seen(hook, data), 100);
        let options = TestRunOptions { data, context: &[], repeat: 1 };
        assert_eq!(Ok(program.test_run(&options).expect("a run").retval), expected, "{length}");
    }
}

/// Bytes in the fragments of an XDP buffer are behind `data_end`: the other copy finds them.
#[test]
fn bytes_in_fragments_are_found() {
    let text = "\
func @far {
b0:
  check 0, 14 -> b1 else b4
b1(v0: view):
  v1 = load.u16 v0 + 12
  check v1, 5200 -> b2 else b4
b2(v2: view):
  v3 = load.u32 v2 + 5001
  check 0, 5990 -> b3 else b4
b3(v4: view):
  v5 = load.u64 v4 + 5980
  v6 = truncate v5
  v7 = xor v3, v6
  ret v7
b4:
  v8 = const.i32 0x1
  ret v8
}
";
    let function: Function = text.parse().expect("IR");
    let hook = Hook::by_name("xdp.frags").expect("xdp.frags");
    let code = compile_function(&function, &Target::new(hook, Version::new(6, 1))).expect("code");
    let Some(program) = load(hook, &code) else { return };
    let program = program.expect("a program");
    let mut data: Vec<u8> = (0..6000u32).map(|at| (at * 7 + at / 256) as u8).collect();
    (data[12], data[13]) = (9, 1);
    for length in [13, 14, 3000, 5465, 5466, 5989, 5990, 6000] {
        let data = &data[..length.max(14)];
        let expected = interpret(&function, &seen(hook, data), 100);
        let options = TestRunOptions { data, context: &[], repeat: 1 };
        assert_eq!(Ok(program.test_run(&options).expect("a run").retval), expected, "{length}");
    }
}
