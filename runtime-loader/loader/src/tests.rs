//! Tests against the running kernel; each is skipped where the process may not load programs.

mod maps;

use nbpfc_btf::{Builder, Encoding, Linkage};
use nbpfc_isa::{AluOp, AtomicOp, Bits, Insn, JmpOp, Reg, Size, Src};
use nbpfc_kernel::{Hook, MapKind, ProgramType};
use nbpfc_object::{Line, Object, Relocation, Shape, Target};

use crate::{
    Errno, Error, LoadOptions, Map, MapOptions, Program, Statistics, TestRunOptions, load_object,
};

fn mov(dst: u8, imm: i32) -> Insn {
    Insn::alu(Bits::B64, AluOp::Mov, Reg(dst), Src::Imm(imm))
}

/// The result, or `None` if this process may not do it.
pub(crate) fn permitted<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error @ (Error::NotPermitted { .. } | Error::Unsupported { .. })) => {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// A map of a type; `None` if this process may not make it.
pub(crate) fn map(kind: MapKind, key_size: u32, value_size: u32, max_entries: u32) -> Option<Map> {
    let map_type = kind.number();
    let sizes = MapOptions { map_type, key_size, value_size, max_entries, ..Default::default() };
    permitted(Map::create(&sizes))
}

#[test]
fn loads_and_runs() {
    let insns = [mov(0, 2), Insn::exit()];
    let options = LoadOptions {
        name: "pass-all",
        log_level: 4,
        ..LoadOptions::new(ProgramType::Xdp, &insns)
    };
    let Some(program) = permitted(Program::load(&options)) else { return };
    assert_eq!(program.statistics().map(|s| s.processed_insns), Some(2));
    let info = program.info().expect("info of an own program");
    assert_eq!((info.name.as_str(), info.xlated_bytes), ("pass_all", 16));
    let run = program
        .test_run(&TestRunOptions { data: &[7; 64], context: &[], repeat: 3 })
        .expect("XDP can be test-run");
    assert_eq!((run.retval, run.data), (2, vec![7; 64]));
}

#[test]
fn refusals_carry_the_log() {
    // r0 is never written.
    let insns = [Insn::exit()];
    match Program::load(&LoadOptions::new(ProgramType::Xdp, &insns)) {
        Err(Error::Rejected { errno, log }) => {
            assert_eq!(errno, Errno::EACCES);
            assert!(log.contains("R0 !read_ok"), "{log}");
        }
        other => assert!(permitted(other).is_none(), "the verifier accepts a read of nothing"),
    }
}

/// A log of every instruction of a long program does not fit the first buffer.
#[test]
fn the_log_grows() {
    let mut insns = vec![mov(0, 0); 4000];
    insns.push(Insn::exit());
    let options =
        LoadOptions { log_level: 2, ..LoadOptions::new(ProgramType::SocketFilter, &insns) };
    let Some(program) = permitted(Program::load(&options)) else { return };
    assert!(program.log().len() > 64 << 10);
    assert_eq!(program.statistics().map(|s| s.processed_insns), Some(4001));
}

#[test]
fn maps_hold_values() {
    let options = MapOptions {
        map_type: 1,
        key_size: 4,
        value_size: 8,
        max_entries: 1,
        name: "m",
        ..MapOptions::default()
    };
    let Some(map) = permitted(Map::create(&options)) else { return };
    let (key, value) = ([1, 2, 3, 4], [9; 8]);
    assert_eq!(map.lookup(&key).expect("lookup"), None);
    map.update(&key, &value, 0).expect("update");
    assert_eq!(map.lookup(&key).expect("lookup"), Some(value.to_vec()));
    assert!(matches!(map.lookup(&key[..3]), Err(Error::Argument(_))));
    let full = map.update(&[0; 4], &value, 0).expect_err("a map of one element");
    assert_eq!(full.errno(), Some(Errno::E2BIG));
}

#[test]
fn context_reaches_the_program() {
    // r0 = skb->mark
    let insns = [Insn::load(Size::W, Reg(0), Reg(1), 8), Insn::exit()];
    let Some(program) = permitted(Program::load(&LoadOptions::new(ProgramType::SchedCls, &insns)))
    else {
        return;
    };
    let mut context = [0; 192];
    context[8..12].copy_from_slice(&77u32.to_ne_bytes());
    let run = program
        .test_run(&TestRunOptions { data: &[0; 64], context: &context, repeat: 1 })
        .expect("tc can be test-run");
    assert_eq!(run.retval, 77);
}

#[test]
fn statistics_are_read_from_the_last_line() {
    let log = "func#0 @0\nprocessed 12 insns (limit 1000000) max_states_per_insn 1 total_states 3 peak_states 2 mark_read 1\n";
    let expected =
        Statistics { processed_insns: 12, max_states_per_insn: 1, total_states: 3, peak_states: 2 };
    assert_eq!(Statistics::from_log(log), Some(expected));
    assert_eq!(Statistics::from_log("processed many insns"), None);
    assert_eq!(Statistics::from_log(""), None);
}

#[test]
fn errors_say_what_to_do() {
    let error = Error::from_errno("load a program", Errno::EPERM, "CAP_BPF");
    assert_eq!(
        error.to_string(),
        "not permitted to load a program: EPERM (1); this needs CAP_BPF, run it as root"
    );
    let error = Error::from_errno("load a program", Errno::ENOSYS, "CAP_BPF");
    assert_eq!(error.to_string(), "this kernel cannot load a program: ENOSYS (38)");
}

/// An object with everything: a counting map, types, and lines whose text a refusal shows.
fn object(broken: bool) -> Object {
    let mut types = Builder::new();
    let int = types.int("int", 4, Encoding::Signed);
    let context = types.structure("xdp_md", 24, &[]);
    let pointer = types.ptr(context);
    let proto = types.proto(int, &[("ctx", pointer)]);
    let function = types.func("count", proto, Linkage::Global);
    let mut insns = vec![
        Insn::store_imm(Size::W, Reg(10), -4, 0),
        Insn::alu(Bits::B64, AluOp::Mov, Reg(2), Src::Reg(Reg(10))),
        Insn::alu(Bits::B64, AluOp::Add, Reg(2), Src::Imm(-4)),
    ];
    insns.extend(Insn::ld_map_fd(Reg(1), 0));
    // map_lookup_elem
    insns.push(Insn::call(1));
    insns.push(Insn::jump(Bits::B64, JmpOp::Eq, Reg(0), Src::Imm(0), 2));
    // Calls lose r1.
    insns.push(if broken { Insn::ja(0) } else { mov(1, 1) });
    insns.push(Insn::atomic(Size::DW, AtomicOp::Add, Reg(0), 0, Reg(1)));
    insns.extend([mov(0, 2), Insn::exit()]);
    let line = |insn, line, text: &str| Line {
        insn,
        file: "count.nbp".to_owned(),
        text: text.to_owned(),
        line,
        column: 1,
    };
    Object {
        license: "GPL".to_owned(),
        programs: vec![nbpfc_object::Program {
            name: "count".to_owned(),
            section: "xdp".to_owned(),
            insns,
            relocations: vec![Relocation { insn: 3, target: Target::Map(0) }],
            function: Some(function),
            lines: vec![line(0, 1, "find the counter"), line(6, 2, "count one up")],
            ..nbpfc_object::Program::default()
        }],
        maps: vec![nbpfc_object::Map {
            name: "counters".to_owned(),
            kind: 2,
            key: Shape::Bytes(4),
            value: Shape::Bytes(8),
            max_entries: 1,
            ..nbpfc_object::Map::default()
        }],
        btf: Some(types.finish()),
        ..Object::default()
    }
}

#[test]
fn objects_load_with_maps_and_types() {
    let hook = Hook::by_name("xdp").expect("a hook of the table");
    let Some(loaded) = permitted(load_object(&object(false), "count", hook, 0)) else { return };
    let options = TestRunOptions { data: &[0; 64], context: &[], repeat: 3 };
    assert_eq!(loaded.program.test_run(&options).expect("XDP can be test-run").retval, 2);
    let counted = loaded.maps[0].lookup(&[0; 4]).expect("lookup");
    assert_eq!(counted, Some(3_u64.to_ne_bytes().to_vec()));
    let error = load_object(&object(true), "count", hook, 0).expect_err("r1 is lost");
    // Newer kernels say the line's place too.
    assert!(error.log().contains("; count one up"), "{error}");
    let missing = load_object(&object(false), "other", hook, 0).expect_err("no such program");
    assert_eq!(missing.to_string(), "there is no program `other`");
}
