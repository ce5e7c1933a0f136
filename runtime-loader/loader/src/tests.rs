//! Tests against the running kernel; each is skipped where the process may not load programs.

use nbpfc_isa::{AluOp, Bits, Insn, Reg, Size, Src};
use nbpfc_kernel::ProgramType;

use crate::{Errno, Error, LoadOptions, Map, MapOptions, Program, Statistics, TestRunOptions};

fn mov(dst: u8, imm: i32) -> Insn {
    Insn::alu(Bits::B64, AluOp::Mov, Reg(dst), Src::Imm(imm))
}

/// The result, or `None` if this process may not do it.
fn permitted<T>(result: Result<T, Error>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error @ (Error::NotPermitted { .. } | Error::Unsupported { .. })) => {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
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
    let options =
        MapOptions { map_type: 1, key_size: 4, value_size: 8, max_entries: 1, flags: 0, name: "m" };
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
