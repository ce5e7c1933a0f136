//! What the kernel does for programs: its helpers, redirections, sockets, and the programs of a map.

use std::fmt::Write as _;

use super::scope::{Kind, Scope};
use super::statement::{assignment, some_map};
use super::ty::{Type, U16, U32, U64};
use super::value::{truth, typed, value};

/// A number that the kernel is asked for: the same wherever the program runs, if that is compared.
pub(super) fn asked(s: &mut Scope<'_, '_, '_>) -> String {
    let hashed = s.on.is(&["tc", "lwt"]);
    if s.c.one_in(3) {
        return of_sender(s);
    }
    if s.compared {
        // The bits that are zero until the machine has run for decades, or has very many processors.
        return match s.c.below(7) {
            0 => "(time() >> 60)".into(),
            1 => "(boot_time() >> 60)".into(),
            2 => "u64(cpu() >> 16)".into(),
            3 if hashed => "(u64(flow_hash()) >> 32)".into(),
            4 => "(jiffies() >> 60)".into(),
            5 => "u64(numa_node() >> 16)".into(),
            _ => "u64(random() * 2 & 1)".into(),
        };
    }
    match s.c.below(7) {
        0 => "time()".into(),
        1 => "boot_time()".into(),
        2 => "u64(cpu())".into(),
        3 if hashed => "u64(flow_hash())".into(),
        4 => "jiffies()".into(),
        5 => "u64(numa_node())".into(),
        _ => "u64(random())".into(),
    }
}

/// What the kernel knows of who sends a packet; where it does not, what only newer kernels tell.
fn of_sender(s: &mut Scope<'_, '_, '_>) -> String {
    let mut all = vec![("coarse_time()", 60), ("tai_time()", 62), ("current_cgroup_id()", 60)];
    if s.on.is(&["tc", "socket", "cgroup_skb"]) {
        all = vec![("socket_cookie()", 60), ("u64(socket_uid())", 32)];
    }
    if s.on.is(&["tc", "cgroup_skb"]) {
        all.extend([("cgroup_id()", 60), ("ancestor_cgroup_id(1)", 60)]);
    }
    if s.on.is(&["tc", "lwt"]) {
        all.extend([("u64(cgroup_classid())", 32), ("u64(route_realm())", 32)]);
    }
    let (asked, known) = s.c.pick(&all);
    if s.compared { format!("({asked} >> {known})") } else { asked.to_owned() }
}

/// `print("…", …);`
pub(super) fn printed(s: &mut Scope<'_, '_, '_>) -> String {
    let mut text = "at".to_owned();
    let mut values = String::new();
    for _ in 0..s.c.below(4) {
        text += s.c.pick(&[" {}", " {x}"]);
        let ty = s.c.pick(&[U32, U64, Type::Bool, Type::int(12)]);
        let _ = write!(values, ", {}", typed(s, ty, 1));
    }
    format!("print(\"{text}\"{values});")
}

/// A verdict of a call, where the hook has such.
pub(super) fn redirected(s: &mut Scope<'_, '_, '_>) -> Option<String> {
    if !s.on.is(&["xdp", "tc", "lwt.xmit"]) {
        return None;
    }
    if s.on.is(&["xdp"])
        && let Some(map) = some_map(s, |map| matches!(map.kind, Kind::Targets | Kind::Processors))
    {
        let key = value(s, U32, 1);
        let flags = s.c.below(4);
        return Some(match s.c.below(3) {
            0 => format!("redirect({}, {key}, flags = {flags})", map.name),
            1 => format!("{}.redirect({key}, flags = {flags})", map.name),
            _ => format!("{}.redirect({key})", map.name),
        });
    }
    let to = value(s, U32, 1);
    Some(match s.c.below(3) {
        0 if s.on.is(&["tc"]) => format!("redirect_peer({to})"),
        1 if s.on.is(&["tc"]) => format!("redirect({to}, flags = 1)"),
        _ => format!("redirect(ifindex = {to})"),
    })
}

/// What a function says becomes of the packet, if it says so.
pub(super) fn judged(s: &mut Scope<'_, '_, '_>) -> Option<String> {
    if s.judges.is_empty() || s.held {
        return None;
    }
    let judge = s.judges[s.c.below(s.judges.len() as u32) as usize].clone();
    // It may have moved the packet.
    s.moved();
    let name = s.fresh("v");
    Some(format!("if let {name} = {judge}(pkt) {{ return {name}; }}"))
}

/// A socket is looked for, and asked about what it is.
pub(super) fn socket(s: &mut Scope<'_, '_, '_>, pad: &str) -> Option<String> {
    if !s.on.is(&["xdp", "tc", "cgroup_skb"]) || s.held {
        return None;
    }
    let (sk, six) = (s.fresh("s"), s.c.one_in(2));
    let found = match some_map(s, |map| map.kind == Kind::Sockets) {
        _ if !s.finders.is_empty() && s.c.one_in(2) => {
            let finder = s.finders[s.c.below(s.finders.len() as u32) as usize].clone();
            let [address, port] = [Type::V4, U16].map(|ty| value(s, ty, 1));
            format!("{finder}({address}, {port})")
        }
        Some(map) if s.c.one_in(3) => format!("{}[{}]", map.name, value(s, map.key, 1)),
        _ => {
            let protocol = s.c.pick(&["tcp", "udp"]);
            let (address, end) = if six { (Type::V6, "6") } else { (Type::V4, "") };
            let ends = [address, address, U16, U16].map(|ty| value(s, ty, 1));
            // No namespace has this number, so that nobody has such a socket.
            let space = if s.compared { ", netns = 4242" } else { "" };
            format!("lookup_{protocol}{end}({}{space})", ends.join(", "))
        }
    };
    let mut body = String::new();
    let mark = s.mark();
    s.held = true;
    let member = |field: &str, ty: Type| (format!("{sk}.{field}"), ty);
    let members = [
        member("bound_dev_if", U32),
        member("family", U32),
        member("type", U32),
        member("protocol", U32),
        member("mark", U32),
        member("priority", U32),
        member("src", Type::V4),
        member("dst", Type::V4),
        member("src6", Type::V6),
        member("dst6", Type::V6),
        member("src_port", U16),
        member("dst_port", U16),
        member("state", U32),
    ];
    for (words, ty) in members {
        s.declare(words, ty, false, false);
    }
    if s.on.is(&["tc.ingress"]) && s.c.one_in(2) {
        let _ = writeln!(body, "{pad}    assign({sk});");
    }
    if s.on.is(&["tc", "cgroup_skb"])
        && let Some(map) = some_map(s, |map| map.kind == Kind::OfSocket)
    {
        let set = value(s, map.value, 1);
        let name = s.fresh("e");
        let line = match s.c.below(3) {
            0 => format!("if let {name} = {}[{sk}] {{ {name} = {set}; }}", map.name),
            1 => format!("let {name} = {}.at({sk}); {name} = {set};", map.name),
            _ => format!("{}.delete({sk});", map.name),
        };
        let _ = writeln!(body, "{pad}    {line}");
    }
    if s.on.is(&["xdp", "tc"])
        && let Some(map) = some_map(s, |map| map.kind == Kind::Sockets)
    {
        let (name, key, flags) = (&map.name, value(s, map.key, 1), s.c.below(3));
        let mark = s.mark();
        let line = match s.c.below(3) {
            0 => format!("{name}.delete({key});"),
            1 => format!("{name}.insert({key}, {sk}, flags = {flags});"),
            _ => format!("if !{name}.insert({key}, {sk}) {{ {} }}", assignment(s)),
        };
        s.leave(mark);
        let _ = writeln!(body, "{pad}    {line}");
    }
    let _ = writeln!(body, "{pad}    {}", assignment(s));
    let condition = truth(s, 1);
    let verdict = s.verdict();
    s.held = false;
    s.leave(mark);
    let _ = writeln!(body, "{pad}    if {condition} {{ return {verdict}; }}");
    if s.c.one_in(2) {
        let _ = writeln!(body, "{pad}    {sk}.release();");
    }
    Some(format!("if let {sk} = {found} {{\n{body}{pad}}}"))
}

/// The program goes on in another one, if there is one.
pub(super) fn continued(s: &mut Scope<'_, '_, '_>) -> Option<String> {
    if s.held {
        return None;
    }
    let map = some_map(s, |map| map.kind == Kind::Programs)?;
    let at = if s.c.one_in(2) { s.c.below(5).to_string() } else { value(s, U32, 1) };
    Some(format!("{}.tail_call({at});", map.name))
}
