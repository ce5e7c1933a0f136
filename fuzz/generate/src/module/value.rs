//! Values of a type that is wanted.

use std::fmt::Write as _;

use super::packet::{Assigned, ipv4, ipv6, likely, mac};
use super::scope::Scope;
use super::ty::{Type, U16, U32, U64, literal};
use super::{array, hold, kernel, library};

/// A value: perhaps a literal, which takes the type of its place.
pub(super) fn value(s: &mut Scope<'_, '_, '_>, ty: Type, depth: u32) -> String {
    if s.c.one_in(3) { plain(s, ty) } else { typed(s, ty, depth) }
}

/// A constant.
pub(super) fn alone(s: &mut Scope<'_, '_, '_>, ty: Type) -> String {
    let around = std::mem::take(&mut s.known);
    let (arrays, headers) = (std::mem::take(&mut s.arrays), std::mem::take(&mut s.headers));
    let constant = value(s, ty, 0);
    (s.known, s.arrays, s.headers) = (around, arrays, headers);
    constant
}

/// A value that has the type by itself.
pub(super) fn typed(s: &mut Scope<'_, '_, '_>, ty: Type, depth: u32) -> String {
    if depth == 0 || s.c.one_in(4) {
        return leaf(s, ty);
    }
    let depth = depth - 1;
    match s.c.below(10) {
        0 => {
            let (condition, yes, no) = (truth(s, depth), typed(s, ty, depth), typed(s, ty, depth));
            format!("(if {condition} {{ {yes} }} else {{ {no} }})")
        }
        1 => chosen(s, ty, depth),
        2 => called(s, ty, depth).unwrap_or_else(|| leaf(s, ty)),
        _ => match ty {
            Type::Int { bits, signed } => number(s, bits, signed, depth),
            Type::Bool => truth(s, depth),
            Type::V4 => format!("ipv4addr({})", typed(s, U32, depth)),
            Type::Struct(at) => made(s, at, depth),
            Type::V6 | Type::Mac | Type::Enum(_) => leaf(s, ty),
        },
    }
}

/// Without an operation.
fn leaf(s: &mut Scope<'_, '_, '_>, ty: Type) -> String {
    if s.c.one_in(6)
        && let Some(element) = array::element(s, ty)
    {
        return element;
    }
    if s.c.one_in(3)
        && let Some(field) = field(s, ty)
    {
        return field;
    }
    if !s.c.one_in(4)
        && let Some(known) = s.known_of(ty)
    {
        return known;
    }
    match ty {
        Type::Int { bits, signed } => {
            let name = ty.name();
            match s.some(|known| matches!(known.ty, Type::Int { .. })) {
                Some(other) if s.c.one_in(2) => format!("{name}({})", other.words),
                _ => format!("{name}({})", literal(s.c, bits, signed)),
            }
        }
        _ => plain(s, ty),
    }
}

/// Written down.
fn plain(s: &mut Scope<'_, '_, '_>, ty: Type) -> String {
    match ty {
        Type::Int { bits, signed } => likely(s.c, bits, signed),
        Type::Bool => s.c.pick(&["true", "false"]).to_owned(),
        Type::V4 => ipv4(s.c),
        Type::V6 => ipv6(s.c),
        Type::Mac => mac(s.c),
        Type::Enum(at) => {
            let variant = s.c.below(s.enums[at].len() as u32) as usize;
            format!("E{at}.{}", s.enums[at][variant])
        }
        Type::Struct(at) => made(s, at, 0),
    }
}

/// A field of a header that is there.
fn field(s: &mut Scope<'_, '_, '_>, ty: Type) -> Option<String> {
    let mut fitting = Vec::new();
    for (name, header) in &s.headers {
        let fields = s.protocol(*header).fields.iter();
        let fields = fields.filter(|field| field.1 == ty && field.2 != Assigned::IfThere);
        fitting.extend(fields.map(|field| format!("{name}.{}", field.0)));
    }
    if fitting.is_empty() {
        return None;
    }
    let at = s.c.below(fitting.len() as u32) as usize;
    Some(fitting.swap_remove(at))
}

fn number(s: &mut Scope<'_, '_, '_>, bits: u32, signed: bool, depth: u32) -> String {
    let ty = Type::Int { bits, signed };
    // Arithmetic is done in 32 and 64 bits.
    if !matches!(bits, 32 | 64) {
        let other = if s.c.one_in(3) { Type::number(s.c) } else { U32 };
        return format!("{}({})", ty.name(), typed(s, other, depth));
    }
    if !signed && s.c.one_in(8) {
        if bits == 64 && s.c.one_in(3) && !s.constant && !s.held {
            return kernel::asked(s);
        }
        if bits == 32 && s.c.one_in(3) {
            return array::word(s, depth);
        }
        if let Some(number) = library::number(s, bits, depth.min(1)) {
            return number;
        }
    }
    let left = typed(s, ty, depth);
    match s.c.below(12) {
        0 => format!("(-{left})"),
        1 => format!("(~{left})"),
        2 => {
            let count = s.c.below(bits);
            format!("({left} {} {count})", s.c.pick(&["<<", ">>"]))
        }
        3 => {
            let count = running(s);
            format!("({left} {} {count})", s.c.pick(&["<<", ">>"]))
        }
        4 => {
            let divisor = 1 + s.c.below(9);
            format!("({left} {} {divisor})", s.c.pick(&["/", "%"]))
        }
        5 => {
            let divisor = s.some(|known| known.ty == ty && known.assignable);
            let divisor = divisor.map_or_else(|| "3".to_owned(), |known| known.words);
            format!("({left} {} {divisor})", s.c.pick(&["/", "%"]))
        }
        _ => {
            let right = value(s, ty, depth);
            format!("({left} {} {right})", s.c.pick(&["+", "-", "*", "&", "|", "^"]))
        }
    }
}

/// A small number that only the running program knows.
fn running(s: &mut Scope<'_, '_, '_>) -> String {
    let known =
        s.some(|known| known.assignable && matches!(known.ty, Type::Int { signed: false, .. }));
    known.map_or_else(|| "2".to_owned(), |known| known.words)
}

pub(super) fn truth(s: &mut Scope<'_, '_, '_>, depth: u32) -> String {
    if depth == 0 {
        return compare(s, 0);
    }
    let depth = depth - 1;
    match s.c.below(12) {
        0 | 1 => format!("({} && {})", truth(s, depth), truth(s, depth)),
        2 | 3 => format!("({} || {})", truth(s, depth), truth(s, depth)),
        4 => format!("!{}", truth(s, depth)),
        5 => contained(s, depth),
        6 if s.in_program() && s.c.one_in(3) => hold::condition(s),
        6 if s.in_program() => {
            let within = s.headers.iter().find(|(_, at)| s.protocol(*at).name == "vxlan");
            if let Some((name, _)) = within {
                return format!("({name}.inner matches \"tcp and len > 60\")");
            }
            let filter = s.c.pick(&[
                "tcp port 80",
                "udp",
                "ip and not icmp",
                "host 10.0.0.1 or port 53",
                "len > 60",
                "ip[8] & 3 = 1",
                "ip6 or tcp[13] & 2 != 0",
            ]);
            format!("(pkt matches \"{filter}\")")
        }
        _ => compare(s, depth),
    }
}

fn compare(s: &mut Scope<'_, '_, '_>, depth: u32) -> String {
    let ty = Type::scalar(s.c);
    let (left, right) = (typed(s, ty, depth), value(s, ty, depth));
    match ty {
        Type::Int { .. } => {
            format!("({left} {} {right})", s.c.pick(&["==", "!=", "<", "<=", ">", ">="]))
        }
        Type::Bool if s.c.one_in(2) => left,
        _ => format!("({left} {} {right})", s.c.pick(&["==", "!="])),
    }
}

/// `x in …`.
fn contained(s: &mut Scope<'_, '_, '_>, depth: u32) -> String {
    let not = s.c.pick(&["", "!"]);
    match s.c.below(6) {
        3 => {
            let left = typed(s, Type::V6, depth);
            format!("({left} {not}in {{ 2001:db8::/32, ff00::/8, fe80::ff:fe00:1 }})")
        }
        4 if !s.sets.is_empty() => {
            let at = s.c.below(s.sets.len() as u32) as usize;
            let (name, of) = s.sets[at].clone();
            format!("({} {not}in {name})", typed(s, of, depth))
        }
        5 => {
            let (of, file) = s.c.pick(&[(Type::V4, "prefixes.txt"), (U16, "numbers.txt")]);
            format!("({} {not}in file \"{file}\")", typed(s, of, depth))
        }
        0 => {
            let ty = Type::V4;
            let left = typed(s, ty, depth);
            let count = 1 + s.c.below(9);
            let prefix = |s: &mut Scope<'_, '_, '_>| {
                let address = s.c.pick(crate::pool::V4);
                let length = 1 + s.c.below(32);
                let bits = u32::from_be_bytes(address) >> (32 - length) << (32 - length);
                format!("{}/{length}", std::net::Ipv4Addr::from(bits))
            };
            let all: Vec<String> = (0..count).map(|_| prefix(s)).collect();
            format!("({left} {not}in {{ {} }})", all.join(", "))
        }
        1 => {
            let bits = s.c.pick(&[8, 16, 32, 64]);
            let left = typed(s, Type::int(bits), depth);
            let low = s.c.below(200);
            let high = low + 1 + s.c.below(55);
            format!("({left} {not}in {low}{}{high})", s.c.pick(&["..", "..="]))
        }
        _ => {
            let bits = s.c.pick(&[8, 16, 32]);
            let left = typed(s, Type::int(bits), depth);
            let count = 1 + s.c.below(20);
            let all: Vec<String> = (0..count).map(|_| literal(s.c, bits, false)).collect();
            format!("({left} {not}in {{ {} }})", all.join(", "))
        }
    }
}

/// A struct.
fn made(s: &mut Scope<'_, '_, '_>, at: usize, depth: u32) -> String {
    let fields = s.structs[at].clone();
    let mut given = Vec::new();
    for (name, ty) in fields {
        if matches!(ty, Type::Enum(_) | Type::Struct(_)) || !s.c.one_in(4) {
            given.push(format!("{name} = {}", value(s, ty, depth.min(1))));
        }
    }
    format!("S{at}({})", given.join(", "))
}

/// `match` as a value.
fn chosen(s: &mut Scope<'_, '_, '_>, ty: Type, depth: u32) -> String {
    if !s.enums.is_empty() && s.c.one_in(2) {
        let at = s.c.below(s.enums.len() as u32) as usize;
        let what = typed(s, Type::Enum(at), depth);
        let variants = s.enums[at].clone();
        let kept = s.c.below(variants.len() as u32 + 1) as usize;
        let mut arms = String::new();
        for variant in &variants[..kept] {
            let _ = write!(arms, "E{at}.{variant} => {}, ", typed(s, ty, depth));
        }
        if kept < variants.len() || s.c.one_in(2) {
            let _ = write!(arms, "_ => {}, ", typed(s, ty, depth));
        }
        return format!("(match {what} {{ {arms}}})");
    }
    let what = typed(s, U64, depth);
    let mut arms = String::new();
    let mut low = 0;
    for _ in 0..=s.c.below(4) {
        low += 1 + s.c.below(30);
        let pattern = match s.c.below(3) {
            0 => format!("{low}"),
            1 => format!("{low} | {}", low + 1),
            _ => format!("{low}..={}", low + 9),
        };
        low += 10;
        let guard = if s.c.one_in(4) { format!(" if {}", truth(s, 0)) } else { String::new() };
        let _ = write!(arms, "{pattern}{guard} => {}, ", typed(s, ty, depth));
    }
    let _ = write!(arms, "_ => {}", typed(s, ty, depth));
    format!("(match {what} {{ {arms} }})")
}

/// The result of a function.
fn called(s: &mut Scope<'_, '_, '_>, ty: Type, depth: u32) -> Option<String> {
    let fitting: Vec<_> = s
        .functions
        .iter()
        .filter(|function| function.result == ty && (!function.absent || s.may_leave()))
        .cloned()
        .collect();
    if fitting.is_empty() || s.rounds > 1 {
        return None;
    }
    let function = fitting[s.c.below(fitting.len() as u32) as usize].clone();
    let given: Vec<String> = function.params.iter().map(|ty| value(s, *ty, depth)).collect();
    let absent = if function.absent { "?" } else { "" };
    Some(format!("{}({}){absent}", function.name, given.join(", ")))
}
