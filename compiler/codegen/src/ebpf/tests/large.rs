//! Functions of many thousand blocks: jumps that are too far, ways that wait, time.

use std::fs;
use std::time::{Duration, Instant};

use nbpfc_ir::{Compare, Function, FunctionBuilder, Packet, UnaryOp, Width, interpret};
use nbpfc_isa::Level;
use nbpfc_kernel::{Hook, Target, Version};
use nbpfc_loader::{Error as LoadError, LoadOptions, Program, TestRunOptions};

use crate::ebpf::compile_function;

/// A chain of comparisons of the first two bytes: even numbers below `2 * terms` pass, and those
/// that are a multiple of 64 by way of a block at the end.
fn chain(terms: u32) -> Function {
    let mut builder = FunctionBuilder::new("chain");
    let (accept, reject, far) = (builder.block(), builder.block(), builder.block());
    let view = builder.check(None, 4, reject);
    let load = builder.load(Width::W2, view, 0);
    let key = builder.unary(UnaryOp::Bswap(Width::W2), load);
    for term in 0..terms {
        let number = builder.const32(2 * term);
        let next = builder.block();
        let then = if term % 32 == 0 { far } else { accept };
        builder.branch(Compare::Eq, key, number, then, next);
        builder.seal(next);
        builder.switch_to(next);
    }
    builder.jump(reject);
    for (block, verdict) in [(far, 2), (accept, 2), (reject, 1)] {
        builder.seal(block);
        builder.switch_to(block);
        if block == far {
            // More than a return, so that it is jumped to.
            let third = builder.load(Width::W1, view, 2);
            let zero = builder.const32(0);
            builder.branch(Compare::Eq, third, zero, accept, reject);
        } else {
            let verdict = builder.const32(verdict);
            builder.ret(verdict);
        }
    }
    builder.finish()
}

#[test]
fn long_chains_load_and_run() {
    let hook = Hook::by_name("xdp").expect("xdp");
    for (terms, level) in [(3_000, Level::V1), (20_000, Level::V3), (20_000, Level::V4)] {
        let function = chain(terms);
        let started = Instant::now();
        let code = compile_function(&function, &Target { hook, kernel: Version::new(6, 6), level })
            .expect("code");
        eprintln!("{terms} terms: {} slots in {:?}", code.insns.len(), started.elapsed());
        let options = LoadOptions::new(hook.program_type, &code.insns);
        let program = match Program::load(&options) {
            Err(LoadError::NotPermitted { .. }) => return,
            result => result.expect("a program"),
        };
        for key in [0u16, 1, 2, 64, 4_000, 5_998, 32_000, 39_998, 39_999, 65_535] {
            let mut data = [0; 64];
            data[..2].copy_from_slice(&key.to_be_bytes());
            let packet =
                Packet { data: &data, length: 64, interface: 0, packet_type: 0, tag: None };
            let expected = interpret(&function, &packet, 1 << 20);
            let options = TestRunOptions { data: &data, context: &[], repeat: 1 };
            assert_eq!(Ok(program.test_run(&options).expect("a run").retval), expected, "{key}");
        }
    }
}

/// How long this thread had a processor, which does not depend on what else the machine does
/// (`Documentation/scheduler/sched-stats.rst`).
fn worked() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

#[test]
fn a_hundred_thousand_blocks_take_seconds() {
    let hook = Hook::by_name("tc").expect("tc");
    let function = chain(100_000);
    let started = worked();
    let code = compile_function(&function, &Target::new(hook, Version::new(6, 6))).expect("code");
    let time = worked().saturating_sub(started);
    eprintln!("{} slots in {time:?}", code.insns.len());
    assert!(time.as_secs() < 60, "{time:?}");
}
