//! Functions, records, locks, timers, contexts, and a program for each kind of hook.

use std::time::{Duration, Instant};

use nbpfc_kernel::ProgramType;
use nbpfc_loader::{Error, Opened, RingBuffer, TestRunOptions, count_runs, probe};

use crate::support::{compiled, loaded, number, opened, permitted, run};

#[test]
fn functions_and_callbacks_are_called() {
    let Some(mut opened) = opened("subprograms") else { return };
    opened.set("rounds", 4).expect("a number that fits");
    let Some(collection) = permitted(opened.load()) else { return };
    assert_eq!(run(&collection, "add"), 4);
    assert_eq!(number(&collection, "sum", ""), 6 * (1 + 2 + 3));
    assert_eq!(run(&collection, "alone"), 42);
    // The kernel runs it on what follows the Ethernet header.
    assert_eq!(run(&collection, "length"), 3 * 50);
}

#[test]
fn records_come_through_a_ring_buffer() {
    let Some(mut collection) = loaded("ring") else { return };
    assert_eq!((run(&collection, "tell"), run(&collection, "tell")), (2, 2));
    let map = collection.take_map("records").expect("it has it");
    assert_eq!(map.info().expect("its own").max_entries, 8192);
    let mut ring = RingBuffer::new(&map).expect("a ring buffer");
    for number in [1, 2] {
        let record = ring.next().expect("it was told");
        let expected: Vec<u8> =
            [[number, 0], [64, 0]].concat().into_iter().flat_map(u32::to_ne_bytes).collect();
        assert_eq!(record[..12], expected[..12]);
    }
    assert!(ring.next().is_none());
}

#[test]
fn locks_and_timers_have_their_types() {
    let Some(collection) = loaded("locks") else { return };
    assert_eq!((run(&collection, "count"), run(&collection, "count")), (1, 2));
    assert_eq!(run(&collection, "arm"), 0);
    let start = Instant::now();
    while number(&collection, "fired", "") == 0 {
        assert!(start.elapsed() < Duration::from_secs(10), "the timer never fired");
        std::thread::yield_now();
    }
}

#[test]
fn contexts_go_in_and_come_out() {
    let Some(collection) = loaded("context") else { return };
    let program = |name| collection.program(name).expect("it was loaded");
    let words = |words: [u32; 3]| words.map(u32::to_ne_bytes).concat();
    let request = words([2, 40, 0]);
    let options = TestRunOptions { data: &[], context: &request, repeat: 0 };
    let sum = program("add").test_run(&options).expect("it can be run");
    assert_eq!((sum.retval, sum.context), (9, words([2, 40, 42])));
    assert_eq!(request, words([2, 40, 0]));

    let context = words([0, 0, 7]);
    let options = TestRunOptions { data: &[0; 64], context: &context, repeat: 5 };
    let marked = program("mark").test_run(&options).expect("it can be run");
    assert_eq!(marked.retval, 12);
    assert_eq!(marked.context.get(8..12), Some(&12_u32.to_ne_bytes()[..]));

    let options = TestRunOptions { data: &[0; 64], context: &[], repeat: 1 };
    let flipped = program("flip").test_run(&options).expect("it can be run");
    assert_eq!((flipped.data[0], flipped.data[1], flipped.context.len()), (0xff, 0, 0));
}

#[test]
fn runs_are_counted_while_somebody_asks() {
    let Some(collection) = loaded("subprograms") else { return };
    let program = collection.program("add").expect("it was loaded");
    let Some(counting) = permitted(count_runs()) else { return };
    let before = program.info().expect("its own");
    let options = TestRunOptions { data: &[0; 64], context: &[], repeat: 1000 };
    program.test_run(&options).expect("it can be run");
    let after = program.info().expect("its own");
    assert_eq!(after.runs - before.runs, 1000);
    assert!(after.run_time_ns > before.run_time_ns);
    drop(counting);
}

/// Each loads where the kernel has its type at all.
#[test]
fn every_kind_of_program_loads_by_its_section() {
    let Some(all) = opened("hooks") else { return };
    let names: Vec<String> = all.object().programs.iter().map(|it| it.name.clone()).collect();
    assert!(names.len() > 30, "{names:?}");
    for name in names {
        let mut opened = opened("hooks").expect("clang was there");
        opened.only(&[&name]).expect("it has it");
        let kind = opened.program(&name).expect("it has it").program_type.expect("a known section");
        match opened.load() {
            Ok(collection) => {
                let program = collection.program(&name).expect("it was loaded");
                assert_eq!(program.program_type(), kind);
            }
            Err(error) => {
                let absent = matches!(probe::program_type(kind), Ok(false) | Err(_));
                // A kernel without types knows no trace points by type.
                let untyped = kind == ProgramType::Tracing
                    && matches!(error, Error::Object(_) | Error::Externs(_));
                assert!(absent || untyped, "{name}: {error}\n{}", error.log());
                eprintln!("{name}: {error}");
            }
        }
    }
}

#[test]
fn what_a_kernel_lacks_for_a_program_is_named() {
    let Some(mut opened) = opened("context") else { return };
    opened.only(&["pull"]).expect("it has it");
    let error = match opened.load() {
        Err(error) if error.log().is_empty() => {
            permitted::<()>(Err(error));
            return;
        }
        other => other.expect_err("XDP cannot call it").to_string(),
    };
    assert_eq!(
        error,
        "program `pull`: it needs helper `bpf_skb_pull_data`, which xdp programs may not call"
    );
}

/// Types and records come from files: whatever they say, loading ends with an error or without.
#[test]
fn any_change_of_types_and_records_is_loaded_or_refused() {
    let Some(bytes) = compiled("core") else { return };
    // Where the two sections begin: each has the magic number, the version and no flags.
    let magic = [0x9f, 0xeb, 1, 0];
    let starts: Vec<usize> =
        bytes.windows(4).enumerate().filter(|(_, it)| *it == magic).map(|(at, _)| at).collect();
    assert_eq!(starts.len(), 2, "{starts:?}");
    let mut state = 1_u64;
    let mut random = move |below: usize| {
        // A linear congruential generator of Knuth's (MMIX).
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut loaded, mut refused) = (0, 0);
    for _ in 0..300 {
        let mut changed = bytes.clone();
        for _ in 0..=random(3) {
            let at = starts[random(2)] + 8 + random(2500);
            if let Some(byte) = changed.get_mut(at) {
                *byte = [0, 1, 255, random(256) as u8][random(4)];
            }
        }
        let Ok(mut opened) = Opened::parse(&changed) else {
            refused += 1;
            continue;
        };
        let names: Vec<String> = opened.variables().iter().map(|it| it.name.clone()).collect();
        for name in names {
            let _ = opened.set_text(&name, "{ pid = 1 }");
        }
        // What the sizes of maps say is not to be had.
        let maps: Vec<String> = opened.object().maps.iter().map(|map| map.name.clone()).collect();
        for map in maps {
            opened.map(&map).expect("it has it").create = false;
        }
        match opened.load() {
            Ok(_) => loaded += 1,
            Err(error) => refused += usize::from(!error.to_string().is_empty()),
        }
    }
    assert_eq!(loaded + refused, 300);
}
