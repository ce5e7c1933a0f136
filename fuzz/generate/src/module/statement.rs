//! Statements.

use std::fmt::Write as _;

use super::packet::{Assigned, HEADERS};
use super::scope::{Inside, Kind, Known, Map, Scope};
use super::ty::{Type, U8, U16, U32, U64};
use super::value::{truth, typed, value};
use super::{array, hold, kernel, library};

/// How many rounds the loops around a statement make at most.
const ROUNDS: u32 = 24;

/// As many statements, each in its line.
pub(super) fn statements(s: &mut Scope<'_, '_, '_>, count: u32, depth: usize) -> String {
    let mut text = String::new();
    let mut left = count;
    while left > 0 {
        let used = 1 + s.c.below(left.min(12));
        let inner = used - 1;
        text += &statement(s, inner, depth);
        left -= used;
    }
    text
}

/// One statement with so many others in it, if it can have any.
fn statement(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> String {
    let pad = "    ".repeat(depth);
    if inner > 0 && depth < 8 {
        return match s.c.below(8) {
            0..=2 => conditional(s, inner, depth),
            3 if s.in_program() => present(s, inner, depth),
            4 if s.rounds * 2 <= ROUNDS => repeated(s, inner, depth),
            5 => element(s, inner, depth),
            7 if s.in_program() && s.rounds == 1 => {
                each(s, inner, depth).unwrap_or_else(|| element(s, inner, depth))
            }
            6 => arms(s, inner, depth),
            _ => {
                let first = simple(s, depth);
                format!("{pad}{first}\n") + &statements(s, inner, depth)
            }
        };
    }
    format!("{pad}{}\n", simple(s, depth))
}

/// A block in braces that comes to its end.
fn block(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> String {
    braced(s, inner, depth, false)
}

/// A block in braces, the last line of which may leave.
fn leaving(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> String {
    braced(s, inner, depth, true)
}

fn braced(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize, may_leave: bool) -> String {
    let mark = s.mark();
    let mut text = statements(s, inner, depth + 1);
    let pad = "    ".repeat(depth + 1);
    if may_leave && s.c.one_in(4) {
        let _ = writeln!(text, "{pad}{}", leave(s));
    } else if may_leave && s.rounds > 1 && s.c.one_in(4) {
        let _ = writeln!(text, "{pad}{};", s.c.pick(&["break", "continue"]));
    }
    s.leave(mark);
    format!("{{\n{text}{}}}", "    ".repeat(depth))
}

/// `return …;`
fn leave(s: &mut Scope<'_, '_, '_>) -> String {
    match s.inside {
        Inside::Program => {
            let verdict = if s.c.one_in(4) { kernel::redirected(s) } else { None };
            format!("return {};", verdict.unwrap_or_else(|| s.verdict().to_owned()))
        }
        Inside::Function { absent: true, .. } if s.c.one_in(3) => "return none;".into(),
        Inside::Function { result, .. } => format!("return {};", value(s, result, 1)),
    }
}

fn conditional(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> String {
    let pad = "    ".repeat(depth);
    let condition = truth(s, 2);
    let yes = s.c.below(inner + 1);
    let first = leaving(s, yes, depth);
    if yes < inner || s.c.one_in(3) {
        let second = block(s, inner - yes, depth);
        return format!("{pad}if {condition} {first} else {second}\n");
    }
    format!("{pad}if {condition} {first}\n")
}

/// A header that such packets may have.
pub(super) fn header(s: &mut Scope<'_, '_, '_>) -> usize {
    let count = (HEADERS.len() + s.own.len()) as u32;
    loop {
        let at = s.c.below(count) as usize;
        if s.on.ethernet || !s.protocol(at).link {
            return at;
        }
    }
}

/// `if let h = pkt.NAME { … } else { … }`
fn present(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> String {
    let pad = "    ".repeat(depth);
    let at = header(s);
    let mark = s.mark();
    let (outer, at) = within(s, at);
    let name = s.fresh("h");
    s.headers.push((name.clone(), at));
    let first = leaving(s, inner, depth);
    s.leave(mark);
    let rest = if s.c.one_in(3) { format!(" else {}", block(s, 1, depth)) } else { String::new() };
    format!("{pad}if let {name} = {outer}.{} {first}{rest}\n", s.protocol(at).name)
}

/// Where a header is looked for: in the packet, or in what a tunnel carries.
fn within(s: &mut Scope<'_, '_, '_>, at: usize) -> (String, usize) {
    let tunnels = ["vxlan", "ipv4", "ipv6", "geneve", "mpls", "ah"];
    let outer = s.headers.iter().find(|(_, at)| tunnels.contains(&s.protocol(*at).name)).cloned();
    match outer {
        Some((outer, _)) if s.c.one_in(4) => {
            let inside = s.c.pick(&["ipv4", "ipv6", "tcp", "udp"]);
            let at = HEADERS.iter().position(|header| header.name == inside).unwrap_or(at);
            (format!("{outer}.inner"), at)
        }
        _ => ("pkt".to_owned(), at),
    }
}

fn repeated(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> String {
    let pad = "    ".repeat(depth);
    let most = (ROUNDS / s.rounds).min(12);
    let rounds = 2 + s.c.below(most - 1);
    let outside = s.rounds;
    let mark = s.mark();
    let queue = some_map(s, |map| map.kind == Kind::Queue);
    let head = match s.c.below(4) {
        0 => format!("while {} limit {rounds}", truth(s, 1)),
        3 if let Some(queue) = queue => {
            let name = s.fresh("q");
            s.declare(name.clone(), queue.value, false, false);
            format!("while let {name} = {}.pop() limit {rounds}", queue.name)
        }
        1 => {
            let name = s.fresh("i");
            let end = typed(s, U32, 1);
            let head = format!("for {name} in 0..{end} limit {rounds}");
            s.declare(name, U32, false, false);
            head
        }
        _ => {
            let name = s.fresh("i");
            let low = s.c.below(9);
            let head = format!("for {name} in {low}..{}", low + rounds);
            s.declare(name, U32, false, false);
            head
        }
    };
    s.rounds *= rounds;
    let body = block(s, inner.min(5), depth);
    s.rounds = outside;
    s.leave(mark);
    format!("{pad}{head} {body}\n")
}

pub(super) fn some_map(s: &mut Scope<'_, '_, '_>, wanted: impl Fn(&Map) -> bool) -> Option<Map> {
    let fitting: Vec<Map> = s.maps.iter().filter(|map| wanted(map)).cloned().collect();
    if fitting.is_empty() {
        return None;
    }
    Some(fitting[s.c.below(fitting.len() as u32) as usize].clone())
}

/// `if let e = m[k] { … } else { … }`
fn element(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> String {
    let pad = "    ".repeat(depth);
    let Some(map) = some_map(s, |map| map.kind.has_keys()) else {
        return conditional(s, inner, depth);
    };
    let key = key(s, &map);
    let name = s.fresh("e");
    let mark = s.mark();
    s.declare(name.clone(), map.value, true, true);
    let first = leaving(s, inner, depth);
    s.leave(mark);
    let rest = if s.c.one_in(3) { format!(" else {}", block(s, 1, depth)) } else { String::new() };
    format!("{pad}if let {name} = {}[{key}] {first}{rest}\n", map.name)
}

pub(super) fn key(s: &mut Scope<'_, '_, '_>, map: &Map) -> String {
    if map.kind == Kind::Array && s.c.one_in(2) {
        return s.c.below(4).to_string();
    }
    value(s, map.key, 1)
}

fn arms(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> String {
    let pad = "    ".repeat(depth);
    let what = typed(s, U32, 1);
    let (a, b) = (s.c.below(40), 40 + s.c.below(1000));
    let first = leaving(s, inner, depth + 1);
    let second = leaving(s, 1, depth + 1);
    let third = block(s, 1, depth + 1);
    let leave = leave(s);
    let leave = leave.trim_end_matches(';');
    let guard = truth(s, 0);
    format!(
        "{pad}match {what} {{\n{pad}    {a} => {first}\n{pad}    {b}..={} => {second}\n{pad}    {} | {} if {guard} => {leave},\n{pad}    _ => {third}\n{pad}}}\n",
        b + 100,
        b + 101,
        b + 103
    )
}

fn simple(s: &mut Scope<'_, '_, '_>, depth: usize) -> String {
    match s.c.below(21) {
        14 | 15 => array::changed(s),
        16 => array::gathered(s),
        17 => library::statement(s),
        20 if s.in_program() && s.rounds == 1 => kernel::judged(s).unwrap_or_else(|| assignment(s)),
        18 if s.in_program() && s.rounds == 1 => {
            let pad = "    ".repeat(depth);
            kernel::socket(s, &pad).unwrap_or_else(|| assignment(s))
        }
        18 if !s.constant && !s.held => kernel::printed(s),
        19 if s.in_program() => kernel::continued(s).unwrap_or_else(|| kernel::printed(s)),
        0..=2 => variable(s),
        6 if s.in_program() => found(s),
        7 => written(s),
        8 | 9 => of_map(s),
        10 => atomic(s),
        12 if s.in_program() && s.c.one_in(2) => read(s, depth),
        13 if s.in_program() && s.rounds == 1 && s.on.is(&["xdp", "tc"]) && s.c.one_in(3) => {
            resized(s)
        }
        11 => {
            let condition = truth(s, 2);
            let body = leaving(s, 0, depth);
            format!("if {condition} {body}")
        }
        _ => assignment(s),
    }
}

fn variable(s: &mut Scope<'_, '_, '_>) -> String {
    let ty = match s.c.below(8) {
        0 if !s.structs.is_empty() => Type::Struct(s.c.below(s.structs.len() as u32) as usize),
        1 if !s.enums.is_empty() => Type::Enum(s.c.below(s.enums.len() as u32) as usize),
        _ => Type::scalar(s.c),
    };
    let name = s.fresh("x");
    let set = value(s, ty, 3);
    let mutable = !s.c.one_in(3);
    s.declare(name.clone(), ty, mutable, false);
    format!("let {}{name}: {} = {set};", if mutable { "mut " } else { "" }, ty.name())
}

pub(super) fn assignment(s: &mut Scope<'_, '_, '_>) -> String {
    let Some(known) = s.some(|known| known.assignable && !matches!(known.ty, Type::Struct(_)))
    else {
        return variable(s);
    };
    let op = match known.ty {
        Type::Int { bits: 32 | 64, .. } if s.c.one_in(9) => {
            let op = s.c.pick(&["/=", "%=", "<<=", ">>="]);
            return format!("{} {op} {};", known.words, 1 + s.c.below(9));
        }
        Type::Int { .. } if s.c.one_in(2) => s.c.pick(&["+=", "-=", "*=", "&=", "|=", "^="]),
        _ => "=",
    };
    format!("{} {op} {};", known.words, value(s, known.ty, 3))
}

/// `let h = pkt.NAME?;`
fn found(s: &mut Scope<'_, '_, '_>) -> String {
    let at = header(s);
    let name = s.fresh("h");
    let protocol = s.protocol(at).name;
    let text = if s.c.one_in(3) {
        format!("let {name} = pkt.{protocol} else {{ {} }};", leave(s))
    } else {
        format!("let {name} = pkt.{protocol}?;")
    };
    s.headers.push((name, at));
    text
}

/// A field of a header is assigned.
fn written(s: &mut Scope<'_, '_, '_>) -> String {
    let mut fitting = Vec::new();
    for (name, header) in &s.headers {
        let may = s.on.writes;
        let fields = s.protocol(*header).fields.iter();
        let fields = fields.filter(|field| may && field.2 != Assigned::Never);
        fitting.extend(fields.map(|field| (format!("{name}.{}", field.0), field.1, field.2)));
    }
    if fitting.is_empty() {
        return assignment(s);
    }
    let (words, ty, assigned) = fitting[s.c.below(fitting.len() as u32) as usize].clone();
    let op = match ty {
        Type::Int { .. } if s.c.one_in(3) => s.c.pick(&["+=", "-=", "^=", "|="]),
        _ => "=",
    };
    let set = value(s, ty, 2);
    match assigned {
        Assigned::IfThere if s.may_leave() && s.c.one_in(2) => format!("{words}? {op} {set};"),
        Assigned::IfThere => format!("{words} {op} {set} else {{ {} }};", assignment(s)),
        _ => format!("{words} {op} {set};"),
    }
}

fn of_map(s: &mut Scope<'_, '_, '_>) -> String {
    let Some(map) = some_map(s, |_| true) else { return assignment(s) };
    let name = s.fresh("x");
    match map.kind {
        Kind::Ring if s.c.one_in(2) => return record(s, &map),
        Kind::Ring if s.c.one_in(2) => {
            let event = typed(s, map.value, 2);
            s.declare(name.clone(), Type::Bool, false, false);
            return format!("let {name} = {}.output({event});", map.name);
        }
        Kind::Ring if s.c.one_in(3) => {
            // What nobody's reading changes: how great it is, and how much was written.
            let what = s.c.pick(&[1, 3]);
            s.declare(name.clone(), U64, false, false);
            return format!("let {name} = {}.query({what});", map.name);
        }
        Kind::Ring => return format!("emit {} to {};", typed(s, map.value, 2), map.name),
        Kind::Queue => return of_queue(s, &map, &name),

        Kind::Programs | Kind::Processors | Kind::Sockets | Kind::OfSocket => return assignment(s),
        kind if !kind.has_keys() => return hold::used(s, &map),
        Kind::Trie if s.c.one_in(2) => {
            let prefix = format!("ipv4prefix({}, {})", value(s, Type::V4, 1), s.c.below(33));
            let set = value(s, map.value, 2);
            s.declare(name.clone(), Type::Bool, false, false);
            if s.c.one_in(3) {
                return format!("let {name} = {}.delete({prefix});", map.name);
            }
            return format!("let {name} = {}.insert({prefix}, {set});", map.name);
        }
        _ => {}
    }
    let key = key(s, &map);
    match s.c.below(4) {
        0 if map.kind != Kind::Array => {
            s.declare(name.clone(), Type::Bool, false, false);
            format!("let {name} = {}.delete({key});", map.name)
        }
        1 if s.may_leave() && map.kind != Kind::Trie => {
            s.declare(name.clone(), map.value, true, true);
            format!("let {name} = {}.at({key});", map.name)
        }
        2 if s.may_leave() => {
            s.declare(name.clone(), map.value, true, true);
            format!("let {name} = {}[{key}]?;", map.name)
        }
        _ => {
            let set = value(s, map.value, 2);
            s.declare(name.clone(), Type::Bool, false, false);
            let flags = s.c.pick(&["", "", "", ", flags = NOEXIST", ", flags = EXIST"]);
            format!("let {name} = {}.insert({key}, {set}{flags});", map.name)
        }
    }
}

/// A value goes in at one end, or is looked at or taken out.
fn of_queue(s: &mut Scope<'_, '_, '_>, map: &Map, name: &str) -> String {
    if !s.may_leave() || s.c.one_in(2) {
        let set = value(s, map.value, 2);
        let flags = s.c.pick(&["", ", flags = EXIST"]);
        s.declare(name.to_owned(), Type::Bool, false, false);
        return format!("let {name} = {}.push({set}{flags});", map.name);
    }
    let take = s.c.pick(&["pop", "peek"]);
    s.declare(name.to_owned(), map.value, false, false);
    format!("let {name} = {}.{take}()?;", map.name)
}

/// A record is filled in where it lies.
fn record(s: &mut Scope<'_, '_, '_>, map: &Map) -> String {
    let name = s.fresh("r");
    let mark = s.mark();
    let first = s.known.len();
    s.declare(name.clone(), map.value, true, true);
    let own: Vec<Known> = s.known[first..].to_vec();
    s.leave(mark);
    let mut body = String::new();
    for _ in 0..s.c.below(3) {
        let known = own[s.c.below(own.len() as u32) as usize].clone();
        let set = value(s, known.ty, 2);
        let _ = write!(body, "{} = {set}; ", known.words);
    }
    let end = s.c.pick(&["submit(); ", "submit(1); ", "discard(); ", "discard(flags = 2); "]);
    let end = if s.c.one_in(4) { String::new() } else { format!("{name}.{end}") };
    format!("if let {name} = {}.reserve() {{ {body}{end}}}", map.name)
}

/// Bytes behind a header, or of the packet.
fn bytes(s: &mut Scope<'_, '_, '_>) -> String {
    if s.headers.is_empty() || s.c.one_in(2) {
        return s.c.pick(&["pkt", "pkt.payload"]).to_owned();
    }
    let at = s.c.below(s.headers.len() as u32) as usize;
    format!("{}.payload", s.headers[at].0)
}

/// A number at a place in the packet, or whether a text is there.
fn read(s: &mut Scope<'_, '_, '_>, depth: usize) -> String {
    let bytes = bytes(s);
    let at = if s.c.one_in(2) { s.c.below(60).to_string() } else { typed(s, U16, 1) };
    if s.c.one_in(3) {
        let text = s.c.pick(&["GET ", "\0", "ab", "aaaaaaaaaaaaaaaaaaa"]);
        let test = s.c.pick(&["==", "!="]);
        let length = if text == "\0" { 1 } else { text.len() };
        let condition = if s.c.one_in(2) {
            format!("{bytes}[{at}..].starts_with(\"{text}\")")
        } else {
            let at = s.c.below(40) as usize;
            format!("{bytes}[{at}..{}] {test} \"{text}\"", at + length)
        };
        let body = leaving(s, 0, depth);
        return format!("if {condition} {body}");
    }
    let name = s.fresh("x");
    let bits = s.c.pick(&[8, 16, 32, 64]);
    let text = format!("let {name} = {bytes}.u{bits}_at({at})?;");
    s.declare(name, Type::int(bits), false, false);
    text
}

/// Headers are put into the packet or taken out.
fn resized(s: &mut Scope<'_, '_, '_>) -> String {
    let set = [Type::int(12), Type::V4, Type::V4, U8, Type::int(24)].map(|ty| value(s, ty, 1));
    s.moved();
    let [vid, src, dst, ttl, vni] = set;
    match s.c.below(8) {
        0 => {
            let option = "ipv4_option(kind = 148, data = \"\\x00\\x07\")";
            let options = match s.c.below(4) {
                0 => format!(", options = {option}"),
                1 => format!(", options = \"\\x01\" / {option} / ipv4_option"),
                _ => String::new(),
            };
            format!("pkt.push(ipv4(src = {src}, dst = {dst}, ttl = {ttl}{options}));")
        }
        1 => "pkt.pop(ipv4);".into(),
        2 => format!(
            "pkt.push(ethernet(), ipv4(src = {src}, dst = {dst}), udp(src_port = 5), vxlan(vni = {vni}));"
        ),
        3 => "pkt.pop(ethernet, ipv4, udp, vxlan);".into(),
        4 | 5 => "pkt.pop(vlan);".into(),
        _ => format!("pkt.push(vlan(vid = {vid}));"),
    }
}

/// Through the options of a header, or the extensions.
fn each(s: &mut Scope<'_, '_, '_>, inner: u32, depth: usize) -> Option<String> {
    let lists = ["options", "extensions"];
    let (header, list) = s.headers.iter().find_map(|(name, at)| {
        let list = match s.protocol(*at).name {
            "tcp" | "ipv4" => lists[0],
            "ipv6" => lists[1],
            _ => return None,
        };
        Some((name.clone(), list))
    })?;
    let pad = "    ".repeat(depth);
    let name = s.fresh("o");
    let mark = s.mark();
    let outside = s.rounds;
    s.rounds = ROUNDS;
    let field = if list == lists[0] { "kind" } else { "size" };
    s.declare(format!("{name}.{field}"), U8, false, false);
    let mut set = String::new();
    if s.on.writes && field == "kind" && s.c.one_in(2) {
        let kind = value(s, U8, 1);
        set = format!("{pad}    if {name}.kind == {} {{ {name}.kind = {kind}; }}\n", s.c.below(9));
    }
    let body = leaving(s, inner.min(3), depth).replacen("{\n", &format!("{{\n{set}"), 1);
    s.rounds = outside;
    s.leave(mark);
    Some(format!("{pad}for {name} in {header}.{list} {body}\n"))
}

fn atomic(s: &mut Scope<'_, '_, '_>) -> String {
    let fits = |ty: Type| matches!(ty, Type::Int { bits: 32 | 64, .. });
    let Some(known) = s.some(|known| known.shared && fits(known.ty)) else {
        return assignment(s);
    };
    let (words, ty) = (known.words, known.ty);
    let set = value(s, ty, 2);
    if s.c.one_in(2) {
        return format!("atomic {words} {} {set};", s.c.pick(&["+=", "-=", "&=", "|=", "^="]));
    }
    let name = s.fresh("x");
    let text = match s.c.below(3) {
        0 => format!("let {name}: {} = atomic {words} = {set};", ty.name()),
        1 => {
            let expected = value(s, ty, 1);
            format!("let {name}: {} = atomic {words} = {set} if {expected};", ty.name())
        }
        _ => format!("let {name}: {} = atomic {words} += {set};", ty.name()),
    };
    s.declare(name, ty, false, false);
    text
}
