//! What blocks ask for.

use super::{Demand, Evidence, Need};
use crate::dominators::Dominators;
use crate::entity::Block;
use crate::types::{Compare, Width};
use crate::{Function, FunctionBuilder};

const REJECT: u32 = 0;

fn lengths(function: &Function, block: Block, evidence: Evidence) -> Need {
    Demand::new(function, &Dominators::new(function), REJECT, evidence).at(block).clone()
}

fn returning(builder: &mut FunctionBuilder, verdict: u32) -> Block {
    let (here, block) = (builder.current(), builder.block());
    builder.switch_to(block);
    let value = builder.const32(verdict);
    builder.ret(value);
    builder.switch_to(here);
    block
}

/// Two checks in a row, the second failing with `fail`.
fn two_checks(fail: u32) -> Function {
    let mut b = FunctionBuilder::new("f");
    let (reject, other, accept) =
        (returning(&mut b, REJECT), returning(&mut b, fail), returning(&mut b, 7));
    let first = b.check(None, 14, reject);
    let byte = b.load(Width::W1, first, 12);
    let (next, eight) = (b.block(), b.const32(8));
    b.branch(Compare::Eq, byte, eight, next, reject);
    b.switch_to(next);
    let second = b.check(None, 34, other);
    let byte = b.load(Width::W2, second, 30);
    b.branch(Compare::Eq, byte, eight, accept, reject);
    b.finish()
}

#[test]
fn rejection_asks_for_nothing() {
    let function = two_checks(REJECT);
    assert_eq!(
        lengths(&function, function.entry(), Evidence::Checks),
        Need::Lengths(vec![(None, 34)])
    );
    assert_eq!(
        lengths(&function, function.entry(), Evidence::Loads),
        Need::Lengths(vec![(None, 32)])
    );
}

#[test]
fn another_verdict_of_a_failing_check_counts() {
    let function = two_checks(7);
    assert_eq!(
        lengths(&function, function.entry(), Evidence::Checks),
        Need::Lengths(vec![(None, 14)])
    );
}

#[test]
fn only_what_both_arms_ask_for() {
    let mut b = FunctionBuilder::new("f");
    let (reject, accept) = (returning(&mut b, REJECT), returning(&mut b, 7));
    let (then, otherwise, length) = (b.block(), b.block(), b.meta(crate::Field::Length));
    b.branch(Compare::Gt, length, length, then, otherwise);
    for (block, window) in [(then, 40), (otherwise, 60)] {
        b.switch_to(block);
        b.check(None, window, reject);
        b.check(Some(length), window, reject);
        b.jump(accept);
    }
    let function = b.finish();
    // The offset is made in the entry and has no meaning before.
    assert_eq!(
        lengths(&function, function.entry(), Evidence::Checks),
        Need::Lengths(vec![(None, 40)])
    );
    let need = lengths(&function, then, Evidence::Checks);
    assert_eq!((need.length(None), need.length(Some(length))), (Some(40), Some(40)));
}

#[test]
fn a_verdict_that_is_handed_over() {
    let mut b = FunctionBuilder::new("f");
    let reject = returning(&mut b, REJECT);
    let verdict = b.variable(crate::Type::I32);
    let (end, no) = (b.block(), b.block());
    let (seven, zero) = (b.const32(7), b.const32(REJECT));
    b.set(verdict, zero);
    b.branch(Compare::Eq, seven, zero, no, end);
    b.switch_to(no);
    b.check(None, 20, reject);
    b.set(verdict, seven);
    b.jump(end);
    b.seal(end);
    b.switch_to(end);
    let value = b.get(verdict);
    b.ret(value);
    let function = b.finish();
    assert_eq!(
        lengths(&function, function.entry(), Evidence::Checks),
        Need::Lengths(vec![(None, 20)])
    );
}
