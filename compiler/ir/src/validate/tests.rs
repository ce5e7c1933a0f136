//! One function for each fault, and some without.

mod state;

use std::sync::Arc;

use cranelift_entity::EntityRef;
use nbpfc_source::{File, Span};

use super::{validate, validate_function};
use crate::entity::{Block, Inst, Table, Value};
use crate::fault::{Problem, User};
use crate::function::{Function, Module};
use crate::instruction::Instruction;
use crate::types::Type;

fn function(body: &str) -> Function {
    let text = format!("func @f {{\n{body}\n}}");
    text.parse().unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

fn problems(function: &Function) -> Vec<Problem> {
    validate_function(function).err().unwrap_or_default()
}

fn b(index: u32) -> Block {
    Block::from_u32(index)
}

fn v(index: u32) -> Value {
    Value::from_u32(index)
}

fn i(index: u32) -> Inst {
    Inst::from_u32(index)
}

fn user(index: u32) -> User {
    User::Inst(i(index))
}

fn end(index: u32) -> User {
    User::End(b(index))
}

#[test]
fn valid_functions() {
    let cases = [
        "b0: v0 = const.i32 0xffffffff ret v0",
        "b0: v0 = const.i64 0xffffffffffffffff v1 = truncate v0 v2 = extend v1
             v3 = bswap64 v2 v4 = bswap16 v1 v5 = bswap32 v4 v6 = neg v3 ret v5",
        // The last byte of a window.
        "b0: v0 = const.i32 0 check 0, 14 -> b1 else b2
         b1(v1: view): v2 = load.u8 v1 + 13 v3 = load.u64 v1 + 6 ret v2
         b2: ret v0",
        // The layout need not follow dominance.
        "b0: v0 = const.i32 0 jump b2 b1: ret v1 b2: v1 = add v0, v0 jump b1",
        // A view is at hand wherever its check has held.
        "b0: v0 = const.i32 9 check v0, 2 -> b1 else b4(v0)
         b1(v1: view): br gt v0, v0 -> b2 else b3
         b2: v2 = load.u16 v1 + 0 jump b4(v2)
         b3: v3 = load.u8 v1 + 1 jump b4(v3)
         b4(v4: i32): ret v4",
        // A loop.
        "b0: v0 = const.i32 9 jump b1(v0)
         b1(v1: i32): v2 = sub v1, v0 br eq v1, v2 -> b2 else b1(v2)
         b2: ret v1",
    ];
    for case in cases {
        assert_eq!(problems(&function(case)), [], "in {case}");
    }
}

#[test]
fn each_fault_is_found_in_text() {
    use Problem::*;
    let cases = [
        ("", NoBlocks),
        ("b0:", Unfinished(b(0))),
        ("b0: v0 = const.i32 0 ret v0 b1: ret v0", Unreachable(b(1))),
        ("b0(v0: i32): ret v0", EntryParameters),
        ("b0: jump b0", EntryTarget(b(0))),
        ("b0: v0 = add v0, v0 ret v0", NotDominated { user: user(0), value: v(0) }),
        (
            "b0: v0 = add v1, v1 v1 = const.i32 0 ret v0",
            NotDominated { user: user(0), value: v(1) },
        ),
        (
            "b0: v0 = const.i32 0 br eq v0, v0 -> b1 else b2
             b1: v1 = neg v0 jump b2
             b2: ret v1",
            NotDominated { user: end(2), value: v(1) },
        ),
        (
            "b0: v0 = const.i32 0 check 0, 1 -> b1 else b2
             b1(v1: view): jump b2
             b2: v2 = load.u8 v1 + 0 ret v2",
            NotDominated { user: user(1), value: v(1) },
        ),
        (
            "b0: v0 = const.i32 0 v1 = const.i64 0 v2 = add v0, v1 ret v2",
            OperandType { user: user(2), value: v(1) },
        ),
        ("b0: v0 = const.i32 0 v1 = bswap64 v0 ret v0", operand(v(0))),
        ("b0: v0 = const.i64 0 v1 = bswap16 v0 v2 = truncate v0 ret v2", operand(v(0))),
        ("b0: v0 = const.i64 0 v1 = bswap32 v0 v2 = truncate v0 ret v2", operand(v(0))),
        ("b0: v0 = const.i64 0 v1 = extend v0 v2 = truncate v0 ret v2", operand(v(0))),
        ("b0: v0 = const.i32 0 v1 = truncate v0 ret v0", operand(v(0))),
        ("b0: v0 = const.i32 0 v1 = load.u8 v0 + 0 ret v1", operand(v(0))),
        ("b0: v0 = const.i64 0 ret v0", OperandType { user: end(0), value: v(0) }),
        (
            "b0: v0 = const.i64 0 v1 = const.i32 0 check v0, 1 -> b1 else b2
             b1(v2: view): ret v1
             b2: ret v1",
            OperandType { user: end(0), value: v(0) },
        ),
        (
            "b0: v0 = const.i64 0 v1 = const.i32 0 br lt v0, v1 -> b1 else b1
             b1: ret v1",
            OperandType { user: end(0), value: v(1) },
        ),
        ("b0: v0 = const.i32 0x100000000 ret v0", Constant(i(0))),
        ("b0: v0 = const.view 0 v1 = const.i32 0 ret v1", Constant(i(0))),
        (
            "b0: v0 = const.i32 0 jump b1 b1(v1: i32): ret v1",
            ArgumentCount { block: b(0), target: b(1) },
        ),
        (
            "b0: v0 = const.i32 0 jump b1(v0) b1: ret v0",
            ArgumentCount { block: b(0), target: b(1) },
        ),
        (
            "b0: v0 = const.i32 0 v1 = const.i64 0 jump b1(v0, v1)
             b1(v2: i32, v3: i32): ret v2",
            ArgumentType { block: b(0), target: b(1), index: 1 },
        ),
        (
            "b0: v0 = const.i32 0 check 0, 0 -> b1 else b2 b1(v1: view): ret v0 b2: ret v0",
            EmptyWindow(b(0)),
        ),
        ("b0: v0 = const.i32 0 check 0, 1 -> b1 else b2 b1: ret v0 b2: ret v0", OkParameters(b(1))),
        (
            "b0: v0 = const.i32 0 check 0, 1 -> b1 else b2 b1(v1: i32): ret v1 b2: ret v0",
            OkParameters(b(1)),
        ),
        (
            "b0: v0 = const.i32 0 check 0, 1 -> b1 else b2
             b1(v1: view): check 0, 1 -> b3 else b2
             b3(v2: view): jump b4(v2)
             b4(v3: view): ret v0
             b2: ret v0",
            EvidenceParameter { block: b(4), index: 0 },
        ),
        (
            "b0: v0 = const.i32 0 check 0, 1 -> b1 else b2
             b1(v1: view): check 0, 1 -> b3 else b2
             b3(v2: view): jump b1(v2)
             b2: ret v0",
            OkShared(b(1)),
        ),
        ("table t0 { 0 } b0: v0 = const.i64 0 v1 = table.u8 t0, v0 ret v1", operand(v(0))),
        (
            "table t0 { 0 } b0: v0 = const.i32 0 v1 = table.u8 t1, v0 ret v1",
            UnknownTable { inst: i(1), table: Table::from_u32(1) },
        ),
        (
            "b0: v0 = const.i32 0 check 0, 4 -> b1 else b2
             b1(v1: view): v2 = load.u16 v1 + 3 ret v2 b2: ret v0",
            OutsideWindow { inst: i(1), length: 4 },
        ),
        (
            "b0: v0 = const.i32 0 check 0, 4294967295 -> b1 else b2
             b1(v1: view): v2 = load.u16 v1 + 4294967295 ret v2 b2: ret v0",
            OutsideWindow { inst: i(1), length: u32::MAX },
        ),
    ];
    for (case, expected) in cases {
        assert_eq!(problems(&function(case)), [expected], "in {case}");
    }
}

fn operand(value: Value) -> Problem {
    Problem::OperandType { user: user(1), value }
}

#[test]
fn views_are_no_numbers() {
    let case = "b0: v0 = const.i32 0 check 0, 1 -> b1 else b3
                b1(v1: view): v2 = add v1, v1 v3 = neg v1 br eq v1, v1 -> b2(v1) else b2(v0)
                b2(v4: i32): ret v4
                b3: ret v0";
    assert_eq!(
        problems(&function(case)),
        [
            Problem::OperandType { user: user(1), value: v(1) },
            Problem::OperandType { user: user(2), value: v(1) },
            Problem::OperandType { user: end(1), value: v(1) },
            Problem::ArgumentType { block: b(1), target: b(2), index: 0 },
        ]
    );
}

#[test]
fn a_block_behind_both_sides_of_a_check_is_shared() {
    let case = "b0: v0 = const.i32 0 check 0, 1 -> b1 else b1(v0) b1(v1: view): ret v0";
    assert!(problems(&function(case)).contains(&Problem::OkShared(b(1))));
}

/// What no text says: functions that were changed.
#[test]
fn each_fault_of_a_changed_function_is_found() {
    type Change = fn(&mut Function);
    let valid = "b0: v0 = const.i32 1 v1 = add v0, v0 jump b1(v1) b1(v2: i32): ret v2";
    let cases: [(Change, Problem); 10] = [
        (|f| f.name = "a b".into(), Problem::Name),
        (|f| f.name = String::new(), Problem::Name),
        (|f| f.layout.push(b(7)), Problem::UnknownBlock(b(7))),
        (|f| f.layout.push(b(1)), Problem::RepeatedBlock(b(1))),
        (|f| f.layout.truncate(1), Problem::OutsideLayout { block: b(0), target: b(1) }),
        (
            |f| f.block_mut(b(1)).insts.push(i(99)),
            Problem::UnknownInst { block: b(1), inst: i(99) },
        ),
        (|f| f.block_mut(b(1)).insts.push(i(1)), Problem::PlacedTwice(i(1))),
        (
            |f| f.block_mut(b(1)).params[0] = v(0),
            Problem::ParameterDefinition { block: b(1), index: 0 },
        ),
        (|f| f.block_mut(b(0)).insts.truncate(1), Problem::Undefined { user: end(0), value: v(1) }),
        (|f| *f.inst_mut(i(0)) = Instruction::Const(Type::I64, 1), Problem::ResultDefinition(i(0))),
    ];
    for (change, expected) in cases {
        let mut function = function(valid);
        assert_eq!(problems(&function), []);
        change(&mut function);
        assert_eq!(problems(&function)[..1], [expected]);
    }
}

#[test]
fn foreign_numbers_are_faults_and_do_not_panic() {
    let mut function = function("b0: v0 = const.i32 1 ret v0");
    function.append(b(0), Instruction::Const(Type::I32, 0), Span::default());
    function.block_mut(b(0)).params.push(Value::new(1 << 30));
    assert_eq!(problems(&function), [Problem::ParameterDefinition { block: b(0), index: 0 }]);
}

#[test]
fn faults_name_their_function() {
    let source = Arc::new(File::new("", ""));
    let text = "func @a { b0: v0 = const.i32 1 ret v0 } func @b { b0: jump b0 }";
    let module = Module::parse(text, source).expect("readable");
    let faults = validate(&module).expect_err("a fault");
    assert_eq!(faults.len(), 1);
    assert_eq!(faults[0].to_string(), "@b: b0 leads back to the entry: `jump b0`");
    let valid = Module { functions: module.functions[..1].to_vec(), ..module };
    assert_eq!(validate(&valid).expect("valid").module().functions.len(), 1);
}
