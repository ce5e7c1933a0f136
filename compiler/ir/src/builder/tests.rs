//! Variables become values.

mod memory;
mod signed;

use super::FunctionBuilder;
use crate::function::Function;
use crate::types::{BinaryOp, Compare, Type, Width};
use crate::validate::validate_function;

fn finish(builder: FunctionBuilder) -> Function {
    let function = builder.finish();
    assert_eq!(validate_function(&function), Ok(()), "{function}");
    function
}

#[test]
fn a_variable_that_differs_becomes_a_parameter() {
    let mut b = FunctionBuilder::new("f");
    let variable = b.variable(Type::I32);
    let (left, right, join) = (b.block(), b.block(), b.block());
    let one = b.const32(1);
    b.set(variable, one);
    b.branch(Compare::Eq, one, one, left, right);
    b.seal(left);
    b.seal(right);
    b.switch_to(left);
    let two = b.const32(2);
    b.set(variable, two);
    b.jump(join);
    b.switch_to(right);
    b.jump(join);
    b.seal(join);
    b.switch_to(join);
    let result = b.get(variable);
    b.ret(result);
    assert_eq!(
        finish(b).to_string(),
        "\
func @f {
b0:
  v0 = const.i32 0x1
  br eq v0, v0 -> b1 else b2
b1:
  v1 = const.i32 0x2
  jump b3(v1)
b2:
  jump b3(v0)
b3(v2: i32):
  ret v2
}
"
    );
}

#[test]
fn a_loop_is_sealed_when_it_is_closed() {
    let mut b = FunctionBuilder::new("f");
    let offset = b.variable(Type::I32);
    let (head, reject) = (b.block(), b.block());
    let start = b.const32(14);
    b.set(offset, start);
    b.jump(head);
    b.switch_to(head);
    let at = b.get(offset);
    let view = b.check(Some(at), 1, reject);
    let next = b.load(Width::W1, view, 0);
    let next = b.binary(BinaryOp::Add, at, next);
    b.set(offset, next);
    b.jump(head);
    b.seal(head);
    b.seal(reject);
    b.switch_to(reject);
    let result = b.get(offset);
    b.ret(result);
    assert_eq!(
        finish(b).to_string(),
        "\
func @f {
b0:
  v0 = const.i32 0xe
  jump b1(v0)
b1(v1: i32):
  check v1, 1 -> b3 else b2
b3(v2: view):
  v3 = load.u8 v2 + 0
  v4 = add v1, v3
  jump b1(v4)
b2:
  ret v1
}
"
    );
}

#[test]
fn what_was_never_set_is_zero() {
    let mut b = FunctionBuilder::new("f");
    let variable = b.variable(Type::I32);
    let end = b.block();
    let one = b.const32(1);
    b.branch(Compare::Eq, one, one, end, end);
    b.seal(end);
    b.switch_to(end);
    let result = b.get(variable);
    let again = b.get(variable);
    assert_eq!(result, again);
    b.ret(result);
    assert_eq!(
        finish(b).to_string(),
        "\
func @f {
b0:
  v2 = const.i32 0x0
  v0 = const.i32 0x1
  br eq v0, v0 -> b1(v2) else b1(v2)
b1(v1: i32):
  ret v1
}
"
    );
}

#[test]
fn a_ring_that_nothing_leads_into_ends() {
    let mut b = FunctionBuilder::new("f");
    let variable = b.variable(Type::I32);
    let (one, two) = (b.block(), b.block());
    let zero = b.const32(0);
    b.ret(zero);
    b.switch_to(one);
    b.jump(two);
    b.seal(two);
    b.switch_to(two);
    b.jump(one);
    b.seal(one);
    b.get(variable);
    assert_eq!(finish(b).layout.len(), 1);
}

#[test]
fn long_ways_back_do_not_exhaust_the_stack() {
    let mut b = FunctionBuilder::new("f");
    let variable = b.variable(Type::I32);
    let zero = b.const32(0);
    for _ in 0..50_000 {
        let (left, join) = (b.block(), b.block());
        b.branch(Compare::Eq, zero, zero, left, join);
        b.seal(left);
        b.switch_to(left);
        b.jump(join);
        b.seal(join);
        b.switch_to(join);
    }
    let result = b.get(variable);
    b.ret(result);
    finish(b);
}
