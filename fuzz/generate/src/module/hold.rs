//! Maps of special kinds: with locks, of maps, Bloom filters, of control groups.

use std::fmt::Write as _;

use super::declare::stored;
use super::scope::{Kind, Map, Scope};
use super::statement::{key, some_map};
use super::ty::{Type, U32, U64};
use super::value::{truth, typed, value};

/// A map of such a kind, that the hook has.
pub(super) fn declared(s: &mut Scope<'_, '_, '_>) -> String {
    let value = stored(s);
    let name = s.fresh("m");
    let mut map = Map { name: name.clone(), kind: Kind::Array, key: U32, value };
    let written = value.name();
    let text = match s.c.below(9) {
        0 if !s.on.is(&["socket"]) => {
            map.kind = Kind::Locked;
            map.value = U64;
            let (kind, key) = if s.c.one_in(2) {
                map.key = Type::scalar(s.c);
                ("hash", format!("{}, ", map.key.name()))
            } else {
                ("array", String::new())
            };
            format!(
                "struct L{name} {{ first: u32, guard: spin_lock, total: u64 }}\nmap {name}: {kind}<{key}L{name}>(max_entries = 4);\n"
            )
        }
        1 => {
            map.kind = Kind::Bloom;
            format!("map {name}: bloom_filter<{written}>(max_entries = 1000);\n")
        }
        2 => {
            map.kind = Kind::Perf;
            format!("map {name}: perf_event_array<{written}>();\n")
        }
        3 => return of_maps(s, map),
        4 => {
            let kind = s.c.pick(&["devmap", "devmap_hash", "cpumap", "xskmap"]);
            map.kind = if kind == "cpumap" { Kind::Processors } else { Kind::Targets };
            format!("map {name}: {kind}(max_entries = 4);\n")
        }
        5 if s.on.is(&["xdp", "tc", "cgroup_skb"]) => {
            map.kind = Kind::Sockets;
            if s.c.one_in(2) {
                format!("map {name}: sockmap(max_entries = 4);\n")
            } else {
                map.key = Type::scalar(s.c);
                format!("map {name}: sockhash<{}>(max_entries = 4);\n", map.key.name())
            }
        }
        6 if s.on.is(&["tc", "cgroup_skb"]) => {
            map.kind = Kind::OfSocket;
            map.value = Type::scalar(s.c);
            format!("map {name}: sk_storage<{}>();\n", map.value.name())
        }
        7 if s.on.is(&["cgroup_skb"]) && !s.maps.iter().any(|map| map.kind == Kind::OfGroup) => {
            map.kind = Kind::OfGroup;
            map.value = Type::scalar(s.c);
            let kind = s.c.pick(&["cgroup_storage", "percpu_cgroup_storage"]);
            format!("map {name}: {kind}<{}>();\n", map.value.name())
        }
        7 if s.on.is(&["tc", "lwt"]) => {
            map.kind = Kind::Groups;
            format!("map {name}: cgroup_array(max_entries = 4);\n")
        }
        // Each processor has its own, and none says which one a packet comes to.
        _ if !s.compared => {
            map.kind = if s.c.one_in(2) { Kind::CpuArray } else { Kind::CpuHash };
            if map.kind == Kind::CpuArray {
                format!("map {name}: percpu_array<{written}>(max_entries = 3);\n")
            } else {
                map.key = Type::scalar(s.c);
                let kind = s.c.pick(&["percpu_hash", "lru_percpu_hash"]);
                format!("map {name}: {kind}<{}, {written}>(max_entries = 9);\n", map.key.name())
            }
        }
        _ => {
            map.kind = Kind::Hash;
            map.key = Type::scalar(s.c);
            format!("map {name}: lru_hash<{}, {written}>(max_entries = 1000);\n", map.key.name())
        }
    };
    s.maps.push(map);
    text
}

/// Two maps of one kind, and a map that holds them.
fn of_maps(s: &mut Scope<'_, '_, '_>, mut map: Map) -> String {
    let (first, second) = (s.fresh("i"), s.fresh("i"));
    let inner = if s.c.one_in(2) {
        map.kind = Kind::OfArrays;
        format!("array<{}>(max_entries = 3)", map.value.name())
    } else {
        map.kind = Kind::OfHashes;
        map.key = Type::scalar(s.c);
        format!("hash<{}, {}>(max_entries = 8)", map.key.name(), map.value.name())
    };
    let outer = if s.c.one_in(2) {
        format!("array_of_maps<{first}>(max_entries = 2)")
    } else {
        format!("hash_of_maps<u32, {first}>(max_entries = 2)")
    };
    let name = map.name.clone();
    s.maps.push(map);
    format!(
        "map {first}: {inner};\nmap {second}: {inner};\nmap {name}: {outer} = {{ 0 => {first}, 1 => {second} }};\n"
    )
}

/// A statement about a map of such a kind.
pub(super) fn used(s: &mut Scope<'_, '_, '_>, map: &Map) -> String {
    let name = s.fresh("e");
    match map.kind {
        Kind::Locked => locked(s, map, &name),
        Kind::Bloom if s.c.one_in(2) => {
            let looked_for = typed(s, map.value, 1);
            s.declare(name.clone(), Type::Bool, false, false);
            format!("let {name} = {}.has({looked_for});", map.name)
        }
        Kind::Bloom => format!("{}.push({});", map.name, typed(s, map.value, 1)),
        Kind::Perf if s.c.one_in(2) && !s.compared => {
            let event = typed(s, map.value, 1);
            s.declare(name.clone(), Type::Bool, false, false);
            format!("let {name} = {}.output({event});", map.name)
        }
        Kind::Groups => {
            let at = value(s, U32, 1);
            let mark = s.mark();
            let inside = super::statement::assignment(s);
            s.leave(mark);
            format!("if {}.under({at}) {{ {inside} }}", map.name)
        }
        Kind::Targets => {
            let at = value(s, U32, 1);
            let mark = s.mark();
            s.declare(name.clone(), U32, false, false);
            let inside = super::statement::assignment(s);
            s.leave(mark);
            format!("if let {name} = {}[{at}] {{ {inside} }}", map.name)
        }
        Kind::Perf => format!("emit {} to {};", typed(s, map.value, 1), map.name),
        Kind::OfArrays | Kind::OfHashes => within(s, map, &name),
        Kind::CpuArray | Kind::CpuHash if s.may_leave() => {
            let (at, cpu) = (value(s, map.key, 1), s.c.below(3));
            let place = if s.c.one_in(2) {
                format!("{}.of_cpu({at}, {cpu})?", map.name)
            } else {
                format!("{}.at({at})", map.name)
            };
            s.declare(name.clone(), map.value, true, true);
            format!("let {name} = {place};")
        }
        Kind::CpuArray | Kind::CpuHash => {
            let (at, set) = (value(s, map.key, 1), value(s, map.value, 1));
            format!("{}.insert({at}, {set});", map.name)
        }
        Kind::OfGroup => {
            // What was there before is another thing for each way to run it.
            let set = value(s, map.value, 1);
            s.declare(name.clone(), map.value, true, true);
            format!("let {name} = {}.get(); {name} = {set};", map.name)
        }
        _ => super::statement::assignment(s),
    }
}

fn locked(s: &mut Scope<'_, '_, '_>, map: &Map, name: &str) -> String {
    let (at, more, new) = (key(s, map), s.fresh("x"), s.fresh("x"));
    // What is not computed before is not known behind the lock's door.
    let (first, second) = (typed(s, U64, 2), typed(s, U32, 2));
    let condition = if s.in_program() && s.c.one_in(3) {
        format!("if {name}.total > {more} {{ return {}; }} ", s.verdict())
    } else {
        format!("if {name}.first != {new} {{ {name}.total -= 1; }} ")
    };
    let place = s.c.pick(&["", ".guard"]);
    format!(
        "if let {name} = {}[{at}] {{ let {more} = {first}; let {new} = {second}; lock {name}{place} {{ {name}.total += {more}; {condition}{name}.first = {new}; }} }}",
        map.name
    )
}

/// Elements of a map that a map holds.
fn within(s: &mut Scope<'_, '_, '_>, map: &Map, name: &str) -> String {
    let (outer, inner) = (s.c.below(3), s.fresh("e"));
    let (at, set) = (value(s, map.key, 1), value(s, map.value, 1));
    let mut body = String::new();
    for _ in 0..=s.c.below(2) {
        let _ = match s.c.below(3) {
            0 => write!(body, "{name}.insert({at}, {set}); "),
            1 if map.kind == Kind::OfHashes => write!(body, "{name}.delete({at}); "),
            _ => write!(body, "if let {inner} = {name}[{at}] {{ {inner} = {set}; }} "),
        };
    }
    format!("if let {name} = {}[{outer}] {{ {body}}}", map.name)
}

/// Whether a value was pushed, or any condition.
pub(super) fn condition(s: &mut Scope<'_, '_, '_>) -> String {
    match some_map(s, |map| map.kind == Kind::Bloom) {
        Some(map) => format!("{}.has({})", map.name, typed(s, map.value, 1)),
        None => truth(s, 1),
    }
}
