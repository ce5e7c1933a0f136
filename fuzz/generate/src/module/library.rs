//! What a module has from elsewhere, and functions that are more than their text: of several types, of headers,
//! bytes and maps, and those that the compiler runs.

use std::fmt::Write as _;

use super::packet::{Assigned, Field, Header};
use super::scope::{Function, Inside, Kind, Scope};
use super::statement::{assignment, some_map, statements};
use super::ty::{Type, U8, U16, U32, U64};
use super::value::{alone, typed, value};

/// The files that lie beside modules, by their names.
pub const FILES: &[(&str, &str)] = &[
    ("prefixes.txt", "10.0.0.0/8\n192.168.1.1 # one\n224.0.0.0/4\n"),
    ("numbers.txt", "0\n22\n53\n80\n443\n4789\n60000\n"),
    (
        "more.nbp",
        "enum Mood: u8 { calm, wild = 7 }
struct Span { low: u32, high: u32 = 200 }
const LIMIT: u32 = 77;
map counts: array<u64>(max_entries = 4);
fn choose(a: u32, b: u32 = 9) -> u32 { if a > b { a } else { b } }
",
    ),
];

/// Which of the things of this page a module has.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each may be there by itself")]
pub(super) struct Has {
    /// The module `more`.
    more: bool,
    /// Functions of several types.
    generic: bool,
    /// A helper of the module's own.
    now: bool,
    /// The library's module `sliding_window`.
    window: bool,
}

/// What stands at a module's begin.
pub(super) fn begins(s: &mut Scope<'_, '_, '_>) -> String {
    let mut text = String::new();
    if s.c.one_in(4) {
        text += s.c.pick(&["license \"GPL\";\n", "license \"Dual MIT/GPL\";\n"]);
    }
    if s.c.one_in(4) {
        s.has.more = true;
        text += "use more;\nuse more.choose as chosen;\n";
    }
    if s.c.one_in(6) {
        text += "extern fn now() -> u64 from \"ktime_get_ns\";\n";
        s.has.now = true;
    }
    if !s.compared && !s.on.is(&["socket"]) && s.c.one_in(2) {
        s.has.window = true;
        text += "use sliding_window;\nmap windows: hash<u32, sliding_window.Window>(max_entries = 16);\n";
    }
    if s.c.one_in(3) {
        s.has.generic = true;
        text += "fn larger<T>(a: T, b: T) -> T { if a > b { a } else { b } }
fn mixed<T, N>(all: [T; N], first: T, turned: bool = false) -> T {
    let mut sum = first;
    for one in all { sum ^= one; }
    if turned { first } else { sum }
}
";
    }
    text
}

/// A header of the module's own, behind UDP or IPv4.
pub(super) fn protocol(s: &mut Scope<'_, '_, '_>) -> String {
    let name = ["shim", "capsule"][s.own.len()];
    let mut fields: Vec<Field> = Vec::new();
    let length = s.c.below(4);
    let sum = (1..3).contains(&length) && s.c.one_in(2);
    let mut text = if sum { "checksum: u16, ".to_owned() } else { String::new() };
    let mut bits = if sum { 16 } else { 0 };
    for field in ["a", "b", "c", "d"] {
        let ty = if s.c.one_in(3) { Type::Bool } else { Type::int(1 + s.c.below(30)) };
        let Type::Int { bits: width, .. } = ty else {
            let _ = write!(text, "{field}: bool, ");
            bits += 1;
            fields.push((field, ty, Assigned::Freely));
            continue;
        };
        let _ = write!(text, "{field}: u{width}, ");
        bits += width;
        fields.push((field, ty, Assigned::Freely));
    }
    if bits % 8 != 0 {
        let _ = write!(text, "rest: u{}, ", 8 - bits % 8);
    }
    let mut bytes = bits.div_ceil(8) + 1;
    if s.c.one_in(3) {
        let (of, count) = (s.c.pick(&[U8, U16, Type::int(24), Type::int(4), Type::Mac]), 4);
        let _ = write!(text, "list: [{}; {count}], ", of.name());
        bytes += count * of.wire_bits() / 8;
        s.lists.push((name, of, count));
    }
    let _ = write!(text, "kind: u8 = 6, ");
    let length = match length {
        0 => {
            let _ = write!(text, "extra: u16 if kind == 17, ");
            s.extra = Some(name);
            if s.c.one_in(2) {
                text += "late: u4, last: u12, ";
                fields.push(("late", Type::int(4), Assigned::Freely));
                fields.push(("last", Type::int(12), Assigned::Freely));
            }
            fields.push(("extra", U16, Assigned::IfThere));
            fields.push(("kind", U8, Assigned::Freely));
            String::new()
        }
        1 => format!("length {bytes}\n"),
        3 => {
            text += "data: [u8],";
            String::new()
        }
        _ => format!("length u16(kind) * 4 + {bytes} in {bytes}..=64\n"),
    };
    let after = match s.own.len() {
        0 => "after udp if dst_port == 53",
        _ => "after ipv4 if protocol == 59 || protocol == 103",
    };
    let next = s.c.pick(&[
        "next kind { 6 => tcp, 17 | 18 => udp }",
        "next kind if kind != 0 { 4 => ipv4, 41 => ipv6 }",
        "next kind as ipv6",
        "next => tcp",
        "",
    ]);
    let next = if text.ends_with("data: [u8],") { "" } else { next };
    let limit = if next.is_empty() { "" } else { "limit 2\n" };
    let sum = if sum { "checksum internet(self)\n" } else { "" };
    s.own.push(Header { name, link: false, fields: fields.into() });
    format!(
        "header {name} {{\n    {text}\n    {length}    {limit}    {sum}    {after}\n    {next}\n}}\n"
    )
}

/// A function of numbers alone, and a constant that the compiler computes with it.
pub(super) fn constant(s: &mut Scope<'_, '_, '_>) -> String {
    let (name, constant) = (s.fresh("k"), s.fresh("K"));
    let params = [U32, U64];
    let result = Type::number(s.c);
    let known = std::mem::take(&mut s.known);
    let (maps, functions) = (std::mem::take(&mut s.maps), std::mem::take(&mut s.functions));
    let arrays = std::mem::take(&mut s.arrays);
    let has = std::mem::take(&mut s.has);
    s.constant = true;
    s.inside = Inside::Function { result, absent: false };
    s.declare("a".into(), params[0], false, false);
    s.declare("b".into(), params[1], false, false);
    let count = s.c.below(5);
    let mut body = statements(s, count, 1);
    let _ = writeln!(body, "    {}", value(s, result, 2));
    s.known.clear();
    let given = [alone(s, params[0]), alone(s, params[1])].join(", ");
    s.constant = false;
    (s.known, s.maps, s.functions, s.arrays, s.has) = (known, maps, functions, arrays, has);
    let result_name = result.name();
    s.functions.push(Function {
        name: name.clone(),
        params: params.to_vec(),
        result,
        absent: false,
    });
    s.declare(constant.clone(), result, false, false);
    format!(
        "fn {name}(a: u32, b: u64) -> {result_name} {{\n{body}}}\nconst {constant} = {name}({given});\n"
    )
}

/// A set with a name, some of them from a file.
pub(super) fn set(s: &mut Scope<'_, '_, '_>) -> String {
    let name = s.fresh("T");
    let (of, written, contents) = match s.c.below(5) {
        0 => (Type::V4, "ipv4prefix", "file \"prefixes.txt\"".to_owned()),
        1 => (U16, "u16", "file \"numbers.txt\"".to_owned()),
        2 => (U16, "u16", format!("{{ 7, 80, {} }}", s.c.below(9000))),
        3 => (Type::V6, "ipv6prefix", "{ 2001:db8::/32, fe80::/10, ff02::1/128 }".to_owned()),
        _ => (Type::Mac, "macaddr", "{ 02:00:00:00:00:01, ff:ff:ff:ff:ff:ff }".to_owned()),
    };
    s.sets.push((name.clone(), of));
    format!("const {name}: set<{written}> = {contents};\n")
}

/// A function of a header, of bytes or of a map.
pub(super) fn function(s: &mut Scope<'_, '_, '_>) -> String {
    let name = s.fresh("h");
    match s.c.below(3) {
        0 => {
            let at = super::statement::header(s);
            let mark = s.mark();
            s.headers.push(("of".to_owned(), at));
            s.inside = Inside::Function { result: U32, absent: false };
            let count = s.c.below(4);
            let mut body = statements(s, count, 1);
            let _ = writeln!(body, "    {}", typed(s, U32, 2));
            s.leave(mark);
            let header = s.protocol(at).name;
            s.of_headers.push((name.clone(), at));
            format!("fn {name}(of: {header}) -> u32 {{\n{body}}}\n")
        }
        1 => {
            s.of_bytes.push(name.clone());
            let at = s.c.below(20);
            format!(
                "fn {name}(of: bytes, at: u16) -> u32? {{\n    if of[{at}..].starts_with(\"ab\") {{ return none; }}\n    u32(of.u8_at(at)?) + of.len\n}}\n"
            )
        }
        _ => {
            let of = some_map(s, |map| {
                map.kind == Kind::Hash && matches!(map.value, Type::Int { bits: 32 | 64, .. })
            });
            let Some(map) = of else { return String::new() };
            s.of_maps.push((name.clone(), map.name.clone(), map.key));
            format!(
                "fn {name}<K>(in_map: map<K, {}>, key: K) -> bool? {{\n    let one = in_map.at(key);\n    one += 1;\n    one > 3\n}}\n",
                map.value.name()
            )
        }
    }
}

/// A number that these things give.
pub(super) fn number(s: &mut Scope<'_, '_, '_>, bits: u32, depth: u32) -> Option<String> {
    let ty = Type::int(bits);
    let may = s.in_program() && s.rounds == 1;
    Some(match s.c.below(9) {
        0 if s.has.more && bits == 32 => match s.c.below(5) {
            0 => "more.LIMIT".into(),
            1 => format!("more.choose({}, {})", typed(s, U32, depth), typed(s, U32, depth)),
            2 => format!("chosen({})", typed(s, U32, depth)),
            3 => format!("more.Span(low = {}).high", typed(s, U32, depth)),
            _ => "u32(more.Mood.wild)".into(),
        },
        1 if s.has.more && bits == 64 && s.may_leave() && !s.constant => {
            format!("more.counts.at({})", s.c.below(4))
        }
        2 if s.has.generic => {
            format!("larger({}, {})", typed(s, ty, depth), typed(s, ty, depth))
        }
        3 if s.has.generic => {
            let all = [typed(s, ty, 0), typed(s, ty, 0)].join(", ");
            let turned = s.c.pick(&["", ", true", ", turned = false"]);
            format!("mixed([{all}], {}{turned})", typed(s, ty, depth))
        }
        4 if s.has.now && bits == 64 && !s.constant => "(now() >> 60)".into(),
        5 if bits == 32 && s.rounds == 1 => match s.c.below(3) {
            0 => format!("scatter({})", typed(s, U32, depth)),
            1 => format!("u32(fold_sum({}))", typed(s, U64, depth)),
            _ => {
                let of = Type::scalar(s.c);
                format!("jhash({}, seed = 5)", typed(s, of, depth))
            }
        },
        6 if may && bits == 32 && !s.of_headers.is_empty() => {
            let at = s.c.below(s.of_headers.len() as u32) as usize;
            let (function, header) = s.of_headers[at].clone();
            let (given, _) = s.headers.iter().find(|(_, other)| *other == header)?;
            format!("{function}({given})")
        }
        7 if may && bits == 32 && !s.of_bytes.is_empty() && !s.headers.is_empty() => {
            let function = s.of_bytes[0].clone();
            let at = s.c.below(s.headers.len() as u32) as usize;
            let part = s.c.pick(&["payload", "bytes"]);
            format!("{function}({}.{part}, {})?", s.headers[at].0, s.c.below(70))
        }
        8 if s.has.window && bits == 64 && may => {
            format!("sliding_window.count(windows, {}, width = 1s)?", typed(s, U32, 1))
        }
        _ => return None,
    })
}

/// A statement about these things.
pub(super) fn statement(s: &mut Scope<'_, '_, '_>) -> String {
    let name = s.fresh("x");
    match s.c.below(3) {
        0 if !s.of_maps.is_empty() && s.may_leave() && s.rounds == 1 => {
            let at = s.c.below(s.of_maps.len() as u32) as usize;
            let (function, map, key) = s.of_maps[at].clone();
            let key = typed(s, key, 1);
            s.declare(name.clone(), Type::Bool, false, false);
            format!("let {name} = {function}({map}, {key})?;")
        }
        1 if s.in_program() && s.rounds == 1 && s.c.one_in(4) => {
            let with = s.headers.iter().find(|(_, at)| s.protocol(*at).name == "ipv4").cloned();
            let Some((ip, _)) = with else { return assignment(s) };
            s.declare(name.clone(), U16, false, false);
            format!("let {name} = checksum({ip}.bytes, {ip}.ihl * 4)?;")
        }
        2 if s.in_program()
            && let Some(header) = s.extra =>
        {
            s.declare(name.clone(), U16, false, false);
            format!("let {name} = pkt.{header}?.extra?;")
        }
        _ => {
            let ty = s.c.pick(&[U8, U32]);
            let set = typed(s, ty, 2);
            s.declare(name.clone(), ty, false, false);
            format!("let {name} = {{ let inside = {set}; inside }};")
        }
    }
}

/// A test beside the programs, that nobody runs.
pub(super) fn tested(s: &mut Scope<'_, '_, '_>) -> String {
    let link = if s.on.ethernet { "ethernet / " } else { "" };
    let verdict = s.verdict();
    let port = s.c.below(1000);
    format!(
        "test \"it runs\" {{
    let port: u16 = {port};
    for i in 0..2 {{ run p with {link}ipv4(ttl = 4) / udp(dst_port = port) / \"abc\"; }}
    advance 5s;
    run p(ifindex = 2) with {link}ipv6 / tcp expect {verdict};
    expect port == {port};
}}
"
    )
}
