//! Signed arithmetic is what the machine's is.

use super::super::FunctionBuilder;
use crate::entity::Value;
use crate::interpret::{Packet, interpret};
use crate::types::{Compare, Type, UnaryOp};

const NUMBERS: [i64; 11] =
    [0, 1, 2, 7, 100, -1, -2, -7, i32::MIN as i64, i32::MAX as i64, i64::MIN];

/// What a function of two numbers computes, its low and its high half.
fn run(ty: Type, a: i64, b: i64, f: impl Fn(&mut FunctionBuilder, Value, Value) -> Value) -> i64 {
    let half = |high: bool| {
        let mut builder = FunctionBuilder::new("f");
        let a = builder.constant(ty, a as u64 & ty.mask());
        let b = builder.constant(ty, b as u64 & ty.mask());
        let mut result = f(&mut builder, a, b);
        if builder.ty(result) == Type::I64 {
            if high {
                let count = builder.const64(32);
                result = builder.binary(crate::BinaryOp::Shr, result, count);
            }
            result = builder.unary(UnaryOp::Truncate, result);
        }
        builder.ret(result);
        let packet = Packet { data: &[], length: 0, interface: 0, packet_type: 0, tag: None };
        interpret(&builder.finish(), &packet, 1000).expect("a result")
    };
    match ty {
        Type::I32 => i64::from(half(false) as i32),
        _ => (u64::from(half(true)) << 32 | u64::from(half(false))) as i64,
    }
}

#[test]
fn quotients_remainders_and_shifts() {
    for a in NUMBERS {
        for b in NUMBERS {
            let quotient = run(Type::I64, a, b, FunctionBuilder::divide_signed);
            assert_eq!(quotient, if b == 0 { 0 } else { a.wrapping_div(b) }, "{a} / {b}");
            let remainder = run(Type::I64, a, b, FunctionBuilder::remainder_signed);
            assert_eq!(remainder, if b == 0 { a } else { a.wrapping_rem(b) }, "{a} % {b}");
            let shifted = run(Type::I64, a, b, FunctionBuilder::shift_right_signed);
            assert_eq!(shifted, a >> (b & 63), "{a} >> {b}");
            let (x, y) = (a as i32, b as i32);
            let quotient = run(Type::I32, a, b, FunctionBuilder::divide_signed);
            let expected = if y == 0 { 0 } else { x.wrapping_div(y) };
            assert_eq!(quotient, i64::from(expected), "{x} / {y}");
            let remainder = run(Type::I32, a, b, FunctionBuilder::remainder_signed);
            let expected = if y == 0 { x } else { x.wrapping_rem(y) };
            assert_eq!(remainder, i64::from(expected), "{x} % {y}");
            let shifted = run(Type::I32, a, b, FunctionBuilder::shift_right_signed);
            assert_eq!(shifted, i64::from(x >> (y & 31)), "{x} >> {y}");
        }
    }
}

#[test]
fn signs_are_extended() {
    for a in NUMBERS {
        let extended = |bits| run(Type::I64, a, 0, move |b, a, _| b.sign_extend(a, bits));
        assert_eq!(extended(8), i64::from(a as i8));
        assert_eq!(extended(16), i64::from(a as i16));
        assert_eq!(extended(32), i64::from(a as i32));
        assert_eq!(extended(64), a);
        let byte = run(Type::I32, a, 0, |b, a, _| b.sign_extend(a, 8));
        assert_eq!(byte, i64::from(a as i8));
    }
    let wide = |b: &mut FunctionBuilder, _: Value, _: Value| {
        let minus_five = b.const32(-5_i32 as u32);
        b.extend_signed(minus_five)
    };
    assert_eq!(run(Type::I64, 0, 0, wide), -5);
}

#[test]
fn comparisons_heed_the_sign() {
    for a in NUMBERS {
        for b in NUMBERS {
            let holds = |compare| {
                run(Type::I64, a, b, move |f, a, b| {
                    let (yes, no, join) = (f.block(), f.block(), f.block());
                    let answer = f.variable(Type::I64);
                    f.branch_signed(compare, a, b, yes, no);
                    for (block, number) in [(yes, 1), (no, 0)] {
                        f.enter(block);
                        let number = f.const64(number);
                        f.set(answer, number);
                        f.jump(join);
                    }
                    f.enter(join);
                    f.get(answer)
                }) == 1
            };
            assert_eq!(holds(Compare::Lt), a < b, "{a} {b}");
            assert_eq!(holds(Compare::Ge), a >= b, "{a} {b}");
            assert_eq!(holds(Compare::Eq), a == b, "{a} {b}");
        }
    }
}
