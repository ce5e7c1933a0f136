//! What a module declares.

use std::fmt::Write as _;

use super::scope::{Function, Inside, Kind, Map, Scope};
use super::statement::statements;
use super::ty::{Type, U32};
use super::value::{alone, value};
use super::{array, hold, library};

pub(super) fn declarations(s: &mut Scope<'_, '_, '_>, size: u32) -> String {
    let mut text = String::new();
    // Small programs are about one thing.
    let of = |s: &mut Scope<'_, '_, '_>, most: u32| s.c.below(most.min(size / 2 + 1) + 1);
    for _ in 0..of(s, 2) {
        text += &enumeration(s);
    }
    for _ in 0..of(s, 3) {
        text += &structure(s);
    }
    for _ in 0..of(s, 3) {
        text += &constant(s);
    }
    for _ in 0..of(s, 2) {
        text += &array::declared(s);
    }
    for _ in 0..of(s, 2) {
        text += &library::set(s);
    }
    for _ in 0..of(s, 2) {
        text += &library::protocol(s);
    }
    for _ in 0..of(s, 4) {
        text += &variable(s);
    }
    for _ in 0..of(s, 3) {
        text += &map(s);
    }
    for _ in 0..of(s, 2) {
        text += &hold::declared(s);
    }
    for _ in 0..of(s, 1) {
        text += &library::constant(s);
    }
    for _ in 0..of(s, 2) {
        text += &library::function(s);
    }
    for _ in 0..of(s, 3) {
        text += &function(s, size);
    }
    for _ in 0..of(s, 1) {
        text += &finder(s);
    }
    for _ in 0..of(s, 2) {
        text += &judge(s, size);
    }
    text
}

/// A function that is given the packet, and may say what becomes of it.
fn judge(s: &mut Scope<'_, '_, '_>, size: u32) -> String {
    let name = s.fresh("j");
    let (mark, inside) = (s.mark(), s.inside);
    s.enter_program();
    let count = 1 + s.c.below(size.min(6));
    let body = statements(s, count, 1);
    s.headers.clear();
    s.leave(mark);
    s.inside = inside;
    let of = match s.on.hook {
        "socket" => "skb",
        hook => s.c.pick(&["packets", hook]),
    };
    s.judges.push(name.clone());
    format!("fn {name}(pkt: {of}) -> verdict? {{\n{body}    none\n}}\n")
}

/// A function that looks for a socket.
fn finder(s: &mut Scope<'_, '_, '_>) -> String {
    if !s.on.is(&["xdp", "tc", "cgroup_skb"]) {
        return String::new();
    }
    let name = s.fresh("k");
    let protocol = s.c.pick(&["tcp", "udp"]);
    // No namespace has this number, so that nobody has such a socket.
    let space = if s.compared { ", netns = 4242" } else { "" };
    let found = format!("lookup_{protocol}(a, 10.0.0.2, b, 5{space})");
    let body = match s.c.below(4) {
        0 => found,
        1 => format!("let sk = {found}?; if sk.mark == 5 {{ return none; }} sk"),
        2 => format!("let sk = {found} else {{ return none; }}; if b > 9 {{ return sk; }} {found}"),
        _ => format!(
            "let first = {found}?; let sk = {found}?; if b == 7 {{ return first; }} return sk;"
        ),
    };
    s.finders.push(name.clone());
    format!("fn {name}(a: ipv4addr, b: u16) -> socket? {{ {body} }}\n")
}

/// The type of a field, element or variable.
pub(super) fn stored(s: &mut Scope<'_, '_, '_>) -> Type {
    match s.c.below(6) {
        0 if !s.enums.is_empty() => Type::Enum(s.c.below(s.enums.len() as u32) as usize),
        1 if !s.structs.is_empty() => Type::Struct(s.c.below(s.structs.len() as u32) as usize),
        _ => Type::scalar(s.c),
    }
}

fn enumeration(s: &mut Scope<'_, '_, '_>) -> String {
    let at = s.enums.len();
    let variants: Vec<String> = (0..=s.c.below(5)).map(|_| s.fresh("v")).collect();
    let mut next = 0;
    let mut written = Vec::new();
    for variant in &variants {
        if s.c.one_in(3) {
            next += s.c.below(20);
            written.push(format!("{variant} = {next}"));
        } else {
            written.push(variant.clone());
        }
        next += 1;
    }
    s.enums.push(variants);
    format!("enum E{at}: {} {{ {} }}\n", s.c.pick(&["u8", "u16", "u32"]), written.join(", "))
}

fn structure(s: &mut Scope<'_, '_, '_>) -> String {
    let at = s.structs.len();
    let mut fields = Vec::new();
    for _ in 0..=s.c.below(5) {
        let ty = stored(s);
        fields.push((s.fresh("f"), ty));
    }
    let written: Vec<String> = fields
        .iter()
        .map(|(name, ty)| format!("{name}: {}{}", ty.name(), default(s, *ty)))
        .collect();
    s.structs.push(fields);
    format!("struct S{at} {{ {} }}\n", written.join(", "))
}

/// What a field has that is not named.
fn default(s: &mut Scope<'_, '_, '_>, ty: Type) -> String {
    if matches!(ty, Type::Enum(_) | Type::Struct(_)) || !s.c.one_in(5) {
        return String::new();
    }
    format!(" = {}", alone(s, ty))
}

fn constant(s: &mut Scope<'_, '_, '_>) -> String {
    let ty = Type::scalar(s.c);
    let name = s.fresh("C");
    let text = format!("const {name}: {} = {};\n", ty.name(), value(s, ty, 0));
    s.declare(name, ty, false, false);
    text
}

fn variable(s: &mut Scope<'_, '_, '_>) -> String {
    let ty = stored(s);
    let name = s.fresh("g");
    let first = alone(s, ty);
    let set = if s.c.one_in(2) { format!(" = {first}") } else { String::new() };
    if s.c.one_in(4) && !matches!(ty, Type::Struct(_)) {
        let text = format!("param {name}: {} = {first};\n", ty.name());
        s.declare(name, ty, false, false);
        return text;
    }
    s.declare(name.clone(), ty, true, true);
    format!("var {name}: {}{set};\n", ty.name())
}

fn map(s: &mut Scope<'_, '_, '_>) -> String {
    let name = s.fresh("m");
    let value = stored(s);
    let written = value.name();
    let (kind, key, ty) = match s.c.below(7) {
        0 | 1 => {
            let entries = 1 + s.c.below(5);
            let begins = match s.c.below(6) {
                0 => format!(" = [{}]", alone(s, value)),
                1 => format!(" = {{ 0 => {} }}", alone(s, value)),
                _ => String::new(),
            };
            (Kind::Array, U32, format!("array<{written}>(max_entries = {entries}){begins}"))
        }
        2 | 3 => {
            let key = stored(s);
            let entries = s.c.pick(&[1, 3, 64]);
            let begins = if s.c.one_in(4) {
                format!(" = {{ {} => {} }}", alone(s, key), alone(s, value))
            } else {
                String::new()
            };
            let kind = format!("hash<{}, {written}>(max_entries = {entries}){begins}", key.name());
            (Kind::Hash, key, kind)
        }
        4 => {
            let kind = s.c.pick(&["queue", "stack"]);
            let entries = 1 + s.c.below(4);
            (Kind::Queue, U32, format!("{kind}<{written}>(max_entries = {entries})"))
        }
        5 => (Kind::Trie, Type::V4, format!("lpm_trie<ipv4prefix, {written}>(max_entries = 16)")),
        _ => (Kind::Ring, U32, format!("ringbuf<{written}>(4KiB)")),
    };
    s.maps.push(Map { name: name.clone(), kind, key, value });
    format!("map {name}: {ty};\n")
}

fn function(s: &mut Scope<'_, '_, '_>, size: u32) -> String {
    let name = s.fresh("h");
    let params: Vec<Type> = (0..s.c.below(4)).map(|_| stored(s)).collect();
    let result = stored(s);
    let absent = s.c.one_in(3);
    let mark = s.mark();
    let mut written = Vec::new();
    for ty in &params {
        let param = s.fresh("a");
        written.push(format!("{param}: {}", ty.name()));
        s.declare(param, *ty, false, false);
    }
    s.inside = Inside::Function { result, absent };
    let count = s.c.below(size.min(6));
    let mut body = statements(s, count, 1);
    let _ = writeln!(body, "    {}", value(s, result, 2));
    s.leave(mark);
    let optional = if absent { "?" } else { "" };
    let text =
        format!("fn {name}({}) -> {}{optional} {{\n{body}}}\n", written.join(", "), result.name());
    s.functions.push(Function { name, params, result, absent });
    text
}
