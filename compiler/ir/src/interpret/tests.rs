//! What functions compute.

use super::{Packet, Trap, interpret};
use crate::function::Function;
use crate::types::{BinaryOp, Compare, Type, UnaryOp, Width};
use crate::validate::validate_function;

const DATA: &[u8] = &[0x45, 0x00, 0x12, 0x34, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];

fn run(body: &str) -> Result<u32, Trap> {
    let function: Function = format!("func @f {{ table t0 {{ 0x706050403020100 0xf }} {body} }}")
        .parse()
        .unwrap_or_else(|error| panic!("{error} in {body}"));
    assert_eq!(validate_function(&function), Ok(()), "{body}");
    let packet = Packet { data: DATA, length: 60, interface: 2, packet_type: 4, tag: None };
    interpret(&function, &packet, 1000)
}

#[test]
fn instructions_give_their_numbers() {
    let cases = [
        ("v0 = meta.length", 60),
        ("v0 = meta.interface", 2),
        ("v0 = meta.packet_type", 4),
        ("v1 = const.i32 9 v0 = table.u8 t0, v1", 0),
        ("v1 = const.i32 0xfffffff3 v0 = table.u8 t0, v1", 3),
        ("v1 = const.i32 1 v0 = table.u16 t0, v1", 0x0302),
        ("v1 = const.i32 6 v0 = table.u32 t0, v1", 0xf),
        ("v1 = const.i32 3 v2 = table.u64 t0, v1 v0 = truncate v2", 0xf),
        ("v0 = load.u8 v9 + 0", 0x45),
        ("v0 = load.u16 v9 + 2", 0x3412),
        ("v0 = load.u32 v9 + 4", 0xddcc_bbaa),
        ("v1 = load.u64 v9 + 2 v0 = truncate v1", 0xbbaa_3412),
        ("v1 = load.u64 v9 + 2 v2 = bswap64 v1 v0 = truncate v2", 0xccdd_eeff),
        ("v1 = load.u16 v9 + 2 v0 = bswap16 v1", 0x1234),
        ("v1 = load.u32 v9 + 2 v0 = bswap16 v1", 0x1234),
        ("v1 = load.u32 v9 + 2 v0 = bswap32 v1", 0x1234_aabb),
        ("v1 = const.i32 1 v0 = neg v1", u32::MAX),
        ("v1 = const.i32 1 v2 = neg v1 v3 = extend v2 v4 = neg v3 v0 = truncate v4", 1),
    ];
    for (case, expected) in cases {
        let body = format!(
            "b0: v8 = const.i32 0 check v8, 10 -> b1 else b2 b1(v9: view): {case} ret v0 b2: ret v8"
        );
        assert_eq!(run(&body), Ok(expected), "{case}");
    }
}

#[test]
fn arithmetic_is_that_of_rfc_9669() {
    use BinaryOp::*;
    const M32: u64 = u32::MAX as u64;
    let cases = [
        (Add, Type::I32, M32, 2, 1),
        (Add, Type::I64, M32, 2, M32 + 2),
        (Sub, Type::I32, 0, 1, M32),
        (Sub, Type::I64, 0, 1, u64::MAX),
        (Mul, Type::I32, 0x1_0001, 0x1_0001, 0x2_0001),
        (Div, Type::I32, M32, 2, 0x7fff_ffff),
        (Div, Type::I32, 7, 0, 0),
        (Mod, Type::I64, 7, 0, 7),
        (Mod, Type::I32, 7, 4, 3),
        (And, Type::I32, 6, 3, 2),
        (Or, Type::I32, 6, 3, 7),
        (Xor, Type::I32, 6, 3, 5),
        (Shl, Type::I32, 1, 31, 0x8000_0000),
        (Shl, Type::I32, 3, 31, 0x8000_0000),
        (Shl, Type::I32, 1, 33, 2),
        (Shl, Type::I64, 1, 33, 1 << 33),
        (Shl, Type::I64, 1, 65, 2),
        (Shr, Type::I32, 0x8000_0000, 31, 1),
        (Shr, Type::I32, 8, 32, 8),
        (Shr, Type::I64, 1 << 63, 127, 1),
        (Shr, Type::I32, 8, M32, 0),
    ];
    for (op, ty, a, b, expected) in cases {
        assert_eq!(op.eval(ty, a, b), expected, "{} {ty} {a} {b}", op.name());
    }
    assert_eq!(UnaryOp::Bswap(Width::W2).eval(Type::I32, 0xdead_1234), 0x3412);
    assert_eq!(UnaryOp::Neg.eval(Type::I32, 0), 0);
}

#[test]
fn comparisons_agree_with_their_negation_and_exchange() {
    for &compare in Compare::ALL {
        for (a, b) in [(0, 0), (0, 1), (1, 0), (6, 3), (u64::MAX, 1), (1 << 31, 5)] {
            assert_eq!(compare.eval(a, b), !compare.negate().eval(a, b));
            assert_eq!(compare.eval(a, b), compare.swap().eval(b, a));
        }
    }
}

#[test]
fn a_check_holds_exactly_up_to_the_last_byte() {
    let check = |offset: u32, length: u32| {
        run(&format!(
            "b0: v0 = const.i32 {offset} v1 = const.i32 1 check v0, {length} -> b1 else b2(v1)
             b1(v2: view): v3 = load.u8 v2 + 0 ret v3
             b2(v4: i32): ret v4"
        ))
    };
    assert_eq!(check(0, 10), Ok(0x45));
    assert_eq!(check(0, 11), Ok(1));
    assert_eq!(check(9, 1), Ok(0xff));
    assert_eq!(check(10, 1), Ok(1));
    assert_eq!(check(4, 6), Ok(0xaa));
    // In 32 bits these would wrap to something that is there.
    assert_eq!(check(u32::MAX, 1), Ok(1));
    assert_eq!(check(u32::MAX, 10), Ok(1));
    assert_eq!(check(1, u32::MAX), Ok(1));
}

#[test]
fn arguments_are_passed_at_once() {
    let body = "b0: v0 = const.i32 1 v1 = const.i32 2 v9 = const.i32 0 jump b1(v0, v1, v9)
                b1(v2: i32, v3: i32, v4: i32): v5 = add v4, v0
                  br eq v4, v1 -> b2 else b1(v3, v2, v5)
                b2: v6 = shl v2, v1 v7 = or v6, v3 ret v7";
    // Exchanged twice.
    assert_eq!(run(body), Ok(1 << 2 | 2));
}

#[test]
fn a_run_ends_when_its_fuel_does() {
    assert_eq!(run("b0: jump b1 b1: jump b1"), Err(Trap::OutOfFuel));
    let packet = Packet { data: &[], length: 0, interface: 0, packet_type: 0, tag: None };
    let function: Function = "func @f { b0: v0 = const.i32 7 ret v0 }".parse().expect("readable");
    assert_eq!(interpret(&function, &packet, 1), Err(Trap::OutOfFuel));
    assert_eq!(interpret(&function, &packet, 2), Ok(7));
}

#[test]
fn functions_that_are_not_valid_trap() {
    let cases = [
        "",
        "b0:",
        "b0: v0 = add v0, v0 ret v0",
        "b0: v0 = const.i32 0 check 0, 1 -> b1 else b1 b1: ret v0",
        "b0: v0 = const.i32 0 check 0, 1 -> b1 else b2
         b1(v1: view): v2 = load.u64 v1 + 4294967295 ret v2 b2: ret v0",
        "b0: v0 = const.i64 0xffffffffffffffff v1 = load.u64 v0 + 1 ret v1",
    ];
    let packet = Packet { data: &[1, 2], length: 2, interface: 0, packet_type: 0, tag: None };
    for case in cases {
        let function: Function = format!("func @f {{ {case} }}").parse().expect("readable");
        assert_eq!(interpret(&function, &packet, 100), Err(Trap::Invalid), "{case}");
    }
}
