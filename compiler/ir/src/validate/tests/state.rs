//! Memory, maps, calls: one module for each fault, and some without.

use std::sync::Arc;

use nbpfc_kernel::SOCKET_SIZE;
use nbpfc_source::File;

use super::{b, end, i, user, v};
use crate::fault::Problem::{self, *};
use crate::function::Module;
use crate::validate::{validate, validate_function};

/// The maps that the cases use, by number.
const MAPS: &str = "\
map m0 @hits: percpu_array, key 4, value 16, entries 1
map m1 @events: ringbuf, entries 4096
map m2 @.bss: array, key 4, value 8, entries 1
map m3 @.rodata: array, key 4, value 8, entries 1, constant, data x0102030405060708
map m4 @outer: array_of_maps, key 4, value 4, entries 2, inner m0
map m5 @queue: queue, value 8, entries 4
map m6 @jumps: prog_array, key 4, value 4, entries 4
map m7 @sockets: sockmap, key 4, value 4, entries 4
";

/// What is wrong with functions over [`MAPS`].
fn problems(functions: &str) -> Vec<Problem> {
    let text = format!("{MAPS}\n{functions}");
    let module = Module::parse(&text, Arc::new(File::new("", "")));
    let module = module.unwrap_or_else(|error| panic!("{error} in\n{text}"));
    let printed = module.to_string();
    let again = Module::parse(&printed, module.source.clone()).expect("what was printed");
    assert_eq!(again.to_string(), printed);
    let faults = validate(&module).err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.problem).collect()
}

/// A function that looks its map up under a zero and goes on in `b1` with the value `v5`.
fn with_value(rest: &str) -> String {
    format!(
        "func @f {{
         slot s0, 4
         b0: v0 = const.i32 0 v1 = slot s0 write.u32 v1 + 0, v0 v2 = map m0
             v3 = call.value.16? map_lookup_elem(v2, v1) nonnull v3 -> b1 else b2
         b1(v5: value.16): {rest}
         b2: ret v0 }}"
    )
}

/// A function that reserves 16 bytes and goes on in `b1` with the record `v5`.
fn with_record(rest: &str) -> String {
    format!(
        "func @f {{
         b0: v0 = const.i32 0 v1 = const.i64 16 v2 = map m1 v6 = const.i64 0
             v3 = call.record.16? ringbuf_reserve(v2, v1, v6) nonnull v3 -> b1 else b2
         b1(v5: record.16): {rest}
         b2: ret v0 }}"
    )
}

/// A function that finds one of two sockets, and goes on in `b4` with it, which is `v7`.
fn with_socket(rest: &str) -> String {
    format!(
        "func @f {{
         slot s0, 4
         b0: v0 = const.i32 0 v1 = slot s0 write.u32 v1 + 0, v0 v2 = map m7
             v3 = call.socket.{SOCKET_SIZE}? map_lookup_elem(v2, v1) nonnull v3 -> b1 else b2
         b1(v4: socket.{SOCKET_SIZE}): jump b4(v4)
         b2: v5 = call.socket.{SOCKET_SIZE}? map_lookup_elem(v2, v1) nonnull v5 -> b3 else b5
         b3(v6: socket.{SOCKET_SIZE}): jump b4(v6)
         b4(v7: socket.{SOCKET_SIZE}): {rest}
         b5: ret v0 }}"
    )
}

#[test]
fn valid_modules() {
    let cases = [
        with_value("v6 = read.u64 v5 + 8 write.u8 v5 + 0, v0 atomic.add.u64 v5 + 8, v6 ret v0"),
        // A part of a value, at a place that is not known.
        with_value(
            "v6 = member __sk_buff.mark v7 = const.i32 7 v8 = and v6, v7 v9 = extend v8
             v10 = index v5 + v9, 9 v11 = read.u8 v10 + 8 ret v11",
        ),
        with_value(
            "v6 = read.u64 v5 + 0 bound v6, 0, 15 -> b3 else b2
             b3(v7: i64): v8 = index v5 + v7, 1 v9 = read.u8 v8 + 0 ret v9",
        ),
        // A pointer that comes in two ways.
        with_value(
            "br eq v0, v0 -> b3(v5) else b4
             b3(v6: value.16): v7 = read.u32 v6 + 0 ret v7 b4: jump b3(v5)",
        ),
        // A socket that comes in two ways, and is put into a map.
        with_socket(
            "v8 = const.i64 0 v9 = call.i64 map_update_elem(v2, v1, v7, v8)
             v10 = call.i64 sk_release(v7) ret v0",
        ),
        with_record("write.u64 v5 + 8, v1 call.void ringbuf_submit(v5, v6) ret v0"),
        with_record(
            "br eq v0, v0 -> b3 else b4
             b3: call.void ringbuf_submit(v5, v6) jump b2
             b4: call.void ringbuf_discard(v5, v6) jump b2",
        ),
        "func @f { b0: v0 = global m2 + 4, 4 v1 = constant m3 + 0, 8 v2 = read.u32 v1 + 2
             write.u32 v0 + 0, v2 ret v2 }"
            .to_owned(),
        // What a helper writes may be read.
        "func @f { slot s0, 8 b0: v0 = slot s0 v1 = map m5 v2 = call.i64 map_pop_elem(v1, v0)
             v3 = read.u32 v0 + 4 ret v3 }"
            .to_owned(),
        "func @f { b0: v0 = const.i32 1 v1 = context v2 = invoke.i64 f1(v1, v0) v3 = truncate v2
             ret v3 }
         func @g(context, i32) -> i64 { b0: v0 = argument.i32 1 v1 = argument.context 0
             v2 = extend v0 ret v2 }"
            .to_owned(),
        // A view, a new one after the packet moved.
        "func @f { b0: v0 = const.i32 0 v1 = context check 0, 14 -> b1 else b4
         b1(v2: view): v3 = load.u8 v2 + 0 v4 = call.i64 xdp_adjust_head(v1, v3) jump b2
         b2: check 0, 14 -> b3 else b4
         b3(v5: view): store.u8 v5 + 0, v3 ret v3
         b4: ret v0 }"
            .to_owned(),
    ];
    for case in cases {
        assert_eq!(problems(&case), [], "in {case}");
        // A function by itself, as it is between two passes, is not wrong for want of maps.
        let text = format!("{MAPS}\n{case}");
        let module = Module::parse(&text, Arc::new(File::new("", ""))).expect("IR");
        for function in &module.functions {
            assert_eq!(validate_function(function), Ok(()), "in {case}");
        }
    }
}

#[test]
fn each_fault_is_found() {
    let cases: Vec<(String, Problem)> = vec![
        (with_value("v6 = read.u64 v5 + 9 ret v0"), Access(i(5))),
        (with_value("v6 = read.u64 v3 + 0 ret v0"), OperandType { user: user(5), value: v(3) }),
        (with_value("write.u64 v5 + 0, v0 ret v0"), OperandType { user: user(5), value: v(0) }),
        (with_value("atomic.add.u16 v5 + 0, v0 ret v0"), Alignment(i(5))),
        (with_value("atomic.add.u32 v5 + 2, v0 ret v0"), Alignment(i(5))),
        (with_value("v6 = part v5 + 8, 9 ret v0"), Access(i(5))),
        (
            with_value("v6 = read.u8 v5 + 0 v7 = extend v6 v8 = index v5 + v7, 1 ret v0"),
            Unbounded(i(7)),
        ),
        (
            with_value("v6 = read.u64 v5 + 0 bound v6, 2, 1 -> b3 else b2 b3(v7: i64): ret v0"),
            EmptyBound(b(1)),
        ),
        (
            with_value("nonnull v5 -> b3 else b2 b3(v7: value.16): ret v0"),
            OperandType { user: end(1), value: v(5) },
        ),
        (
            with_value("jump b3(v3) b3(v7: value.16?): ret v0"),
            EvidenceParameter { block: b(3), index: 0 },
        ),
        (with_record("ret v0"), Held { user: end(1), value: v(3) }),
        (with_socket("ret v0"), Held { user: end(4), value: v(7) }),
        (
            with_socket("v8 = call.i64 sk_release(v7) v9 = call.i64 sk_release(v7) ret v0"),
            NotHeld { user: user(7), value: v(7) },
        ),
        (
            with_record(
                "call.void ringbuf_submit(v5, v6) call.void ringbuf_discard(v5, v6) ret v0",
            ),
            NotHeld { user: user(6), value: v(5) },
        ),
        (
            with_record("call.void ringbuf_submit(v5, v6) v7 = read.u8 v5 + 0 ret v0"),
            NotHeld { user: user(6), value: v(5) },
        ),
        (
            with_record(
                "br eq v0, v0 -> b3 else b4 b3: call.void ringbuf_submit(v5, v6) jump b4
                 b4: jump b5 b5: jump b4",
            ),
            HeldDiffers(b(4)),
        ),
        (
            with_record("v7 = map m1 v8 = call.record.8? ringbuf_reserve(v7, v1, v6) ret v0"),
            CallResult(i(6)),
        ),
        (
            "func @f { b0: v0 = const.i32 0 v1 = context v2 = map m6
                 v3 = call.i64 tail_call(v1, v2, v0) v4 = argument.i32 0 ret v4 }"
                .to_owned(),
            NoArgument(i(4)),
        ),
        (
            "func @f { slot s0, 16 b0: v0 = slot s0 v1 = map m0 v2 = call.i64 map_pop_elem(v1, v0)
             v3 = truncate v2 ret v3 }"
                .to_owned(),
            Call { inst: i(2), index: 0 },
        ),
        (
            "func @f { b0: v0 = const.i32 0 v1 = call.i64 ktime_get_ns(v0) ret v0 }".to_owned(),
            Call { inst: i(1), index: 0 },
        ),
        ("func @f { b0: v0 = const.i32 0 v1 = slot s3 ret v0 }".to_owned(), Missing(i(1))),
        ("func @f { b0: v0 = const.i32 0 v1 = map m9 ret v0 }".to_owned(), Missing(i(1))),
        ("func @f { b0: v0 = const.i32 0 v1 = global m2 + 4, 8 ret v0 }".to_owned(), Access(i(1))),
        ("func @f { b0: v0 = const.i32 0 v1 = global m3 + 0, 8 ret v0 }".to_owned(), Access(i(1))),
        (
            "func @f { b0: v0 = const.i32 0 v1 = constant m3 + 0, 8 write.u32 v1 + 0, v0 ret v0 }"
                .to_owned(),
            Access(i(2)),
        ),
        (
            "func @f { slot s0, 8 b0: v0 = slot s0 v1 = read.u32 v0 + 0 ret v1 }".to_owned(),
            Uninitialised(i(1)),
        ),
        (
            "func @f { slot s0, 8 b0: v0 = slot s0 v1 = const.i32 0 br eq v1, v1 -> b1 else b2
             b1: write.u32 v0 + 0, v1 jump b2
             b2: v2 = read.u32 v0 + 0 ret v2 }"
                .to_owned(),
            Uninitialised(i(3)),
        ),
        (
            "func @f { slot s0, 8 b0: v0 = slot s0 v1 = const.i32 0 write.u32 v0 + 2, v1 ret v1 }"
                .to_owned(),
            Alignment(i(2)),
        ),
        (
            "func @f { b0: v0 = const.i32 0 v1 = context check 0, 14 -> b1 else b2
             b1(v2: view): v3 = call.i64 xdp_adjust_head(v1, v0) v4 = load.u8 v2 + 0 ret v4
             b2: ret v0 }"
                .to_owned(),
            StaleView { user: user(3), value: v(2) },
        ),
        (
            "func @f { b0: v0 = const.i32 0 v1 = invoke.i32 f1(v0) ret v1 }
             func @g(i64) { b0: v0 = const.i32 0 ret v0 }"
                .to_owned(),
            Call { inst: i(1), index: 0 },
        ),
        (
            "func @f { b0: v0 = invoke.i32 f1 ret v0 }
             func @g { b0: v0 = const.i32 0 v1 = context ret v0 }"
                .to_owned(),
            ContextInFunction(i(1)),
        ),
        (
            "func @f { b0: v0 = invoke.i32 f1 ret v0 } func @g { b0: v0 = invoke.i32 f1 ret v0 }"
                .to_owned(),
            Recursion(i(0)),
        ),
    ];
    for (case, expected) in cases {
        assert_eq!(problems(&case), [expected], "in {case}");
    }
}

#[test]
fn each_fault_of_a_map_is_found() {
    let cases = [
        "map m0 @a: array, entries 1",
        "map m0 @a: ringbuf, key 4, entries 4096",
        "map m0 @a: queue, key 4, value 4, entries 1",
        "map m0 @.text: array, key 4, value 4, entries 1",
        "map m0 @.bss: hash, key 4, value 4, entries 1",
        "map m0 @a: hash, key 4, value 4, entries 1, constant",
        "map m0 @a: array, key 4, value 4, entries 1, data x00",
        "map m0 @a: array_of_maps, key 4, value 4, entries 1",
        "map m0 @a: array_of_maps, key 4, value 4, entries 1, inner m1",
        "map m0 @a: array, key 4, value 4, entries 1, inner m0",
    ];
    for case in cases {
        let module = Module::parse(case, Arc::new(File::new("", ""))).expect(case);
        let faults = validate(&module).expect_err(case);
        assert!(matches!(faults.as_slice(), [fault] if matches!(fault.problem, Map(_))), "{case}");
    }
}
