//! The text form, there and back.

use std::sync::Arc;

use nbpfc_source::File;

use crate::entity::Value;
use crate::function::{Function, Module};
use crate::types::Type;
use crate::validate::validate_function;

const FILTER: &str = "\
func @filter {
  table t0 { 0x1 0x0 }
  table t1 {
    0x0 0x0 0x0 0xffffffffffffffff 0x0 0x0 0x0 0x0
    0x1 0x0 0x0 0x0 0x0 0x0 0x0 0x2
  }
b0:
  check 0, 34 -> b1 else b9
b1(v0: view):
  v1 = load.u16 v0 + 12
  v2 = const.i32 0x8
  br eq v1, v2 -> b2 else b9
b2:
  v3 = meta.length
  v4 = extend v3
  v17 = bswap16 v1
  v6 = add v17, v3
  check v6, 4 -> b3 else b9
b3(v5: view):
  v7 = load.u64 v5 + 0
  v8 = bswap64 v7
  v10 = xor v8, v4
  v11 = truncate v10
  v9 = neg v11
  br set v9, v2 -> b4(v9, v8) else b4(v11, v4)
b4(v13: i32, v12: i64):
  v19 = table.u64 t1, v13
  v18 = table.u16 t0, v13
  jump b5(v13)
b5(v14: i32):
  ret v14
b9:
  v15 = meta.packet_type
  v16 = meta.interface
  ret v16
}
";

fn function(text: &str) -> Function {
    text.parse().unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

#[test]
fn canonical_text_is_printed_as_it_was() {
    assert_eq!(function(FILTER).to_string(), FILTER);
    for text in ["func @f {\n}\n", "func @f {\nb0:\n}\n", "func @f {\nb7:\n  jump b7\n}\n"] {
        assert_eq!(function(text).to_string(), text);
    }
}

/// The examples in the documentation, without their right column.
#[test]
fn the_documented_form_is_the_one_that_is_read() {
    let mut examples = 0;
    let source = include_str!("../print.rs");
    let documentation: Vec<&str> = source
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    let documentation = documentation.join("\n");
    for example in documentation.split("```text\n").skip(1) {
        let example = example.split("```").next().unwrap_or_default();
        let lines: Vec<&str> = example
            .lines()
            .map(|line| {
                let indent = line.len() - line.trim_start().len();
                let end = line[indent..].find("    ").map_or(line.len(), |at| indent + at);
                line[..end].trim_end()
            })
            .collect();
        let text = lines.join("\n");
        let module = Module::parse(&text, Arc::new(File::new("", "")));
        let module = module.unwrap_or_else(|error| panic!("{error} in\n{text}"));
        for function in &module.functions {
            assert_eq!(validate_function(function), Ok(()), "{text}");
        }
        let printed = module.maps.iter().map(|(map, data)| format!("map {map} {data}\n"));
        let functions = module.functions.iter().map(|f| f.print().spans().to_string());
        let printed: String = printed.chain(functions).collect();
        assert_eq!(printed.lines().collect::<Vec<_>>(), lines);
        examples += 1;
    }
    assert_eq!(examples, 2);
}

#[test]
fn spans_are_read_back() {
    let text = "\
func @f {
b0:
  v0 = const.i32 0x1  ; 0..3
  v1 = add v0, v0  ; 4..7
  v2 = add v1, v1
  ret v2  ; 0..7
}
";
    let function = function(text);
    assert_eq!(function.print().spans().to_string(), text);
    let source = File::new("<expression>", "tcp\n9..");
    let with_source = function.print().spans().source(&source).to_string();
    assert_eq!(
        with_source,
        "\
func @f {
b0:
  ; 1:1 tcp
  v0 = const.i32 0x1  ; 0..3
  ; 2:1 9..
  v1 = add v0, v0  ; 4..7
  v2 = add v1, v1
  ; 1:1 tcp
  ret v2  ; 0..7
}
"
    );
    let again: Function = with_source.parse().expect("readable");
    assert_eq!(again.print().spans().to_string(), text);
}

#[test]
fn layout_is_free() {
    let text = "; a comment\nfunc @f{b0:v9=const.i32 9 ; 1..2 3\njump b2 b2:ret v9}";
    let printed = "func @f {\nb0:\n  v9 = const.i32 0x9\n  jump b2\nb2:\n  ret v9\n}\n";
    assert_eq!(function(text).to_string(), printed);
}

#[test]
fn modules_hold_several_functions() {
    let text = "func @a {\nb0:\n}\n\nfunc @b {\nb0:\n}\n";
    let module = Module::parse(text, Arc::new(File::new("", ""))).expect("readable");
    assert_eq!(module.functions.len(), 2);
    assert_eq!(module.to_string(), text);
}

#[test]
fn types_follow_operands_wherever_they_are() {
    let text = "\
func @f {
b0:
  jump b2
b1:
  v0 = add v1, v1
  v9 = add v9, v9
  ret v0
b2:
  v1 = neg v3
  v3 = const.i64 0x1
  jump b1
}
";
    let function = function(text);
    for index in [0, 1, 3] {
        assert_eq!(function.ty(Value::from_u32(index)), Type::I64);
    }
}

#[test]
fn compact_renumbers_in_layout_order() {
    let text = "\
func @f {
b3:
  v9 = const.i32 0x1  ; 1..2
  br eq v9, v9 -> b1(v9) else b7
b5:
  ret v9
b1(v4: i32):
  ret v4
b7:
  v5 = const.i32 0x0
  check v9, 1 -> b2 else b1(v5)
b2(v0: view):
  v1 = load.u8 v0 + 0
  ret v1
}
";
    let compact = "\
func @f {
b0:
  v0 = const.i32 0x1  ; 1..2
  br eq v0, v0 -> b1(v0) else b2
b1(v1: i32):
  ret v1
b2:
  v2 = const.i32 0x0
  check v0, 1 -> b3 else b1(v2)
b3(v3: view):
  v4 = load.u8 v3 + 0
  ret v4
}
";
    let function = function(text);
    assert_eq!(function.compact().print().spans().to_string(), compact);
    assert_eq!(function.compact().value_count(), 5);
    assert_eq!(function.compact().block_count(), 4);
}

#[test]
fn errors_name_their_place() {
    let body = |line: &str| format!("func @f {{\nb0:\n  {line}\n}}\n");
    let cases = [
        (String::new(), "1:1: expected `func`"),
        ("func f".into(), "1:6: expected `@`"),
        ("func @f { } x".into(), "1:13: expected the end"),
        ("func @f {\nx0:".into(), "2:1: expected a block or `}`"),
        ("func @f {\nb00:".into(), "2:1: expected a block or `}`"),
        ("func @f {\nb1048576:".into(), "2:1: numbers of names are below 1048576"),
        ("func @f {\nb0(v0)".into(), "2:6: expected `:`"),
        ("func @f {\nb0(v0: i8)".into(), "2:8: there is no type `i8`"),
        ("func @f {\nb0(v0: i32, v0: i32):".into(), "2:13: v0 is defined twice"),
        ("func @f {\nb0:\nb0:\n}".into(), "3:1: b0 is defined twice"),
        (body("v0 = frob v0"), "3:8: there is no instruction `frob`"),
        (body("v0 = load.u7 v0 + 0"), "3:8: there is no instruction `load.u7`"),
        (body("v0 = meta.mark"), "3:8: there is no instruction `meta.mark`"),
        (body("v0 = const.i32 x"), "3:18: expected a number"),
        (body("v0 = const.i32 0x1g"), "3:18: `0x1g` is not a 64-bit number"),
        (body("v0 = const.i64 18446744073709551616"), "3:18: `18446744073709551616` is not a"),
        (body("v0 = add v1, v2"), "3:12: v1 is not defined"),
        (body("v0 = const.i32 1\n  v0 = const.i32 2"), "4:6: v0 is defined twice"),
        (body("jump b1"), "3:8: b1 is not defined"),
        (body("br near v0, v0 -> b0 else b0"), "3:6: expected a comparison"),
        (body("check 1, 2 -> b0 else b0"), "3:9: expected a value"),
        (body("check 0, 4294967296 -> b0 else b0"), "3:12: a length does not fit 32 bits"),
        (body("load.u8"), "3:3: expected an instruction or the end of the block"),
        (body("ret ü"), "3:7: unexpected character 'ü'"),
    ];
    for (text, expected) in cases {
        let error = text.parse::<Function>().expect_err(&text).to_string();
        assert!(error.starts_with(expected), "{error:?} is not {expected:?}");
    }
}

#[test]
fn no_text_makes_it_panic() {
    for end in 0..FILTER.len() {
        let _ = FILTER[..end].parse::<Function>();
        let mut damaged = FILTER.to_owned();
        damaged.remove(end);
        let _ = damaged.parse::<Function>();
        damaged.insert(end, 'ß');
        let _ = damaged.parse::<Function>();
    }
}
